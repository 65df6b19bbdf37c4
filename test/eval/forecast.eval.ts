// `npm run eval:forecast`: forecasts on simulated fortnights of 300 people, against what became of
// each window. Exits with 1 when the range holds less than 80 % of what came, of all windows or of
// those that ran out, or when a range is as wide as its window.
import { backtest, isTold, type Backtest } from '../support/simulator/backtest.ts';
import { columns } from './evalTables.ts';

const PEOPLE = 300;
const WANTED_SHARE = 0.8;

const all = Array.from({ length: PEOPLE }, (_, seed) => backtest(seed + 1)).flat();
const forecasts = all.filter(isTold);

const shareOf = (some: readonly Backtest[]): number =>
  some.length === 0 ? NaN : some.filter(({ holds }) => holds).length / some.length;
const percent = (share: number): string =>
  Number.isNaN(share) ? '-' : `${(100 * share).toFixed(1)} %`;

function row(windowId: string, kind: string, some: readonly Backtest[]): (string | number)[] {
  const widths = some.flatMap(({ width }) => width ?? []).sort((a, b) => a - b);
  const ranOut = some.filter(it => it.ranOut);
  return [
    windowId,
    kind,
    some.length,
    percent(shareOf(some)),
    percent(ranOut.length / some.length),
    percent(shareOf(ranOut)),
    percent(widths[Math.floor(widths.length / 2)] ?? NaN),
    percent(widths.at(-1) ?? NaN),
    percent(1 - widths.length / some.length),
  ];
}

const rows = ['5h', 'week'].flatMap(windowId => {
  const own = forecasts.filter(it => it.windowId === windowId);
  const kinds = ['resetsFirst', 'maybe', 'runsOut', 'idle'];
  return [
    row(windowId, 'all', own),
    ...kinds.map(kind =>
      row(
        windowId,
        kind,
        own.filter(it => it.kind === kind),
      ),
    ),
  ];
});
const header =
  'window|kind|forecasts|holds|ran out|holds of those|median width|widest|without end'.split('|');
console.log(columns([header, ...rows]));

const isHeld = ['5h', 'week'].every(windowId => {
  const own = forecasts.filter(it => it.windowId === windowId);
  const ranOut = own.filter(it => it.ranOut);
  return shareOf(own) >= WANTED_SHARE && shareOf(ranOut) >= WANTED_SHARE;
});
const isNarrow = forecasts.every(({ width = 0 }) => width < 1);
console.log(
  `moments ${all.length}, with a forecast ${forecasts.length}; held: ${isHeld && isNarrow}`,
);
process.exitCode = isHeld && isNarrow ? 0 : 1;
