import type { AccountView } from '../quota/quotaAccounts.ts';
import type { WindowView } from '../quota/quotaView.ts';
import { ROOMY, type KnownWindow } from './noticeState.ts';

/** What a number must outlast before it is told. */
export const HOLD_MS = 30_000;
const DAY_MS = 86_400_000;

/** What one window, or a balance, has left. */
export interface Reading {
  /** Origin and window: its name in the state. */
  readonly key: string;
  /** Absent: it is money. */
  readonly window?: WindowView;
  /**
   * Percent left, the most and the least that the answer allows: where its fields disagree, the one
   * is told of as little, and the other as room.
   */
  readonly most: number;
  readonly least: number;
  /** Epoch milliseconds, by our clock. */
  readonly resetsAt?: number;
  /** When it was read. */
  readonly at: number;
}

/** How an account's windows stand by an answer that still holds; undefined: nobody can say now. */
export function readingsOf({ view }: AccountView): readonly Reading[] | undefined {
  const { snapshot, windows, isOld } = view;
  if (!snapshot || isOld) return undefined;
  const { origin, at, balance, clockSkewMs } = snapshot;
  if (balance) {
    const left = balance.available > 0 ? 100 : 0;
    return [{ key: `${origin} balance`, most: left, least: left, at }];
  }
  return windows.flatMap((window): Reading[] => {
    const { id, remainingPercent: least, contradiction, resetsAt } = window;
    if (least === undefined) return [];
    const most = contradiction ? 100 - contradiction.lowestUsedPercent : least;
    const local = resetsAt === undefined ? {} : { resetsAt: resetsAt - clockSkewMs };
    return [{ key: `${origin} ${id}`, window, most, least, at, ...local }];
  });
}

/** The lowest threshold that a share is at or below; 0 is always one. Settings may hold anything. */
function levelOf(percentLeft: number, thresholds: readonly number[]): number {
  const reached = thresholds.filter(
    threshold => threshold > 0 && threshold < 100 && percentLeft <= threshold,
  );
  return percentLeft <= 0 ? 0 : Math.min(ROOMY, ...reached);
}

/** What is known of a window after one more look. What was there at the first one is not news. */
export function learnWindow(
  known: KnownWindow | undefined,
  reading: Reading,
  thresholds: readonly number[],
): KnownWindow {
  const { at, resetsAt = at + DAY_MS } = reading;
  const level = levelOf(reading.most, thresholds);
  if (!known) return { told: level, level, since: at, until: resetsAt };
  const told = isNewPeriod(known, reading, level) ? ROOMY : known.told;
  const { openSince: _, ...rest } = known;
  return {
    ...rest,
    told,
    level,
    since: level === known.level && told === known.told ? known.since : at,
    until: told === ROOMY ? resetsAt : known.until,
    ...openedSince(known, reading),
  };
}

/** After the reset of what was told, and not the same number still: that has room, or a new reset. */
function isNewPeriod({ until, told }: KnownWindow, reading: Reading, level: number): boolean {
  if (told === ROOMY || reading.at < until) return false;
  return level > told || (reading.resetsAt !== undefined && reading.resetsAt > until);
}

function openedSince(
  { blockedUntil, openSince }: KnownWindow,
  { least, at }: Reading,
): Pick<KnownWindow, 'openSince'> {
  return blockedUntil !== undefined && least > 0 ? { openSince: openSince ?? at } : {};
}

/** Whether a window that was told as spent is open, by more than one number that says so. */
export function isOpenAgain(known: KnownWindow, { at, resetsAt = 0 }: Reading): boolean {
  const { openSince, blockedUntil = Infinity } = known;
  if (openSince === undefined) return false;
  const isReset = at >= blockedUntil && resetsAt > blockedUntil;
  return isReset || at - openSince >= HOLD_MS;
}
