/** A part of a text that must not leave, and what stands in its place. */
export interface SecretSpan {
  readonly from: number;
  readonly to: number;
  readonly mask: string;
}

/** Finds the secrets and the account's ids in a text without control characters. Linear. */
export function findSecrets(text: string): SecretSpan[] {
  const skeleton = createSkeleton(text);
  const found = FINDERS.flatMap(find => find(skeleton));
  return found.map(({ from, to, mask }) => {
    const [start, end] = skeleton.spanOf(from, to);
    return { from: start, to: end, mask };
  });
}

type Finder = (skeleton: Skeleton) => SecretSpan[];

const FINDERS: readonly Finder[] = [
  findKeys,
  findAccountIds,
  findBearers,
  findNamedValues,
  findUserInfo,
  findParameters,
  findAddresses,
  findPrivateKeys,
];

const MASK = '…';

/** How keys begin, also in base64 and in hexadecimal digits. */
const KEY_START =
  /sk-|c2st|zay1raW1pL|NrLWtpbWkt|736b2d|736B2D|[sr]k_(?:live|test)_|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|A[KS]IA|AIza|eyJ|(?:hf|npm|gsk|r8)_|(?:nvapi|xai|pplx)-/g;
const KEY_CHARACTER = /[\w-]/;
const TOKEN_CHARACTER = /[\w.-]/;
const BASE64_START = /^(?:c2st|zay1|NrLW)/;
const BASE64_CHARACTER = /[\w+/=-]/;
/** The fewest characters after it that make a key. */
const FEWEST_AFTER_START = 8;
/** Without a boundary before it, as in `%3Dsk-…`; `task-force` is none. */
const FEWEST_INSIDE = 12;
/** So many characters decide; reading all of them for each start would not be linear. */
const DECIDING = 64;

function findKeys(skeleton: Skeleton): SecretSpan[] {
  return spansAfter(skeleton, KEY_START, (start, from) => {
    const allowed = allowedAfter(start);
    const near = skeleton.text.slice(from, from + DECIDING);
    const body = near.slice(0, runEnd(near, 0, allowed));
    const isOpen = hasBoundary(skeleton, from - start.length);
    const isKey = isOpen
      ? body.length >= FEWEST_AFTER_START
      : body.length >= FEWEST_INSIDE && /\d/.test(body);
    return isKey ? { from, to: runEnd(skeleton.text, from, allowed), mask: MASK } : undefined;
  });
}

function allowedAfter(start: string): RegExp {
  if (start === 'eyJ') return TOKEN_CHARACTER;
  return BASE64_START.test(start) ? BASE64_CHARACTER : KEY_CHARACTER;
}

const ID_START = /(?:org|proj|ak)-/g;
const ID_CHARACTER = /[A-Za-z0-9]/;
/** Kimi's staff ask for the last letters of an `ak-` (docs/faults.md X6). */
const SHOWN_OF_KEY_ID = 4;

function findAccountIds(skeleton: Skeleton): SecretSpan[] {
  return spansAfter(skeleton, ID_START, (start, from) => {
    const to = idEnd(skeleton, from);
    const body = skeleton.text.slice(from, to);
    const fewest = hasBoundary(skeleton, from - start.length) ? 4 : FEWEST_INSIDE;
    // `org-level` and `proj-alpha` are words.
    if (body.length < fewest || (!/\d/.test(body) && body.length < 16)) return undefined;
    const shown = start === 'ak-' && body.length >= 12 ? body.slice(-SHOWN_OF_KEY_ID) : '';
    return { from, to, mask: MASK + shown };
  });
}

/** An id goes on after a line break only with something that is no word. */
function idEnd(skeleton: Skeleton, from: number): number {
  let to = from;
  while (to < skeleton.text.length && ID_CHARACTER.test(skeleton.text[to]!)) {
    if (to > from && skeleton.isBreak(to)) {
      const next = runEnd(skeleton.text, to, ID_CHARACTER);
      return /\d/.test(skeleton.text.slice(to, next)) ? next : to;
    }
    to++;
  }
  return to;
}

const BEARER = /bearer(?:[ \t:=]|%20){1,8}/gi;
const BEARER_CHARACTER = /[\w.~+/=-]/;
const NO_BEARER = /^(?:authentication|authorization)$/i;

function findBearers(skeleton: Skeleton): SecretSpan[] {
  return spansAfter(skeleton, BEARER, (_, from) => {
    const to = runEnd(skeleton.text, from, BEARER_CHARACTER);
    const token = skeleton.text.slice(from, to);
    const isToken = /\d/.test(token) || (token.length >= 8 && !NO_BEARER.test(token));
    return isToken ? { from, to, mask: MASK } : undefined;
  });
}

