import assert from 'node:assert/strict';
import { withOthers } from '../../../src/core/ledger/otherUse.ts';
import type { Reconciliation } from '../../../src/core/ledger/reconcile.ts';
import { teamOf } from '../../support/team.ts';

const parts = [
  { from: 0, to: 10, points: 15 },
  { from: 10, to: 20, points: 5 },
];
const FOUND: Reconciliation = {
  models: [],
  windowId: '5h',
  from: 0,
  to: 100,
  used: 30,
  explained: { points: 10, low: 9, high: 11 },
  unexplained: { points: 20, from: 0, to: 20, parts },
};
const OWN_COST = 1_000_000;

const reporting = (...costs: [machine: string, cost: number][]) =>
  teamOf(
    costs.map(([machine, cost]) => ({
      machine,
      inFlight: 0,
      costs: [
        { windowId: '5h', cost },
        { windowId: 'week', cost: 9e9 },
      ],
    })),
  );

describe('usage that other machines reported', () => {
  it('is theirs, at the price that tokens have here', () => {
    const { found, machines } = withOthers(FOUND, OWN_COST, reporting(['ci-box', 1_800_000]));
    assert.deepEqual(machines, [{ machine: 'ci-box', points: 18 }]);
    assert.equal(found.unexplained, undefined);
  });

  it('leaves the rest unexplained, in its pieces', () => {
    const { found, machines } = withOthers(FOUND, OWN_COST, reporting(['ci-box', 500_000]));
    assert.deepEqual(machines, [{ machine: 'ci-box', points: 5 }]);
    assert.deepEqual(found.unexplained, {
      points: 15,
      from: 0,
      to: 20,
      parts: [
        { from: 0, to: 10, points: 11.25 },
        { from: 10, to: 20, points: 3.75 },
      ],
    });
  });

  it('is never more than what this machine did not use', () => {
    const { machines } = withOthers(FOUND, OWN_COST, reporting(['a', 8e6], ['b', 2e6]));
    assert.deepEqual(machines, [
      { machine: 'a', points: 16 },
      { machine: 'b', points: 4 },
    ]);
  });

  it('is shared by tokens where nothing was used here', () => {
    const { explained: _, ...quiet } = FOUND;
    const { found, machines } = withOthers(quiet, 0, reporting(['a', 3000], ['b', 1000]));
    assert.deepEqual(machines, [
      { machine: 'a', points: 15 },
      { machine: 'b', points: 5 },
    ]);
    assert.equal(found.unexplained, undefined);
  });

  it('remains as it was without a team, and with one that used nothing', () => {
    for (const others of [undefined, reporting(), reporting(['ci-box', 0])])
      assert.deepEqual(withOthers(FOUND, OWN_COST, others), { found: FOUND, machines: [] });
  });
});
