/** Text encoding of a log. */
export type Encoding = 'utf8' | 'utf16le' | 'utf16be';

/** Bytes that are enough to detect the kind of a file. */
const KIND_BYTES = 64;

/**
 * Detects the kind of a file by its first bytes: text in an encoding, or `binary`, which is not
 * read. UTF-16 needs a byte order mark (Windows PowerShell's `>` writes one); without it, it is
 * `binary`.
 */
export function fileKindOf(head: Buffer): Encoding | 'binary' {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf16be';
  if (MAGICS.some(magic => head.subarray(0, magic.length).equals(magic))) return 'binary';
  return isUnmarkedUtf16(head.subarray(0, KIND_BYTES)) ? 'binary' : 'utf8';
}

/**
 * Compressed files, databases, archives and programs that rotation and agents leave in log folders.
 */
const MAGICS = [
  '1f8b', // gzip
  '28b52ffd', // zstd
  'fd377a585a00', // xz
  '425a68', // bzip2
  '04224d18', // lz4
  '504b0304', // zip
  '377abcaf271c', // 7z
  '7f454c46', // ELF
  '89504e470d0a', // PNG
  '53514c69746520666f726d6174203300', // SQLite
].map(hex => Buffer.from(hex, 'hex'));

/** ASCII where every second byte is NUL. Only NULs are a gap that a crash left in a text file. */
function isUnmarkedUtf16(head: Buffer): boolean {
  if (head.length < 4) return false;
  const pairs = head.length >> 1;
  let [low, high] = [0, 0];
  for (let i = 0; i < pairs; i++) {
    if (head[2 * i] !== 0 && head[2 * i + 1] === 0) low++;
    if (head[2 * i] === 0 && head[2 * i + 1] !== 0) high++;
  }
  return low === pairs || high === pairs;
}

/** Decodes a part that begins at a character. Invalid bytes become U+FFFD. */
export function decodeText(
  bytes: Buffer,
  encoding: Encoding,
  start = 0,
  end = bytes.length,
): string {
  if (encoding !== 'utf16be') return bytes.toString(encoding, start, end);
  const even = bytes.subarray(start, end - ((end - start) % 2));
  return Buffer.from(even).swap16().toString('utf16le');
}

/** Encodes `text`. */
export function encodeText(text: string, encoding: Encoding): Buffer {
  if (encoding === 'utf8') return Buffer.from(text);
  const bytes = Buffer.from(text, 'utf16le');
  return encoding === 'utf16be' ? bytes.swap16() : bytes;
}
