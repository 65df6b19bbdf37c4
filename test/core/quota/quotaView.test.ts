import assert from 'node:assert/strict';
import {
  STALE_AFTER_MS,
  viewQuota,
  type QuotaState,
  type QuotaStatus,
} from '../../../src/core/quota/quotaView.ts';
import type { ExtraUsage, Snapshot } from '../../../src/core/quota/snapshot.ts';
import {
  DAY_MS,
  DATA_STATES,
  FAILURES,
  FIVE_HOURS,
  HOUR_MS,
  MINUTE_MS,
  MONTH,
  NOW,
  snapshotOf,
  viewOf,
  WEEK,
} from '../../support/quotaViews.ts';

const snapshot = snapshotOf([FIVE_HOURS, WEEK]);

function assertState(status: QuotaStatus, expected: QuotaState, ageMs = 0): void {
  assert.equal(viewQuota(status, NOW + ageMs).state, expected);
}

const fresh = (some: Snapshot): QuotaStatus => ({
  access: 'key',
  snapshot: some,
  outcome: { kind: 'fresh', snapshot: some },
});

describe('viewQuota: states from numbers', () => {
  for (const [state, view] of DATA_STATES) it(`is ${state}`, () => assert.equal(view.state, state));

  const left = (percent: number): Snapshot =>
    snapshotOf([{ ...FIVE_HOURS, usedPercent: 100 - percent }, WEEK]);
  const cases: [fact: string, status: QuotaStatus, expected: QuotaState][] = [
    ['ok at 20.1 left', fresh(left(20.1)), 'ok'],
    ['low at 20 left', fresh(left(20)), 'low'],
    ['low, not exhausted, at a sliver', fresh(left(0.000001)), 'low'],
    ['exhausted at 0', fresh(left(0)), 'exhausted'],
    ['ok where one window is unknown', fresh(snapshotOf([FIVE_HOURS, { id: 'week' }])), 'ok'],
    ['loading before the key store was read', {}, 'loading'],
    ['loading before the first response', { access: 'key' }, 'loading'],
    ['signedOut without a key', { access: 'none' }, 'signedOut'],
    ['signedOut whatever is stored', { ...fresh(snapshot), access: 'none' }, 'signedOut'],
    ['noKeyRing when the key ring does not respond', { access: 'unanswered' }, 'noKeyRing'],
    ['tokenExpired when a sign-in has expired', { access: 'tokenExpired' }, 'tokenExpired'],
    [
      'tokenExpired whatever the last answer was',
      { ...fresh(snapshot), outcome: { kind: 'unauthorized' }, access: 'tokenExpired' },
      'tokenExpired',
    ],
    [
      'badBaseUrl before all else',
      { ...fresh(snapshot), access: 'none', endpointProblem: 'notHttps' },
      'badBaseUrl',
    ],
  ];
  for (const [fact, status, expected] of cases)
    it(`is ${fact}`, () => assertState(status, expected));
});

describe('viewQuota: failures', () => {
  for (const [state, outcome] of FAILURES)
    it(`is ${state} after ${JSON.stringify(outcome)}, with or without old numbers`, () => {
      assertState({ access: 'key', outcome }, state);
      const view = viewQuota({ access: 'key', snapshot, outcome }, NOW + MINUTE_MS);
      assert.equal(view.state, state);
      assert.equal(view.isOld, true);
      assert.equal(view.ageMs, MINUTE_MS);
    });

  it('drops the state of a removed key, or of a host that is not used', () => {
    for (const more of [{ access: 'none' as const }, { endpointProblem: 'notHttps' as const }]) {
      const view = viewOf(snapshot, 0, more);
      assert.deepEqual([view.windows, view.snapshot, view.ageMs], [[], undefined, undefined]);
    }
  });
});

