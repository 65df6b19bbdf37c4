import { TokenSums } from '../../src/core/ledger/intervals.ts';
import { factorOf, weighed } from '../../src/core/ledger/ledgerFit.ts';
import { CLASSES, isKnown } from '../../src/core/ledger/prices.ts';
import { pointsOf, type Reconciliation, reconcile } from '../../src/core/ledger/reconcile.ts';
import { times } from '../../src/core/ledger/tokens.ts';
import type { TokenCounts } from '../../src/core/ledger/ledger.ts';
import { FIT_MS } from '../../src/core/ledger/whereItWent.ts';
import { RETENTION, type Snapshot } from '../../src/core/quota/snapshot.ts';
import {
  type LedgerScenario,
  SIMULATED_MODELS,
  type SimulatedLedger,
  simulateLedger,
} from './ledgerSimulator.ts';

/** A share is right if it is at most so many points off. */
const NEAR_POINTS = 5;
/** A price, if it is at most this part off. */
const NEAR_PRICE = 0.2;
/** Intervals after which prices are graded. */
const ENOUGH_INTERVALS = 20;
/** Use by others that must be found. */
const FOREIGN_POINTS = 10;

/** How often of how often, by question. */
export type LedgerGrades = ReadonlyMap<string, Tally>;

interface Tally {
  count: number;
  of: number;
}

/** The end at another hour each time. */
const dayOf = (seed: number, days: number): number => days + 0.55 + (0.3 * ((seed * 7) % 10)) / 10;

/** Honest accounts: all that was used is in the logs. */
const HONEST: Readonly<Record<string, (seed: number) => LedgerScenario>> = {
  '5h': seed => ({ seed, days: dayOf(seed, 6 + (seed % 10)) }),
  '5h, half of the days not read': seed => ({
    ...{ seed: seed + 10_000, days: dayOf(seed, 12 + (seed % 10)) },
    openDays: 0.5,
  }),
  '5h, two models': seed => ({
    ...{ seed: seed + 20_000, days: dayOf(seed, 10 + (seed % 10)) },
    modelFactor: 0.5 * 6 ** ((seed % 11) / 10),
  }),
  week: seed => ({
    ...{ seed: seed + 30_000, days: dayOf(seed, 22 + (seed % 9)) },
    windowId: 'week',
  }),
  month: seed => ({
    ...{ seed: seed + 40_000, days: dayOf(seed, 31 + (seed % 26)) },
    windowId: 'month',
  }),
};

/** Accounts that somebody else uses at the end. */
const SHARED: Readonly<Record<string, (seed: number) => LedgerScenario>> = {
  '5h': seed => {
    const days = dayOf(seed, 6 + (seed % 10));
    const foreign = { fromDay: Math.floor(days) + 0.35, share: 1.2 + 0.08 * (seed % 10) };
    return { seed: seed + 50_000, days, foreign };
  },
  '5h, a second machine now and then before': seed => {
    const days = dayOf(seed, 12 + (seed % 5));
    const foreign = { fromDay: 2, share: 1.6, hours: Infinity, everyDays: 3 };
    return { seed: seed + 60_000, days: days - (Math.floor(days - 2) % 3), foreign };
  },
  week: seed => {
    const days = dayOf(seed, 22 + (seed % 6));
    const foreign = { fromDay: Math.floor(days) - 1, share: 1.5 };
    return { seed: seed + 70_000, days, windowId: 'week', foreign };
  },
};

