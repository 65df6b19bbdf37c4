const KEY = /\s*([A-Za-z][\w.]{0,60})=/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };

/**
 * The fields of a text `key=value key="quoted value"`, each by its first value. Escapes in quotes are
 * those of JSON; a value that was cut has no closing quote. Ends at what is no field.
 */
export function parseLogfmt(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  KEY.lastIndex = 0;
  for (let key = KEY.exec(text); key; key = KEY.exec(text)) {
    const start = KEY.lastIndex;
    const [value, end] =
      text[start] === '"' ? quotedValue(text, start + 1) : bareValue(text, start);
    if (!fields.has(key[1]!)) fields.set(key[1]!, value);
    KEY.lastIndex = end;
  }
  return fields;
}

function quotedValue(text: string, start: number): [value: string, end: number] {
  let value = '';
  let index = start;
  while (index < text.length && text[index] !== '"') {
    if (text[index] === '\\' && index + 1 < text.length) {
      const hex = /^\\u([\da-f]{4})/i.exec(text.slice(index, index + 6))?.[1];
      const escaped = text[index + 1]!;
      value += hex ? String.fromCharCode(parseInt(hex, 16)) : (ESCAPES[escaped] ?? escaped);
      index += hex ? 6 : 2;
    } else value += text[index++];
  }
  return [value, index + 1];
}

function bareValue(text: string, start: number): [value: string, end: number] {
  const space = text.indexOf(' ', start);
  const end = space < 0 ? text.length : space;
  return [text.slice(start, end), end];
}
