import assert from 'node:assert/strict';
import { explain } from '../../../src/core/explain/explain.ts';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import { historySection } from '../../../src/core/panel/historySection.ts';
import { incidentDetail, incidentSection } from '../../../src/core/panel/incidentSection.ts';
import { panelLabels } from '../../../src/core/panel/panelExchange.ts';
import {
  type HistorySection,
  PageMessage,
  PANEL_LABELS,
} from '../../../src/core/panel/panelState.ts';
import { presentSection, type PresentInput } from '../../../src/core/panel/presentSection.ts';
import type { Snapshot } from '../../../src/core/quota/snapshot.ts';
import { english } from '../../../src/core/base/format.ts';
import { incidentOf, UNSURE } from '../../support/incidents.ts';
import {
  DAY_MS,
  ENGLISH,
  FIVE_HOURS,
  HOUR_MS,
  MINUTE_MS,
  NOW,
  snapshotOf,
  viewOf,
  WEEK,
} from '../../support/quotaViews.ts';

const moment = { now: NOW, locale: ENGLISH };

describe('the dashboard: quota', () => {
  const present = (change: Partial<PresentInput> = {}) =>
    presentSection({
      accounts: [
        {
          account: { id: 'kimiCode', endpoint: { problem: 'notAnAddress' } } as never,
          view: viewOf(snapshotOf([FIVE_HOURS, WEEK], { parallelLimit: 10, plan: 'Moderato' })),
        },
      ],
      activity: {},
      histories: new Map(),
      facts: [],
      ...moment,
      ...change,
    });

  it('has the windows of the account and marks the tightest', () => {
    const [account] = present().accounts;
    assert.equal(account?.name, 'Kimi Code');
    assert.equal(account?.plan, 'Moderato');
    assert.deepEqual(
      account?.windows.map(({ name, share, tone, isBinding }) => [name, share, tone, isBinding]),
      [
        ['5-hour quota', '84% left', 'good', true],
        ['Weekly quota', '67% left', 'good', false],
      ],
    );
    assert.equal(account?.windows[0]?.reset, 'Resets 12:00 GMT+8 (in 2 h)');
  });

  const tones: [usedPercent: number | undefined, tone: string][] = [
    [0, 'good'],
    [79, 'good'],
    [80, 'low'],
    [99.5, 'low'],
    [100, 'spent'],
    [undefined, 'unknown'],
  ];
  for (const [usedPercent, tone] of tones)
    it(`calls ${usedPercent ?? 'an unknown percentage'} used ${tone}`, () => {
      const { usedPercent: _, ...window } = FIVE_HOURS;
      const view = viewOf(
        snapshotOf([usedPercent === undefined ? window : { ...window, usedPercent }]),
      );
      const [account] = present().accounts;
      assert.ok(account);
      const shown = present({ accounts: [{ account: { id: 'kimiCode' } as never, view }] });
      assert.equal(shown.accounts[0]?.windows[0]?.tone, tone);
    });

  it('counts requests in flight by agent, with the limit', () => {
    const byAgent = [{ agent: 'kimi-code', count: 3 } as const];
    const { inFlight } = present({ activity: { inFlight: { at: NOW, total: 3, byAgent } } });
    assert.equal(
      inFlight?.text,
      'At least 3 requests are in flight on this machine; your plan allows 10.',
    );
    assert.deepEqual(inFlight?.agents, [{ name: 'Kimi Code', count: 3 }]);
    assert.equal(present().inFlight, undefined);
  });

  it('offers actions and no numbers without a key', () => {
    const view = viewOf(snapshotOf([FIVE_HOURS]), 0, { access: 'none' });
    const shown = present({ accounts: [{ account: { id: 'kimiCode' } as never, view }] });
    assert.deepEqual(shown.accounts, []);
    assert.deepEqual(
      shown.empty?.actions.map(({ command }) => command),
      ['setApiKey', 'importKey'],
    );
    assert.equal(shown.start, undefined);
  });

  it('has a forecast only with enough data', () => {
    const history = Array.from({ length: 24 }, (_, index) =>
      snapshotOf([{ ...FIVE_HOURS, usedPercent: index * 3 }], {
        at: NOW - (23 - index) * 5 * MINUTE_MS,
      }),
    );
    const factsWith = (known: readonly Snapshot[]): string[] => [
      ...present({ histories: new Map([['https://api.kimi.com', known]]) }).accounts[0]!.facts,
    ];
    assert.match(factsWith(history).join(' '), /will likely run out between/);
    assert.doesNotMatch(factsWith(history.slice(-2)).join(' '), /pace|forecast/);
  });
});

