/** Starts a control sequence: `ESC [` or its one-character form. */
const CSI = 0x9b;
/** Start a string that lasts until a terminator: DCS, SOS, OSC, PM, APC in one character. */
const STRING_STARTS = new Set([0x90, 0x98, 0x9d, 0x9e, 0x9f]);
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
