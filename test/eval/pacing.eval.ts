// `npm run eval:pacing [-- DAYS [FIRST]]`: simulated days of four sessions that start swarms of
// sub-agents on one plan, with and without our hook and waits: same work, same limits. Exits with 1
// when the refused requests are not down by 90 %, or when a piece of work or all of it is finished
// more than 10 % later than without, on average.
import { type Day, simulateDay } from '../support/simulator/day.ts';
import { columns } from './evalTables.ts';

const [days = '12', first = '1'] = process.argv.slice(2);
const HOUR_MS = 3_600_000;

const pairs: { seed: number; without: Day; paced: Day }[] = [];
for (let seed = Number(first); seed < Number(first) + Number(days); seed++)
  pairs.push({
    seed,
    without: await simulateDay(seed, { isPaced: false }),
    paced: await simulateDay(seed, { isPaced: true }),
  });

type Figure = (day: Day) => number;
const refused =
  (...causes: string[]): Figure =>
  ({ refusals }) =>
    refusals.filter(({ cause }) => causes.length === 0 || causes.includes(cause)).length;
const allFinishedMs: Figure = ({ finishedMs }) => Math.max(...finishedMs);
const meanFinishedMs: Figure = ({ finishedMs }) =>
  finishedMs.reduce((sum, ms) => sum + ms, 0) / finishedMs.length;

const sum = (of: Figure, which: 'without' | 'paced'): number =>
  pairs.reduce((total, pair) => total + of(pair[which]), 0);
const change = (of: Figure): number => sum(of, 'paced') / sum(of, 'without') - 1;
const signed = (share: number): string => `${share > 0 ? '+' : ''}${(100 * share).toFixed(1)} %`;
const hours = (ms: number): string => `${(ms / HOUR_MS).toFixed(2)} h`;

console.log(
  columns([
    ['day', 'refused without', 'with', 'work finished without', 'with'],
    ...pairs.map(({ seed, without, paced }) => [
      seed,
      without.refusals.length,
      paced.refusals.length,
      hours(allFinishedMs(without)),
      hours(allFinishedMs(paced)),
    ]),
  ]),
);
const row = (name: string, of: Figure, shown: (value: number) => string | number) => [
  name,
  shown(sum(of, 'without') / pairs.length),
  shown(sum(of, 'paced') / pairs.length),
  signed(change(of)),
];
console.log(
  columns([
    ['a day', 'without', 'with', 'change'],
    row('requests', day => day.requests, Math.round),
    row('refused', refused(), Math.round),
    row('  parallel limit', refused('own_concurrency', 'foreign_concurrency'), Math.round),
    row('  spent 5-hour window', refused('quota_5h'), Math.round),
    row('a piece of work is finished after', meanFinishedMs, hours),
    row('all work is finished after', allFinishedMs, hours),
  ]),
);

const isHeld =
  change(refused()) <= -0.9 && change(meanFinishedMs) <= 0.1 && change(allFinishedMs) <= 0.1;
console.log(`refused down by >= 90 %, finished at most 10 % later: ${isHeld ? 'held' : 'MISSED'}`);
process.exitCode = isHeld ? 0 : 1;
