import { resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { agents } from '../core/agents/agents.ts';
import { globProblems } from '../core/agents/otherLogs.ts';
import type { TailBatch, TailedSignal, TailSink } from '../core/agents/tail.ts';
import { findSources, surroundingsOf } from '../node/agentSources.ts';
import { ConfiguredHosts } from '../node/configuredHosts.ts';
import { UsageError } from './command.ts';
import { toStderr } from './output.ts';
import type { LogTailerOptions } from '../node/logTailer.ts';
import { SystemClock } from '../node/systemClock.ts';

/** The logs that a command reads. */
export interface LogPlaces {
  /** Default: the user's home folder. */
  readonly home?: string;
  /** Globs of other logs. */
  readonly files: readonly string[];
}

/**
 * Options to read logs for `take`, without stored checkpoints. Throws `UsageError` for an invalid
 * glob.
 */
export function tailing(places: LogPlaces, take: (tailed: TailedSignal) => void): LogTailerOptions {
  return tailingBatches(places, ({ signals }) => signals.forEach(take));
}

/** The same for whole batches. */
export function tailingBatches(
  { home, files }: LogPlaces,
  take: (batch: TailBatch) => void,
): LogTailerOptions {
  // Most of what is read is garbage soon: a larger young generation takes 40 MB more and saves no time.
  setFlagsFromString('--semi-space-growth-factor=1');
  const here = surroundingsOf(home);
  const clock = new SystemClock({ keepsAlive: true });
  const folders = home === undefined ? [process.cwd()] : [];
  const otherLogs = files.map(glob => (glob.startsWith('~/') ? glob : resolve(glob)));
  const surroundings = { ...here, workspaces: folders, otherLogs };
  const [problem] = globProblems(otherLogs, surroundings);
  if (problem !== undefined) throw new UsageError(problem);
  const hosts = new ConfiguredHosts({ surroundings, folders, clock });
  const sink: TailSink = {
    readCheckpoints: async () => [],
    commit: async batch => take(await hosts.noteIn(batch)),
  };
  const found = findSources(agents, surroundings);
  return { ...found, sink, home: surroundings.home, clock, log: toStderr };
}
