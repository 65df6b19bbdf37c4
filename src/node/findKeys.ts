import { readdir } from 'node:fs/promises';
import { isAbsolute, join, sep } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import {
  type Environment,
  type FileProblem,
  type FoundKey,
  type FoundKeys,
  type LinkedToken,
  type LoginLink,
  parseAccessToken,
  type PlacedKey,
  productAt,
} from '../core/accounts/foundKey.ts';
import {
  KEY_PLACES,
  type KeyPlace,
  type PlaceFile,
  parseEnvironmentKeys,
} from '../core/accounts/keyPlaces.ts';
import { parseBaseUrl } from './parseBaseUrl.ts';
import { readSmallFile } from './fileSystem.ts';

/** Where to look for keys. */
export interface KeySearch {
  readonly home: string;
  readonly environment: Environment;
}

/** Most sign-ins of one program. */
const MOST_LOGINS = 20;

/** Whether Kimi Code has a sign-in: names of files only, no content. */
export async function hasSignIn({ home, environment }: KeySearch): Promise<boolean> {
  const place = KEY_PLACES.find(({ program }) => program === 'kimiCode')!;
  const files = place.files.filter(file => 'folder' in file);
  return (await listFiles(folderOf(place, { home, environment }), files)).length > 0;
}

function folderOf({ folder }: KeyPlace, { home, environment }: KeySearch): string {
  const moved = environment[folder.variable] ?? '';
  return isAbsolute(moved) ? moved : join(home, folder.standard);
}

/** Reads every place of `KEY_PLACES` and the environment. Writes and renews nothing. */
export async function findKeys(search: KeySearch): Promise<FoundKeys> {
  const places = await Promise.all(KEY_PLACES.map(place => searchPlace(place, search)));
  const variables = parseEnvironmentKeys(search.environment).map(placed =>
    foundKey(placed, 'environment', `$${placed.file}`),
  );
  return {
    keys: [...places.flatMap(({ keys }) => keys), ...variables],
    problems: places.flatMap(({ problems }) => problems),
  };
}

/**
 * The current token of a sign-in, and its host from the current configuration. Undefined: the file
 * is missing or unreadable, the sign-in was revoked, or its host is unknown.
 */
export async function readLogin(
  link: LoginLink,
  search: KeySearch,
): Promise<LinkedToken | undefined> {
  const place = KEY_PLACES.find(({ program }) => program === link.program);
  const { keys } = place ? await searchPlace(place, search) : { keys: [] };
  for (const { endpoint, secret } of keys) {
    if (secret.kind !== 'login' || secret.link.slot !== link.slot) continue;
    if (!endpoint || 'problem' in endpoint) return undefined;
    return { token: secret.token, expiresAt: secret.expiresAt, origin: endpoint.origin };
  }
  return undefined;
}

async function searchPlace(place: KeyPlace, search: KeySearch): Promise<FoundKeys> {
  const { home, environment } = search;
  const folder = folderOf(place, search);
  const sourceOf = (path: string): string => withTilde(join(folder, path), home);
  const contents = new Map<string, unknown>();
  const problems: FoundKeys['problems'][number][] = [];
  for (const { path, form } of await listFiles(folder, place.files)) {
    const read = await readContent(join(folder, path), form);
    if (read.kind === 'content') contents.set(path, read.content);
    if (read.kind === 'problem') problems.push({ source: sourceOf(path), problem: read.problem });
  }
  const keys = place
    .read(contents, environment)
    .map(placed => foundKey(placed, place.program, sourceOf(placed.file)));
  return { keys, problems };
}

async function listFiles(folder: string, files: readonly PlaceFile[]) {
  const listed = files.map(async file => {
    if ('path' in file) return [file];
    const names = await readdir(join(folder, file.folder)).catch(() => []);
    const matching = names.filter(name => file.names.test(name)).slice(0, MOST_LOGINS);
    return matching.map(name => ({ path: `${file.folder}/${name}`, form: file.form }));
  });
  return (await Promise.all(listed)).flat();
}

type Content =
  | { readonly kind: 'content'; readonly content: unknown }
  | { readonly kind: 'missing' }
  | { readonly kind: 'problem'; readonly problem: FileProblem };

async function readContent(path: string, form: PlaceFile['form']): Promise<Content> {
  const read = await readSmallFile(path);
  if (read.kind !== 'text') return read;
  try {
    return { kind: 'content', content: PARSERS[form](read.text) };
  } catch {
    // Without the parser's message, which quotes a line and may contain the key.
    return { kind: 'problem', problem: 'garbage' };
  }
}

const PARSERS: Readonly<Record<PlaceFile['form'], (text: string) => unknown>> = {
  toml: parseToml,
  json: JSON.parse,
  login: parseAccessToken,
  text: text => text,
};

function foundKey(placed: PlacedKey, program: FoundKey['program'], source: string): FoundKey {
  const { baseUrl, entry, secret } = placed;
  const key = secret.kind === 'key' ? secret.key : '';
  return {
    program,
    source,
    secret,
    ...(entry ? { entry } : {}),
    ...(baseUrl ? { baseUrl, endpoint: parseBaseUrl(baseUrl, productAt(baseUrl, key)) } : {}),
  };
}

/** With `/` on every system, as in documentation and in the names of logs. */
function withTilde(path: string, home: string): string {
  if (!path.startsWith(join(home, '/'))) return path;
  return join('~', path.slice(home.length)).replaceAll(sep, '/');
}
