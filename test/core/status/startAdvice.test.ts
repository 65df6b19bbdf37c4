import assert from 'node:assert/strict';
import { adviceFor, type AdviceParts, failingNow } from '../../support/headlines.ts';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import type { QuotaView } from '../../../src/core/quota/quotaView.ts';
import { HOUR_MS, MINUTE_MS, NOW, snapshotOf, viewOf, WEEK } from '../../support/quotaViews.ts';

const used = (usedPercent: number, resetsInMs = 2 * HOUR_MS, more = {}): QuotaView =>
  viewOf(snapshotOf([{ id: '5h', usedPercent, resetsAt: NOW + resetsInMs }, WEEK], more));
const running = (inFlight: number): AdviceParts => ({ inFlight });
const failing = (waitMs: number): AdviceParts => ({
  incidents: [failingNow({ retry: 'at', retryAt: NOW + waitMs })],
});

/** Literal numbers on both sides of every limit: a constant that moves fails here. */
describe('Boundaries: safe to start', () => {
  const SOON = 30 * MINUTE_MS;
  const limited = { parallelLimit: 10 };
  const cases: readonly (readonly [
    fact: string,
    AdviceParts & { view: QuotaView },
    expected: unknown,
  ])[] = [
    [
      'a low window resets in 30 minutes',
      { view: used(84, SOON) },
      ['wait', 'lowWindow', NOW + SOON],
    ],
    ['a low window resets later', { view: used(84, SOON + 1) }, ['fewer', 'lowWindow', 3]],
    [
      'a low window resets at an unknown time',
      { view: viewOf(snapshotOf([{ id: '5h', usedPercent: 84 }])) },
      ['fewer', 'lowWindow', 3],
    ],
    ['20% are left', { view: used(80) }, ['fewer', 'lowWindow', 4]],
    ['more than 20% are left', { view: used(79.9) }, ['go', 'room', undefined]],
    ['10% are left', { view: used(90) }, ['fewer', 'lowWindow', 2]],
    ['9.9% are left', { view: used(90.1) }, ['fewer', 'lowWindow', 1]],
    ['4.9% are left', { view: used(95.1) }, ['fewer', 'lowWindow', 1]],
    ['5 slots are free', { view: used(10, HOUR_MS, limited), ...running(5) }, ['go', 'room', 5]],
    [
      '4 slots are free',
      { view: used(10, HOUR_MS, limited), ...running(6) },
      ['fewer', 'concurrency', 4],
    ],
    [
      '1 slot is free',
      { view: used(10, HOUR_MS, limited), ...running(9) },
      ['fewer', 'concurrency', 1],
    ],
    [
      'no slot is free',
      { view: used(10, HOUR_MS, limited), ...running(10) },
      ['wait', 'concurrency', undefined],
    ],
    ['requests fail until now', { view: used(10), ...failing(0) }, ['go', 'room', undefined]],
    ['requests fail 1 ms longer', { view: used(10), ...failing(1) }, ['wait', 'incident', NOW + 1]],
    ['the window is spent', { view: used(100) }, ['wait', 'spent', NOW + 2 * HOUR_MS]],
    ['the numbers are 15 minutes old', { view: aged(15 * MINUTE_MS) }, ['go', 'room', undefined]],
    ['the numbers are older', { view: aged(15 * MINUTE_MS + 1) }, ['unknown']],
  ];
  function aged(ageMs: number): QuotaView {
    return viewOf(snapshotOf([{ id: '5h', usedPercent: 10, resetsAt: NOW + HOUR_MS }]), ageMs);
  }
  for (const [fact, input, expected] of cases)
    it(`${fact}: ${String(expected)}`, () => {
      const advice = adviceFor(input.view, input);
      const detail = advice.kind === 'unknown' ? [] : [advice.reason, countOrMoment(advice)];
      assert.deepEqual([advice.kind, ...detail], expected);
    });

  function countOrMoment(advice: ReturnType<typeof adviceFor>): number | undefined {
    if (advice.kind === 'wait') return advice.until;
    return advice.kind === 'unknown' ? undefined : advice.agents;
  }
});

describe('startAdvice', () => {
  const view = used(10);
  const useless = (more: Partial<Incident>) => failingNow({ retry: 'useless' }, more);
  const cases = [
    ['an ongoing failure of this account', 'wait', useless({})],
    ['one that ended just now', 'wait', useless({ state: 'over' })],
    [
      'one that ended 6 minutes ago',
      'go',
      useless({ state: 'over', from: NOW - 6 * MINUTE_MS, to: NOW - 6 * MINUTE_MS }),
    ],
    ['one that recovered', 'go', useless({ state: 'recovered' })],
  ] as const;
  for (const [fact, kind, incident] of cases)
    it(`with ${fact} is ${kind}`, () => {
      const advice = adviceFor(view, { incidents: [incident] });
      assert.equal(advice.kind, kind);
    });
});
