/** At most this many characters of a text are looked at: a whole error body with its wrapping. */
export const WINDOW_LENGTH = 4096;

/** Where an error begins in a long text. Bytes before it are the user's conversation, mostly. */
const ANCHOR =
  /Error code|API ?Error|LLM provider error|request failed|_error\b|errorMessage|statusCode|usage limit|overloaded|request reached/i;

/** The part of a long text that tells: around the first anchor, and the tail, where tracebacks end. */
export function takeWindow(raw: string): string {
  if (raw.length <= WINDOW_LENGTH) return raw;
  const tail = raw.slice(-1000);
  const from = Math.max(0, raw.search(ANCHOR) - 1000);
  return `${raw.slice(from, from + WINDOW_LENGTH - 1001)}\n${tail}`;
}

// A real escape character, and the ways in which logs spell it.
const CONTROL_SEQUENCE = /(?:\u001b|\\x1b|\\e|\\033|\^\[)\[[\d;?]{0,20}[A-Za-z]/gi;
const OPERATING_SYSTEM_COMMAND = /\u001b\][^\u0007\u001b]{0,300}(?:\u0007|\u001b\\)/g;

/**
 * Undoes what terminals, JSON, Python and HTML did to a text: colours, escapes up to any depth,
 * entities, typographic quotes, frames of terminal panels. Line breaks stay. Linear; never throws.
 */
export function cleanText(window: string): string {
  let text = window.includes('\r') ? window.replace(/\r\n?/g, '\n') : window;
  if (text.includes('\\')) text = unescape(text);
  if (/[\u001b\\^]/.test(text)) {
    text = text.replace(OPERATING_SYSTEM_COMMAND, '').replace(CONTROL_SEQUENCE, '');
  }
  // Twice: a page may hold the escaped source of another.
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

/** Where the characters at two rising indexes of the squeezed text stand in the text. */
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

/** What `squeeze` drops; a loop over 4,000 characters is no place for a pattern. */
function isDropped(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 9 && code <= 13);
  if (code < 0xa0) return code === 0x22 || code === 0x27 || code === 0x60;
  return code === 0xa0 || (code >= 0x1680 && /\s/.test(String.fromCharCode(code)));
}

const VALUE = /"value"\s{0,3}:\s{0,3}"([A-Za-z\d+/_-]{12,2000})={0,2}"/g;
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * The words in the details of a Connect-RPC error that stand there only as base64: its reason and
 * message, each on a line. Empty for anything else (docs/kimi.md 2.7).
 */
function connectWords(text: string): string {
  if (!text.includes('"details"') || !text.includes('"value"')) return '';
  return Array.from(text.matchAll(VALUE), ([, value = '']) =>
    (decode(value).match(/[ -~]{6,400}/g) ?? []).join('\n'),
  ).join('\n');
}

/** Bytes as characters. A message of protobuf has its strings as they are. */
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

/** A text without its wrapping, and what stood around the words. */
export interface UnwrappedError {
  /** The part that was looked at, as it came. */
  readonly window: string;
  /** Clean, with its line breaks. */
  readonly text: string;
  /** Clean, without spaces, line breaks and quotes. */
  readonly squeezed: string;
  /** The same in small letters, without its links, which name what they do not say. */
  readonly meaningText: string;
  /** HTTP status of a failure, where it stands as one. */
  readonly status?: number;
  /** Types and codes of the error, from the outside in. */
  readonly types: readonly string[];
  /** The text says that something failed: a status, a type, or the word error where it belongs. */
  readonly hasSignal: boolean;
}

/** Takes a text out of terminals, logs, JSON, Python and HTML. Bounded, linear, never throws. */
export function unwrap(raw: string): UnwrappedError {
  const window = takeWindow(raw);
  const clean = withoutOwnReading(cleanText(window));
  const details = connectWords(clean);
  const text = details === '' ? clean : `${clean}\n${details}`;
  const squeezed = squeeze(text);
  const status = findStatus(text, squeezed);
  const types = findTypes(squeezed, text);
  // A type that is the whole text is a word that somebody looks up.
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

/** As long as before, so that places stay. */
const withoutLinks = (text: string, squeezed: string): string =>
  text.includes('://') ? squeeze(text.replace(LINK, blank)) : squeezed;

/** OpenClaw puts one sentence of its own before every answer that it keeps beside it. */
function withoutOwnReading(text: string): string {
  return text.includes('rawError')
    ? text.replace(/(?:API|provider) rate limit reached\. Please try again later\.?/gi, '')
    : text;
}

/** Names of error classes, log levels and labels, each where a wrapper puts it. */
const SIGNAL =
  /\w(?:Error|Exception|Timeout)\b["')]?\s?[:(\-{]|\b(?:ERROR|FATAL)\b|\b[Ee]rror["']?\s?[:=]|(?:失败|错误|出错|拒绝)[^\n]{0,12}:|errorMessage|\b[Ee]rror from provider\b/;

/** The same in squeezed text, where a line may have broken the name. */
const LABEL = /(?<!_)(?:error|exception)[:({=-]/i;

/** Where the status of a failure stands in `text`; 0 without one. */
export function findStatusIndex({ text, squeezed }: UnwrappedError): number {
  const found = findStatus(text, squeezed);
  if (!found) return 0;
  return found.isSqueezed ? unsqueeze(text, found.index, found.index)[0] : found.index;
}

interface FoundStatus {
  readonly digits: string;
  /** In the text, or in the squeezed text. */
  readonly index: number;
  readonly isSqueezed: boolean;
}

/** A status under its key or after its wrapper, whatever spaces and quotes stand between. */
const KEYED_STATUS =
  /(?:errorcode|requestfailed|statuscode|status_code|httpstatus|http_status|apierrorstatus|apierror|api错误|laststatus|unexpectedstatus|returnedhttp|clienterror|servererror|httperror|(?<!http\.)status|code|errormessage|body|rejected|provider\.[a-z_]{3,20}|http(?:\/[\d.]{1,3})?|error|message)[\]:=([]{0,2}([45]\d\d)(?!\d|\.\d|passed|tests|ms)/i;
/** A status in front of the provider's words, or in brackets. */
const LEADING_STATUS =
  /(?:^|[\s"'`:>\]})\-–·]|\.{3}|<title>)([45]\d\d)(?= ["']?[A-Z{]| [45]\d\d | [·|—] |:? ?\{)|[([]([45]\d\d)[)\]]|<-- ([45]\d\d)\b|^\W{0,12}([45]\d\d)(?= ?["'…{[(A-Z·\u4e00-\u9fff-]| \d{1,2}[- ]?(?:h|小时)| ?\.\.\.|: | (?:status|error|rate|too|forbidden|unauthorized)|$)/;

/** A line of a web server's own access log: somebody asked it for a page. */
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

/** Every type that a rule or a reader may ask for. */
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
/** Cheap to look for, and in every known type. */
const TYPE_MARK = /_(?:error|filter|closed|unavailable|output|quota)/i;
/** Under a key of an error; in squeezed text the next word may follow at once. */
const KEYED_TYPE = /(?:type|code|category|kind|error|reason)[:=]([a-z_]{12,60})/gi;
/** In front of the words, or alone on its line. */
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
