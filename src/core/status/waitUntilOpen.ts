import type { Clock } from '../base/ports.ts';
import { MINUTE_MS, SECOND_MS } from '../base/time.ts';
import {
  type Goal,
  nextReset,
  type Opening,
  type OpeningInput,
  openingOf,
  UNCONFIRMED_MS,
} from './opening.ts';

/** How a wait ended. `opening`: what blocked last. */
export interface WaitResult {
  readonly end: 'open' | 'timeout' | 'useless' | 'unknown' | 'cancelled';
  readonly opening: Opening;
  readonly waitedMs: number;
}

/** The part of an `AbortSignal` in use. */
interface Cancellation {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Options of `waitUntilOpen`. */
export interface WaitOptions {
  readonly clock: Clock;
  readonly goal: Goal;
  /** The longest wait, without the jitter. */
  readonly maxMs: number;
  /** 0 to 1, for the jitter. */
  readonly random: () => number;
  /**
   * The current state; undefined: nothing is known. `freshMs`: numbers may be this old, if they can
   * be read again.
   */
  readonly read: (freshMs: number) => Promise<OpeningInput | undefined>;
  /** After each look at the state. */
  readonly onProgress?: (opening: Opening) => void;
  readonly signal?: Cancellation;
}

/** Several machines that wait for one reset start within this time, not in one second. */
export const JITTER_MS = 30 * SECOND_MS;

/** How often the state is looked at: near a change, and far from one. */
const NEAR_MS = 5 * SECOND_MS;
const FAR_MS = MINUTE_MS;
/** Numbers that confirm a reset are at most this old; others may be as old as a poll makes them. */
const FRESH_MS = 15 * SECOND_MS;
const USUAL_AGE_MS = 5 * MINUTE_MS;
/** Looks without data before a wait gives up. */
const MOST_UNKNOWN = 3;

/**
 * Waits until requests pass, at most `maxMs`. A wait that had to wait ends with a random delay of up
 * to `JITTER_MS`. Never ends early: a reset counts when a reading confirms it, or 45 s after its time
 * where none can.
 */
export async function waitUntilOpen(options: WaitOptions): Promise<WaitResult> {
  const { clock, goal, maxMs, onProgress, read, signal } = options;
  const startMs = clock.monotonicMs();
  const waited = (): number => clock.monotonicMs() - startMs;
  let target: number | undefined;
  let unknownCount = 0;
  let isSpread = false;
  let freshMs = USUAL_AGE_MS;
  for (let look = 0; ; look++) {
    const input = await read(freshMs);
    const seen: Opening = input ? openingOf(input) : { kind: 'unknown' };
    if (look === 0 && input && goal !== 'go') target = nextReset(input, goal);
    const opening = beforeTarget(seen, target, clock.now()) ?? confirmed(seen, clock.now());
    onProgress?.(opening);
    const result = (end: WaitResult['end']): WaitResult => ({ end, opening, waitedMs: waited() });
    if (signal?.aborted) return result('cancelled');
    if (opening.kind === 'useless') return result('useless');
    unknownCount = opening.kind === 'unknown' ? unknownCount + 1 : 0;
    if (unknownCount >= MOST_UNKNOWN) return result('unknown');
    if (opening.kind === 'open' && (look === 0 || isSpread)) return result('open');
    if (waited() >= maxMs) return result('timeout');
    // Looks again after the jitter: others may have started meanwhile.
    isSpread = opening.kind === 'open';
    if (isSpread) {
      await pause(clock, options.random() * JITTER_MS, signal);
      continue;
    }
    const untilMs = pauseBefore(opening, clock.now());
    freshMs = untilMs < FAR_MS ? FRESH_MS : USUAL_AGE_MS;
    await pause(clock, Math.min(untilMs, maxMs - waited()), signal);
  }
}

/** Requests may pass before the reset that the wait is for. */
function beforeTarget(seen: Opening, target: number | undefined, now: number): Opening | undefined {
  const isOpen = seen.kind === 'open' || seen.kind === 'resetting';
  return isOpen && target !== undefined && target > now
    ? { kind: 'closed', reason: 'quota', until: target }
    : undefined;
}

const confirmed = (seen: Opening, now: number): Opening =>
  seen.kind === 'resetting' && now - seen.since >= UNCONFIRMED_MS ? { kind: 'open' } : seen;

function pauseBefore(opening: Opening, now: number): number {
  const until = opening.kind === 'closed' ? opening.until : undefined;
  if (until === undefined) return NEAR_MS;
  return Math.min(FAR_MS, Math.max(SECOND_MS, until - now + SECOND_MS));
}

function pause(clock: Clock, delayMs: number, signal: Cancellation | undefined): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise(resolve => {
    const timer = clock.after(delayMs, done);
    signal?.addEventListener('abort', done);
    function done(): void {
      timer.dispose();
      signal?.removeEventListener('abort', done);
      resolve();
    }
  });
}
