import { spawn } from 'node:child_process';
import { root } from './paths.ts';

/** How long a command gets to end after it was asked to. */
const GRACE_MS = 20_000;

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Ends the command politely, then by force. */
  readonly signal?: AbortSignal;
  /** Takes what the command prints, of which the terminal then sees nothing. */
  readonly onOutput?: (chunk: Buffer) => void;
}

/** The command line that runs npm with these arguments, wherever npm is. */
export function npmCommand(...args: string[]): string[] {
  const script = process.env['npm_execpath'];
  return script?.endsWith('npm-cli.js') ? [process.execPath, script, ...args] : ['npm', ...args];
}

/** Runs a command in the checkout, with our own terminal, and gives its exit code. */
export async function runCommand(
  [command = '', ...args]: readonly string[],
  { env, signal, onOutput }: CommandOptions = {},
): Promise<number> {
  if (signal?.aborted) return 130;
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: onOutput ? ['ignore', 'pipe', 'pipe'] : 'inherit',
    shell: process.platform === 'win32' && command === 'npm',
  });
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', onOutput ?? (() => {}));
  let force: NodeJS.Timeout | undefined;
  const end = () => {
    child.kill('SIGTERM');
    force = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  };
  signal?.addEventListener('abort', end);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject).once('close', code => resolve(code ?? 1));
    });
  } finally {
    clearTimeout(force);
    signal?.removeEventListener('abort', end);
  }
}
