/** Kimi's models by their own names (kimi.md 3), with an agent's prefix or without. */
const MODEL =
  /^(?:(?:kimi-code|kimi|moonshot|moonshotai|openai|anthropic)\/)?(?:k\d(?:\.\d)?|k\dp\d|kimi-(?:for-coding|latest|thinking|k\d(?:\.\d)?)|moonshot-v\d)(?:-(?:[a-z]{1,12}|\d{1,4}k?)){0,4}$/;

/** Whether a name is of a model of Kimi's, and holds nothing else. */
export const isKimiModel = (name: string): boolean => MODEL.test(name);
