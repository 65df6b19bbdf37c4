import { inertText } from './inertText.ts';
import { shortHash } from './hash.ts';
import { findKeysIn, findSecrets, type SecretSpan } from './secretSpans.ts';

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
export function redact(raw: string): string {
  const whole = raw.length <= MOST_CHARACTERS;
  const inert = inertText(whole ? raw : raw.slice(0, MOST_CHARACTERS));
  let text = whole ? inert : inert.slice(0, -UNSAFE_END);
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const masked = mask(text);
    if (masked === text) break;
    // What stands at the edge of a mask, or of the limit, is looked at again.
    text = capped(masked);
  }
  return capped(text);
}

/** A line in which a key stands that the next one continues is masked as such (`maskLines`). */
const LINE_BREAK = '\n';

/**
 * Lines that a program may have wrapped, each without the part of a secret that stands in it; as many
 * as there were. They should be inert (`inertText`). Linear, never throws.
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
 * A name that people read, such as a model's or a host, as it may leave: on one line, and one that
 * holds a secret becomes what is left of it and a hash, so that two names stay two.
 */
export const redactName = (name: string): string => redactedName(name, findSecrets);

/** The same for an id: a machine made it, so only what has the form of a key is one. */
export const redactId = (id: string): string => redactedName(id, findKeysIn);

function redactedName(name: string, find: (text: string) => SecretSpan[]): string {
  const inert = inertText(name).replace(/\s+/g, ' ');
  const spans = find(inert);
  return spans.length === 0 ? inert : `${replaceSpans(inert, spans)}~${shortHash(name)}`;
}

/** The sign between two folders, also doubled or in a URL. */
const SLASH = '(?:[\\\\/]{1,8}|%2F|%5C)';
/** A name with blanks in it must end with a slash, or else it would be a sentence. */
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
