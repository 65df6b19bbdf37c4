import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { bundleCli } from './tidy/bundle.ts';

/** What a run of the command line left behind. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let built: Promise<string> | undefined;

/** Builds the command line once for all suites; the file goes with this process. */
export function buildCli(): Promise<string> {
  built ??= bundleCli().then(({ text }) => {
    const folder = mkdtempSync(join(tmpdir(), 'kimi-quota-cli-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
    const file = join(folder, 'cli.js');
    writeFileSync(file, text);
    return file;
  });
  return built;
}

/** Runs the command line as a process of its own, with these variables and none of ours. */
export async function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Run> {
  const file = await buildCli();
  const { SystemRoot = '' } = process.env;
  // What is compiled once need not be again: a start takes a fifth less.
  const NODE_COMPILE_CACHE = join(dirname(file), 'compiled');
  const ours = { SystemRoot, TZ: 'UTC', LANG: 'en_US.UTF-8', NODE_COMPILE_CACHE };
  const options = { env: { ...ours, ...env } };
  return new Promise(resolve => {
    const child = execFile(process.execPath, [file, ...args], options, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}