describe('the dashboard: history', () => {
  const at = (agoMs: number, usedPercent: number, resetsInMs = 2 * HOUR_MS): Snapshot =>
    snapshotOf([{ id: '5h', usedPercent, resetsAt: NOW - agoMs + resetsInMs }], {
      at: NOW - agoMs,
    });
  const section = (history: readonly Snapshot[], incidents: readonly Incident[] = []) =>
    historySection({ span: '24h', history, incidents, hasKey: true, ...moment });
  const valueAgo = ({ times, series }: HistorySection, agoMs: number): number | null | undefined =>
    series[0]?.remainingPercent[times.findIndex(time => time >= NOW - agoMs)];

  it('has equal slices up to now, each with its last reading', () => {
    const shown = section([at(10 * MINUTE_MS, 40), at(5 * MINUTE_MS, 50)]);
    assert.equal(shown.times.length, 288);
    assert.equal(shown.timeWords.length, 288);
    assert.deepEqual(shown.timeWords.slice(-2), ['09:55', 'Now']);
    assert.equal(valueAgo(shown, 0), 50);
    assert.equal(valueAgo(shown, 10 * MINUTE_MS), 60);
  });

  it('has a gap where checks are missing', () => {
    const shown = section([at(3 * HOUR_MS, 40), at(5 * MINUTE_MS, 50)]);
    assert.equal(valueAgo(shown, HOUR_MS), null);
    assert.equal(valueAgo(shown, 3 * HOUR_MS - 40 * MINUTE_MS), 60);
  });

  it('marks a reset and shows no old value after it', () => {
    const shown = section([at(60 * MINUTE_MS, 90, 10 * MINUTE_MS), at(0, 1)]);
    assert.deepEqual(shown.series[0]?.resets, [NOW - 50 * MINUTE_MS]);
    assert.equal(valueAgo(shown, 45 * MINUTE_MS), null);
  });

  it('shows no future and no window without a value', () => {
    const shown = section([at(0, 10), snapshotOf([{ id: 'week' }])]);
    assert.deepEqual(
      shown.series.map(({ id }) => id),
      ['5h'],
    );
    assert.ok(shown.times.at(-1)! - NOW < 5 * MINUTE_MS);
  });

  const zones: [zone: string, span: '24h' | '7d' | '30d', ticks: readonly string[]][] = [
    ['UTC', '24h', ['03:00', '06:00', '09:00', '12:00', '15:00', '18:00', '21:00', '00:00']],
    [
      'Asia/Shanghai',
      '24h',
      ['12:00', '15:00', '18:00', '21:00', '00:00', '03:00', '06:00', '09:00'],
    ],
    ['Asia/Kathmandu', '7d', days(7, 'Asia/Kathmandu')],
    ['America/New_York', '30d', days(30, 'America/New_York')],
  ];
  for (const [timeZone, span, ticks] of zones)
    it(`has an axis of ${span} in ${timeZone}`, () => {
      const locale = { ...moment.locale, timeZone };
      const shown = historySection({
        ...moment,
        span,
        history: [],
        incidents: [],
        hasKey: true,
        locale,
      });
      assert.deepEqual(
        shown.ticks.map(({ text }) => text),
        ticks,
      );
      const clock = new Intl.DateTimeFormat('en', { timeZone, hour: '2-digit', hourCycle: 'h23' });
      for (const { at, text } of shown.ticks)
        if (span === '24h') assert.equal(Number(clock.format(at)), parseInt(text));
        // A slice of 30 days is two hours.
        else assert.ok(Number(clock.format(at)) < 2, text);
    });

  /** Labels of the last days up to now. */
  function days(count: number, timeZone: string): string[] {
    const format = new Intl.DateTimeFormat('en', {
      timeZone,
      month: 'short',
      day: 'numeric',
    });
    return Array.from({ length: count }, (_, index) =>
      format.format(NOW - (count - 1 - index) * DAY_MS),
    );
  }

  it('marks the incidents of its span', () => {
    const one = incidentOf('one', { from: NOW - HOUR_MS, to: NOW - HOUR_MS });
    const old = incidentOf('old', { from: NOW - 3 * DAY_MS, to: NOW - 2 * DAY_MS });
    const [mark, ...others] = section([at(0, 10)], [old, one]).incidents;
    assert.deepEqual([mark?.id, others], ['one', []]);
    // The same title as in the list.
    const [row] = incidentSection([one], true, moment).rows;
    assert.equal(mark?.title, `09:00 ${row?.title}`);
  });

  it('explains an empty history, and offers a check only with a key', () => {
    assert.match(section([]).empty?.text ?? '', /No history yet/);
    const actionsWith = (hasKey: boolean): unknown =>
      historySection({ span: '24h', history: [], incidents: [], hasKey, ...moment }).empty?.actions;
    assert.deepEqual(actionsWith(true), [{ command: 'refresh', label: 'Refresh' }]);
    assert.deepEqual(actionsWith(false), []);
  });
});

