import assert from 'node:assert/strict';
import { english } from '../../../src/core/base/format.ts';
import { type LimitsInput, limitsCard } from '../../../src/core/diagnosis/limitsCard.ts';
import { callsPerWindow, windowsPerWeek } from '../../../src/core/diagnosis/ownRanges.ts';
import type { LedgerRow } from '../../../src/core/ledger/ledger.ts';
import type { Snapshot } from '../../../src/core/quota/snapshot.ts';
import { incidentOf } from '../../support/incidents.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, NOW, snapshotOf } from '../../support/quotaViews.ts';

const locale = { language: 'en', timeZone: 'UTC', t: english };
const START = Math.floor(NOW / DAY_MS) * DAY_MS;

/** A day of readings, one every half hour, whose 5-hour quota grows `ratio` times the week's. */
function day(index: number, ratio: number, weekBefore = 0): Snapshot[] {
  const from = START + index * DAY_MS;
  return Array.from({ length: 9 }, (_, step) =>
    snapshotOf(
      [
        { id: '5h', usedPercent: step * ratio, resetsAt: from + 5 * HOUR_MS },
        { id: 'week', usedPercent: weekBefore + step, resetsAt: START + 7 * DAY_MS },
      ],
      { at: from + step * 30 * MINUTE_MS },
    ),
  );
}

const row = (index: number, answers: number): LedgerRow => ({
  from: START + index * DAY_MS,
  spanMs: HOUR_MS,
  account: 'kimi-code',
  agent: 'kimi-code',
  isSubagent: false,
  answers,
  failures: 0,
  retries: 0,
  tokens: { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 },
});

describe('limits card', () => {
  it('says how many 5-hour quotas a week holds, as a range over days', () => {
    assert.deepEqual(windowsPerWeek([...day(0, 6), ...day(1, 9, 8)]), { low: 6, high: 9, days: 2 });
  });

  it('says nothing after one day, after little use, or across a reset', () => {
    assert.equal(windowsPerWeek(day(0, 6)), undefined);
    assert.equal(windowsPerWeek([...day(0, 0.1), ...day(1, 0.1, 8)]), undefined);
    const [first, , last] = day(0, 10);
    const reset = { ...last!, windows: [{ id: '5h', usedPercent: 60, resetsAt: START + DAY_MS }] };
    assert.equal(windowsPerWeek([first!, reset, first!, reset]), undefined);
  });

  it("says how many requests of the user's size use up a 5-hour quota", () => {
    const history = [...day(0, 10), ...day(1, 5, 8)];
    // 240 requests used 80 %, then 200 used 40 %.
    assert.deepEqual(callsPerWindow(history, [row(0, 240), row(1, 200)]), {
      low: 300,
      high: 500,
      days: 2,
    });
    assert.equal(callsPerWindow(history, []), undefined);
  });

  const card = (more: Partial<LimitsInput>) =>
    limitsCard({
      ...{ account: 'kimiCode', history: [], incidents: [], activity: {}, now: NOW, locale },
      ...more,
    }).rows;
  const error = (category: 'tpd' | 'rpm' | 'concurrency', fields: object, to = NOW) =>
    incidentOf(category, { provider: 'open-platform', category, fields, to });

  it('takes each limit from its newest source, with scope, date and use', () => {
    const rows = card({
      history: [snapshotOf([], { parallelLimit: 20, at: NOW - DAY_MS })],
      incidents: [
        error('tpd', { limit: 1_000, current: 1 }, NOW - DAY_MS),
        error('tpd', { limit: 1_500_000, current: 1_526_210, scope: 'organization' }),
        error('rpm', { limit: 3, gateway: 'LiteLLM' }),
      ],
      activity: { inFlight: { at: NOW, total: 3, byAgent: [] } },
    });
    assert.deepEqual(
      rows.map(({ name, limit, used }) => [name, limit, used]),
      [
        ['Parallel requests', '20', 'at least 3 now'],
        ['Tokens per day (TPD)', '1,500,000', '1,526,210 then'],
      ],
    );
    assert.match(rows[1]!.source, /^error text of .+, for the organization$/);
    assert.deepEqual(
      card({ incidents: [error('concurrency', { limit: 1 })] }).map(({ id, limit }) => [id, limit]),
      [['parallel', '1']],
    );
  });

  const known = {
    askedAt: NOW - DAY_MS,
    plan: { limits: { concurrency: 50, rpm: 200, tpm: 2_000_000, tier: 1 } },
  };

  it('has what Kimi named, unless a newer error text names another number', () => {
    const of = (more: Partial<LimitsInput>) =>
      card({ account: 'moonshot.ai', known, ...more }).map(({ id, limit }) => `${id} ${limit}`);
    const named = ['tier 1', 'parallel 50', 'rpm 200', 'tpm 2,000,000'];
    assert.deepEqual(of({}), named);
    const old = error('rpm', { limit: 3 }, NOW - 2 * DAY_MS);
    assert.deepEqual(of({ incidents: [old] }), named);
    assert.deepEqual(of({ incidents: [error('rpm', { limit: 500 })] }), [
      ...['tier 1', 'parallel 50', 'rpm 500', 'tpm 2,000,000'],
    ]);
    assert.deepEqual(of({ known: { askedAt: NOW, plan: undefined } }), []);
    assert.match(card({ account: 'moonshot.ai', known })[0]!.source, /^Kimi, /);
  });

  it('has what agents here use right now next to each rate, of this account only', () => {
    const slot = (ageMs: number, account: string, answers: number): LedgerRow => ({
      ...row(0, answers),
      ...{ from: NOW - ageMs, spanMs: 5 * MINUTE_MS, account, failures: 1 },
      tokens: { input: 10_000, cacheRead: 100_000, cacheWrite: 0, output: 1_000 },
    });
    const ledger = [
      slot(25 * HOUR_MS, 'open-platform', 900),
      slot(20 * HOUR_MS, 'open-platform moonshot.ai', 100),
      slot(8 * MINUTE_MS, 'open-platform', 5),
      slot(3 * MINUTE_MS, 'open-platform', 7),
      ...[slot(MINUTE_MS, 'open-platform moonshot.cn', 70), slot(MINUTE_MS, 'kimi-code', 80)],
    ];
    const incidents = [error('tpd', { limit: 1_500_000, current: 1_526_210 })];
    const used = (account: 'moonshot.ai' | 'moonshot.cn', rows: readonly LedgerRow[]) =>
      Object.fromEntries(
        card({ account, known, incidents, ledger: rows }).map(it => [it.id, it.used]),
      );
    const { rpm, tpm, tpd } = used('moonshot.ai', ledger);
    assert.match(rpm ?? '', /^at least 14 since /);
    assert.match(tpm ?? '', /^at least 222,000 since /);
    assert.equal(tpd, 'at least 333,000 in 24 h');
    assert.match(used('moonshot.cn', ledger)['rpm'] ?? '', /^at least 71 since /);
    const none = used('moonshot.ai', []);
    assert.deepEqual([none['rpm'], none['tpd']], ['', '1,526,210 then']);
    const early = used('moonshot.ai', [slot(2 * HOUR_MS, 'open-platform', 4)]);
    assert.match(early['rpm'] ?? '', /^at least 0 since /);
  });
});
