import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { checkExitCode } from '../../../src/core/status/checkReport.ts';
import { type QuotaState, viewQuota, type QuotaView } from '../../../src/core/quota/quotaView.ts';
import { reportOf } from '../../support/headlines.ts';
import type { Snapshot } from '../../../src/core/quota/snapshot.ts';
import {
  DATA_STATES,
  FAILURES,
  FIVE_HOURS,
  MINUTE_MS,
  NOW,
  snapshotOf,
  viewOf,
  WEEK,
} from '../../support/quotaViews.ts';

const at = NOW + MINUTE_MS;

function assertProblems(view: QuotaView, expected: readonly string[]): void {
  assert.deepEqual(reportOf(view, at).problems, expected);
}

describe('checkReport', () => {
  it('contains all known values', () => {
    const balance = { available: 5, currency: 'USD' };
    const extraUsage = { leftCents: 1, totalCents: 2 };
    const contradiction = { lowestUsedPercent: 0, highestUsedPercent: 43.7249 };
    const windows = [{ ...FIVE_HOURS, usedPercent: 43.7249, contradiction }, WEEK];
    const more = { parallelLimit: 30, plan: 'Allegro', extraUsage, balance };
    assert.deepEqual(reportOf(viewOf(snapshotOf(windows, more)), at), {
      schema: 1,
      at: '2026-09-23T02:00:00.000Z',
      origin: 'https://api.kimi.com',
      state: 'ok',
      windows: [
        {
          id: '5h',
          label: '5-hour quota',
          usedPercent: 43.72,
          remainingPercent: 56.28,
          resetsAt: '2026-09-23T04:00:00.000Z',
          contradiction: { lowest: 0, highest: 43.72 },
        },
        {
          id: 'week',
          label: 'Weekly quota',
          usedPercent: 33,
          remainingPercent: 67,
          resetsAt: '2026-09-27T02:00:00.000Z',
          contradiction: null,
        },
      ],
      binding: '5h',
      ...more,
      safeToStart: { advice: 'go', reason: 'room', agents: 30, until: null, window: null },
      problems: ['contradiction: 5h'],
    });
  });
});

describe('checkReport without numbers', () => {
  it('has null for all unknown values', () => {
    assert.deepEqual(reportOf(viewQuota({ access: 'key' }, NOW), at), {
      schema: 1,
      at: '2026-09-23T02:01:00.000Z',
      origin: 'https://api.kimi.com',
      state: 'loading',
      windows: [],
      binding: null,
      parallelLimit: null,
      plan: null,
      extraUsage: null,
      balance: null,
      safeToStart: { advice: 'unknown', reason: null, agents: null, until: null, window: null },
      problems: [],
    });
  });
});

describe('checkReport percentages', () => {
  for (const [used, usedPercent, remainingPercent] of [
    [0, 0, 100],
    [0.000001, 0.01, 99.99],
    [99.999999, 99.99, 0.01],
    [100, 100, 0],
    [1 / 3, 0.33, 99.67],
  ] as const)
    it(`rounds ${used} used to ${usedPercent}, and the two add up to 100`, () => {
      const view = viewOf(snapshotOf([{ id: '5h', usedPercent: used }]));
      const [window] = reportOf(view, at).windows;
      assert.deepEqual(
        [window?.usedPercent, window?.remainingPercent],
        [usedPercent, remainingPercent],
      );
    });

  it('has no percentage for a resetting quota', () => {
    const [window] = reportOf(viewOf(snapshotOf([{ ...FIVE_HOURS, resetsAt: NOW }])), at).windows;
    assert.deepEqual([window?.usedPercent, window?.remainingPercent], [null, null]);
    assert.equal(window?.resetsAt, '2026-09-23T02:00:00.000Z');
  });
});

describe('checkReport problems', () => {
  const words = [
    'unauthorized',
    'forbidden: quota',
    'forbidden: concurrency',
    'forbidden: membership',
    'forbidden: clientNotAccepted',
    'forbidden: accountClosed',
    'forbidden: unknown',
    'noPlan',
    'rateLimited: no Retry-After',
    'rateLimited: Retry-After 600 s',
    'gone: HTTP 404',
    'malformed: the answer is null',
    'unreachable: dns (ENOTFOUND)',
    'unreachable: refused (ECONNREFUSED)',
    'unreachable: tls (CERT_HAS_EXPIRED)',
    'unreachable: proxy (HTTP 407)',
    'unreachable: timeout',
    'unreachable: network',
    'unreachable: server (503)',
    'unreachable: redirect (evil.example)',
    'unreachable: webPage',
  ];
  for (const [index, [state, outcome]] of FAILURES.entries())
    it(`contain ${words[index]}`, () => {
      const view = viewQuota({ access: 'key', outcome }, NOW);
      assertProblems(view, [words[index]!]);
      assert.equal(reportOf(view, at).state, state);
    });

  it('name each doubtful window', () => {
    assertProblems(viewOf(snapshotOf([{ ...FIVE_HOURS, resetsAt: NOW }, { id: 'week' }])), [
      'resetting: 5h',
      'unknown: week',
    ]);
  });
});

