import type { Checkpoint } from '../core/tail.ts';
import type { FileStat } from './fileSystem.ts';
import { markerOf } from './fingerprint.ts';
import { scanLines, type ScanRequest, type ScanResult } from './lineScanner.ts';
import type { TailContext } from './tailContext.ts';
import { createWorkSlice } from './workSlice.ts';

/** A file is read so far in one turn, some 10 ms, then the others have theirs. Each costs 0.5 ms. */
const TURN_BYTES = 64 * 1024 * 1024;

/** Or as far as it comes in this time, if there are many records to read. */
const TURN_MS = 50;

/** So much of the end of a file that moves is read record by record, to know what is in flight. */
const RECENT_BYTES = 1024 * 1024;

/** A file moves as long as it was written to so long ago. */
const RECENT_MS = 5 * 60_000;

/** One turn of a file to which lines are added. */
export interface AppendedTurn extends Pick<
  ScanRequest,
  'buffer' | 'encoding' | 'anchors' | 'onRecord'
> {
  readonly file: ScanRequest['source'];
  readonly stat: FileStat;
  readonly checkpoint: Pick<Checkpoint, 'byteOffset' | 'marker'>;
}

/** `isStopped`: there is more to read. */
export type AppendedScan =
  | Extract<ScanResult, { kind: 'refused' }>
  | (Extract<ScanResult, { kind: 'scanned' }> & { readonly isStopped: boolean });

/**
 * Reads on from a checkpoint, unless the bytes before it are not those that were read. Lines without
 * an anchor are reported only at the end of a file that moves.
 */
export async function scanAppended(
  turn: AppendedTurn,
  context: Pick<TailContext, 'clock' | 'reading' | 'isDisposed'>,
): Promise<AppendedScan> {
  const { clock, reading } = context;
  const { stat, checkpoint, file } = turn;
  const from = checkpoint.byteOffset;
  const turnEnd = Math.min(stat.size, from + TURN_BYTES);
  const turnEndMs = clock.monotonicMs() + TURN_MS;
  const slice = createWorkSlice(clock);
  // Who does not wait for what is read any more does not wait for the rest.
  const source: ScanRequest['source'] = {
    read: async (...args) => (context.isDisposed ? 0 : file.read(...args)),
  };
  const scan = async (to: number, isEveryLine: boolean): Promise<AppendedScan> => {
    let isFull = false;
    const result = await scanLines({
      ...turn,
      source,
      from,
      to,
      isEveryLine,
      isLastLineWhole: reading.isLastLineWhole && to === stat.size,
      accept: before => checkpoint.marker === '' || markerOf(before) === checkpoint.marker,
      onRecord: record => {
        isFull = !turn.onRecord(record) || clock.monotonicMs() >= turnEndMs;
        return !isFull;
      },
      slice,
    });
    return result.kind === 'refused' ? result : { ...result, isStopped: isFull || to < stat.size };
  };
  if (reading.everyRecord === 'always') return scan(turnEnd, true);
  if (stat.modifiedAt < clock.now() - RECENT_MS) return scan(turnEnd, false);
  const bulkEnd = Math.min(turnEnd, stat.size - RECENT_BYTES);
  if (bulkEnd <= from) return scan(turnEnd, true);
  const bulk = await scan(bulkEnd, false);
  // One line may reach from before that end to behind it.
  const isStuck = bulk.kind === 'scanned' && bulk.consumedTo === from;
  return isStuck ? scan(turnEnd, true) : bulk;
}
