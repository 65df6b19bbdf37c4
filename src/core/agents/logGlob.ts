import type { LogSource, Surroundings } from './agent.ts';

/** A glob as a source, or why it is none. */
export type ParsedGlob =
  | { readonly kind: 'source'; readonly source: LogSource }
  | { readonly kind: 'refused'; readonly reason: string };

/** Each costs a watched folder at least. */
export const MOST_GLOBS = 32;
const LONGEST_GLOB = 512;
/** More stars in one name make matching slow; `**` stands for up to eight folders. */
const MOST_STARS = 3;
const MOST_FOLDERS = 8;
const WILD = /[*?]/;

/** What a glob may be, for whoever wrote another. */
const GLOB_HELP =
  'A path begins with / (on Windows with a drive) or ~/, and may have * and ? in its names and one ** for folders.';

/**
 * The files that one entry of `kimiQuota.otherLogs` names: `~/litellm/*.log`, `/srv/n8n/runs-?/*.json`.
 * `*` and `?` stand for characters of one name, `**` for any folders, up to eight. A glob that would
 * look through the whole home, a whole drive or more is refused; links are not followed.
 */
export function parseLogGlob(glob: string, surroundings: Surroundings): ParsedGlob {
  const refused = (reason: string): ParsedGlob => ({ kind: 'refused', reason });
  const { home, platform } = surroundings;
  const isWindows = platform === 'win32';
  const slashed = (path: string): string => (isWindows ? path.replaceAll('\\', '/') : path);
  const text = slashed(glob.trim());
  if (text.length > LONGEST_GLOB) return refused('it is too long');
  const absolute = text.startsWith('~/') ? slashed(home).replace(/\/+$/, '') + text.slice(1) : text;
  if (!(isWindows ? /^(?:[A-Za-z]:\/|\/\/[^/])/ : /^\//).test(absolute)) return refused(GLOB_HELP);
  const names = absolute.split('/').filter((name, index) => name !== '' || index < 2);
  if (names.some(name => name === '.' || name === '..')) return refused(GLOB_HELP);
  const wildAt = names.findIndex(name => WILD.test(name));
  const rootLength = wildAt < 0 ? names.length - 1 : wildAt;
  const below = names.slice(rootLength);
  const problem = problemOf(below, names.slice(0, rootLength), slashed(home));
  if (problem !== undefined) return refused(problem);
  const root = names.slice(0, rootLength).join('/');
  return {
    kind: 'source',
    source: sourceOf(isWindows ? root.replaceAll('/', '\\') : root, below, platform),
  };
}

/** What is wrong with the globs of a user, a sentence each; those are not read. */
export function globProblems(globs: readonly string[], surroundings: Surroundings): string[] {
  const tooMany = globs.length > MOST_GLOBS ? [`Only the first ${MOST_GLOBS} globs are read.`] : [];
  const refused = globs.slice(0, MOST_GLOBS).flatMap(glob => {
    const parsed = parseLogGlob(glob, surroundings);
    return parsed.kind === 'refused' ? [`${glob.slice(0, 80)} is not read: ${parsed.reason}`] : [];
  });
  return [...refused, ...tooMany].map(text => text.replace(/[^.]$/, '$&.'));
}

function problemOf(
  below: readonly string[],
  root: readonly string[],
  home: string,
): string | undefined {
  const folders = below.slice(0, -1);
  if (below.at(-1) === '**' || below.length === 0) return GLOB_HELP;
  if (below.some(name => name !== '**' && (name.match(/\*/g)?.length ?? 0) > MOST_STARS))
    return GLOB_HELP;
  if (folders.filter(name => name === '**').length > 1 || folders.length > MOST_FOLDERS)
    return GLOB_HELP;
  // The root of the system or of a drive or share.
  const isTop =
    root.filter(name => name !== '').length <
    (root[0] === '' && root[1] === '' ? 3 : /:$/.test(root[0] ?? '') ? 2 : 1);
  if (isTop) return 'it would look through a whole drive';
  const path = `${root.join('/')}/`;
  const isWide = folders.some(name => WILD.test(name));
  const isHomeOrAbove = `${home.replace(/\/+$/, '')}/`.toLowerCase().startsWith(path.toLowerCase());
  return isWide && isHomeOrAbove ? 'it would look through the whole home folder' : undefined;
}

function sourceOf(
  root: string,
  below: readonly string[],
  platform: Surroundings['platform'],
): LogSource {
  const isDeep = below.includes('**');
  const name = below.at(-1) ?? '';
  const parts = below.map((part, index) =>
    part === '**' ? '(?:[^/]+/){0,8}' : pattern(part) + (index < below.length - 1 ? '/' : ''),
  );
  return {
    root,
    // What we wrote ourselves would come back to us.
    files: new RegExp(
      `^(?!(?:.*/)?(?:[\\d-]*)Kimi Quota\\.log$)${parts.join('')}$`,
      platform === 'linux' ? '' : 'i',
    ),
    depth: isDeep ? MOST_FOLDERS : below.length - 1,
    growth: /\.json$/i.test(name) ? 'rewrite' : 'append',
    format: /\.json$/i.test(name) ? 'json' : 'lines',
  };
}

/** One name. Stars next to each other are one. */
function pattern(name: string): string {
  const escaped = name.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return escaped.replace(/\*+/g, '[^/]*').replaceAll('?', '[^/]');
}