describe('checkExitCode', () => {
  const byState: Record<string, number> = {
    ok: 0,
    low: 0,
    extraUsage: 0,
    resetting: 0,
    stale: 0,
    exhausted: 3,
    unknown: 5,
    keyRefused: 4,
    noPlan: 4,
    limited: 6,
    endpointChanged: 5,
    offline: 5,
  };
  for (const [state, view] of DATA_STATES)
    it(`is ${byState[state]} for ${state}`, () =>
      assert.equal(checkExitCode(view), byState[state]));

  const spent = { ...FIVE_HOURS, usedPercent: 100 };
  const extraUsage = { leftCents: 1, totalCents: 2 };
  const old: [fact: string, snapshot: Snapshot, ageMs: number, code: number][] = [
    ['a used-up quota', snapshotOf([spent]), 16 * MINUTE_MS, 3],
    ['a used-up quota whose reset has passed', snapshotOf([spent]), 121 * MINUTE_MS, 0],
    ['a used-up quota next to Extra Usage', snapshotOf([spent], { extraUsage }), 16 * MINUTE_MS, 0],
    ['a window with room', snapshotOf([FIVE_HOURS]), 16 * MINUTE_MS, 0],
    ['out of credit', snapshotOf([], { balance: { available: 0 } }), 16 * MINUTE_MS, 3],
    ['a balance', snapshotOf([], { balance: { available: 1 } }), 16 * MINUTE_MS, 0],
  ];
  for (const [fact, snapshot, ageMs, code] of old)
    it(`is ${code} for old numbers with ${fact}`, () => {
      const view = viewOf(snapshot, ageMs);
      assert.deepEqual([view.state, checkExitCode(view)], ['stale', code]);
    });

  it('is in docs/cli.md for every state that check --json prints', () => {
    /** `false`: only in the editor. */
    const codes: Record<QuotaState, string | false> = {
      ok: '0',
      low: '0',
      extraUsage: '0',
      resetting: '0',
      stale: '0, or 3',
      exhausted: '3',
      keyRefused: '4',
      forbidden: '3, 4 or 6',
      noPlan: '4',
      offline: '5',
      endpointChanged: '5',
      unknown: '5',
      loading: '5',
      limited: '6',
      badBaseUrl: false,
      signedOut: false,
      tokenExpired: false,
      noKeyRing: false,
    };
    const text = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8');
    const section = text.slice(
      text.indexOf('| --', text.indexOf('### States')),
      text.indexOf('`stale` gives 3'),
    );
    const rows = [...section.matchAll(/^\| `(\w+)` .*\| +(\S[^|]*?) +\|$/gm)];
    assert.deepEqual(
      Object.fromEntries(rows.map(([, state, code]) => [state, code])),
      Object.fromEntries(Object.entries(codes).filter(([, code]) => code !== false)),
    );
  });

  const forbidden: Record<string, number> = { quota: 3, concurrency: 6 };
  for (const [state, outcome] of FAILURES) {
    const code = outcome.kind === 'forbidden' ? (forbidden[outcome.reason] ?? 4) : byState[state];
    it(`is ${code} for ${JSON.stringify(outcome)}`, () =>
      assert.equal(checkExitCode(viewQuota({ access: 'key', outcome }, NOW)), code));
  }

  it('is 2 for a base URL that cannot be used, 4 without a key, 5 before an answer', () => {
    assert.equal(checkExitCode(viewQuota({ endpointProblem: 'notAUrl' }, NOW)), 2);
    assert.equal(checkExitCode(viewQuota({ access: 'none' }, NOW)), 4);
    assert.equal(checkExitCode(viewQuota({ access: 'tokenExpired' }, NOW)), 4);
    assert.equal(checkExitCode(viewQuota({ access: 'unanswered' }, NOW)), 4);
    assert.equal(checkExitCode(viewQuota({}, NOW)), 5);
  });
});