/** Fields and headers whose value is a secret or the account's, also in a URL. */
const NAME =
  /(?:api[-_ ]?key|authorization|(?:auth|access|refresh|id|session|csrf|bearer)[-_]?token|session[-_]?(?:id|key)|client[-_]?secret|secret[-_](?:access[-_])?key|private[-_]?key|password|passwd|pwd|secret|token|credentials?|signature|sig|cookie|(?:x-)?msh-[a-z]{1,12}(?:-[a-z]{1,12})?)(?:["']|%22)?(?:[ \t]|%20){0,3}(?:[:=]|%3[AD])(?:[ \t]|%20){0,3}/gi;
const VALUE_CHARACTER = /[^\s"'<>,;&(){}[\]]/;
const COOKIE_CHARACTER = /[^\s"'<>]/;
const NO_VALUE = /^(?:null|none|true|false|undefined|missing|invalid|required|expired)$/i;
const SCHEME = /^(?:bearer|basic|digest|negotiate|token)$/i;

function findNamedValues(skeleton: Skeleton): SecretSpan[] {
  const { text } = skeleton;
  return spansAfter(skeleton, NAME, (name, start) => {
    if (!hasBoundary(skeleton, start - name.length)) return undefined;
    const quote = /["']/.test(text[start] ?? '') ? text[start]! : '';
    const from = start + quote.length;
    const to = quote ? quotedEnd(text, from, quote) : bareEnd(text, from, name);
    if (to === from || NO_VALUE.test(text.slice(from, to))) return undefined;
    return { from, to, mask: MASK };
  });
}

/** Values that are quoted may hold spaces; a quote that is never closed ends with the text. */
function quotedEnd(text: string, from: number, quote: string): number {
  const end = text.indexOf(quote, from);
  return end < 0 ? text.length : end;
}

function bareEnd(text: string, from: number, name: string): number {
  if (/^cookie/i.test(name)) return cookieEnd(text, from);
  const end = runEnd(text, from, VALUE_CHARACTER);
  const isScheme = text[end] === ' ' && SCHEME.test(text.slice(from, end));
  return isScheme ? runEnd(text, end + 1, VALUE_CHARACTER) : end;
}

/** `a=b; c=d`: a cookie goes on after `; `. */
function cookieEnd(text: string, from: number): number {
  let to = runEnd(text, from, COOKIE_CHARACTER);
  while (text[to - 1] === ';' && text[to] === ' ' && to > from)
    to = runEnd(text, to + 1, COOKIE_CHARACTER);
  return to;
}

const AUTHORITY = /:\/\//g;
const AUTHORITY_CHARACTER = /[^\s/?#"'<>\\]/;

function findUserInfo(skeleton: Skeleton): SecretSpan[] {
  return spansAfter(skeleton, AUTHORITY, (_, from) => {
    const authority = skeleton.text.slice(from, runEnd(skeleton.text, from, AUTHORITY_CHARACTER));
    const length = authority.lastIndexOf('@');
    return length > 0 ? { from, to: from + length, mask: MASK } : undefined;
  });
}

const PARAMETER = /[?&#;][\w.%-]{1,40}=/g;
const SECRET_PARAMETER =
  /sig|key|token|secret|cred|pass|auth|sess|amz|goog|policy|code|hmac|access/i;
const PARAMETER_CHARACTER = /[^\s&#"'<>]/;

function findParameters(skeleton: Skeleton): SecretSpan[] {
  return spansAfter(skeleton, PARAMETER, (name, from) => {
    if (!SECRET_PARAMETER.test(name)) return undefined;
    return { from, to: runEnd(skeleton.text, from, PARAMETER_CHARACTER), mask: MASK };
  });
}

const LOCAL_CHARACTER = /[\w.+%-]/;
const DOMAIN_CHARACTER = /[\w.-]/;

/** E-mail addresses. They are looked for from their `@`, back no further than the one before. */
function findAddresses({ text, isBreak }: Skeleton): SecretSpan[] {
  const spans: SecretSpan[] = [];
  let least = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    let from = at;
    while (from > least && LOCAL_CHARACTER.test(text[from - 1]!) && !isBreak(from)) from--;
    let to = at + 1;
    while (to < text.length && DOMAIN_CHARACTER.test(text[to]!) && !isBreak(to)) to++;
    if (from < at && text.slice(at, to).includes('.')) spans.push({ from, to, mask: '…@…' });
    least = at + 1;
  }
  return spans;
}

const PRIVATE_KEY = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/g;

function findPrivateKeys(skeleton: Skeleton): SecretSpan[] {
  return spansAfter(skeleton, PRIVATE_KEY, (_, from) => {
    const end = skeleton.text.indexOf('-----END', from);
    return { from, to: end < 0 ? skeleton.text.length : end, mask: MASK };
  });
}

/** Asks of each match of `pattern` what secret stands after it, and goes on behind that. */
function spansAfter(
  { text }: Skeleton,
  pattern: RegExp,
  spanAt: (matched: string, from: number) => SecretSpan | undefined,
): SecretSpan[] {
  const spans: SecretSpan[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const from = match.index + match[0].length;
    const span = spanAt(match[0], from);
    if (!span || span.to <= span.from) continue;
    spans.push(span);
    pattern.lastIndex = span.to;
  }
  pattern.lastIndex = 0;
  return spans;
}

/** Whether a word can begin at `index`: after no letter or digit, a line break, `%22`, or `aB`. */
function hasBoundary({ text, isBreak }: Skeleton, index: number): boolean {
  const before = text[index - 1];
  if (before === undefined || isBreak(index) || !/[A-Za-z0-9]/.test(before)) return true;
  if (/^%[\dA-F]{2}$/i.test(text.slice(Math.max(0, index - 3), index))) return true;
  return /[a-z]/.test(before) && /[A-Z]/.test(text[index]!);
}

function runEnd(text: string, from: number, allowed: RegExp): number {
  let to = from;
  while (to < text.length && allowed.test(text[to]!)) to++;
  return to;
}

/**
 * A text as the eye joins it: without line breaks and the indentation after them, with the escapes
 * of JSON, URLs and HTML read. A key that is split or escaped stands in it whole.
 */
interface Skeleton {
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
const JOINED_CHARACTER = /[\w.-]/;

/** What typography makes of a hyphen. */
const DASH = /[\u2010-\u2015\u2212\uFE58\uFE63\uFF0D]/;

const NOT_PLAIN = /[\n\\%\u2010-\u2015\u2212\uFE58\uFE63\uFF0D]|&#|&amp;/;

/** Reads a text that holds no control characters but `\n` and `\t`. Linear. */
function createSkeleton(text: string): Skeleton {
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
  return JOINED_CHARACTER.test(char)
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
