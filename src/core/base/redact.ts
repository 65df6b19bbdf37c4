import { inertText } from './inertText.ts';
import { findSecrets, type SecretSpan } from './secretSpans.ts';

/** What may leave a reader at most, in bytes of UTF-8 (docs/faults.md X3). */
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
