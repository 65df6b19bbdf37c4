import type { Category } from '../errors/category.ts';
import { isWorthTelling, wordsOfText } from '../inline/wordsOfText.ts';
import { redact } from '../redact.ts';
import { errorInText } from './otherError.ts';
import { known } from './recordField.ts';
import { unwrapSdkError } from './sdkError.ts';
import type { TerminalCommand } from './terminalCommand.ts';
import type { TerminalError } from './terminalError.ts';
import { TerminalLines } from './terminalLines.ts';

/** The same words within it are one error: screens are painted again and again. */
export const SAME_ERROR_MS = 60_000;
/** So long a session that goes on shows what was said in it before. */
export const RESUME_MS = 10_000;
const MOST_REMEMBERED = 200;

interface Found {
  readonly error: TerminalError;
  readonly category: Category;
}

/** Which errors were told just now, in whichever terminal of this window. */
export class ToldErrors {
  readonly #seenAt = new Map<string, number>();

  /** Whether it was not seen within `SAME_ERROR_MS`; it counts as seen from then on. */
  isNew({ error: { agent, text }, category }: Found, now: number): boolean {
    // Counters of attempts and countdowns stand behind the words; a narrow window cuts them.
    const key = `${agent} ${category} ${text.replace(/[^\p{L}]+/gu, '').slice(0, 32)}`;
    const seenAt = this.#seenAt.get(key);
    this.#seenAt.delete(key);
    this.#seenAt.set(key, now);
    for (const oldest of this.#seenAt.keys()) {
      if (this.#seenAt.size <= MOST_REMEMBERED) break;
      this.#seenAt.delete(oldest);
    }
    return seenAt === undefined || Math.abs(now - seenAt) > SAME_ERROR_MS;
  }
}

/** Finds the errors in what one command of an agent writes. Prompts and answers are not kept. */
export class TerminalOutput {
  readonly #command: TerminalCommand;
  readonly #told: ToldErrors;
  readonly #lines = new TerminalLines();
  readonly #quietUntil: number;
  #before = '';

  constructor(command: TerminalCommand, told: ToldErrors, now: number) {
    this.#command = command;
    this.#told = told;
    this.#quietUntil = command.isResumed ? now + RESUME_MS : now;
  }

  /** The new errors in a chunk, which may begin and end anywhere. */
  push(chunk: string, now: number): TerminalError[] {
    return this.#find(this.#lines.push(chunk), now);
  }

  /** The new errors in what was written last, when nothing more comes. */
  flush(now: number): TerminalError[] {
    return this.#find(this.#lines.flush(), now);
  }

  #find(lines: readonly string[], now: number): TerminalError[] {
    return lines.flatMap(line => {
      const found = this.#errorIn(line, now);
      const isNew = found && this.#told.isNew(found, now) && now >= this.#quietUntil;
      return isNew ? [found.error] : [];
    });
  }

  /** A line, or two of which the first was too narrow for the words. */
  #errorIn(line: string, now: number): Found | undefined {
    const texts = this.#before === '' ? [line] : [line, `${this.#before} ${line}`];
    this.#before = line;
    for (const text of texts) {
      const words = wordsOfText(text);
      if (!words || !isWorthTelling(words)) continue;
      this.#before = '';
      const said = errorInText(text) ?? unwrapSdkError(text);
      const fields = known({ status: said.status, errorType: said.errorType });
      const { agent } = this.#command;
      const error = { at: now, agent, ...fields, text: redact(said.text) };
      return { error, category: words.category };
    }
    return undefined;
  }
}
