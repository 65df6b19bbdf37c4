import { hostName, type KimiProduct, productOfHost } from './kimiHosts.ts';

/**
 * `protocol`: an API format that many servers use; `unknown`: a router, or a name chosen by the
 * user.
 */
export type ProviderKind = KimiProduct | 'other' | 'protocol' | 'unknown';

/** Whether a kind is one of Moonshot's products. */
export const isKimi = (kind: ProviderKind): kind is KimiProduct =>
  kind === 'kimi-code' || kind === 'open-platform';

/** This machine, private networks, and names that only resolve in a private network. */
const LOCAL_HOST =
  /^(?:[^.]*|.*\.(?:local|localhost|internal|lan|home\.arpa)|127(?:\.\d+){3}|10(?:\.\d+){3}|192\.168(?:\.\d+){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d+){2}|169\.254(?:\.\d+){2}|0\.0\.0\.0|\[.*\])$/;

/** The provider of a host, with or without a port. A private host is a router: unknown. */
export function providerOfHost(host: string): Exclude<ProviderKind, 'protocol'> {
  return productOfHost(host) ?? (LOCAL_HOST.test(hostName(host)) ? 'unknown' : 'other');
}

const wordsOf = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Agents' provider ids of Kimi's products (docs/agents.md 2.3). */
const KIMI_IDS: ReadonlyMap<string, KimiProduct> = new Map([
  ...wordsOf(
    `kimi kimi-ai kimi-cli kimi-code kimi-coding kimi-for-coding kimi-code-plan-cn
    kimi-code-plan-global`,
  ).map(id => [id, 'kimi-code'] as const),
  ...wordsOf('moonshot moonshot-ai moonshot-cn moonshotai moonshotai-ai moonshotai-cn').map(
    id => [id, 'open-platform'] as const,
  ),
]);

/** Ids of protocols: users add any server under them, including Kimi. */
const PROTOCOL_IDS: ReadonlySet<string> = new Set(
  wordsOf(`anthropic anthropic-compatible claude compatible firstparty openai openai-chat
    openai-compat openai-compatible openai-native openai-responses`),
);

/** Even less specific ids: any server that is currently set under them. */
const PLACEHOLDER_IDS: ReadonlySet<string> = new Set(wordsOf('custom default litellm proxy'));

/** Resellers and other providers. */
const OTHER_IDS: ReadonlySet<string> = new Set(
  wordsOf(`alibaba alibabacloud aliyun amazon-bedrock ark aws azure bailian baseten bedrock bigmodel
    cerebras cherryin chutes cohere copilot cursor dashscope deepinfra deepseek doubao elevenlabs
    fireworks fireworks-ai gemini github github-copilot google google-vertex groq huggingface
    hyperbolic kilo kilocode kiro minimax mistral modelscope nim novita nvidia nvidia-nim ollama
    ollama-cloud opencode opencode-go opencode-zen openrouter perplexity poe qwen qwen-oauth requesty
    siliconflow stepfun synthetic together together-ai togetherai vercel vertex vertexai volcengine
    volcengine-ark xai z-ai zai zen zenmux zhipu zhipuai`),
);

/** A domain used as an id. */
const DOMAIN = /\.(?:ai|cn|co|com|dev|io|net|org)$/;

/**
 * The provider of an agent's provider id, such as `kimi (BYOK)`, `kimi-code/kimi-for-coding`,
 * `MoonshotAI`.
 */
export function providerOfId(id: string): ProviderKind {
  const name = plainId(id);
  const product = KIMI_IDS.get(name);
  if (product !== undefined) return product;
  if (PROTOCOL_IDS.has(name)) return 'protocol';
  if (OTHER_IDS.has(name)) return 'other';
  return DOMAIN.test(name) ? providerOfHost(name) : 'unknown';
}

/**
 * Whether users choose an id themselves, so that it means one server (docs/agents.md 2.1). `kimi`
 * is such an id too where the user's configuration sets its host.
 */
export function isOwnName(id: string): boolean {
  const name = plainId(id);
  return name === 'kimi' || (providerOfId(id) === 'unknown' && !PLACEHOLDER_IDS.has(name));
}

/** The first word of an id: an alias is `<provider>/<model>`, a signed-in one `managed:<provider>`. */
const plainId = (id: string): string =>
  (/^[\w.:-]+/.exec(id.trim().toLowerCase())?.[0] ?? '')
    .replace(/^managed:/, '')
    .replaceAll('_', '-');

/** Whether a model is Kimi's, whoever serves it: a hint, not proof (docs/agents.md 2.1). */
export const isKimiModel = (model: string): boolean =>
  /kimi|moonshot|(?:^|[/:])k(?:2[dp]\d|3)(?![a-z\d])/i.test(model);

/** Whether a text is exactly the name of a Kimi model. */
export const isKimiModelName = (text: string): boolean =>
  /^(?:(?:kimi-code|kimi|moonshot|moonshotai|openai|anthropic)\/)?(?:k\d(?:\.\d)?|k\d[dp]\d|kimi-(?:for-coding|latest|thinking|k\d(?:\.\d)?)|moonshot-v\d)(?:-(?:[a-z]{1,12}|\d{1,4}k?)){0,4}$/.test(
    text,
  );

/** The product that a model name suggests; undefined where both products serve it, or neither. */
export function productOfModel(model: string): KimiProduct | undefined {
  if (/(?:^|\/)(?:kimi-for-coding|k2[dp]\d|k3)\b/.test(model)) return 'kimi-code';
  return /(?:^|\/)(?:kimi-(?:k\d|latest|thinking)|moonshot-v1-)/.test(model)
    ? 'open-platform'
    : undefined;
}

/** Hosts of other providers' consoles and docs, which their error texts link to. */
const OTHER_LINK =
  /(?:openrouter\.ai|docs\.github\.com|platform\.openai\.com|chatgpt\.com|anthropic\.com|claude\.ai|ai\.google\.dev|aistudio\.google\.com|googleapis\.com|console\.groq\.com|api\.groq\.com|build\.nvidia\.com|nvidia\.com|deepseek\.com|volces\.com|volcengine\.com|aliyun(?:cs)?\.com|bigmodel\.cn|api\.z\.ai|siliconflow\.(?:cn|com)|mistral\.ai|together\.(?:ai|xyz)|fireworks\.ai|api\.x\.ai|elevenlabs\.io|opencode\.ai|azure\.com|amazonaws\.com|huggingface\.co|ollama\.com|deepinfra\.com|zenmux\.ai|minimax(?:i)?\.(?:io|com|chat)|kiro\.dev)/i;

/** Cheap to search for, and part of every link. */
const LINK_MARK = /\.(?:ai|com|cn|io|dev|co|xyz|chat|google)\b/i;

/** The other provider that a text links to, in lower case. */
export function otherLink(text: string): string | undefined {
  return LINK_MARK.test(text) ? OTHER_LINK.exec(text)?.[0].toLowerCase() : undefined;
}
