import { mkdir, open, utimes } from 'node:fs/promises';
import { dirname } from 'node:path';

const MB = 1_000_000;

const WORDS =
  'the quick brown function returns const value from import path index test error code line file read write tool use result message content type text assistant user'.split(
    ' ',
  );

/** The same figures each time. */
class Dice {
  #seed = 1;

  next(): number {
    this.#seed = (this.#seed * 1103515245 + 12345) % 2147483648;
    return this.#seed / 2147483648;
  }
}

/**
 * Writes JSON lines like an agent's transcript: 1 to 200 KB long, one in twelve base64, a number
 * that holds `429` in every third, one of `errors` in one of 400.
 */
export async function writeTranscript(
  path: string,
  bytes: number,
  errors: readonly string[],
): Promise<string> {
  const dice = new Dice();
  const paragraphs = Array.from({ length: 64 }, () => paragraph(dice));
  const blobs = paragraphs.map(text => Buffer.from(text).toString('base64'));
  return writeOld(path, function* () {
    for (let [written, n] = [0, 0]; written < bytes; n++) {
      const length = 1_000 * 200 ** dice.next();
      const from = dice.next() < 0.08 ? blobs : paragraphs;
      let text = '';
      while (text.length < length) text += from[Math.floor(dice.next() * from.length)];
      if (n % 3 === 0) text += ' used 142912 tokens';
      if (n % 400 === 0) text += errors[(n / 400) % errors.length];
      const line = `{"type":"user","uuid":"${n}","content":"${text}"}\n`;
      written += line.length;
      yield line;
    }
  });
}

/** 50 MB that hold nothing but this text. */
export function writeDense(path: string, text: string): Promise<string> {
  const piece = text.repeat(MB / text.length);
  return writeOld(path, () => Array<string>(50).fill(piece));
}

/** One line of 500 MB, with an anchor at its end. */
export function writeLongLine(path: string): Promise<string> {
  const piece = 'some text without an end '.repeat((10 * MB) / 25);
  return writeOld(path, () => [...Array<string>(50).fill(piece), ' 429\n']);
}

/** A chat of 60 MB in one JSON file, four of its messages with an anchor. */
export function writeChat(path: string): Promise<string> {
  const text = 'a "quoted" word\n'.repeat(3_000);
  const message = { role: 'user', content: [{ type: 'text', text }] };
  const messages = Array.from({ length: 1_150 }, (_, i) =>
    i % 300 === 0 ? { role: 'assistant', error: `429 ${i}` } : message,
  );
  return writeOld(path, () => [JSON.stringify({ title: 'a chat', messages }, null, 1)]);
}

/** 4 GB of NULs that take no room on the disk, and a line. */
export async function writeSparse(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'w');
  await file.write('\n429\n', 4_000 * MB);
  await file.close();
  await age(path);
  return path;
}

function paragraph(dice: Dice): string {
  let text = '';
  while (text.length < 4_096)
    text += WORDS[Math.floor(dice.next() * WORDS.length)] + (dice.next() < 0.1 ? '\\n' : ' ');
  return text;
}

async function writeOld(path: string, texts: () => Iterable<string>): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'w');
  let pending = '';
  for (const text of texts()) {
    pending += text;
    if (pending.length < 8 * MB) continue;
    await file.write(pending);
    pending = '';
  }
  await file.write(pending);
  // Else the system would be busy with it while its readers are timed.
  await file.sync();
  await file.close();
  await age(path);
  return path;
}

/** Of a file that moves, the end is read record by record. */
async function age(path: string): Promise<void> {
  const time = new Date(Date.now() - 3_600_000);
  await utimes(path, time, time);
}
