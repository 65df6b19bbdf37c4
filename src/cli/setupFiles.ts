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

/** Sets values in a JSON file with comments; its formatting stays. */
export function jsonChange(
  path: string,
  entries: readonly (readonly [path: JSONPath, value: unknown])[],
): Change {
  return {
    path,
    add: text =>
      entries.reduce<string | undefined>((all, entry) => setJson(all, ...entry), text || '{}\n'),
    remove: text =>
      entries.reduce<string | undefined>((all, [at, value]) => removeJson(all, at, value), text),
  };
}

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
    const index = Array.isArray(list) ? indexIn(list, value) : -1;
    return index < 0 ? text : edited(text, [...parent, index], undefined);
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

/** Appends lines between two comments, unless the text matches `conflicts`. */
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
      if (text.includes(BEGIN)) return text;
      if (conflicts.test(text)) return undefined;
      const gap = text === '' ? '' : text.endsWith('\n') ? eol : eol + eol;
      return `${text}${gap}${block.join(eol)}${eol}`;
    },
    remove: text => {
      const start = text.indexOf(BEGIN);
      const end = text.indexOf(END);
      if (start < 0 || end < start) return text;
      const before = text.slice(0, start).replace(/\r?\n$/, '');
      return (
        before + text.slice(end + END.length).replace(/^\r?\n/, before === '' ? '' : eolOf(text))
      );
    },
  };
}
