import { resolve } from 'node:path';
import { agents } from '../core/agents/agents.ts';
import { globProblems } from '../core/agents/otherLogs.ts';
import type { TailedSignal, TailSink } from '../core/agents/tail.ts';
import type { Log } from '../core/base/ports.ts';
import { findSources, surroundingsOf } from '../node/agentSources.ts';
import { ConfiguredHosts } from '../node/configuredHosts.ts';
import { printWarning } from './output.ts';
import type { LogTailerOptions } from '../node/logTailer.ts';
import { SystemClock } from '../node/systemClock.ts';

/** A wrong call: what is wrong, and what to do. */
export class UsageError extends Error {}

/** Which logs are read on the command line. */
export interface LogPlaces {
  /** Default: the user's own. */
  readonly home?: string;
  /** Globs of other files. */
  readonly files: readonly string[];
}

/**
 * How logs are read on the command line: nothing is remembered between two runs, and what was read
 * goes to `take` alone.
 */
export function tailing(
  { home, files }: LogPlaces,
  take: (tailed: TailedSignal) => void,
): LogTailerOptions {
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
    commit: async batch => (await hosts.noteIn(batch)).signals.forEach(take),
  };
  const found = findSources(agents, surroundings);
  return { ...found, sink, home: surroundings.home, clock, log: toStderr };
}

/** What goes wrong with a file or a folder. */
export const toStderr: Log = {
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: printWarning,
  error: printWarning,
};

/** What goes wrong there is told in another way, or is not worth a word. */
export const silent: Log = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };
