import { agents } from '../core/agents/agents.ts';
import type { Log } from '../core/ports.ts';
import type { TailedSignal, TailSink } from '../core/tail.ts';
import { ConfiguredHosts } from '../node/configuredHosts.ts';
import type { LogTailerOptions } from '../node/logTailer.ts';
import { surroundingsOf } from '../node/surroundings.ts';
import { SystemClock } from '../node/systemClock.ts';

/**
 * How the logs of all agents below `home` (default: the user's own) are read on the command line:
 * nothing is remembered between two runs, and what was read goes to `take` alone.
 */
export function tailing(
  home: string | undefined,
  take: (tailed: TailedSignal) => void,
): LogTailerOptions {
  const surroundings = surroundingsOf(home);
  const clock = new SystemClock();
  const folders = home === undefined ? [process.cwd()] : [];
  const hosts = new ConfiguredHosts({ surroundings, folders, clock });
  const sink: TailSink = {
    readCheckpoints: async () => [],
    commit: async batch => (await hosts.noteIn(batch)).signals.forEach(take),
  };
  const sources = agents.flatMap(agent =>
    agent.sources(surroundings).map(source => ({ agent, source })),
  );
  return { sources, sink, home: surroundings.home, clock, log: toStderr };
}

const toStderr: Log = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: message => process.stderr.write(`kimi-quota: ${message}\n`),
  error: message => process.stderr.write(`kimi-quota: ${message}\n`),
};
