// `npm run eval:verdict [-- RUNS [FIRST]]`: verdicts of simulated incidents against the truth. A
// run is a half hour of one person's agents, one thing of which goes wrong.   strict      the true
// cause in the first place   right       as much of it as could be known: `knowable.ts` lists, for
// each cause and what lies               open, which verdicts do it justice. `unsure` is right
// where words, logs and numbers               are the same with another cause, and wrong elsewhere.
// conf. wrong certain or likely, and not right Exits with 1 when a wanted figure is missed.
// `MISSES=1` lists what was not right, `MISSES=strict` also what could not be known.
import { grade, type Graded, type Mark } from '../support/simulator/grade.ts';
import { simulate } from '../support/simulator/simulate.ts';
import { columns } from './evalTables.ts';

const [runs = '2100', first = '1'] = process.argv.slice(2);
const startedAt = performance.now();
const graded = Array.from({ length: Number(runs) }, (_, i) => {
  const seed = Number(first) + i;
  const one = grade(simulate(seed));
  return one ? [{ seed, ...one }] : [];
}).flat();

type Phase = 'provisional' | 'settled';
const percent = (part: number, whole: number): string =>
  whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`;
const marksOf = (some: readonly Graded[], phase: Phase): Mark[] =>
  some.flatMap(one => one[phase] ?? []);
const count = (marks: readonly Mark[], which: (mark: Mark) => boolean): number =>
  marks.filter(which).length;

function row(name: string, some: readonly Graded[]): (string | number)[] {
  return [
    name,
    some.length,
    ...(['provisional', 'settled'] as const).flatMap(phase => {
      const marks = marksOf(some, phase);
      return [
        percent(
          count(marks, it => it.isStrict),
          some.length,
        ),
        percent(
          count(marks, it => it.isRight),
          some.length,
        ),
        percent(
          count(marks, it => it.isUnsure),
          some.length,
        ),
        percent(
          count(marks, it => it.isConfidentlyWrong),
          some.length,
        ),
      ];
    }),
  ];
}

const header = [
  '',
  'runs',
  ...['before settling:', 'settled:'].flatMap(phase => [
    `${phase} strict`,
    'right',
    'unsure',
    'conf. wrong',
  ]),
];
const groups = (of: (one: Graded) => string): (string | number)[][] =>
  [...new Set(graded.map(of))].toSorted().map(name =>
    row(
      name,
      graded.filter(one => of(one) === name),
    ),
  );
console.log(columns([header, ...groups(one => one.cause), row('all', graded)]));
console.log(columns([header, ...groups(one => `words: ${one.words}`)]));

const settled = marksOf(graded, 'settled');
const share = (which: (mark: Mark) => boolean): number => count(settled, which) / graded.length;
const wanted = process.env['MISSES'];
const missed = graded.filter(({ settled, provisional }) =>
  wanted === 'strict' ? !settled?.isStrict : !settled?.isRight || !provisional?.isRight,
);
if (wanted !== undefined)
  for (const { seed, cause, words, settled: verdict, provisional, visible, incident } of missed)
    console.log(
      seed,
      cause,
      words,
      `${provisional?.cause}${provisional?.isConfidentlyWrong ? '!' : ''} -> ${verdict?.cause}${verdict?.isConfidentlyWrong ? '!' : ''}`,
      incident?.places[0]?.agent,
      incident?.provider,
      JSON.stringify(visible),
    );
const seconds = (performance.now() - startedAt) / 1000;
console.log(
  `runs in which something went wrong ${graded.length}, without an incident ${graded.filter(one => !one.settled).length}, in ${seconds.toFixed(0)} s`,
);
const provisional = marksOf(graded, 'provisional');
const isHeld =
  graded.length >= Number(runs) * 0.9 &&
  share(it => it.isStrict) >= 0.9 &&
  share(it => it.isRight) >= 0.97 &&
  share(it => it.isConfidentlyWrong) <= 0.01 &&
  count(provisional, it => it.isConfidentlyWrong) <= 0.01 * graded.length &&
  share(it => it.isUnsure) <= 0.12;
console.log(
  `strict >= 90 %, right >= 97 %, confidently wrong <= 1 % before and after, unsure <= 12 %: ${isHeld ? 'held' : 'MISSED'}`,
);
process.exitCode = isHeld ? 0 : 1;
