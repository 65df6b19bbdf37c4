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
