import { findKeysIn, findSecrets, type SecretSpan } from './secretSpans.ts';

/** Starts a control sequence: `ESC [` or its one-character form. */
const CSI = 0x9b;
/** Start a string that lasts until a terminator: DCS, SOS, OSC, PM, APC in one character. */
const STRING_STARTS: ReadonlySet<number> = new Set([0x90, 0x98, 0x9d, 0x9e, 0x9f]);
const ESC = 0x1b;
const BEL = 0x07;
const ST = 0x9c;
const NEWLINE = 0x0a;

/** Characters that are invisible, change the text direction, or tag text. */
const UNSEEN =
  /[\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF9-\uFFFB]|[\u{E0000}-\u{E0FFF}]/gu;

/** JSON can escape them, and always escapes those below U+0020. */
const ODD_IN_JSON =
  /[\x7F-\x9F\u2028\u2029\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF9-\uFFFB]|\uDB40[\uDC00-\uDFFF]/g;

const HALF_CHARACTER = /\p{Surrogate}/gu;

/** Text that is already safe in a terminal, a tooltip and a database. */
const HAS_ODD = /[^\n\t\x20-\x7E\u2026\u3001-\u3020\u4E00-\u9FFF\uFF01-\uFF5E]/;

/**
 * Removes everything that is not text: ANSI, OSC and DCS sequences with their content, control
 * characters, invisible and bidirectional characters. Line breaks become `\n`, tabs stay, half a
 * surrogate pair becomes U+FFFD. Linear.
 */
export function inertText(text: string): string {
  if (!HAS_ODD.test(text)) return text;
  return withoutControls(text).replace(UNSEEN, '').replace(HALF_CHARACTER, '\uFFFD');
}

