const codes = (text: string, form: (code: number) => string): string =>
  [...text].map(char => form(char.charCodeAt(0))).join('');
const hexOf = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const hex = (text: string): string => Buffer.from(text).toString('hex');
const every = (count: number, joint: string) => (key: string) =>
  key.replace(new RegExp(`.{${count}}(?=.)`, 'g'), part => part + joint);
const between = (joint: string) => (key: string) => [...key].join(joint);

/** Ways to write a key so that its letters do not show. Base64 has three forms, by the offset. */
export const ENCODINGS: Readonly<Record<string, (key: string) => string>> = {
  'JSON hyphens': key => key.replaceAll('-', '\\u002d'),
  JSON: key => codes(key, code => `\\u${hexOf(code, 4)}`),
  'JSON twice': key => codes(key, code => `\\\\u${hexOf(code, 4)}`),
  'C hex': key => codes(key, code => `\\x${hexOf(code, 2)}`),
  octal: key => codes(key, code => `\\${code.toString(8)}`),
  'JavaScript braces': key => codes(key, code => `\\u{${code.toString(16)}}`),
  'Python long': key => codes(key, code => `\\U${hexOf(code, 8)}`),
  CSS: key => codes(key, code => `\\${hexOf(code, 6)}`),
  'URL hyphens': key => key.replaceAll('-', '%2D'),
  URL: key => codes(key, code => `%${hexOf(code, 2)}`),
  'URL twice': key => codes(key, code => `%25${hexOf(code, 2)}`),
  'URL three times': key => codes(key, code => `%2525${hexOf(code, 2)}`),
  entities: key => codes(key, code => `&#${code};`),
  'entities in hex': key => codes(key, code => `&#x${hexOf(code, 2)};`),
  'entities with zeros': key => codes(key, code => `&#0${code};`),
  'entities without end': key => codes(key, code => `&#${code} `).trim(),
  'named entities': key => key.replaceAll('-', '&hyphen;'),
  base64,
  base64url: key => Buffer.from(key).toString('base64url'),
  'base64 at offset 1': key => base64(`x${key}`),
  'base64 at offset 2': key => base64(`xx${key}`),
  'base64, quoted': key => base64(`"${key}"`),
  'base64 of JSON': key => base64(JSON.stringify({ api_key: key })),
  'base64 of a user': key => base64(`user:${key}`),
  'base64 in lines': key => base64(key + key).replace(/.{20}/g, '$&\n'),
  'base64 twice': key => base64(base64(key)),
  'base64 in a URL': key => encodeURIComponent(base64(key)),
  hex,
  'hex in capitals': key => hex(key).toUpperCase(),
  'hex, mixed': key => [...hex(key)].map((c, i) => (i % 2 ? c.toUpperCase() : c)).join(''),
  'hex, 0x': key => `0x${hex(key)}`,
  'hex with blanks': key => hex(key).match(/../g)!.join(' '),
  'hex with colons': key => hex(key).match(/../g)!.join(':'),
  'hex dump': key =>
    hex(key)
      .match(/.{1,4}/g)!
      .join(' '),
  'list of bytes': key => JSON.stringify([...Buffer.from(key)]),
  capitals: key => key.toUpperCase(),
  'a capital': key => key.replace('sk', 'Sk'),
  underscores: key => key.replaceAll('-', '_'),
  'em dashes': key => key.replaceAll('-', '—'),
  'minus signs': key => key.replaceAll('-', '−'),
  'full width': key => codes(key, code => String.fromCharCode(code + 0xfee0)),
  'bold letters': key =>
    key.replace(/[a-z]/g, char => String.fromCodePoint(0x1d41a + char.charCodeAt(0) - 97)),
};

/** Ways to split a key. */
export const SPLITS: Readonly<Record<string, (key: string) => string>> = {
  lines: every(7, '\n'),
  'lines of Windows': every(7, '\r\n'),
  'indented lines': every(7, '\n    '),
  'line separators': every(7, '\u2028'),
  'escaped lines': every(7, '\\n'),
  'escaped lines of Windows': every(7, '\\r\\n    '),
  'shell lines': every(7, '\\\n'),
  'cmd lines': every(7, '^\n'),
  tabs: every(7, '\t'),
  colours: every(7, '\x1b[31m'),
  'escaped colours': every(7, '\\u001b[31m'),
  'zero width': between('\u200b'),
  joiners: between('\u2060'),
  'variation selectors': between('\ufe0f'),
  'NUL characters': between('\0'),
  'combining marks': between('\u0301'),
  blanks: between(' '),
  'no-break spaces': between('\u00a0'),
  'a box': every(12, ' │\n│ '),
  'a heavy box': every(12, '┃\n┃'),
  'an ASCII box': every(12, ' |\n| '),
  'a quote': every(12, '\n> '),
  comments: every(12, '\n# '),
  'a diff': every(12, '\n+'),
  'a gutter': every(12, '\n  12 | '),
  'JavaScript parts': every(12, '" + "'),
  'Python parts': every(12, "' '"),
  'quoted lines': every(12, '"\n "'),
  'HTML breaks': every(12, '<br>'),
  'HTML tags': every(12, '<b></b>'),
  stars: every(20, '****'),
  dots: every(20, '...'),
};
