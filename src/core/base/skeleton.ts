/**
 * A text as a reader joins it: without line breaks, indentation and frames, and with the escapes of
 * JSON, URLs and HTML decoded. A key that is split or escaped is whole in it.
 */
export interface Skeleton {
  readonly text: string;
  /** Whether a line break was removed before this index. */
  readonly isBreak: (index: number) => boolean;
  /** The range in the original that `from` to `to` covers. */
  readonly spanOf: (from: number, to: number) => readonly [from: number, to: number];
}

/** Bounded: repeated escaping doubles the backslashes each time. */
const ESCAPE = /\\{1,8}(?:[nrtbfvux0e"'/]|[0-7]{2})/iy;

const ESCAPED_ANSI = /\\{1,8}(?:u001b|x1b|033|e)\[[0-9;?]{0,32}[A-Z]/iy;

/** JSON, C, JavaScript, Python, CSS and octal. */
const ESCAPED_CODE =
  /\\{1,8}(?:(?:U0000|u)([0-9a-f]{4})|u\{([0-9a-f]{1,6})\}|x([0-9a-f]{2})|0000([0-9a-f]{2})|([0-7]{2,3}))/iy;

const ESCAPED_SPACE = /\\{1,8}[bftv]/y;

const ESCAPED_MARK = /\\{1,8}(["'/])/y;

const UNSEEN = /[\0-\x1F\x7F-\x9F\u00AD\u0300-\u036F\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF]/;

/** `%2D`, `%252D`, `&#45;`, `&#x2d;`, `&hyphen;`. */
const ENCODED =
  /%(?:25){0,4}([2-7][0-9a-f])|&(?:amp;){0,3}(?:#(?:x0{0,4}([0-9a-f]{2})|0{0,4}(\d{2,3}))(?:;| ?(?=&#|$))|(hyphen|dash|lowbar);)/iy;

const NAMED: Readonly<Record<string, string>> = { hyphen: '-', dash: '-', lowbar: '_' };

/** Other encoded characters may be part of a value, but would end it when decoded. */
const JOINED_CHARACTER = /[\w.-]/;

/** Typographic hyphens and dashes. */
const DASH = /[\u2010-\u2015\u2212\uFE58\uFE63\uFF0D]/;

/** Full-width, circled and superscript letters: they look like ASCII. */
const STYLED = /[\u00A0\u2000-\u200A\u202F\u205F\u2070-\u214F\u2460-\u24FF\u3000\uFF01-\uFF5E]/;
/** Mathematical letters: bold, italic, double-struck. */
const MATHEMATICAL = 0xd835;

const NOT_PLAIN =
  /[\n\t\\%&\u00A0\u0300-\u036F\u2000-\u2015\u202F\u205F\u2070-\u214F\u2212\u2460-\u24FF\u3000\uD835\uFE58\uFE63\uFF01-\uFF5E]/;

/** Reads a text without control characters except `\n` and `\t`. Linear. */
export function createSkeleton(text: string): Skeleton {
  if (!NOT_PLAIN.test(text)) return plain(text);
  const starts: number[] = [];
  const ends: number[] = [];
  const breaks = new Set<number>();
  const gaps = gapsOf(text);
  let joined = '';
  let index = 0;
  while (index < text.length) {
    const gapEnd = gaps.get(index);
    const { length, shown, isBreak } =
      gapEnd === undefined ? pieceAt(text, index) : { length: gapEnd - index, ...LINE };
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

/** Characters of frames, quoted emails, comments and tables at the ends of a line. */
const FRAME = /[ \t|>#*+\u00A0\u00B7\u2022\u2190-\u23FF\u2500-\u2BFF]/;
/** A shell command continues in the next line after `\`, on Windows after `^`. */
const FRAME_OR_JOINT = /[ \t|>#*+^\\\u00A0\u00B7\u2022\u2190-\u23FF\u2500-\u2BFF]/;
/** A line number, as editors show it. */
const GUTTER = /\d{1,6}[ \t]{0,4}[|:\u2502]/y;

/** Also escaped as JSON, once or several times. */
const LINE_BREAK = /\n|\\{1,8}(?:[nr]|u000[ad])/gi;
const NEXT_BREAK = /\n|\\{1,8}(?:[nr]|u000[ad])/iy;

/** Line breaks with everything around them that is not content: start to end. */
function gapsOf(text: string): Map<number, number> {
  const gaps = new Map<number, number>();
  let least = 0;
  LINE_BREAK.lastIndex = 0;
  for (let found = LINE_BREAK.exec(text); found; found = LINE_BREAK.exec(text)) {
    let from = found.index;
    while (from > least && FRAME_OR_JOINT.test(text[from - 1]!)) from--;
    let to = frameEnd(text, found.index + found[0].length);
    const gutter = matchAt(GUTTER, text, to);
    if (gutter) to = frameEnd(text, to + gutter[0].length);
    gaps.set(from, to);
    least = to;
    LINE_BREAK.lastIndex = to;
  }
  return gaps;
}

function frameEnd(text: string, from: number): number {
  let to = from;
  while (to < text.length) {
    const lineBreak = matchAt(NEXT_BREAK, text, to);
    if (!lineBreak && !FRAME.test(text[to]!)) break;
    to += lineBreak?.[0].length ?? 1;
  }
  return to;
}

interface Piece {
  readonly length: number;
  /** One character, or none. */
  readonly shown: string;
  readonly isBreak?: boolean;
}

const LINE = { shown: '', isBreak: true };

function pieceAt(text: string, index: number): Piece {
  const char = text[index]!;
  if (char === '%' || char === '&') return decodedAt(text, index);
  if (char === '\t') return tabAt(text, index);
  if (char > '\x7F') return styledAt(text, index);
  if (char !== '\\' || !matchAt(ESCAPE, text, index)) return { length: 1, shown: char };
  const ansi = matchAt(ESCAPED_ANSI, text, index);
  if (ansi) return { length: ansi[0].length, shown: '' };
  const code = matchAt(ESCAPED_CODE, text, index);
  if (code) return codeOf(code);
  const space = matchAt(ESCAPED_SPACE, text, index);
  if (space) return { length: space[0].length, shown: ' ' };
  const mark = matchAt(ESCAPED_MARK, text, index);
  return mark ? { length: mark[0].length, shown: mark[1]! } : { length: 1, shown: char };
}

/** Between two parts of a key it acts as a line break, elsewhere as a space. */
function tabAt(text: string, index: number): Piece {
  const isInside = /[\w-]/.test(text[index - 1] ?? '') && /[\w-]/.test(text[index + 1] ?? '');
  return { length: 1, ...(isInside ? LINE : { shown: '\t' }) };
}

function styledAt(text: string, index: number): Piece {
  const char = text[index]!;
  if (DASH.test(char)) return { length: 1, shown: '-' };
  if (UNSEEN.test(char)) return { length: 1, shown: '' };
  const isPair = char.charCodeAt(0) === MATHEMATICAL;
  if (!isPair && !STYLED.test(char)) return { length: 1, shown: char };
  const length = isPair ? 2 : 1;
  const simple = text.slice(index, index + length).normalize('NFKC');
  return /^[\x20-\x7E]$/.test(simple) ? { length, shown: simple } : { length: 1, shown: char };
}

function decodedAt(text: string, index: number): Piece {
  const [whole = '', percent, hex, decimal, name] = matchAt(ENCODED, text, index) ?? [];
  const code = decimal === undefined ? parseInt(percent ?? hex ?? '', 16) : Number(decimal);
  const char = Number.isNaN(code)
    ? (NAMED[name?.toLowerCase() ?? ''] ?? '')
    : String.fromCharCode(code);
  return JOINED_CHARACTER.test(char)
    ? { length: whole.length, shown: char }
    : { length: 1, shown: text[index]! };
}

function codeOf([whole, unicode, braced, hex, css, octal]: RegExpExecArray): Piece {
  const code =
    octal === undefined ? parseInt(unicode ?? braced ?? hex ?? css ?? '', 16) : parseInt(octal, 8);
  const char = code <= 0xffff ? String.fromCharCode(code) : '';
  return { length: whole.length, shown: UNSEEN.test(char) ? '' : char };
}

function matchAt(sticky: RegExp, text: string, index: number): RegExpExecArray | null {
  sticky.lastIndex = index;
  return sticky.exec(text);
}