describe('viewQuota: reset times', () => {
  const remaining = (ageMs: number, clockSkewMs = 0): (number | undefined)[] =>
    viewOf(snapshotOf([FIVE_HOURS, WEEK], { clockSkewMs }), ageMs).windows.map(
      window => window.remainingPercent,
    );

  it('counts down to the reset', () => {
    const { windows } = viewOf(snapshot, 5 * MINUTE_MS);
    assert.equal(windows[0]?.resetsInMs, 2 * HOUR_MS - 5 * MINUTE_MS);
  });

  it('is resetting from the reset on, never 0 left', () => {
    const spent = snapshotOf([{ ...FIVE_HOURS, usedPercent: 100, resetsAt: NOW + MINUTE_MS }]);
    assert.equal(viewOf(spent, MINUTE_MS - 1).state, 'exhausted');
    const view = viewOf(spent, MINUTE_MS);
    assert.equal(view.state, 'resetting');
    assert.equal(view.windows[0]?.remainingPercent, undefined);
    assert.equal(view.windows[0]?.resetsInMs, 0);
    assert.equal(view.binding, undefined);
  });

  for (const skew of [-DAY_MS, -HOUR_MS, HOUR_MS, DAY_MS])
    it(`keeps the countdown with a clock that is wrong by ${skew / HOUR_MS} h`, () => {
      const resetsAt = NOW + skew + 2 * HOUR_MS;
      const skewed = snapshotOf([{ ...FIVE_HOURS, resetsAt }], { clockSkewMs: skew });
      assert.equal(viewOf(skewed).windows[0]?.resetsInMs, 2 * HOUR_MS);
      assert.equal(viewOf(skewed).windows[0]?.remainingPercent, 84);
    });

  it('resets by the server clock', () => {
    assert.deepEqual(remaining(0), [84, 67]);
    assert.deepEqual(remaining(0, 2 * HOUR_MS), [undefined, 67]);
  });

  it('is exhausted by the weekly quota while the 5-hour quota is resetting', () => {
    const view = viewOf(
      snapshotOf([
        { ...FIVE_HOURS, resetsAt: NOW },
        { ...WEEK, usedPercent: 100 },
      ]),
    );
    assert.equal(view.state, 'exhausted');
    assert.equal(view.binding?.id, 'week');
  });
});

describe('viewQuota: age', () => {
  it('is stale after 15 minutes, not at 15 minutes', () => {
    assertState(fresh(snapshot), 'ok', STALE_AFTER_MS);
    assertState(fresh(snapshot), 'stale', STALE_AFTER_MS + 1);
    assert.equal(viewOf(snapshot, STALE_AFTER_MS).isOld, false);
    assert.equal(viewOf(snapshot, STALE_AFTER_MS + 1).isOld, true);
  });
  it('is stale rather than resetting or exhausted when old', () => {
    assertState(fresh(snapshotOf([{ ...WEEK, usedPercent: 100 }])), 'stale', DAY_MS);
    assertState(fresh(snapshot), 'stale', 3 * HOUR_MS);
  });
  it('is 0 when the clock was set back', () => assert.equal(viewOf(snapshot, -HOUR_MS).ageMs, 0));
  it('has no value for a missing number', () => {
    assert.equal(viewQuota({ access: 'key', outcome: { kind: 'unauthorized' } }, NOW).isOld, false);
  });
});

describe('viewQuota: money', () => {
  const spent = [FIVE_HOURS, { ...WEEK, usedPercent: 100 }];
  const wallets: [fact: string, extraUsage: ExtraUsage, expected: QuotaState][] = [
    ['some left', { leftCents: 1, totalCents: 2000 }, 'extraUsage'],
    ['none left', { leftCents: 0, totalCents: 2000 }, 'exhausted'],
    [
      'the cap not reached',
      { leftCents: 1, totalCents: 2, monthlyCapCents: 50, monthlyUsedCents: 49 },
      'extraUsage',
    ],
    [
      'the cap reached',
      { leftCents: 1, totalCents: 2, monthlyCapCents: 50, monthlyUsedCents: 50 },
      'exhausted',
    ],
  ];
  for (const [fact, extraUsage, expected] of wallets)
    it(`is ${expected} with a used-up weekly quota and Extra Usage: ${fact}`, () =>
      assertState(fresh(snapshotOf(spent, { extraUsage })), expected));

  it('is ok with Extra Usage while there is room', () => {
    const extraUsage = { leftCents: 1, totalCents: 2 };
    assertState(fresh(snapshotOf([FIVE_HOURS], { extraUsage })), 'ok');
  });

  for (const [available, expected] of [
    [49.58, 'ok'],
    [0.01, 'ok'],
    [0, 'exhausted'],
    [-3, 'exhausted'],
  ] as const)
    it(`is ${expected} with a balance of ${available}`, () =>
      assertState(fresh(snapshotOf([], { balance: { available } })), expected));
});

it("viewQuota keeps Kimi's data about a quota", () => {
  const contradiction = { lowestUsedPercent: 0, highestUsedPercent: 19 };
  const window = { ...MONTH, contradiction, codeUsedPercent: 12 };
  const [view] = viewOf(snapshotOf([window])).windows;
  assert.deepEqual(view, {
    ...window,
    isResetting: false,
    remainingPercent: 81,
    resetsInMs: 20 * DAY_MS,
  });
});
