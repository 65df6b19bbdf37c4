import assert from 'node:assert/strict';
import { intervalsOf, TokenSums } from '../../../src/core/ledger/intervals.ts';
import type { LedgerRow } from '../../../src/core/ledger/ledger.ts';
import { sum } from '../../../src/core/ledger/linear.ts';
import { fitPrices } from '../../../src/core/ledger/prices.ts';
import { reconcile } from '../../../src/core/ledger/reconcile.ts';
import type { Snapshot } from '../../../src/core/quota/snapshot.ts';
import { gradeLedger, type LedgerGrades } from '../../support/ledgerGrade.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START = Date.UTC(2026, 10, 2, 9);

const reading = (minutes: number, usedPercent: number): Snapshot => ({
  kind: 'snapshot',
  at: START + minutes * MINUTE_MS,
  origin: 'https://api.kimi.com',
  clockSkewMs: 0,
  windows: [{ id: '5h', usedPercent, resetsAt: START + 5 * HOUR_MS }],
});

const row = (minutes: number, input: number): LedgerRow => ({
  from: START + minutes * MINUTE_MS,
  spanMs: 5 * MINUTE_MS,
  agent: 'codex',
  isSubagent: false,
  answers: 1,
  failures: 0,
  retries: 0,
  tokens: { input, cacheRead: 0, cacheWrite: 0, output: 0 },
});

describe('reconcile: simulated accounts (more of them: npm run eval:ledger)', function () {
  let grades: LedgerGrades;
  /** In percent, of all kinds of accounts. */
  const rate = (name: RegExp): number => {
    const found = [...grades].flatMap(([id, tally]) => (name.test(id) ? [tally] : []));
    const [count, of] = [found.map(one => one.count), found.map(one => one.of)].map(sum);
    return (100 * count!) / of!;
  };
  const atLeast = (name: RegExp, percent: number): void =>
    assert.ok(rate(name) >= percent, `${rate(name)} %`);

  before(() => {
    grades = gradeLedger(12);
  });

  it('gives nineteen of twenty shares of agents to within 5 points', () =>
    atLeast(/share of an agent/, 95));
  it('raises no false alarm', () => assert.equal(rate(/false alarm/), 0));
  it('finds nineteen of twenty uses by others of at least 10 points', () =>
    atLeast(/use by others found/, 95));
  it('finds a price that changed by 30 % within a week', () => atLeast(/within a week/, 95));
  it('finds no change of price where there is none', () =>
    assert.equal(rate(/where there is none/), 0));
  it('finds the price of a model relative to another to within 20 %', () =>
    atLeast(/price of a model/, 90));
  it('names nine of ten prices of a class to within 20 %', () =>
    atLeast(/price of \w+, where named/, 90));
  it('finds the price of input to within 20 %', () => atLeast(/^5h.*price of input, of all/, 95));
});

describe('reconcile', () => {
  it('claims no price after a few intervals', () => {
    const history = [reading(0, 0), reading(60, 10), reading(120, 20)];
    const rows = [row(5, 1e6), row(70, 1e6)];
    assert.equal(reconcile({ history, rows, windowId: '5h' })?.prices, undefined);
  });

  it('claims no price when tokens and usage have nothing to do with each other', () => {
    const tokens = (input: number) => ({ input, cacheRead: 0, cacheWrite: 0, output: 0 });
    const intervals = Array.from({ length: 20 }, (_, i) => ({
      from: i * HOUR_MS,
      to: (i + 1) * HOUR_MS,
      points: i % 2 === 0 ? 12 : 0,
      tokens: tokens(i % 2 === 0 ? 1000 : 5e6),
    }));
    assert.equal(fitPrices(intervals), undefined);
  });

  it('names what went while no agent ran, even without prices', () => {
    const history = [reading(0, 10), reading(60, 10), reading(120, 16), reading(180, 21)];
    const found = reconcile({ history, rows: [], windowId: '5h' });
    const part = { points: 11, from: START + 60 * MINUTE_MS, to: START + 180 * MINUTE_MS };
    assert.deepEqual(found?.unexplained, { ...part, parts: [part] });
  });

  it('does not blame others for what an agent used some minutes earlier', () => {
    const history = [reading(0, 10), reading(60, 22)];
    assert.equal(
      reconcile({ history, rows: [row(-5, 4e6)], windowId: '5h' })?.unexplained,
      undefined,
    );
  });

  it('knows nothing of a window that was never read', () =>
    assert.equal(reconcile({ history: [reading(0, 1)], rows: [], windowId: 'week' }), undefined));
});

describe('intervalsOf', () => {
  it('ends at a reset, at 5 points and after an hour', () => {
    const after: Snapshot = {
      ...reading(310, 2),
      windows: [{ id: '5h', usedPercent: 2, resetsAt: START + 10 * HOUR_MS }],
    };
    const history = [reading(0, 0), reading(5, 12), reading(10, 13), reading(70, 14), after];
    assert.deepEqual(
      intervalsOf(history, '5h').map(({ from, to, points }) => [
        (from - START) / MINUTE_MS,
        (to - START) / MINUTE_MS,
        points,
      ]),
      [
        [0, 5, 12],
        [5, 70, 2],
      ],
    );
  });
});

describe('TokenSums', () => {
  it('takes the part of a slot that is inside', () => {
    const sums = new TokenSums([row(0, 100), row(5, 300)]);
    const between = (from: number, to: number) =>
      sums.between(START + from * MINUTE_MS, START + to * MINUTE_MS).input;
    assert.deepEqual(
      [between(0, 10), between(0, 5), between(2.5, 5), between(4, 6), between(10, 20)],
      [400, 100, 50, 80, 0],
    );
  });
});
