/**
 * A text as the eye joins it: without line breaks and the indentation after them, with the escapes
 * of JSON, URLs and HTML read. A key that is split or escaped stands in it whole.
 */
export interface Skeleton {
  readonly text: string;
  /** Whether a line break was taken out before this index. */
  readonly isBreak: (index: number) => boolean;
  /** What the span from `from` to `to` covers in the original. */
  readonly spanOf: (from: number, to: number) => readonly [from: number, to: number];
}

const BREAK = /\n[ \t]*/y;
/** Bounded: a log that was escaped again and again doubles its backslashes each time. */
const ESCAPE = /\\{1,8}[nrtbfvux0e"'/]/iy;
const ESCAPED_BREAK = /\\{1,8}(?:[nr]|u000[ad])[ \t]*/iy;
const ESCAPED_ANSI = /\\{1,8}(?:u001b|x1b|033|e)\[[0-9;?]{0,32}[A-Za-z]/iy;
const ESCAPED_CODE = /\\{1,8}(?:u([0-9a-f]{4})|x([0-9a-f]{2}))/iy;
const ESCAPED_SPACE = /\\{1,8}[bftv]/y;
const ESCAPED_MARK = /\\{1,8}(["'/])/y;
const UNSEEN = /[\0-\x1F\x7F-\x9F\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF]/;

/** `%2D`, `%252D`, `&#45;`, `&#x2d;`. */
const ENCODED = /%(?:25){0,3}([2-7][0-9a-f])|&(?:amp;){0,3}#(?:x([0-9a-f]{2})|(\d{2,3}));/iy;
/** Others that are encoded may be a part of a value, but would end it if they were read. */
const KEY_CHARACTER = /[\w.-]/;
/** What typography makes of a hyphen. */
const DASH = /[\u2010-\u2015\u2212\uFE58\uFE63\uFF0D]/;
const NOT_PLAIN = /[\n\\%\u2010-\u2015\u2212\uFE58\uFE63\uFF0D]|&#|&amp;/;

/** Reads a text that holds no control characters but `\n` and `\t`. Linear. */
export function createSkeleton(text: string): Skeleton {
  if (!NOT_PLAIN.test(text)) return plain(text);
  const starts: number[] = [];
  const ends: number[] = [];
  const breaks = new Set<number>();
  let joined = '';
  let index = 0;
  while (index < text.length) {
    const { length, shown, isBreak } = pieceAt(text, index);
    if (isBreak) breaks.add(joined.length);
    if (shown) {
      joined += shown;
      starts.push(index);
      ends.push(index + length);
    }
    index += length;
  }
  return {
    text: joined,
    isBreak: at => breaks.has(at),
    spanOf: (from, to) => [starts[from] ?? text.length, ends[to - 1] ?? text.length],
  };
}

const plain = (text: string): Skeleton => ({
  text,
  isBreak: () => false,
  spanOf: (from, to) => [from, to],
});

interface Piece {
  readonly length: number;
  /** One character, or none. */
  readonly shown: string;
  readonly isBreak?: boolean;
}

function pieceAt(text: string, index: number): Piece {
  const char = text[index]!;
  if (char === '\n') return { length: matchAt(BREAK, text, index)![0].length, ...LINE };
  if (char === '%' || char === '&') return decodedAt(text, index);
  if (char !== '\\' || !matchAt(ESCAPE, text, index))
    return { length: 1, shown: DASH.test(char) ? '-' : char };
  const lineBreak = matchAt(ESCAPED_BREAK, text, index);
  if (lineBreak) return { length: lineBreak[0].length, ...LINE };
  const ansi = matchAt(ESCAPED_ANSI, text, index);
  if (ansi) return { length: ansi[0].length, shown: '' };
  const code = matchAt(ESCAPED_CODE, text, index);
  if (code) return { length: code[0].length, shown: shownOf(code[1] ?? code[2]!) };
  const space = matchAt(ESCAPED_SPACE, text, index);
  if (space) return { length: space[0].length, shown: ' ' };
  const mark = matchAt(ESCAPED_MARK, text, index);
  return mark ? { length: mark[0].length, shown: mark[1]! } : { length: 1, shown: char };
}

function decodedAt(text: string, index: number): Piece {
  const [whole = '', percent, hex, decimal] = matchAt(ENCODED, text, index) ?? [];
  const code = decimal === undefined ? parseInt(percent ?? hex ?? '', 16) : Number(decimal);
  const char = Number.isNaN(code) ? '' : String.fromCharCode(code);
  return KEY_CHARACTER.test(char)
    ? { length: whole.length, shown: char }
    : { length: 1, shown: text[index]! };
}

const LINE = { shown: '', isBreak: true };

function shownOf(hex: string): string {
  const char = String.fromCharCode(parseInt(hex, 16));
  return UNSEEN.test(char) ? '' : char;
}

function matchAt(sticky: RegExp, text: string, index: number): RegExpExecArray | null {
  sticky.lastIndex = index;
  return sticky.exec(text);
}
