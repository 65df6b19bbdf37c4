const VALUE = /"value"\s{0,3}:\s{0,3}"([A-Za-z\d+/_-]{12,2000})={0,2}"/g;
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * The words in the details of a Connect-RPC error that stand there only as base64: its reason and
 * message, each on a line. Empty for anything else (docs/kimi.md 2.7).
 */
export function connectWords(text: string): string {
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
