import { inertText, maskLines, redact } from '../base/redact.ts';
import type { Category } from '../errors/category.ts';
import { isWorthTelling, wordsOfText } from '../errors/wordsOfText.ts';
import { unwrapSdkError } from './agentError.ts';
import { errorInText } from './otherError.ts';
import { omitUndefined } from '../base/fields.ts';
import type { AgentId } from './signal.ts';
import type { TerminalError } from './terminalError.ts';

/** The agent that a terminal command starts. */
export interface TerminalCommand {
  /** `other`: an agent without a log reader. */
  readonly agent: AgentId;
  /** It starts with the output of an earlier session, including old errors. */
  readonly isResumed: boolean;
}

/** Commands and packages that start agents. `kimi` is also the older CLI in Python. */
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

/** Programs that run the command after them. */
const STARTERS: ReadonlySet<string> = new Set(
  `bun bunx caffeinate cmd command dlx doas env exec m nice node nohup npm npx pipx pnpm pnpx python
  python3 run sudo time timeout tool uv uvx winpty x yarn`.split(/\s+/),
);
/** Longer ones contain a script or a prompt. */
const LONGEST = 2000;
/** A shell word with its quotes, or a command separator. */
const WORD = /(?:"[^"]*"|'[^']*'|[^\s;|&()"'])+|[;|&()\n]/g;
const RESUMED =
  /^(?:-c|-C|-r|-s|--continue|--resume|--session|--last|--restore-chat-history|resume)$/;

/** The agent that a command line starts; undefined if it starts no known one. */
export function parseTerminalCommand(commandLine: string): TerminalCommand | undefined {
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
    // `uvx --from kimi-cli kimi`: both the package and the command name the agent.
    if (agent) return { agent, isResumed: words.slice(index + 1).some(it => RESUMED.test(it)) };
    const isStarter = !isOption && (STARTERS.has(name) || /^\d+[smhd]?$/.test(word));
    if (!isOption && !isStarter && !(isBehindStarter && mayBeArgument)) return undefined;
    isBehindStarter = true;
    mayBeArgument = isOption;
  }
  return undefined;
}

/** Without folder, version and the suffix of systems and shells. */
function nameOf(word: string): string {
  const [, scope = '', name = ''] = /^(@[\w.-]+\/)?(?:.*[\\/])?([^\\/]*)$/.exec(word) ?? [];
  const version = name.indexOf('@', 1);
  const bare = name
    .slice(0, version < 0 ? undefined : version)
    .replace(/\.(?:exe|cmd|bat|ps1|[cm]?js|py|sh)$/i, '');
  return (scope + bare).toLowerCase();
}

/** Cursor movements to another line without a line break, as screens are painted. */
const MOVE = /\x1b\[(?:\d{0,4}(?:;\d{0,4})?[HfABEF]|\d{0,4}[Gd])/g;
/** Some agents move over spaces instead of writing them. */
const SKIP = /\x1b\[(\d{0,3})C/g;
/** Frames and marks around the text of a line. */
const FRAME = /^[\s\u2190-\u2BFF|>*·•]+|(?<![\s\u2190-\u2BFF|])[\s\u2190-\u2BFF|]+$/gu;
/** The maximum length of an unfinished line; a screen painted without line breaks exceeds it. */
const MOST_WAITING = 16 * 1024;
/** A longer line is not an error. */
const LONGEST_LINE = 8 * 1024;

/** The lines of a program's terminal output, however it is chunked: text without frames. */
class TerminalLines {
  #waiting = '';

  /** The finished lines. */
  push(chunk: string): string[] {
    const text = this.#waiting + chunk;
    const end = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
    this.#waiting = text.slice(end);
    const ended = linesOf(text.slice(0, end));
    if (this.#waiting.length <= MOST_WAITING) return ended;
    // A truncated sequence begins with an escape character.
    const cut = Math.max(this.#waiting.lastIndexOf('\x1b'), MOST_WAITING / 2);
    const rest = this.#waiting.slice(cut);
    const lines = [...ended, ...linesOf(this.#waiting.slice(0, cut))];
    this.#waiting = rest.length > MOST_WAITING ? '' : rest;
    return lines;
  }

  /** The unfinished line: nothing was written for a while, or the output has ended. */
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

/** The same text within this time is one error: screens are repainted repeatedly. */
export const SAME_ERROR_MS = 60_000;
/** How long a resumed session shows the output of the earlier one. */
export const RESUME_MS = 10_000;
const MOST_REMEMBERED = 200;
/** A key never spans more lines in the narrowest window. */
const MOST_WRAPPED = 8;

interface Found {
  readonly error: TerminalError;
  readonly category: Category;
}

/** The errors that were just reported, in any terminal of this window. */
export class RecentErrors {
  readonly #seenAt = new Map<string, number>();

  /** Whether it was not seen within `SAME_ERROR_MS`; from then on it counts as seen. */
  isNew({ error: { agent, text }, category }: Found, now: number): boolean {
    // Attempt counters and countdowns follow the error text; a narrow window cuts them.
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

/** Finds errors in the output of an agent's command. Prompts and answers are not kept. */
export class TerminalOutput {
  readonly #command: TerminalCommand;
  readonly #recentErrors: RecentErrors;
  readonly #lines = new TerminalLines();
  readonly #quietUntil: number;
  #recentLines: readonly string[] = [];
  /** The last line was not an error: it may be the first half of one. */
  #isBeforeOpen = false;

  constructor(command: TerminalCommand, recentErrors: RecentErrors, now: number) {
    this.#command = command;
    this.#recentErrors = recentErrors;
    this.#quietUntil = command.isResumed ? now + RESUME_MS : now;
  }

  /** The new errors in a chunk, which may start and end anywhere. */
  push(chunk: string, now: number): TerminalError[] {
    return this.#find(this.#lines.push(chunk), now);
  }

  /** The new errors in the unfinished line, when the output ends. */
  flush(now: number): TerminalError[] {
    return this.#find(this.#lines.flush(), now);
  }

  #find(lines: readonly string[], now: number): TerminalError[] {
    return lines.flatMap(line => {
      const found = this.#errorIn(line, now);
      const isNew = found && this.#recentErrors.isNew(found, now) && now >= this.#quietUntil;
      return isNew ? [found.error] : [];
    });
  }

  /** A line, or two lines if the first was too narrow for the error text. */
  #errorIn(line: string, now: number): Found | undefined {
    const recent = [...this.#recentLines, line].slice(-MOST_WRAPPED);
    this.#recentLines = recent;
    const isPaired = this.#isBeforeOpen && recent.length > 1;
    this.#isBeforeOpen = true;
    for (const count of isPaired ? [1, 2] : [1]) {
      const words = wordsOfText(recent.slice(-count).join(' '));
      if (!words || !isWorthTelling(words)) continue;
      this.#isBeforeOpen = false;
      // A key may start some lines above the error text.
      const text = maskLines(recent).slice(-count).join(' ');
      const parsed = errorInText(text) ?? unwrapSdkError(text);
      const fields = omitUndefined({ status: parsed.status, errorType: parsed.errorType });
      const { agent } = this.#command;
      const error = { at: now, agent, ...fields, text: redact(parsed.text) };
      return { error, category: words.category };
    }
    return undefined;
  }
}