/** Grades the reconciliation of so many accounts of each kind. */
export function gradeLedger(count: number, kinds = /(?:)/): LedgerGrades {
  const grades = new Map<string, Tally>();
  const note = (name: string, isCounted: boolean): void => {
    const tally = grades.get(name) ?? { count: 0, of: 0 };
    grades.set(name, { count: tally.count + (isCounted ? 1 : 0), of: tally.of + 1 });
  };
  for (const [kind, scenario] of Object.entries(HONEST))
    for (let seed = 1; seed <= count && kinds.test(kind); seed++)
      gradeHonest(scenario(seed), (name, is) => note(`${kind}: ${name}`, is));
  for (const [kind, scenario] of Object.entries(SHARED))
    for (let seed = 1; seed <= count && kinds.test(kind); seed++) {
      const { ledger, found } = reconciled(scenario(seed));
      if (ledger.truth.foreign >= FOREIGN_POINTS)
        note(`${kind}: use by others found`, found?.unexplained !== undefined);
    }
  for (let seed = 1; seed <= count && kinds.test('change'); seed++) gradeChange(seed, note);
  return grades;
}

function gradeChange(seed: number, note: (name: string, isCounted: boolean) => void): void {
  const factor = seed % 2 === 0 ? 1.3 : 0.7;
  const days = 28 + dayOf(seed, 0);
  const { found } = reconciled({ seed: seed + 90_000, days, change: { day: 21, factor } });
  note('change of 30 %: found within a week', found?.drift !== undefined);
  note('change of 30 %: false alarm', found?.unexplained !== undefined);
}

function reconciled(scenario: LedgerScenario): { ledger: SimulatedLedger; found?: Reconciliation } {
  const ledger = simulateLedger(scenario);
  const since = (ledger.history.at(-1)?.at ?? 0) - FIT_MS;
  const history = asKept(ledger.history).filter(({ at }) => at >= since);
  const rows = ledger.rows.filter(({ from }) => from >= since);
  const found = reconcile({ history, rows, windowId: scenario.windowId ?? '5h' });
  return { ledger, ...(found ? { found } : {}) };
}

/** After 7 days the archive keeps the last reading of each hour. */
function asKept(history: readonly Snapshot[]): readonly Snapshot[] {
  const { fullDetailMs, thinnedSpanMs } = RETENTION;
  const detailedFrom = (history.at(-1)?.at ?? 0) - fullDetailMs;
  const hourOf = ({ at }: Snapshot): number => Math.floor(at / thinnedSpanMs);
  return history.filter((one, i) => {
    const next = history[i + 1];
    return one.at >= detailedFrom || !next || hourOf(next) !== hourOf(one);
  });
}

function gradeHonest(
  scenario: LedgerScenario,
  note: (name: string, isCounted: boolean) => void,
): void {
  const { ledger, found } = reconciled(scenario);
  note('no prices yet', found?.prices === undefined);
  note('false alarm', found?.unexplained !== undefined);
  note('change of price where there is none', found?.drift !== undefined);
  if (!found?.prices) return;
  for (const [agent, points] of ledger.truth.byAgent) {
    const rows = ledger.rows.filter(row => row.agent === agent);
    const own = new TokenSums(weighed(rows, found.models));
    const share = pointsOf(own.between(found.from, found.to), found);
    note('share of an agent', Math.abs((share?.points ?? NaN) - points) <= NEAR_POINTS);
  }
  const [first, second] = SIMULATED_MODELS.map(model => factorOf(model, found.models));
  const { modelFactor = second! } = scenario;
  // Prices are those of the model that was used most, if it costs the usual number of times as much.
  const isSecond = found.models.some(({ model }) => model === SIMULATED_MODELS[0]);
  if (found.prices.count >= ENOUGH_INTERVALS)
    gradePrices(times(ledger.perMillion, isSecond ? modelFactor / second! : 1), found, note);
  if (scenario.modelFactor === undefined) return;
  note('price of a model', isNear(second! / first!, scenario.modelFactor));
}

const isNear = (found: number, truth: number): boolean => Math.abs(found / truth - 1) <= NEAR_PRICE;

function gradePrices(
  truth: TokenCounts,
  { prices }: Reconciliation,
  note: (name: string, isCounted: boolean) => void,
): void {
  for (const name of CLASSES) {
    const isRight = isNear(prices!.perMillion[name], truth[name]);
    note(`price of ${name}, of all`, isRight);
    if (isKnown(prices!, name)) note(`price of ${name}, where named`, isRight);
  }
}
