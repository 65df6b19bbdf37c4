import assert from 'node:assert/strict';
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { builtOnce } from './builtProgram.ts';
import type { CliCall } from './stayingCli.ts';
import { bundleCli } from './tidy/bundle.ts';

/** What a run of the command line left behind. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command that stays ends after SIGINT: Windows ends it without asking. */
export const INTERRUPTED = process.platform === 'win32' ? [null, 'SIGINT'] : [0, null];

/** Builds the command line once for all suites. */
export const buildCli = (): Promise<string> =>
  builtOnce('cli.mjs', async () => (await bundleCli()).text);

/** Builds the one that stays, see `useStayingCli`. */
export const buildStayingCli = (): Promise<string> =>
  builtOnce('stayingCli.mjs', async () => (await bundleCli('test/support/stayingCli.ts')).text);

/** Builds the MCP server that the editor starts. */
export const buildStoredMcp = (): Promise<string> =>
  builtOnce('mcp.mjs', async () => (await bundleCli('src/mcpStart.ts')).text);

/** Without these, a program does not start on Windows, or under Wine has no connections. */
export function systemVariables(): Record<string, string> {
  const { SystemRoot = '', NODE_OPTIONS = '' } = process.env;
  return { SystemRoot, NODE_OPTIONS };
}

/** What a call sees of this machine: none of our variables, and no home. */
function strange(file: string): Record<string, string> {
  const home = join(dirname(file), 'home');
  return {
    ...systemVariables(),
    TZ: 'UTC',
    LANG: 'en_US.UTF-8',
    HOME: home,
    USERPROFILE: home,
  };
}

/** Runs the command line as a process, with only these variables. `cwd`: its folder; `input`: what it reads. */
export async function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { cwd = process.cwd(), input }: { readonly cwd?: string; readonly input?: string } = {},
): Promise<Run> {
  const file = await buildCli();
  // What is compiled once need not be again: a start takes a fifth less.
  const NODE_COMPILE_CACHE = join(dirname(file), 'compiled');
  const options = { cwd, env: { ...strange(file), NODE_COMPILE_CACHE, ...env } };
  return new Promise(resolve => {
    const child = execFile(process.execPath, [file, ...args], options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
    if (input !== undefined) child.stdin?.end(input);
  });
}

/** Gives a suite a command line that stays: for many calls, of which each is mostly the start. */
export function useStayingCli(): typeof runCli {
  let file: string;
  let child: ChildProcess;
  before(async () => {
    file = await buildStayingCli();
    child = fork(file, { execArgv: [] });
  });
  after(async () => {
    const exit = once(child, 'exit');
    child.disconnect();
    await exit;
  });
  return async (args, env) => {
    const ended = new AbortController();
    const exit = once(child, 'exit', ended).then(() => assert.fail('it has ended'));
    child.send({ args: [...args], env: { ...strange(file), ...env } } satisfies CliCall);
    try {
      const [run] = await Promise.race([once(child, 'message', ended), exit]);
      return run as Run;
    } finally {
      exit.catch(() => undefined);
      ended.abort();
    }
  };
}
