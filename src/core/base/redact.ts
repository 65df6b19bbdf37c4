import { inertText } from './inertText.ts';
import { findSecrets, type SecretSpan } from './secretSpans.ts';

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

/** What may leave a reader at most, in bytes of UTF-8 (faults.md X3). */
const MOST_BYTES = 4096;
/** More than this is not looked at; what control characters take away is in it. */
const MOST_CHARACTERS = 8 * 1024;
/** A key that the limit of characters cuts would no longer look like one. */
const UNSAFE_END = 1024;
/** Each pass only finds what the one before uncovered at an edge; two are usual. */
const MOST_PASSES = 8;

/**
 * Makes a text of a log fit to leave: keys, tokens, cookies, passwords and account ids are replaced
 * by `…` (an `ak-` keeps its last four characters), also where line breaks, invisible characters,
 * ANSI or JSON escapes split them; so are e-mail addresses and the names in home paths. Control
 * characters go. At most 4 KB. The same of the same; of its own result nothing more. Never throws.
 */
export function redact(text: string): string {
  const whole = text.length <= MOST_CHARACTERS;
  const inert = inertText(whole ? text : text.slice(0, MOST_CHARACTERS));
  let result = capped(mask(whole ? inert : inert.slice(0, -UNSAFE_END)));
  for (let pass = 1; pass < MOST_PASSES; pass++) {
    const next = capped(mask(result));
    if (next === result) break;
    result = next;
  }
  return result;
}

/** `/home/me/…`, `/Users/me/…`, `C:\Users\me\…`, also with doubled backslashes. */
const HOME = /(?<![\\/])([\\/]{1,8}(?:home|Users)[\\/]{1,8})[^\\/\s"'<>|:…]{1,256}/gi;

function mask(text: string): string {
  const spans = findSecrets(text);
  const masked = spans.length > 0 ? replaceSpans(text, spans) : text;
  return /home|users/i.test(masked) ? masked.replace(HOME, '$1…') : masked;
}

function replaceSpans(text: string, spans: readonly SecretSpan[]): string {
  let result = '';
  let done = 0;
  for (const { from, to, mask } of spans.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    if (from >= done) result += text.slice(done, from) + mask;
    done = Math.max(done, to);
  }
  return result + text.slice(done);
}

function capped(text: string): string {
  // No character takes more than three bytes for each of its UTF-16 units.
  if (text.length * 3 <= MOST_BYTES) return text;
  let bytes = 0;
  let index = 0;
  for (const character of text) {
    bytes += byteLength(character.codePointAt(0)!);
    if (bytes > MOST_BYTES) break;
    index += character.length;
  }
  return text.slice(0, index);
}

const byteLength = (code: number): number =>
  code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
