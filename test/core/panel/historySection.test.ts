import assert from 'node:assert/strict';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import { historySection } from '../../../src/core/panel/historySection.ts';
import { incidentSection } from '../../../src/core/panel/incidentSection.ts';
import type { HistorySection } from '../../../src/core/panel/panelState.ts';
import type { Snapshot } from '../../../src/core/quota/snapshot.ts';
import { incidentOf } from '../../support/incidents.ts';
import { DAY_MS, ENGLISH, HOUR_MS, MINUTE_MS, NOW, snapshotOf } from '../../support/quotaViews.ts';

const moment = { now: NOW, locale: ENGLISH };

describe('the dashboard: history', () => {
  const at = (agoMs: number, usedPercent: number, resetsInMs = 2 * HOUR_MS): Snapshot =>
    snapshotOf([{ id: '5h', usedPercent, resetsAt: NOW - agoMs + resetsInMs }], {
      at: NOW - agoMs,
    });
  const section = (history: readonly Snapshot[], incidents: readonly Incident[] = []) =>
    historySection({ span: '24h', history, incidents, hasKey: true, ...moment });
  const valueAgo = ({ times, series }: HistorySection, agoMs: number): number | null | undefined =>
    series[0]?.values[times.findIndex(time => time >= NOW - agoMs)];

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

  it('has bars of daily lows for the 5-hour quota from 7 days on', () => {
    const history = [at(30 * HOUR_MS, 60), at(29 * HOUR_MS, 90), at(HOUR_MS, 10)];
    const week = historySection({
      ...moment,
      span: '7d',
      history,
      incidents: [],
      hasKey: true,
    });
    assert.deepEqual(
      week.series[0]?.lows?.map(({ value }) => value),
      [10, 90],
    );
    for (const { from, to } of week.series[0]?.lows ?? []) assert.ok(to > from);
    assert.equal(section(history).series[0]?.lows, undefined);
  });

  it('draws a forecast to its end, to the reset, or to the end of the chart', () => {
    const forecast = (toMs: number, resetsMs: number) =>
      historySection({
        ...moment,
        span: '24h',
        history: [at(0, 50)],
        incidents: [],
        hasKey: true,
        forecasts: new Map([
          [
            '5h',
            {
              kind: 'maybe',
              windowId: '5h',
              from: NOW + HOUR_MS,
              to: NOW + toMs,
              resetsAt: NOW + resetsMs,
            } as const,
          ],
        ]),
      }).series[0]?.forecast?.[1];
    assert.deepEqual(forecast(3 * HOUR_MS, 4 * HOUR_MS), { at: NOW + 2 * HOUR_MS, value: 0 });
    assert.deepEqual(forecast(3 * HOUR_MS, HOUR_MS), { at: NOW + HOUR_MS, value: 25 });
  });

  it('has an axis of money for a balance', () => {
    const balance = { available: 48.83, currency: 'USD' };
    const { money, series } = section([snapshotOf([], { balance })]);
    assert.deepEqual(
      money?.marks.map(({ text }) => text),
      ['$0.00', '$30.00', '$60.00'],
    );
    assert.equal(series[0]?.label, '$48.83');
  });

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
    assert.match(section([]).empty?.text ?? '', /^Collecting/);
    const actionsWith = (hasKey: boolean): unknown =>
      historySection({ span: '24h', history: [], incidents: [], hasKey, ...moment }).empty?.actions;
    assert.deepEqual(actionsWith(true), [{ command: 'refresh', label: 'Refresh' }]);
    assert.deepEqual(actionsWith(false), []);
  });
});
