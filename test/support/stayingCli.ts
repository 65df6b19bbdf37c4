// The command line in a process that stays: each message is a call, answered before the next comes.
import { runCommandLine } from '../../src/cli/commandLine.ts';

/** The arguments and all variables of one call. */
export interface CliCall {
  readonly args: string[];
  readonly env: Record<string, string>;
}

const written = { stdout: '', stderr: '' };

for (const name of ['stdout', 'stderr'] as const)
  process[name].write = (text: string | Uint8Array) => {
    written[name] += String(text);
    return true;
  };

async function answer({ args, env }: CliCall): Promise<void> {
  process.env = { ...env };
  Object.assign(written, { stdout: '', stderr: '' });
  const code = await runCommandLine(args);
  process.send?.({ code, ...written });
}

process.on('message', call => void answer(call as CliCall));
process.once('disconnect', () => process.exit());
