import assert from 'node:assert/strict';
import { historySection, historySince } from '../../../src/core/panel/historySection.ts';
import type { HistorySpan } from '../../../src/core/panel/panelState.ts';
import type { Snapshot } from '../../../src/core/quota/snapshot.ts';
import { DAY_MS, ENGLISH, HOUR_MS, MINUTE_MS, NOW, snapshotOf } from '../../support/quotaViews.ts';

/** Literal numbers on both sides of every limit: a constant that moves fails here. */
describe('Boundaries: the history chart', () => {
  const resetsAt = NOW + 5 * DAY_MS;
  const read = (at: number, usedPercent: number): Snapshot =>
    snapshotOf([{ id: 'week', usedPercent, resetsAt }], { at });
  const section = (span: HistorySpan, history: readonly Snapshot[]) =>
    historySection({ span, history, incidents: [], hasKey: true, now: NOW, locale: ENGLISH });
  /** How long a single reading is drawn, in minutes. */
  const drawnMinutes = (span: HistorySpan, at: number): number[] => {
    const { times, series } = section(span, [read(at, 40)]);
    const shown = times.filter((_, index) => series[0]!.values[index] !== null);
    return shown.map(time => (time - at) / MINUTE_MS);
  };

  // NOW is the end of a slice in every span.
  const spans: readonly (readonly [HistorySpan, sliceMinutes: number, drawn: number])[] = [
    ['24h', 5, 45],
    ['7d', 30, 60],
    ['30d', 120, 120],
  ];
  for (const [span, slice, longest] of spans) {
    it(`${span} draws a reading for ${longest} minutes and leaves a gap after them`, () => {
      const drawn = drawnMinutes(span, NOW - 6 * HOUR_MS);
      const slices = Array.from({ length: Math.floor(longest / slice) + 1 }, (_, i) => i * slice);
      assert.deepEqual(drawn, slices);
    });

    it(`${span} draws a reading in the first slice that ends ${slice} minutes after it`, () => {
      const [first] = drawnMinutes(span, NOW - 6 * HOUR_MS + 1);
      assert.equal(first, slice - 1 / MINUTE_MS);
    });
  }

  it('leaves no gap between readings 50 minutes apart, and one from 55 minutes on', () => {
    const gapsWith = (minutes: number): number => {
      const begin = NOW - 6 * HOUR_MS;
      const { times, series } = section('24h', [
        read(begin, 40),
        read(begin + minutes * MINUTE_MS, 50),
      ]);
      return times.filter(
        (time, index) =>
          time >= begin && time <= begin + minutes * MINUTE_MS && series[0]!.values[index] === null,
      ).length;
    };
    assert.deepEqual([40, 45, 50, 55, 60, 240].map(gapsWith), [0, 0, 0, 1, 2, 38]);
  });

  it('goes back a day, a week and 30 days', () => {
    for (const [span, lengthMs, slices] of [
      ['24h', DAY_MS, 288],
      ['7d', 7 * DAY_MS, 336],
      ['30d', 30 * DAY_MS, 360],
    ] as const) {
      assert.equal(historySince(span, NOW), NOW - lengthMs);
      const { from, to, times } = section(span, []);
      assert.deepEqual([to - from, times.length, times.at(-1)], [lengthMs, slices, to]);
    }
  });

  it('marks 12 resets, and none where there are more', () => {
    const resetsOf = (count: number): number => {
      const history = Array.from({ length: count }, (_, index) =>
        snapshotOf([{ id: '5h', usedPercent: 40, resetsAt: NOW - (count - index) * HOUR_MS + 1 }], {
          at: NOW - (count - index) * HOUR_MS,
        }),
      );
      return section('24h', history).series[0]!.resets.length;
    };
    assert.deepEqual([11, 12, 13].map(resetsOf), [11, 12, 0]);
  });
});
