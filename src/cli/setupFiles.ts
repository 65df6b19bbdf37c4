import { applyEdits, type JSONPath, modify, parse, type ParseError } from 'jsonc-parser';

/** A text of a configuration file with our part, or without it; undefined: this file can't be changed safely. */
type Edit = (text: string) => string | undefined;

/** A change of one file. */
export interface Change {
  /** Absolute. */
  readonly path: string;
  readonly add: Edit;
  readonly remove: Edit;
}

const eolOf = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

/** A value in a JSON file. A path that ends with -1 is an element of a list. */
export type JsonEntry = readonly [path: JSONPath, value: unknown];

/** Sets values in a JSON file with comments, and removes those of other options; its formatting stays. */
export function jsonChange(
  path: string,
  entries: readonly JsonEntry[],
  others: readonly JsonEntry[] = [],
): Change {
  return {
    path,
    add: text => withEntries(withoutEntries(text || '{}\n', others), entries),
    remove: text => withoutEntries(text, [...entries, ...others]),
  };
}

const withEntries = (text: string | undefined, entries: readonly JsonEntry[]) =>
  entries.reduce((all, [at, value]) => setJson(all, at, value), text);
const withoutEntries = (text: string | undefined, entries: readonly JsonEntry[]) =>
  entries.reduce((all, [at, value]) => removeJson(all, at, value), text);

/** A path that ends with -1 appends to a list, unless the list has an equal element. */
function setJson(text: string | undefined, path: JSONPath, value: unknown): string | undefined {
  const root = text === undefined ? undefined : parseJson(text);
  if (text === undefined || root === undefined) return undefined;
  if (path.at(-1) === -1) {
    const list = valueAt(root, path.slice(0, -1));
    if (list === undefined) return edited(text, path.slice(0, -1), [value]);
    if (!Array.isArray(list)) return undefined;
    return indexIn(list, value) >= 0
      ? text
      : edited(text, [...path.slice(0, -1), list.length], value);
  }
  const known = valueAt(root, path);
  if (known !== undefined) return text;
  return edited(text, path, value);
}

function removeJson(text: string | undefined, path: JSONPath, value: unknown): string | undefined {
  const root = text === undefined ? undefined : parseJson(text);
  if (text === undefined || root === undefined) return undefined;
  const parent = path.slice(0, -1);
  if (path.at(-1) === -1) {
    const list = valueAt(root, parent);
    if (!Array.isArray(list)) return text;
    const index = indexIn(list, value);
    if (index < 0) return text;
    // A list of nothing else is ours, too.
    return edited(text, list.length === 1 ? parent : [...parent, index], undefined);
  }
  return isSame(valueAt(root, path), value) ? edited(text, path, undefined) : text;
}

const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
const indexIn = (list: readonly unknown[], value: unknown): number =>
  list.findIndex(each => isSame(each, value));

/** Undefined for a text with a mistake, which an edit could make worse. */
function parseJson(text: string): unknown {
  const errors: ParseError[] = [];
  const root: unknown = parse(text, errors, { allowTrailingComma: true });
  return errors.length > 0 || typeof root !== 'object' ? undefined : root;
}

function valueAt(root: unknown, path: JSONPath): unknown {
  return path.reduce<unknown>(
    (value, name) => (value as Record<string, unknown> | undefined)?.[name],
    root,
  );
}

function edited(text: string, path: JSONPath, value: unknown): string {
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
  const formattingOptions = {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.startsWith('\t') ? 1 : indent.length,
    eol: eolOf(text),
  };
  return applyEdits(text, modify(text, path, value, { formattingOptions }));
}

const BEGIN = '# >>> kimi-quota >>>';
const END = '# <<< kimi-quota <<<';

/** Where our block is; empty without one. */
function spanOf(text: string): readonly [start: number, end: number] {
  const [start, last] = [text.indexOf(BEGIN), text.indexOf(END)];
  return start < 0 || last < start ? [0, 0] : [start, last + END.length];
}

/** Appends lines between two comments, or replaces those there, unless the text matches `conflicts`. */
export function blockChange(
  path: string,
  lines: readonly string[],
  conflicts: RegExp = /(?!)/,
): Change {
  const block = [BEGIN, ...lines, END];
  return {
    path,
    add: text => {
      const eol = eolOf(text);
      const [start, end] = spanOf(text);
      if (end > start) return text.slice(0, start) + block.join(eol) + text.slice(end);
      if (conflicts.test(text)) return undefined;
      const gap = text === '' ? '' : text.endsWith('\n') ? eol : eol + eol;
      return `${text}${gap}${block.join(eol)}${eol}`;
    },
    remove: text => {
      const [start, end] = spanOf(text);
      if (end <= start) return text;
      const before = text.slice(0, start).replace(/\r?\n$/, '');
      return before + text.slice(end).replace(/^\r?\n/, before === '' ? '' : eolOf(text));
    },
  };
}
