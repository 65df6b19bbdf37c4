import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { blockChange, type Change, jsonChange, type JsonEntry } from './setupFiles.ts';

/** Where configurations are, and how the command line is started. */
export interface SetupContext {
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The program and its first arguments. */
  readonly program: readonly [file: string, ...args: string[]];
  /** Asks the hook before each prompt and tool, not only before a sub-agent. */
  readonly hasGuard: boolean;
}

/** The programs with hooks. */
export const HOOKED_AGENTS: readonly string[] = ['claude-code', 'kimi-code'];

/** The programs that `setup` knows. */
export const SETUP_AGENTS = [
  'claude-code',
  'kimi-code',
  'opencode',
  'codex',
  'tmux',
  'starship',
] as const;

/** One of `SETUP_AGENTS`. */
export type SetupAgent = (typeof SETUP_AGENTS)[number];

/** The changes that connect a program to the command line. */
export function changesFor(agent: SetupAgent, context: SetupContext): readonly Change[] {
  return CHANGES[agent](context);
}

const CHANGES: Readonly<Record<SetupAgent, (context: SetupContext) => readonly Change[]>> = {
  'claude-code': claudeCode,
  'kimi-code': kimiCode,
  opencode: openCode,
  codex,
  tmux,
  starship,
};

const NAME = 'kimi-quota';

/** A relative path in a variable means nothing to this program. */
function folderOf({ home, environment }: SetupContext, variable: string, standard: string): string {
  const named = environment[variable] ?? '';
  return isAbsolute(named) ? named : join(home, standard);
}

/** For a shell. */
const commandLine = ({ program }: SetupContext, ...args: string[]): string =>
  [...program, ...args].map(part => (/[^\w@%+=:,./\\-]/.test(part) ? `"${part}"` : part)).join(' ');

const server = ({ program: [command, ...args] }: SetupContext): object => ({
  command,
  args: [...args, 'mcp'],
});

/** https://code.claude.com/docs/en/hooks, /settings and /mcp. */
function claudeCode(context: SetupContext): readonly Change[] {
  const { environment, home } = context;
  const folder = folderOf(context, 'CLAUDE_CONFIG_DIR', '.claude');
  const hook = (matcher?: string): object => ({
    ...(matcher === undefined ? {} : { matcher }),
    hooks: [{ type: 'command', command: commandLine(context, 'hook', 'claude-code'), timeout: 5 }],
  });
  const line = { type: 'command', command: commandLine(context, 'check', '--line') };
  const user = environment['CLAUDE_CONFIG_DIR']
    ? join(folder, '.claude.json')
    : join(home, '.claude.json');
  const guard: readonly JsonEntry[] = [
    [['hooks', 'PreToolUse', -1], hook('*')],
    [['hooks', 'UserPromptSubmit', -1], hook()],
  ];
  const always: readonly JsonEntry[] = [
    [['hooks', 'StopFailure', -1], hook()],
    [['statusLine'], line],
  ];
  const usual: readonly JsonEntry[] = [[['hooks', 'PreToolUse', -1], hook('Task|Agent')]];
  const [wanted, unwanted] = context.hasGuard ? [guard, usual] : [usual, guard];
  return [
    jsonChange(join(folder, 'settings.json'), [...wanted, ...always], unwanted),
    jsonChange(user, [[['mcpServers', NAME], { type: 'stdio', ...server(context) }]]),
  ];
}

/** `config.toml` and `mcp.json` of Kimi Code (docs/agents.md). A TOML list of hooks can't be appended to. */
function kimiCode(context: SetupContext): readonly Change[] {
  const folder = folderOf(context, 'KIMI_CODE_HOME', '.kimi-code');
  const command = JSON.stringify(commandLine(context, 'hook', 'kimi-code'));
  const hook = (event: string, matcher?: string): string[] => [
    '[[hooks]]',
    `event = "${event}"`,
    ...(matcher === undefined ? [] : [`matcher = "${matcher}"`]),
    `command = ${command}`,
    'timeout = 5',
  ];
  const steps = context.hasGuard
    ? [...hook('PreToolUse'), '', ...hook('UserPromptSubmit')]
    : hook('PreToolUse', '^(Agent|AgentSwarm)$');
  const lines = [...steps, '', ...hook('StopFailure')];
  return [
    blockChange(join(folder, 'config.toml'), lines, /^[ \t]*hooks[ \t]*=/m),
    jsonChange(join(folder, 'mcp.json'), [[['mcpServers', NAME], server(context)]]),
  ];
}

/** https://opencode.ai/docs/mcp-servers */
function openCode(context: SetupContext): readonly Change[] {
  const folder = join(folderOf(context, 'XDG_CONFIG_HOME', '.config'), 'opencode');
  const commented = join(folder, 'opencode.jsonc');
  const path = existsSync(commented) ? commented : join(folder, 'opencode.json');
  const value = { type: 'local', command: [...context.program, 'mcp'], enabled: true };
  return [jsonChange(path, [[['mcp', NAME], value]])];
}

/** https://developers.openai.com/codex/mcp */
function codex(context: SetupContext): readonly Change[] {
  const folder = folderOf(context, 'CODEX_HOME', '.codex');
  const { program } = context;
  const [command, ...args] = program;
  const lines = [
    '[mcp_servers.kimi-quota]',
    `command = ${JSON.stringify(command)}`,
    `args = ${JSON.stringify([...args, 'mcp'])}`,
  ];
  const path = join(folder, 'config.toml');
  return [
    blockChange(path, lines, /^[ \t]*(?:\[mcp_servers\.["']?kimi-quota\b|mcp_servers[ \t]*=)/m),
  ];
}

function tmux(context: SetupContext): readonly Change[] {
  const folder = join(folderOf(context, 'XDG_CONFIG_HOME', '.config'), 'tmux');
  const modern = join(folder, 'tmux.conf');
  const path = existsSync(modern) ? modern : join(context.home, '.tmux.conf');
  const shown = commandLine(context, 'check', '--line').replaceAll("'", '');
  return [blockChange(path, [`set -ag status-right ' #(${shown})'`])];
}

/** https://starship.rs/config/#custom-commands */
function starship(context: SetupContext): readonly Change[] {
  const named = context.environment['STARSHIP_CONFIG'] ?? '';
  const standard = join(folderOf(context, 'XDG_CONFIG_HOME', '.config'), 'starship.toml');
  const lines = [
    '[custom.kimi_quota]',
    `command = ${JSON.stringify(commandLine(context, 'check', '--line'))}`,
    'when = true',
    "format = '[$output]($style) '",
  ];
  const path = isAbsolute(named) ? named : standard;
  return [blockChange(path, lines, /^[ \t]*\[custom\.["']?kimi_quota\b/m)];
}
