import { TokenSums } from '../../src/core/ledger/intervals.ts';
import { CLASSES } from '../../src/core/ledger/prices.ts';
import { pointsOf, type Reconciliation, reconcile } from '../../src/core/ledger/reconcile.ts';
import { type LedgerScenario, type SimulatedLedger, simulateLedger } from './ledgerSimulator.ts';

/** A share is right if it is at most so many points off. */
const NEAR_POINTS = 5;
/** A price, if it is at most this part off. */
const NEAR_PRICE = 0.2;

/** What was found in simulated accounts. */
export interface LedgerGrades {
  readonly unknown: number;
  readonly shares: Tally;
  readonly prices: Readonly<Record<(typeof CLASSES)[number], Tally>>;
  readonly falseAlarms: Tally;
  readonly foreignFound: Tally;
  readonly driftFound: Tally;
  readonly falseDrift: Tally;
}

/** How often of how often. */
interface Tally {
  count: number;
  of: number;
}

/** An account of 6 to 16 days, the end at another hour each time. */
const honest = (seed: number): LedgerScenario => ({
  seed,
  days: 6 + (seed % 10) + 0.55 + (0.3 * ((seed * 7) % 10)) / 10,
});

/** Grades the reconciliation of so many accounts: honest ones, shared ones, and ones with a new price. */
export function gradeLedger(count: number): LedgerGrades {
  const tally = (): Tally => ({ count: 0, of: 0 });
  const prices = Object.fromEntries(CLASSES.map(name => [name, tally()]));
  const grades = {
    unknown: 0,
    shares: tally(),
    prices: prices as LedgerGrades['prices'],
    falseAlarms: tally(),
    foreignFound: tally(),
    driftFound: tally(),
    falseDrift: tally(),
  };
  for (let seed = 1; seed <= count; seed++) {
    gradeHonest(honest(seed), grades);
    gradeForeign(seed, grades);
    const changed = reconciled({ seed: seed + 90_000, days: 28, change: { day: 21, factor: 1.3 } });
    note(grades.driftFound, changed.found?.drift !== undefined);
  }
  return grades;
}

function reconciled(scenario: LedgerScenario): { ledger: SimulatedLedger; found?: Reconciliation } {
  const ledger = simulateLedger(scenario);
  const found = reconcile({ history: ledger.history, rows: ledger.rows, windowId: '5h' });
  return { ledger, ...(found ? { found } : {}) };
}

function gradeHonest(scenario: LedgerScenario, grades: LedgerGrades & { unknown: number }): void {
  const { ledger, found } = reconciled(scenario);
  if (!found?.prices) {
    grades.unknown++;
    return;
  }
  note(grades.falseAlarms, found.unexplained !== undefined);
  note(grades.falseDrift, found.drift !== undefined);
  for (const [agent, points] of ledger.truth.byAgent) {
    const own = new TokenSums(ledger.rows.filter(row => row.agent === agent));
    const share = pointsOf(own.between(found.from, found.to), found);
    note(grades.shares, Math.abs((share?.points ?? NaN) - points) <= NEAR_POINTS);
  }
  for (const name of CLASSES) {
    const ratio = found.prices.perMillion[name] / ledger.perMillion[name];
    note(grades.prices[name], Math.abs(ratio - 1) <= NEAR_PRICE);
  }
}

function gradeForeign(seed: number, grades: LedgerGrades): void {
  const { days } = honest(seed);
  const foreign = { fromDay: Math.floor(days) + 0.35, share: 1.2 + 0.08 * (seed % 10) };
  const { ledger, found } = reconciled({ seed: seed + 50_000, days, foreign });
  if (ledger.truth.foreign >= 10) note(grades.foreignFound, found?.unexplained !== undefined);
}

function note(tally: Tally, isCounted: boolean): void {
  tally.of++;
  if (isCounted) tally.count++;
}
