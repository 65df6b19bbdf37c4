// `npm run eval:team [-- RUNS [FIRST]]`: the simulated incidents of `eval:verdict` with a second and a
// third machine that use the same account and report to a metrics store, next to the same incidents
// without it. Own against other machines' parallel requests must be right in 97 % with the way back, and
// nothing worse than without it. Exits with 1 otherwise. `MISSES=1` lists what was not right.
import { type Graded, grade } from '../support/simulator/grade.ts';
import { simulate } from '../support/simulator/simulate.ts';
import { columns } from './evalTables.ts';

const [runs = '2100', first = '1'] = process.argv.slice(2);
const CONCURRENCY = ['own_concurrency', 'foreign_concurrency'];

const pairs = Array.from({ length: Number(runs) }, (_, i) => {
  const seed = Number(first) + i;
  const alone = grade(simulate(seed));
  const team = grade(simulate(seed), { hasTeam: true });
  return alone && team ? [{ seed, alone, team }] : [];
}).flat();

type Pair = (typeof pairs)[number];
const percent = (part: number, whole: number): string =>
  whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`;
const count = (some: readonly Pair[], of: (one: Pair) => boolean | undefined): number =>
  some.filter(of).length;
const strict = ({ settled }: Graded): boolean => settled?.isStrict === true;
const wrong = ({ settled, provisional }: Graded): boolean =>
  settled?.isConfidentlyWrong === true || provisional?.isConfidentlyWrong === true;

function row(name: string, some: readonly Pair[]): (string | number)[] {
  return [
    name,
    some.length,
    ...(['alone', 'team'] as const).flatMap(which => [
      percent(
        count(some, one => strict(one[which])),
        some.length,
      ),
      percent(
        count(some, one => one[which].settled?.isRight),
        some.length,
      ),
      percent(
        count(some, one => wrong(one[which])),
        some.length,
      ),
    ]),
  ];
}

const concurrency = pairs.filter(({ alone }) => CONCURRENCY.includes(alone.cause));
const others = pairs.filter(({ alone }) => !CONCURRENCY.includes(alone.cause));
console.log(
  columns([
    ['', 'runs', 'alone: strict', 'right', 'conf. wrong', 'team: strict', 'right', 'conf. wrong'],
    ...CONCURRENCY.map(cause =>
      row(
        cause,
        concurrency.filter(({ alone }) => alone.cause === cause),
      ),
    ),
    row('both', concurrency),
    row('other causes', others),
  ]),
);
if (process.env['MISSES'])
  for (const { seed, alone, team } of pairs.filter(one => !one.team.settled?.isRight))
    console.log(
      seed,
      alone.cause,
      alone.settled?.cause,
      '->',
      team.settled?.cause,
      team.words,
      JSON.stringify(team.visible),
    );

const right = (some: readonly Pair[], which: 'alone' | 'team'): number =>
  count(some, one => one[which].settled?.isRight) / some.length;
const isHeld =
  right(concurrency, 'team') >= 0.97 &&
  count(concurrency, one => strict(one.team)) >= count(concurrency, one => strict(one.alone)) &&
  right(others, 'team') >= right(others, 'alone') &&
  count(pairs, one => wrong(one.team)) <= count(pairs, one => wrong(one.alone));
console.log(
  `own against others right >= 97 % with the way back, and nothing worse: ${isHeld ? 'held' : 'MISSED'}`,
);
process.exitCode = isHeld ? 0 : 1;
