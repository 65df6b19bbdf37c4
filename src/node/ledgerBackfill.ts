import { FailureJoiner, joinFailures } from '../core/agents/failureJoiner.ts';
import type { Checkpoint, TailBatch, TailRows } from '../core/agents/tail.ts';
import { type Clock, faultName, type Log } from '../core/base/ports.ts';
import type { ValueRows } from '../core/base/store.ts';
import { type CountOptions, countedIn } from '../core/ledger/counted.ts';
import { LEDGER_RETENTION, type LedgerRows, saveLedgerComplete } from '../core/ledger/ledger.ts';
import { readLogsOnce } from './logTailer.ts';
import type { AgentSource } from './tailContext.ts';

/** Its positions are stored next to those of the tailer, under names of their own. */
const PREFIX = 'ledger ';

/** At most a third of a core: a window has other work. */
const CORE_SHARE = 1 / 3;

/** Options of `countPast`. */
export interface BackfillOptions extends CountOptions {
  readonly archive: TailRows & LedgerRows & ValueRows;
  readonly sources: readonly AgentSource[];
  readonly home: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Adds the configured hosts. */
  readonly noteIn: (batch: TailBatch) => Promise<TailBatch>;
  /** Default: a third. */
  readonly coreShare?: number;
}

/** Whether a checkpoint is that of the tailer. */
export const isOfTailer = ({ fingerprint }: Checkpoint): boolean => !fingerprint.startsWith(PREFIX);

/**
 * Adds to the ledger what the logs of the last 30 days had before the tailer followed them, the
 * newest files first. Continues where an earlier call ended, and leaves out what the tailer has
 * counted. Stores no failures. Never rejects.
 */
export async function countPast(options: BackfillOptions, signal: AbortSignal): Promise<void> {
  const { archive, clock, log, coreShare = CORE_SHARE } = options;
  try {
    const checkpoints = await archive.readCheckpoints();
    const countedFrom = new Map(
      checkpoints.filter(isOfTailer).map(it => [it.fingerprint, it.countedFrom]),
    );
    await readLogsOnce(
      {
        ...options,
        sink: {
          readCheckpoints: async () => checkpoints.filter(it => !isOfTailer(it)).map(withoutPrefix),
          commit: committer(options),
        },
        since: clock.now() - LEDGER_RETENTION.countedMs,
        reading: {
          hasTokens: true,
          maxBacklogBytes: Infinity,
          // A line may still be written.
          isLastLineWhole: false,
          stopAt: fingerprint => countedFrom.get(fingerprint),
          coreShare,
        },
      },
      signal,
    );
    if (!signal.aborted) await saveLedgerComplete(archive, clock.now());
  } catch (error) {
    log.error(`The tokens of earlier logs could not be counted: ${faultName(error)}`);
  }
}

function committer({ archive, noteIn, hasProjects }: BackfillOptions) {
  const joiner = new FailureJoiner();
  return async (batch: TailBatch): Promise<void> => {
    const noted = await noteIn(batch);
    const counted = countedIn(noted, joinFailures(joiner, noted.signals), { hasProjects });
    const checkpoints = batch.checkpoints.map(withPrefix);
    await archive.addToLedger({ readAt: batch.readAt, signals: [], checkpoints }, counted);
  };
}

const withPrefix = (checkpoint: Checkpoint): Checkpoint => ({
  ...checkpoint,
  fingerprint: PREFIX + checkpoint.fingerprint,
});

const withoutPrefix = (checkpoint: Checkpoint): Checkpoint => ({
  ...checkpoint,
  fingerprint: checkpoint.fingerprint.slice(PREFIX.length),
});
