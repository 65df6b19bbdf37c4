import assert from 'node:assert/strict';
import { largeSessions } from '../../../src/core/ledger/largeSessions.ts';
import { simulateLedger } from '../../support/ledgerSimulator.ts';

/** A week of an account, where each agent works in one session. */
function simulated(seed: number) {
  const { history, rows, truth } = simulateLedger({ seed, days: 24.6, windowId: 'week' });
  const own = rows.map(row => ({ ...row, session: `of ${row.agent}` }));
  const now = history.at(-1)!.at;
  const archive = {
    get: async () => undefined,
    readLatest: async () => history.slice(-1),
    readHistory: async () => history,
    ledgerRows: async ({ from, to }: { from: number; to: number }) =>
      own.filter(row => row.from >= from && row.from < to),
  };
  return { find: (percent: number) => largeSessions(archive, { now, percent }), truth };
}

describe('largeSessions', () => {
  it('has the sessions that took the share for certain, the largest first', async () => {
    const counts = { found: 0, far: 0, missed: 0 };
    for (let seed = 1; seed <= 12; seed++) {
      const { find, truth } = simulated(seed);
      for (const percent of [5, 15, 30]) {
        const found = await find(percent);
        assert.deepEqual(
          found.map(one => one.percent),
          found.map(one => one.percent).toSorted((a, b) => b - a),
        );
        for (const { session, agent, windowId } of found) {
          assert.deepEqual([session, windowId], [`of ${agent}`, 'week']);
          counts.found++;
          if ((truth.byAgent.get(agent) ?? 0) < percent - 2) counts.far++;
        }
        const agents = new Set(found.map(({ agent }) => agent));
        for (const [agent, points] of truth.byAgent)
          if (points > 1.6 * percent && !agents.has(agent)) counts.missed++;
      }
    }
    assert.ok(counts.found >= 20, `${counts.found} found`);
    assert.deepEqual({ far: counts.far, missed: counts.missed }, { far: 0, missed: 0 });
  });

  it('has none where nobody took as much', async () =>
    assert.deepEqual(await simulated(1).find(100), []));
});