/** JSON of the same value without characters that a terminal interprets or hides. */
export function inertJson(json: string): string {
  return json.replace(ODD_IN_JSON, odd =>
    Array.from(
      odd.split(''),
      unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}

function withoutControls(text: string): string {
  let result = '';
  let index = 0;
  while (index < text.length) {
    const code = text.charCodeAt(index);
    if (code === 0x0d && text.charCodeAt(index + 1) === NEWLINE) index++;
    else if (isLineBreak(code)) {
      result += '\n';
      index++;
    } else if (isControl(code)) index = endOfSequence(text, index);
    else result += text[index++];
  }
  return result;
}

const isLineBreak = (code: number): boolean =>
  (code >= NEWLINE && code <= 0x0d) || code === 0x85 || code === 0x2028 || code === 0x2029;

const isControl = (code: number): boolean =>
  (code < 0x20 && code !== 0x09) || (code >= 0x7f && code < 0xa0);

/** The end of the control character, or of the sequence, that starts at `index`. */
function endOfSequence(text: string, index: number): number {
  const code = text.charCodeAt(index);
  if (code === CSI) return endOfCsi(text, index + 1);
  if (STRING_STARTS.has(code)) return endOfString(text, index + 1);
  if (code !== ESC) return index + 1;
  const next = text.charCodeAt(index + 1);
  if (next === 0x5b) return endOfCsi(text, index + 2);
  if (STRING_STARTS.has(next + 0x40)) return endOfString(text, index + 2);
  // Two or three characters: `ESC c`, `ESC ( B`. A single ESC removes only itself.
  if (next >= 0x20 && next <= 0x2f) return Math.min(index + 3, text.length);
  return next >= 0x30 && next <= 0x7e ? index + 2 : index + 1;
}

/** Parameters, then one final character; a broken sequence ends at the first other character. */
function endOfCsi(text: string, index: number): number {
  let code = text.charCodeAt(index);
  while (code >= 0x20 && code <= 0x3f) code = text.charCodeAt(++index);
  return code >= 0x40 && code <= 0x7e ? index + 1 : index;
}

/** BEL or ST; without one, the string ends with its line or at another ESC. */
function endOfString(text: string, index: number): number {
  while (index < text.length) {
    const code = text.charCodeAt(index);
    if (code === BEL || code === ST) return index + 1;
    if (code === ESC) return text[index + 1] === '\\' ? index + 2 : index;
    if (code === NEWLINE) return index;
    index++;
  }
  return index;
}

/** FNV-1a over two offsets, as 16 hexadecimal digits: short, and doesn't reveal the text. */
export function shortHash(text: string): string {
  const hashes = [0x811c9dc5, 0x1b873593].map(start => {
    let hash = start;
    for (let i = 0; i < text.length; i++)
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
    return hash.toString(16).padStart(8, '0');
  });
  return hashes.join('');
}

/** The maximum length of redacted text, in UTF-8 bytes (docs/faults.md X3). */
const MOST_BYTES = 4096;
/** Only this many characters are read, including control characters that are removed. */
const MOST_CHARACTERS = 8 * 1024;
/** Margin for a key that the character limit would cut beyond recognition. */
const UNSAFE_END = 1024;
/** Each pass only finds what the previous one exposed at an edge; two are usual. */
const MOST_PASSES = 8;

/**
 * Redacts log text: keys, tokens, cookies, passwords and account ids become `…` (an `ak-` keeps its
 * last four characters), also where line breaks, invisible characters, ANSI or JSON escapes split
 * them; so do email addresses and user names in home paths. Control characters are removed. At most
 * 4 KB. Deterministic and idempotent. Never throws.
 */
export function redact(raw: string): string {
  const whole = raw.length <= MOST_CHARACTERS;
  const inert = inertText(whole ? raw : raw.slice(0, MOST_CHARACTERS));
  let text = whole ? inert : inert.slice(0, -UNSAFE_END);
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const masked = mask(text);
    if (masked === text) break;
    // The text at the edge of a mask, or of the limit, is checked again.
    text = capped(masked);
  }
  return capped(text);
}

/** Replaces a line whose key continues in the next line (`maskLines`). */
const LINE_BREAK = '\n';

/**
 * Redacts lines that a program may have wrapped, including secrets across lines; the number of
 * lines stays the same. Pass inert lines (`inertText`). Linear, never throws.
 */
export function maskLines(lines: readonly string[]): string[] {
  const text = lines.join(LINE_BREAK);
  const spans = findSecrets(text).map(span => {
    const breaks = text.slice(span.from, span.to).split(LINE_BREAK).length - 1;
    return { ...span, mask: span.mask + `${LINE_BREAK}…`.repeat(breaks) };
  });
  return withoutHomes(replaceSpans(text, spans)).split(LINE_BREAK);
}

/**
 * Redacts a display name, such as a model or a host, to one line. A name with a secret keeps its
 * other characters and gets a hash, so that two names stay distinct.
 */
export const redactName = (name: string): string => redactedName(name, findSecrets);

/**
 * Redacts an id the same way. Ids are machine-made, so only text in the form of a key is a secret.
 */
export const redactId = (id: string): string => redactedName(id, findKeysIn);

function redactedName(name: string, find: (text: string) => SecretSpan[]): string {
  const inert = inertText(name).replace(/\s+/g, ' ');
  const spans = find(inert);
  return spans.length === 0 ? inert : `${replaceSpans(inert, spans)}~${shortHash(name)}`;
}

/** A path separator, also doubled or URL-encoded. */
const SLASH = '(?:[\\\\/]{1,8}|%2F|%5C)';
/** A name with spaces must end with a slash, otherwise it would match sentences. */
const FOLDER = `(?:[^\\\\/\\s"'<>|:…%,]{1,64}(?: [^\\\\/\\s"'<>|:…%,]{1,64}){1,3}(?=[\\\\/])|[^\\\\/\\s"'<>|:…%]{1,256})`;
/** `/home/me/…`, `/Users/me/…`, `C:\\Users\\me\\…`, `/root/…`, `~me/…`. */
const HOME = new RegExp(
  `((?<![\\\\/])${SLASH}(?:home|Users)${SLASH}|(?<![\\w\\\\/.])/root/|(?<![\\w/])~(?=[\\w.-]{1,64}/))${FOLDER}`,
  'gi',
);

function mask(text: string): string {
  const spans = findSecrets(text);
  return withoutHomes(spans.length > 0 ? replaceSpans(text, spans) : text);
}

const withoutHomes = (text: string): string =>
  /home|users|root|~/i.test(text) ? text.replace(HOME, '$1…') : text;

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
  // A UTF-16 unit takes at most three bytes in UTF-8.
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
