/** Characters of a text that are read at most: a whole error body with its wrapping. */
export const WINDOW_LENGTH = 4096;

/** Where an error begins in a long text. What precedes it is mostly the user's conversation. */
const ANCHOR =
  /Error code|API ?Error|LLM provider error|request failed|_error\b|errorMessage|statusCode|usage limit|overloaded|request reached/i;

/** The relevant part of a long text: around the first anchor, and the end, where tracebacks end. */
export function takeWindow(raw: string): string {
  if (raw.length <= WINDOW_LENGTH) return raw;
  const tail = raw.slice(-1000);
  const from = Math.max(0, raw.search(ANCHOR) - 1000);
  return `${raw.slice(from, from + WINDOW_LENGTH - 1001)}\n${tail}`;
}

// A real escape character, and its spellings in logs.
const CONTROL_SEQUENCE = /(?:\u001b|\\x1b|\\e|\\033|\^\[)\[[\d;?]{0,20}[A-Za-z]/gi;
const OPERATING_SYSTEM_COMMAND = /\u001b\][^\u0007\u001b]{0,300}(?:\u0007|\u001b\\)/g;

/**
 * Removes what terminals, JSON, Python and HTML add to a text: colors, escapes of any depth, entities,
 * typographic quotes, frames. Line breaks stay. Linear; never throws.
 */
export function cleanText(window: string): string {
  let text = window.includes('\r') ? window.replace(/\r\n?/g, '\n') : window;
  if (text.includes('\\')) text = unescape(text);
  if (/[\u001b\\^]/.test(text)) {
    text = text.replace(OPERATING_SYSTEM_COMMAND, '').replace(CONTROL_SEQUENCE, '');
  }
  // Twice: a page may contain the escaped source of another.
  for (let level = 0; level < 2 && text.includes('&'); level++) text = decodeEntities(text);
  return /[^\n -~]/.test(text) ? straighten(text) : text;
}

/** Any number of backslashes counts as one: each level of JSON in a string doubles them. */
function unescape(text: string): string {
  return text.replace(
    /\\{1,64}(?:u([\da-fA-F]{4})|x([\da-fA-F]{2})|([nrt"'`/]))/g,
    (_, unicode?: string, hex?: string, plain?: string) => {
      const code = unicode ?? hex;
      if (code !== undefined) return String.fromCharCode(parseInt(code, 16));
      return plain === 'n' || plain === 'r' ? '\n' : plain === 't' ? ' ' : (plain ?? '');
    },
  );
}

const ENTITIES: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    quot: '"',
    apos: "'",
    lsquo: "'",
    rsquo: "'",
    ldquo: '"',
    rdquo: '"',
    amp: '&',
    lt: '<',
    gt: '>',
    nbsp: ' ',
    hellip: '…',
  }),
);

function decodeEntities(text: string): string {
  return text.replace(
    /&(?:#(\d{1,6})|#x([\da-f]{1,5})|([a-z]{2,6}));/gi,
    (all, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return ENTITIES.get(name.toLowerCase()) ?? all;
      const code = decimal === undefined ? parseInt(hex ?? '', 16) : Number(decimal);
      return code > 0 && code < 0xffff ? String.fromCharCode(code) : ' ';
    },
  );
}

function straighten(text: string): string {
  return text
    .replace(/[\u2018\u2019\u201a\u201b\u2032\u02bc\uff07]/g, "'")
    .replace(/[\u201c-\u201f\u2033\uff02\u300c\u300d]/g, '"')
    .replace(/[\u2010-\u2012\u2212\u00ad]/g, '-')
    .replace(/[\uff01-\uff5e]/g, fullWidth => String.fromCharCode(fullWidth.charCodeAt(0) - 0xfee0))
    .replace(/[\u200b-\u200f\u2060\ufeff]/g, '')
    .replace(/[\u2500-\u259f\u23bf\u25cf\t\r\u00a0\u202f\u3000\u0000-\u0008\u000b-\u001f]/g, ' ');
}

/** Without spaces, line breaks and quotes: a word broken in two is whole again. */
export function squeeze(text: string): string {
  return text.replace(/[\s'"`]+/g, '');
}

/** Converts two ascending indexes of the squeezed text to indexes of the text. */
export function unsqueeze(text: string, first: number, last: number): [number, number] {
  let seen = -1;
  let start = text.length;
  for (let at = 0; at < text.length; at++) {
    if (isDropped(text.charCodeAt(at))) continue;
    seen++;
    if (seen === first) start = at;
    if (seen === last) return [start, at];
  }
  return [start, text.length];
}

/** What `squeeze` drops; a pattern would be too slow in a loop over 4,000 characters. */
function isDropped(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 9 && code <= 13);
  if (code < 0xa0) return code === 0x22 || code === 0x27 || code === 0x60;
  return code === 0xa0 || (code >= 0x1680 && /\s/.test(String.fromCharCode(code)));
}

const VALUE = /"value"\s{0,3}:\s{0,3}"([A-Za-z\d+/_-]{12,2000})={0,2}"/g;
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * Reason and message of a Connect-RPC error that its details contain only as base64, each on a line.
 * Empty for anything else (docs/kimi.md 2.7).
 */
function connectWords(text: string): string {
  if (!text.includes('"details"') || !text.includes('"value"')) return '';
  return Array.from(text.matchAll(VALUE), ([, value = '']) =>
    (decode(value).match(/[ -~]{6,400}/g) ?? []).join('\n'),
  ).join('\n');
}

/** Bytes as characters. Protobuf messages contain strings as they are. */
function decode(base64: string): string {
  let bytes = '';
  let value = 0;
  let bits = 0;
  for (const digit of base64.replace(/-/g, '+').replace(/_/g, '/')) {
    value = ((value << 6) | DIGITS.indexOf(digit)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += String.fromCharCode((value >> bits) & 0xff);
  }
  return bytes;
}

/** A text without its wrapping, with status and types. */
export interface UnwrappedError {
  /** The part that was read, unchanged. */
  readonly window: string;
  /** Clean, with line breaks. */
  readonly text: string;
  /** Clean, without spaces, line breaks and quotes. */
  readonly squeezed: string;
  /** The same in lower case, without links. */
  readonly meaningText: string;
  /** HTTP status of the failure, if the text has one. */
  readonly status?: number;
  /** Types and codes of the error, from the outside in. */
  readonly types: readonly string[];
  /** The text reports a failure: by a status, a type, or the word error as a label. */
  readonly hasSignal: boolean;
}

/** Extracts a text from terminals, logs, JSON, Python and HTML. Bounded, linear, never throws. */
export function unwrap(raw: string): UnwrappedError {
  const window = takeWindow(raw);
  const clean = withoutOwnReading(cleanText(window));
  const details = connectWords(clean);
  const text = details === '' ? clean : `${clean}\n${details}`;
  const squeezed = squeeze(text);
  const status = findStatus(text, squeezed);
  const types = findTypes(squeezed, text);
  // A type that is the whole text is somebody looking it up.
  const isLookedUp = types.length > 0 && /^\W{0,9}\w{1,60}\W{0,9}$/.test(text);
  const hasSignal =
    status !== undefined ||
    (types.length > 0 && !isLookedUp) ||
    SIGNAL.test(text) ||
    LABEL.test(squeezed);
  return {
    window,
    text,
    squeezed,
    meaningText: withoutLinks(text, squeezed).toLowerCase(),
    types,
    hasSignal,
    ...(status && { status: Number(status.digits) }),
  };
}

const LINK = /https?:\/\/[^\s"'`<>)\]}，。]{1,300}/g;

/** Same length, so that indexes stay valid. */
const withoutLinks = (text: string, squeezed: string): string =>
  text.includes('://') ? squeeze(text.replace(LINK, blank)) : squeezed;

/** OpenClaw puts a sentence of its own before each response. */
function withoutOwnReading(text: string): string {
  return text.includes('rawError')
    ? text.replace(/(?:API|provider) rate limit reached\. Please try again later\.?/gi, '')
    : text;
}

/** Names of error classes, log levels and labels, where a wrapper puts them. */
const SIGNAL =
  /\w(?:Error|Exception|Timeout)\b["')]?\s?[:(\-{]|\b(?:ERROR|FATAL)\b|\b[Ee]rror["']?\s?[:=]|(?:失败|错误|出错|拒绝)[^\n]{0,12}:|errorMessage|\b[Ee]rror from provider\b/;

/** The same in squeezed text, because a line break may split the name. */
const LABEL = /(?<!_)(?:error|exception)[:({=-]/i;

/** Index of the status in `text`; 0 if there is none. */
export function findStatusIndex({ text, squeezed }: UnwrappedError): number {
  const found = findStatus(text, squeezed);
  if (!found) return 0;
  return found.isSqueezed ? unsqueeze(text, found.index, found.index)[0] : found.index;
}

interface FoundStatus {
  readonly digits: string;
  /** In the text, or in the squeezed text (`isSqueezed`). */
  readonly index: number;
  readonly isSqueezed: boolean;
}

/** A status after its key or wrapper, regardless of spaces and quotes. */
const KEYED_STATUS =
  /(?:errorcode|requestfailed|statuscode|status_code|httpstatus|http_status|apierrorstatus|apierror|api错误|laststatus|unexpectedstatus|returnedhttp|clienterror|servererror|httperror|(?<!http\.)status|code|errormessage|body|rejected|provider\.[a-z_]{3,20}|http(?:\/[\d.]{1,3})?|error|message)[\]:=([]{0,2}([45]\d\d)(?!\d|\.\d|passed|tests|ms)/i;
/** A status before the provider's text, or in brackets. */
const LEADING_STATUS =
  /(?:^|[\s"'`:>\]})\-–·]|\.{3}|<title>)([45]\d\d)(?= ["']?[A-Z{]| [45]\d\d | [·|—] |:? ?\{)|[([]([45]\d\d)[)\]]|<-- ([45]\d\d)\b|^\W{0,12}([45]\d\d)(?= ?["'…{[(A-Z·\u4e00-\u9fff-]| \d{1,2}[- ]?(?:h|小时)| ?\.\.\.|: | (?:status|error|rate|too|forbidden|unauthorized)|$)/;

/** A line of a web server's access log. */
const ACCESS = /(?:GET|POST|PUT|HEAD|DELETE|PATCH)\/[^"'\s]{0,200}HTTP\/[\d.]{3}[1-5]\d\d/g;

function findStatus(text: string, squeezed: string): FoundStatus | undefined {
  if (!/[45]\d\d/.test(squeezed)) return undefined;
  const own = squeezed.includes('HTTP/') ? squeezed.replace(ACCESS, blank) : squeezed;
  const keyed = KEYED_STATUS.exec(own);
  const match = keyed ?? LEADING_STATUS.exec(text);
  const digits = match?.slice(1).find(group => group !== undefined);
  if (!match || digits === undefined) return undefined;
  const index = match.index + match[0].lastIndexOf(digits);
  return { digits, index, isSqueezed: keyed !== null };
}

const blank = (part: string): string => '_'.repeat(part.length);

/** All types that rules and readers use. */
export const KNOWN_TYPES: readonly string[] = [
  'rate_limit_reached_error',
  'exceeded_current_quota_error',
  'engine_overloaded_error',
  'access_terminated_error',
  'invalid_authentication_error',
  'incorrect_api_key_error',
  'authentication_error',
  'permission_denied_error',
  'permission_error',
  'resource_not_found_error',
  'not_found_error',
  'rate_limit_error',
  'overloaded_error',
  'content_filter',
  'client_closed_request',
  'server_unavailable',
  'unexpected_output',
  'server_error',
  'invalid_request_error',
  'insufficient_quota',
  'new_api_error',
  'rix_api_error',
  'upstream_error',
];
/** A cheap test: every known type matches. */
const TYPE_MARK = /_(?:error|filter|closed|unavailable|output|quota)/i;
/** After a key of an error; in squeezed text the next word may follow directly. */
const KEYED_TYPE = /(?:type|code|category|kind|error|reason)[:=]([a-z_]{12,60})/gi;
/** Before the text, or alone on its line. */
const LINE_TYPE = /^[\s[(]{0,20}([a-z_]{12,40})[\])]?\s{0,3}(?::|$)/gim;

function findTypes(squeezed: string, text: string): string[] {
  if (!TYPE_MARK.test(squeezed)) return [];
  const keyed = knownTypes(squeezed.matchAll(KEYED_TYPE));
  if (keyed.length > 0) return keyed;
  return knownTypes(text.matchAll(LINE_TYPE));
}

function knownTypes(matches: Iterable<RegExpExecArray>): string[] {
  const found = new Set<string>();
  for (const [, words = ''] of matches) {
    const lower = words.toLowerCase();
    const type = KNOWN_TYPES.find(known => lower.startsWith(known));
    if (type !== undefined) found.add(type);
  }
  return [...found];
}
