import { HOUR_MS } from '../base/time.ts';
import type { Snapshot } from '../quota/snapshot.ts';
import { SAME_RESET_MS } from '../quota/windows.ts';
import type { LedgerRow, TokenCounts } from './ledger.ts';
import { minus, plus, times, ZERO_TOKENS } from './tokens.ts';

/** An interval ends when this much went, or after this time: rounding is small compared with it. */
const ENOUGH_POINTS = 5;
const LONGEST_MS: Readonly<Record<string, number>> = {
  '5h': HOUR_MS,
  week: 6 * HOUR_MS,
  month: 12 * HOUR_MS,
};

/** In place of a window's id: the balance of an open platform account. */
export const BALANCE = 'balance';

/** One reading of one window, or of a balance. */
interface Reading {
  readonly at: number;
  readonly used: number;
  readonly resetsAt: number;
}

/** What went between two readings of one window. */
export interface Interval {
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Percentage points; of a balance, cents: each is what a reading is rounded to. */
  readonly points: number;
}

/** What went between readings of a window or balance. `history`: of one origin, oldest first. Pure. */
export function intervalsOf(history: readonly Snapshot[], windowId: string): Interval[] {
  const longestMs = LONGEST_MS[windowId] ?? HOUR_MS;
  const intervals: Interval[] = [];
  let first: Reading | undefined;
  for (const reading of readingsOf(history, windowId)) {
    if (!first || !isSameWindow(first, reading)) {
      first = reading;
      continue;
    }
    const points = reading.used - first.used;
    if (points < ENOUGH_POINTS && reading.at - first.at < longestMs) continue;
    intervals.push({ from: first.at, to: reading.at, points });
    first = reading;
  }
  return intervals;
}

function readingsOf(history: readonly Snapshot[], windowId: string): Reading[] {
  if (windowId === BALANCE) return balanceReadings(history);
  return history.flatMap(({ at, windows }) => {
    const { usedPercent: used, resetsAt } = windows.find(({ id }) => id === windowId) ?? {};
    return used === undefined || resetsAt === undefined ? [] : [{ at, used, resetsAt }];
  });
}

const balanceReadings = (history: readonly Snapshot[]): Reading[] =>
  history.flatMap(({ at, balance }) =>
    balance ? [{ at, used: -100 * balance.available, resetsAt: 0 }] : [],
  );

/** Times between which no balance rose, and the cents that went. Oldest first. Pure. */
export function timesWithoutTopUp(history: readonly Snapshot[]): Interval[] {
  const spans: Interval[] = [];
  const readings = balanceReadings(history);
  for (const [i, { at, used }] of readings.entries()) {
    const before = readings[i - 1];
    if (!before || !isSameWindow(before, readings[i]!)) continue;
    const last = spans.at(-1);
    const points = used - before.used;
    if (last?.to === before.at)
      spans[spans.length - 1] = { from: last.from, to: at, points: last.points + points };
    else spans.push({ from: before.at, to: at, points });
  }
  return spans;
}

/** Usage only falls at a reset, or at a top-up. */
const isSameWindow = (a: Reading, b: Reading): boolean =>
  Math.abs(a.resetsAt - b.resetsAt) <= SAME_RESET_MS && b.used >= a.used && b.at > a.at;

/** A slot of time and its tokens. */
type Slot = Pick<LedgerRow, 'from' | 'spanMs' | 'tokens'>;

/** Sums of slots between two times, in a step of a binary search. */
export class TokenSums {
  readonly #starts: readonly number[];
  readonly #rows: readonly Slot[];
  /** Before each row. */
  readonly #sums: readonly TokenCounts[];

  constructor(rows: readonly Slot[]) {
    this.#rows = rows.toSorted((a, b) => a.from - b.from);
    this.#starts = this.#rows.map(({ from }) => from);
    const sums: TokenCounts[] = [ZERO_TOKENS];
    for (const { tokens } of this.#rows) sums.push(plus(sums.at(-1)!, tokens));
    this.#sums = sums;
  }

  /** Of a row at an end, the part of its slot that is inside. */
  between(from: number, to: number): TokenCounts {
    return minus(this.#until(to), this.#until(from));
  }

  #until(at: number): TokenCounts {
    const end = this.#firstFrom(at);
    let sum = this.#sums[end]!;
    // Rows before `end` began before `at`; the last ones may reach beyond it.
    for (let i = end - 1; i >= 0 && at - this.#starts[i]! < HOUR_MS; i--) {
      const { from, spanMs, tokens } = this.#rows[i]!;
      const beyond = (from + spanMs - at) / spanMs;
      if (beyond > 0) sum = minus(sum, times(tokens, beyond));
    }
    return sum;
  }

  #firstFrom(at: number): number {
    let [low, high] = [0, this.#starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#starts[middle]! < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
