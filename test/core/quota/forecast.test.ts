import assert from 'node:assert/strict';
import { forecast, type Forecast } from '../../../src/core/quota/forecast.ts';
import type { Snapshot } from '../../../src/core/quota/snapshot.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, NOW, snapshotOf } from '../../support/quotaViews.ts';
import { backtest, isTold } from '../../support/simulator/backtest.ts';

/** Answers every five minutes for `minutes`, by which so much of the 5-hour window was used. */
function readings(minutes: number, usedAt: (minute: number) => number, resetsInMs = 2 * HOUR_MS) {
  const snapshots: Snapshot[] = [];
  for (let minute = -minutes; minute <= 0; minute += 5) {
    const window = { id: '5h', usedPercent: usedAt(minute), resetsAt: NOW + resetsInMs };
    snapshots.push({ ...snapshotOf([window]), at: NOW + minute * MINUTE_MS });
  }
  return snapshots;
}

const of = (
  history: readonly Snapshot[],
  more: { windowId?: string; now?: number } = {},
): Forecast => forecast({ history, windowId: '5h', now: NOW, ...more });

const steady = (percentPerHour: number, used: number) => (minute: number) =>
  used + (percentPerHour * minute) / 60;

describe('forecast', () => {
  const cases: readonly [title: string, kind: Forecast['kind'], history: Snapshot[]][] = [
    [
      'that a window lasts to its reset at a slow pace',
      'resetsFirst',
      readings(180, steady(15, 46)),
    ],
    [
      'that it runs out before at a fast one',
      'runsOut',
      readings(180, steady(30, 92), 2 * HOUR_MS),
    ],
    ['that it may, where the reset lies in the range', 'maybe', readings(180, steady(30, 45))],
    ['nothing of an unused window', 'idle', readings(180, () => 3)],
    ['used up for a used-up quota', 'spent', readings(180, () => 100)],
    ['nothing without a number', 'notEnoughData', []],
    ['nothing of three points', 'notEnoughData', readings(10, steady(30, 45))],
    [
      'nothing in the first nine minutes of a window',
      'notEnoughData',
      readings(60, steady(30, 30), 5 * HOUR_MS - 8 * MINUTE_MS),
    ],
    ['nothing after the reset', 'notEnoughData', readings(180, steady(30, 45), -1)],
  ];
  for (const [title, kind, history] of cases)
    it(`forecasts ${title}`, () => assert.equal(of(history).kind, kind));

  it('forecasts nothing from numbers that are half an hour old', () => {
    const history = readings(180, steady(30, 45));
    assert.equal(of(history, { now: NOW + 31 * MINUTE_MS }).kind, 'notEnoughData');
  });

  it('forecasts nothing for a week from less than a day of data', () => {
    const week = (hours: number): Snapshot[] =>
      Array.from({ length: hours * 2 }, (_, i) => {
        const at = NOW - (hours * 2 - 1 - i) * 30 * MINUTE_MS;
        const window = { id: 'week', usedPercent: 40 + i / 4, resetsAt: NOW + 2 * DAY_MS };
        return { ...snapshotOf([window]), at };
      });
    assert.equal(of(week(20), { windowId: 'week' }).kind, 'notEnoughData');
    assert.equal(of(week(48), { windowId: 'week' }).kind, 'maybe');
  });

  it('covers a steady pace, with room on both sides', () => {
    const result = of(readings(180, steady(30, 70)));
    assert(result.kind === 'runsOut' || result.kind === 'maybe');
    const spentAt = NOW + HOUR_MS;
    assert(result.from < spentAt - 5 * MINUTE_MS, 'no straight line');
    assert(result.to !== undefined && result.to > spentAt + 5 * MINUTE_MS, 'no straight line');
  });

  it('is no surer with bursts than with an even pace', () => {
    const width = (result: Forecast): number =>
      'from' in result ? (result.to ?? Infinity) - result.from : NaN;
    const even = of(readings(180, steady(20, 60)));
    const bursts = of(readings(180, minute => 60 - 30 * Math.round(-minute / 90)));
    assert(width(bursts) > width(even));
  });

  it("takes Kimi's clock into account", () => {
    const skewed = readings(180, steady(15, 46)).map(it => ({ ...it, clockSkewMs: MINUTE_MS }));
    const result = of(skewed);
    assert('resetsAt' in result);
    assert.equal(result.resetsAt, NOW + 2 * HOUR_MS - MINUTE_MS);
  });

  it('continues across a reset within a week', () => {
    const week = Array.from({ length: 200 }, (_, i) => {
      const at = NOW - ((199 - i) * HOUR_MS) / 2;
      const isNew = i >= 100;
      const usedPercent = isNew ? (i - 100) / 2 : i / 2;
      const resetsAt = isNew ? NOW + 5 * DAY_MS : NOW - 2 * DAY_MS;
      return { ...snapshotOf([{ id: 'week', usedPercent, resetsAt }]), at };
    });
    // A percent an hour: half a week of hours is left.
    const result = of(week, { windowId: 'week' });
    assert(result.kind === 'runsOut' || result.kind === 'maybe', result.kind);
    assert(result.from < NOW + 50 * HOUR_MS && result.from > NOW + 12 * HOUR_MS);
  });

  it('covers simulated fortnights (all of them: npm run eval:forecast)', () => {
    const forecasts = Array.from({ length: 25 }, (_, i) => backtest(1000 + i))
      .flat()
      .filter(isTold);
    assert(forecasts.length > 200, `${forecasts.length} forecasts`);
    const held = forecasts.filter(({ holds }) => holds).length;
    assert(held / forecasts.length >= 0.8, `${held} of ${forecasts.length}`);
    assert(forecasts.every(({ width = 0 }) => width < 1));
  });
});
