import type { Surroundings } from './agent.ts';

/** A path below `folder`, with the separator of the system. */
export function pathBelow({ platform }: Surroundings, folder: string, ...parts: string[]): string {
  const separator = platform === 'win32' ? '\\' : '/';
  return [folder.replace(/[\\/]+$/, ''), ...parts].join(separator);
}

/**
 * The folder of an agent: what the variable says, or a folder in the home. A relative path in a
 * variable is relative to a folder that we do not know, so it is not followed.
 */
export function agentFolder(
  surroundings: Surroundings,
  variable: string,
  standard: string,
): string {
  const { env, home, platform } = surroundings;
  const said = env[variable]?.trim() ?? '';
  const tilde = /^~(?=[\\/]|$)/;
  const path = tilde.test(said) ? said.replace(tilde, () => home) : said;
  const isAbsolute = platform === 'win32' ? /^(?:[A-Za-z]:)?[\\/]/ : /^\//;
  return isAbsolute.test(path) ? path : pathBelow(surroundings, home, standard);
}

/** The first of the variables that is set, for `agentFolder`; none: ``. */
export function firstVariable({ env }: Surroundings, ...variables: readonly string[]): string {
  return variables.find(variable => env[variable]?.trim()) ?? '';
}
