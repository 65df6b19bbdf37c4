/** A base URL in a configuration, and what it is for there: a provider or a model, by its name. */
export interface NamedUrl {
  /** Absent: for all that the agent asks. */
  readonly id?: string;
  readonly url: string;
}

/** Picks base URLs out of a parsed configuration, and nothing else: keys stand beside them. */
export type UrlReader = (
  content: unknown,
  env: Readonly<Record<string, string | undefined>>,
) => NamedUrl[];

/**
 * Reads the URL at `path`, such as `provider.*.options.baseURL`: `*` is every entry of a table or a
 * list. In a table its key is its name; `names` are fields of the entry that name it as well.
 */
export function urlsAt(path: string, names: readonly string[] = []): UrlReader {
  const [toEntries = '', within] = splitAtLastStar(path);
  return content =>
    entriesAt(content, toEntries.split('.')).flatMap(({ key, value }) => {
      const url = textAt(value, within);
      if (url === undefined) return [];
      const ids = [key, ...names.map(name => textAt(value, name))].filter(id => id !== undefined);
      return ids.map(id => ({ id, url }));
    });
}

/** Reads one URL at `path`, for the provider `id` or, without, for all that the agent asks. */
export function urlAt(path: string, id?: string): UrlReader {
  return content => {
    const url = textAt(content, path);
    return url === undefined ? [] : [{ ...(id === undefined ? {} : { id }), url }];
  };
}

/** What all of them read. */
export function allOf(...readers: readonly UrlReader[]): UrlReader {
  return (content, env) => readers.flatMap(read => read(content, env));
}

/** The entries of the table or list at a path, with their keys in a table. */
export function entriesAt(content: unknown, path: readonly string[]): Entry[] {
  return path.reduce<Entry[]>(
    (found, part) => found.flatMap(({ value }) => step(value, part)),
    [{ key: undefined, value: content }],
  );
}

interface Entry {
  readonly key: string | undefined;
  readonly value: unknown;
}

function step(value: unknown, part: string): Entry[] {
  if (typeof value !== 'object' || value === null) return [];
  if (part !== '*') {
    return Object.hasOwn(value, part) ? [{ key: part, value: Reflect.get(value, part) }] : [];
  }
  return Array.isArray(value)
    ? value.map((item: unknown) => ({ key: undefined, value: item }))
    : Object.entries(value).map(([key, item]) => ({ key, value: item }));
}

/** The text at a path; undefined where there is none, or something else. */
export function textAt(content: unknown, path: string): string | undefined {
  const value = entriesAt(content, path.split('.'))[0]?.value;
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' ? undefined : text;
}

function splitAtLastStar(path: string): [toEntries: string, within: string] {
  const at = path.lastIndexOf('*') + 1;
  return [path.slice(0, at), path.slice(at + 1)];
}
