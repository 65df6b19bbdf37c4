import type { AgentId } from './signal.ts';

/** An agent that a command of a terminal starts. */
export interface TerminalCommand {
  /** `other`: an agent whose own logs nobody reads here. */
  readonly agent: AgentId;
  /** It begins with what was said in an earlier session, errors of then with it. */
  readonly isResumed: boolean;
}

/** Commands and packages by which agents are started. `kimi` is also the older CLI in Python. */
const AGENTS: Readonly<Record<string, AgentId>> = {
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
  droid: 'other',
  hermes: 'other',
};

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
    const agent = isOption ? undefined : AGENTS[name];
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
  const bare = name.replace(/(?<=.)@.*$/, '').replace(/\.(?:exe|cmd|bat|ps1|[cm]?js|py|sh)$/i, '');
  return (scope + bare).toLowerCase();
}
