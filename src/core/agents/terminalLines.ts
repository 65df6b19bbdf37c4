import { inertText } from '../inertText.ts';

/** Ways to go to another line without a line break, as screens are painted. */
const MOVE = /\x1b\[(?:\d{0,4}(?:;\d{0,4})?[HfABEF]|\d{0,4}[Gd])/g;
/** Some agents move over spaces instead of writing them. */
const SKIP = /\x1b\[(\d{0,3})C/g;
/** Frames and marks around the words of a line. */
const FRAME = /^[\s\u2190-\u2BFF|>*·•]+|[\s\u2190-\u2BFF|]+$/gu;
/** So much waits for the end of its line; a screen that is painted without line breaks has more. */
const MOST_WAITING = 16 * 1024;
/** A longer line is no error. */
const LONGEST_LINE = 8 * 1024;

/** Lines of what a program writes to a terminal, whatever chunks it comes in: text without frames. */
export class TerminalLines {
  #waiting = '';

  /** The lines that have ended. */
  push(chunk: string): string[] {
    const text = this.#waiting + chunk;
    const end = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
    this.#waiting = text.slice(end);
    const ended = linesOf(text.slice(0, end));
    if (this.#waiting.length <= MOST_WAITING) return ended;
    // A sequence that is cut begins with an escape character.
    const cut = Math.max(this.#waiting.lastIndexOf('\x1b'), MOST_WAITING / 2);
    const rest = this.#waiting.slice(cut);
    const lines = [...ended, ...linesOf(this.#waiting.slice(0, cut))];
    this.#waiting = rest.length > MOST_WAITING ? '' : rest;
    return lines;
  }

  /** What waits for its end: nothing more was written for a while, or at all. */
  flush(): string[] {
    const text = this.#waiting;
    this.#waiting = '';
    return linesOf(text);
  }
}

function linesOf(text: string): string[] {
  if (text === '') return [];
  const spaced = text
    .replace(SKIP, (_, count: string) => ' '.repeat(Math.min(Number(count || 1), 200)))
    .replace(MOVE, '\n');
  return inertText(spaced.replace(/\r/g, '\n'))
    .split('\n')
    .map(line => line.slice(0, LONGEST_LINE).replace(FRAME, ''))
    .filter(line => line !== '');
}
