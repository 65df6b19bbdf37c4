import { classify } from '../../src/core/errors/classify.ts';
import { WINDOW_LENGTH } from '../../src/core/errors/cleanText.ts';
import { RULES } from '../../src/core/errors/rules.ts';
import { median, timeMs, type BenchRow } from './benchRow.ts';

const ROUNDS = 40;

/** How fast a text is read: those that agents write, and 4 KB made to be slow. */
export async function benchClassify(): Promise<BenchRow[]> {
  const typical = RULES.map(({ example }) => example);
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const ms = await timeMs(() => repeat(10, () => typical.forEach(text => classify(text))));
    rounds.push((ms * 1000) / (10 * typical.length));
  }
  const worst: number[] = [];
  for (const unit of HOSTILE) {
    const text = unit.repeat(Math.ceil(WINDOW_LENGTH / unit.length)).slice(0, WINDOW_LENGTH);
    const times: number[] = [];
    for (let run = 0; run < 7; run++) times.push(await timeMs(() => classify(text)));
    worst.push(median(times));
  }
  return [
    // The engine compiles the patterns for what it sees: the later half is what lasts.
    {
      name: 'classify: a typical text (50,000 a second)',
      figure: median(rounds.slice(ROUNDS / 2)),
      unit: 'µs',
      limit: 20,
    },
    { name: 'classify: the worst 4 KB', figure: Math.max(...worst), unit: 'ms', limit: 5 },
  ];
}

function repeat(times: number, work: () => void): void {
  for (let time = 0; time < times; time++) work();
}

/** Beginnings of every pattern that looks ahead, and what the cleaning has most work with. */
const HOSTILE: readonly string[] = [
  'a',
  '\\',
  '"\'',
  '&amp;',
  '\u001b[31m',
  '{"error":',
  'account ',
  'Error: 429 too many requests, ',
  'request reached organization ',
  "You've reached your ",
  'rate limit reached for x ',
  'all credentials for model ',
  'internal: ',
  'exceeded your current quota ',
  'the request was rejected and ',
  'org-aaaa / proj-aaaa ',
  'http://a.b.c.d.',
  'GET /aaaa',
  '请求被拒绝（429）：',
  'provider=a.a.a',
  '`a',
  '[[[[',
];
