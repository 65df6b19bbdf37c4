import { inertText } from '../base/inertText.ts';
import { maskLines, redact } from '../base/redact.ts';
import type { Category } from '../errors/category.ts';
import { isWorthTelling, wordsOfText } from '../errors/wordsOfText.ts';
import { unwrapSdkError } from './agentError.ts';
import { errorInText } from './otherError.ts';
import { known } from './recordFields.ts';
import type { AgentId } from './signal.ts';
import type { TerminalError } from './terminalError.ts';

/** An agent that a command of a terminal starts. */
export interface TerminalCommand {
  /** `other`: an agent whose own logs nobody reads here. */
  readonly agent: AgentId;
  /** It begins with what was said in an earlier session, errors of then with it. */
  readonly isResumed: boolean;
}

/** Commands and packages by which agents are started. `kimi` is also the older CLI in Python. */
const AGENTS: ReadonlyMap<string, AgentId> = new Map(
  Object.entries<AgentId>({
    kimi: 'kimi-code',
    'kimi-code': 'kimi-code',
    '@moonshot-ai/kimi-code': 'kimi-code',
    'kimi-cli': 'kimi-cli',
    claude: 'claude-code',
    '@anthropic-ai/claude-code': 'claude-code',
    opencode: 'opencode',
    'opencode-ai': 'opencode',
    codex: 'codex',
    '@openai/codex': 'codex',
    qwen: 'qwen-code',
    '@qwen-code/qwen-code': 'qwen-code',
    openclaw: 'openclaw',
    cline: 'cline',
    kilo: 'kilo-code',
    kilocode: 'kilo-code',
    '@kilocode/cli': 'kilo-code',
    cn: 'continue',
    '@continuedev/cli': 'continue',
    crush: 'crush',
    '@charmland/crush': 'crush',
    goose: 'goose',
    aider: 'aider',
    'aider-chat': 'aider',
    pi: 'pi',
    '@earendil-works/pi-coding-agent': 'pi',
    droid: 'droid',
    copilot: 'copilot',
    '@github/copilot': 'copilot',
    hermes: 'other',
  }),
);

/** Programs that start the one behind them. */
const STARTERS: ReadonlySet<string> = new Set(
  `bun bunx caffeinate cmd command dlx doas env exec m nice node nohup npm npx pipx pnpm pnpx python
  python3 run sudo time timeout tool uv uvx winpty x yarn`.split(/\s+/),
);
/** Longer ones hold a script or a prompt. */
const LONGEST = 2000;
/** A word of a shell, with its quotes, or what ends a command. */
const WORD = /(?:"[^"]*"|'[^']*'|[^\s;|&()"'])+|[;|&()\n]/g;
const RESUMED =
  /^(?:-c|-C|-r|-s|--continue|--resume|--session|--last|--restore-chat-history|resume)$/;

/** The agent that a command line starts; undefined if it starts none that we know. */
export function readTerminalCommand(commandLine: string): TerminalCommand | undefined {
  const words = commandLine.slice(0, LONGEST).match(WORD) ?? [];
  let command: string[] = [];
  for (const word of [...words, ';']) {
    if (!/^[;|&()\n]$/.test(word)) command.push(word.replace(/["']/g, ''));
    else {
      const started = commandOf(command);
      if (started) return started;
      command = [];
    }
  }
  return undefined;
}

function commandOf(words: readonly string[]): TerminalCommand | undefined {
  let isBehindStarter = false;
  let mayBeArgument = false;
  for (const [index, word] of words.entries()) {
    if (/^\w+=/.test(word)) continue;
    const isOption = /^[-/][\w-]{1,20}(?:=|$)/.test(word);
    if (isOption && !isBehindStarter) return undefined;
    const name = nameOf(word);
    const agent = isOption ? undefined : AGENTS.get(name);
    // `uvx --from kimi-cli kimi`: the package names the agent as well as the command does.
    if (agent) return { agent, isResumed: words.slice(index + 1).some(it => RESUMED.test(it)) };
    const isStarter = !isOption && (STARTERS.has(name) || /^\d+[smhd]?$/.test(word));
    if (!isOption && !isStarter && !(isBehindStarter && mayBeArgument)) return undefined;
    isBehindStarter = true;
    mayBeArgument = isOption;
  }
  return undefined;
}

/** Without folder, version and the ending that systems and shells put behind. */
function nameOf(word: string): string {
  const [, scope = '', name = ''] = /^(@[\w.-]+\/)?(?:.*[\\/])?([^\\/]*)$/.exec(word) ?? [];
  const version = name.indexOf('@', 1);
  const bare = name
    .slice(0, version < 0 ? undefined : version)
    .replace(/\.(?:exe|cmd|bat|ps1|[cm]?js|py|sh)$/i, '');
  return (scope + bare).toLowerCase();
}

/** Ways to go to another line without a line break, as screens are painted. */
const MOVE = /\x1b\[(?:\d{0,4}(?:;\d{0,4})?[HfABEF]|\d{0,4}[Gd])/g;
/** Some agents move over spaces instead of writing them. */
const SKIP = /\x1b\[(\d{0,3})C/g;
/** Frames and marks around the words of a line. */
const FRAME = /^[\s\u2190-\u2BFF|>*·•]+|(?<![\s\u2190-\u2BFF|])[\s\u2190-\u2BFF|]+$/gu;
/** So much waits for the end of its line; a screen that is painted without line breaks has more. */
const MOST_WAITING = 16 * 1024;
/** A longer line is no error. */
const LONGEST_LINE = 8 * 1024;

/** Lines of what a program writes to a terminal, whatever chunks it comes in: text without frames. */
class TerminalLines {
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

/** The same words within it are one error: screens are painted again and again. */
export const SAME_ERROR_MS = 60_000;
/** So long a session that goes on shows what was said in it before. */
export const RESUME_MS = 10_000;
const MOST_REMEMBERED = 200;
/** A key takes no more lines of the narrowest window. */
const MOST_WRAPPED = 8;

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
  #recent: readonly string[] = [];
  /** The last line was no error: it may be the first half of one. */
  #isBeforeOpen = false;

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
    const recent = [...this.#recent, line].slice(-MOST_WRAPPED);
    this.#recent = recent;
    const isPaired = this.#isBeforeOpen && recent.length > 1;
    this.#isBeforeOpen = true;
    for (const count of isPaired ? [1, 2] : [1]) {
      const words = wordsOfText(recent.slice(-count).join(' '));
      if (!words || !isWorthTelling(words)) continue;
      this.#isBeforeOpen = false;
      // A key may begin some lines above the words.
      const text = maskLines(recent).slice(-count).join(' ');
      const said = errorInText(text) ?? unwrapSdkError(text);
      const fields = known({ status: said.status, errorType: said.errorType });
      const { agent } = this.#command;
      const error = { at: now, agent, ...fields, text: redact(said.text) };
      return { error, category: words.category };
    }
    return undefined;
  }
}
