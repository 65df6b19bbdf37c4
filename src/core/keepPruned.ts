import type { ArchiveRows } from './archive.ts';
import { MutableDisposable } from './disposables.ts';
import type { Disposable } from './event.ts';
import { faultName } from './faultName.ts';
import type { Lease } from './lease.ts';
import type { Clock, Log } from './ports.ts';

/** Hourly, as history is thinned to hours; it takes 5 ms. */
export const PRUNE_EVERY_MS = 3_600_000;

/** The first one after the window has found its feet. */
const FIRST_PRUNE_MS = 60_000;

/** Drops what is past its bounds, in the window that holds the lease, until it is disposed. */
export function keepPruned(options: {
  readonly archive: Pick<ArchiveRows, 'prune'>;
  readonly lease: Pick<Lease, 'isHeld'>;
  readonly clock: Clock;
  readonly log: Log;
}): Disposable {
  const { archive, lease, clock, log } = options;
  const timer = new MutableDisposable();
  const prune = async (): Promise<void> => {
    try {
      if (lease.isHeld) await archive.prune(clock.now());
    } catch (error) {
      log.error(`The archive could not be pruned: ${faultName(error)}`);
    }
    timer.value = clock.after(PRUNE_EVERY_MS, () => void prune());
  };
  timer.value = clock.after(FIRST_PRUNE_MS, () => void prune());
  return timer;
}
