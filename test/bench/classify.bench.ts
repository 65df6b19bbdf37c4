import { classify } from '../../src/core/errors/classify.ts';
import { WINDOW_LENGTH } from '../../src/core/errors/unwrap.ts';
import { ERROR_CASES } from '../support/errorCases.ts';
import { HOSTILE } from '../support/hostile/texts.ts';
import { median, timeMs, type BenchRow } from './benchRow.ts';

const ROUNDS = 40;

/** How fast a text is read: those that agents write, and 4 KB made to be slow. */
export async function benchClassify(): Promise<BenchRow[]> {
  const typical = ERROR_CASES.map(({ text }) => text);
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