describe('the dashboard: incidents', () => {
  const running = incidentOf('running', { from: NOW - HOUR_MS, to: NOW - HOUR_MS });
  const over = incidentOf('over', {
    from: NOW - 10 * MINUTE_MS,
    to: NOW - 8 * MINUTE_MS,
    count: 11,
    state: 'over',
    places: [
      { agent: 'claude-code', session: 'a', subagent: 'x', count: 6 },
      { agent: 'claude-code', session: 'b', count: 4 },
      { agent: 'codex', session: 'c', count: 1 },
    ],
    placeCount: 5,
    verdict: { ...UNSURE, cause: 'quota_weekly', certainty: 'certain' },
  });

  it('lists ongoing incidents first, then the newest, with filter values', () => {
    const { rows, agents, causes } = incidentSection([over, running], true, moment);
    assert.deepEqual(
      rows.map(({ id, isOpen, state }) => [id, isOpen, state]),
      [
        ['running', true, 'ongoing'],
        ['over', false, 'ended'],
      ],
    );
    assert.equal(rows[1]?.when, '09:50 GMT+8, 11 failures in 2 min');
    assert.deepEqual(agents, ['Claude Code', 'Codex', 'Kimi Code']);
    assert.equal(causes.length, 2);
  });

  it('distinguishes no incidents from no logs', () => {
    assert.match(
      incidentSection([], true, moment).empty?.text ?? '',
      /^No incidents in the last 90 days/,
    );
    assert.deepEqual(
      incidentSection([], false, moment).empty?.actions.map(({ command }) => command),
      ['showWatchedLogs'],
    );
  });

  const waits: [waitMs: number, retry: string, isCounted: boolean][] = [
    [-1, 'You can retry now.', false],
    [28_000, 'Try again in a moment.', true],
    [2 * HOUR_MS, 'Retry after 12:00 GMT+8.', true],
    [26 * HOUR_MS, 'Retry after Thu, Sep 24, 12:00 GMT+8 (in 1 d 2 h).', false],
  ];
  for (const [waitMs, retry, isCounted] of waits)
    it(`shows for a wait of ${waitMs / 1000} s "${retry}"${isCounted ? ' with a countdown' : ''}`, () => {
      const retryAt = NOW + waitMs;
      const verdict = { ...UNSURE, retry: 'at' as const, retryAt };
      const incident = incidentOf('waiting', { verdict });
      const detail = incidentDetail(incident, explain(incident, moment), moment);
      assert.deepEqual([detail.retry, detail.retryAt], [retry, isCounted ? retryAt : undefined]);
    });

  it('describes places by counts, never by ids or paths', () => {
    const detail = incidentDetail(over, explain(over, moment), moment);
    assert.deepEqual(detail.places, [
      'Claude Code: 10 failures in 2 sessions and 1 sub-agents',
      'Codex: 1 failures in 1 sessions',
      '2 more sessions and sub-agents',
    ]);
    assert.equal(detail.original, over.example.signal.text);
  });
});

describe('messages of the page', () => {
  it('has a text for every label', () => {
    const labels = panelLabels(english);
    assert.deepEqual(Object.keys(labels).toSorted(), [...PANEL_LABELS].toSorted());
    assert.deepEqual(
      Object.values(labels).filter(text => text === ''),
      [],
    );
  });

  for (const odd of [
    undefined,
    'ready',
    { kind: 'run' },
    { kind: 'command', command: 'removeApiKey' },
    { kind: 'command', command: 'workbench.action.terminal.new' },
    { kind: 'openLog' },
    { kind: 'openLog', id: 'x'.repeat(201) },
    { kind: 'openLink', url: 'x'.repeat(301) },
    { kind: 'span', span: '1y' },
  ])
    it(`is not ${JSON.stringify(odd)?.slice(0, 60)}`, () => {
      assert.equal(PageMessage.safeParse(odd).success, false);
    });
});
