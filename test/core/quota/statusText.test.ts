import assert from 'node:assert/strict';
import { type QuotaView, viewQuota } from '../../../src/core/quota/quotaView.ts';
import { spokenStatus, type SpokenStatusOptions } from '../../../src/core/status/quotaFacts.ts';
import { statusText, type StatusTextOptions } from '../../../src/core/status/statusText.ts';
import { headlineFor } from '../../support/headlines.ts';
import {
  DATA_STATES,
  ENGLISH,
  FAILURES,
  FIVE_HOURS,
  MINUTE_MS,
  MONTH,
  NOW,
  snapshotOf,
  viewOf,
  WEEK,
} from '../../support/quotaViews.ts';

const full: StatusTextOptions = { side: 'remaining', density: 'full', locale: ENGLISH };
const ok = viewOf(snapshotOf([FIVE_HOURS, WEEK]));
const byState = Object.fromEntries(DATA_STATES);

function assertText(
  view: QuotaView,
  expected: string,
  more: Partial<StatusTextOptions> = {},
): void {
  assert.equal(statusText(view, { ...full, ...more }), expected);
}

function spokenOf(view: QuotaView, more: Partial<SpokenStatusOptions> = {}): string {
  return spokenStatus(view, {
    side: 'remaining',
    locale: ENGLISH,
    headline: headlineFor(view),
    ...more,
  });
}

function assertSpoken(
  view: QuotaView,
  expected: string,
  more: Partial<SpokenStatusOptions> = {},
): void {
  assert.equal(spokenOf(view, more), expected);
}

describe('statusText: a headline', () => {
  it('replaces all numbers', () =>
    assertText(ok, 'Slot free · retry', { headline: 'Slot free · retry' }));
  it('does not change icon density', () =>
    assertText(ok, '', { headline: 'Slot free · retry', density: 'icon' }));
});

describe('statusText: densities and sides', () => {
  it('shows every window in full', () => assertText(ok, '5h 84% · wk 67%'));
  it('shows what is used', () => assertText(ok, '5h 16% · wk 33%', { side: 'used' }));
  it('shows only the binding window when compact', () => {
    assertText(ok, '5h 84%', { density: 'compact' });
    assertText(byState['low']!, 'wk 20%', { density: 'compact' });
  });
  it('shows nothing but the icon', () => {
    assertText(ok, '', { density: 'icon' });
    assertText(byState['stale']!, '', { density: 'icon' });
  });
  it('puts the binding window first when it is not the 5-hour one', () =>
    assertText(byState['low']!, 'wk 20% · 5h 84%'));
  it('shows three windows at most', () =>
    assertText(
      viewOf(snapshotOf([FIVE_HOURS, WEEK, MONTH, { id: '1d', usedPercent: 5 }])),
      '5h 84% · wk 67% · mo 81%',
    ));
  it('shortens the label of an unknown window by characters', () => {
    const window = { id: 'x', label: '𝕏'.repeat(40), usedPercent: 5 };
    assertText(viewOf(snapshotOf([window])), `${'𝕏'.repeat(12)} 95%`);
  });
});

describe('statusText: states', () => {
  const cases: [state: string, text: string][] = [
    ['ok', '5h 84% · wk 67%'],
    ['low', 'wk 20% · 5h 84%'],
    ['exhausted', 'wk 0% · 5h 84%'],
    ['extraUsage', 'wk 0% · 5h 84% · extra usage'],
    ['resetting', 'wk 67% · 5h …'],
    ['stale', '5h 84% · wk 67% · 16 min ago'],
    ['unknown', '5h ? · wk ?'],
  ];
  for (const [state, text] of cases)
    it(`writes ${state} as ${text}`, () => assertText(byState[state]!, text));

  const words: Record<string, string> = {
    keyRefused: 'Kimi: key rejected',
    forbidden: 'Kimi: rejected',
    noPlan: 'Kimi: no plan',
    limited: 'Kimi: checks paused',
    endpointChanged: 'Kimi: endpoint changed',
    offline: 'Kimi: offline',
  };
  for (const [state, outcome] of FAILURES)
    it(`writes ${state} after ${JSON.stringify(outcome)}: a word, or old numbers with their age`, () => {
      const bare = viewQuota({ access: 'key', outcome }, NOW);
      assertText(bare, words[state]!);
      const old = viewOf(ok.snapshot!, 7 * MINUTE_MS, { outcome });
      const isRefused = state === 'keyRefused';
      assertText(old, isRefused ? words[state]! : '5h 84% · wk 67% · 7 min ago');
      for (const view of [bare, old])
        assertText(view, statusText(view, full), { headline: headlineFor(view).short });
    });

  it('shows an expired sign-in, or old numbers with their age', () => {
    const access = 'tokenExpired';
    assertText(viewQuota({ access }, NOW), 'Kimi: sign-in expired');
    const old = viewOf(ok.snapshot!, 7 * MINUTE_MS, { access });
    assertText(old, '5h 84% · wk 67% · 7 min ago');
  });

  it('asks for a key, a base URL, or patience', () => {
    assertText(viewQuota({ access: 'none' }, NOW), 'Kimi: connect');
    assertText(viewQuota({ endpointProblem: 'notHttps' }, NOW), 'Kimi: check base URL');
    assertText(viewQuota({}, NOW), 'Kimi…');
  });

  it('writes a balance in its currency', () => {
    const balance = { available: 49.58, currency: 'USD' };
    const view = viewOf(snapshotOf([], { balance }));
    assertText(view, 'Kimi $49.58');
    assertSpoken(view, 'Kimi quota. Balance: $49.58.');
  });
});

describe('spokenStatus', () => {
  const cases: [state: string, sentences: string][] = [
    [
      'ok',
      'Kimi quota. 5-hour quota: 84% left, resets in 2 h. Weekly quota: 67% left, resets in 4 d.',
    ],
    ['exhausted', 'Kimi quota. Weekly quota used up. Resets in 4 d (Sun 10:00).'],
    [
      'resetting',
      "Kimi quota. A quota has just reset; the new value isn't known yet. Weekly quota: 67% left, resets in 4 d. 5-hour quota: resetting.",
    ],
    [
      'stale',
      "Kimi quota. Your quota hasn't been checked recently. These are the last known numbers (16 min ago). 5-hour quota: 84% left, resets in 1 h 44 min. Weekly quota: 67% left, resets in 3 d 23 h.",
    ],
    [
      'unknown',
      'Kimi quota. Kimi returned no percentages. 5-hour quota: unknown. Weekly quota: unknown.',
    ],
  ];
  for (const [state, sentences] of cases)
    it(`speaks ${state} in sentences`, () => assertSpoken(byState[state]!, sentences));

  it('speaks the used share', () =>
    assertSpoken(
      viewOf(snapshotOf([FIVE_HOURS])),
      'Kimi quota. 5-hour quota: 16% used, resets in 2 h.',
      { side: 'used' },
    ));
  for (const [state, outcome] of FAILURES)
    it(`speaks ${state} after ${JSON.stringify(outcome)} in a sentence`, () => {
      const spoken = spokenOf(viewQuota({ access: 'key', outcome }, NOW));
      assert.match(spoken, /^Kimi quota\. [A-Z][^.]{10,}.*\.$/);
    });
  it('reports a missing key', () =>
    assertSpoken(viewQuota({ access: 'none' }, NOW), 'Kimi quota. No API key.'));
  it('speaks first that the numbers are sample data', () =>
    assert.match(
      spokenOf(ok, { isSample: true }),
      /^Sample data from a made-up account\. .*\. Kimi quota\. 5-hour/,
    ));
});
