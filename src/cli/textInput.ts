import { printWarning } from './output.ts';
import { createReadStream } from 'node:fs';
import { TextDecoder } from 'node:util';
import { UsageError } from './tailing.ts';

/** More than a pasted error with the page or conversation around it. */
const MOST_BYTES = 1024 * 1024;

/** The bytes of a file, or of standard input for `-`, as they arrive. */
async function* readChunks(file: string): AsyncGenerator<Buffer> {
  const stream: AsyncIterable<Buffer> = file === '-' ? process.stdin : createReadStream(file);
  try {
    for await (const chunk of stream) yield Buffer.from(chunk);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`${file} cannot be read (${code ?? message}).`);
  }
}

/** The first `MOST_BYTES` of a text. The rest is not read. */
export async function readStart(file: string): Promise<string> {
  const chunks: Buffer[] = [];
  let byteCount = 0;
  for await (const chunk of readChunks(file)) {
    chunks.push(chunk.subarray(0, MOST_BYTES - byteCount));
    byteCount += chunk.length;
    if (byteCount < MOST_BYTES) continue;
    printWarning('Only the first 1 MB is read.');
    break;
  }
  const bytes = Buffer.concat(chunks);
  return new TextDecoder(encodingOf(bytes)).decode(bytes, { stream: true });
}

/** The lines of a text, each as soon as it arrives; undefined for a line over `MOST_BYTES`. */
export async function* readLines(file: string): AsyncGenerator<string | undefined> {
  let decoder: TextDecoder | undefined;
  let text = '';
  let isTooLong = false;
  for await (const chunk of readChunks(file)) {
    decoder ??= new TextDecoder(encodingOf(chunk));
    const lines = (text + decoder.decode(chunk, { stream: true })).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      yield isTooLong ? undefined : line;
      isTooLong = false;
    }
    if (text.length <= MOST_BYTES) continue;
    isTooLong = true;
    text = '';
  }
  if (isTooLong || text !== '') yield isTooLong ? undefined : text;
}

/** PowerShell's `>` writes UTF-16; without a byte order mark, the zeros of Latin text reveal it. */
function encodingOf([first, second]: Uint8Array): string {
  if ((first === 0xff && second === 0xfe) || (second === 0 && first !== 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return 'utf-16be';
  return 'utf-8';
}
