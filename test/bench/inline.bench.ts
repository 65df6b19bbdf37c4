import { explanationOf } from '../../src/core/explain/explained.ts';
import { isWorthTelling, wordsOfText } from '../../src/core/errors/wordsOfText.ts';
import { ERROR_CASES } from '../support/errorCases.ts';
import { HOSTILE } from '../support/hostile/texts.ts';
import { ENGLISH, NOW } from '../support/quotaViews.ts';
import { type BenchRow, median, timeMs } from './benchRow.ts';

/** What a large screen shows of a log. */
const VISIBLE_LINES = 80;
const PAGES = 40;
const LONG_LINE = 100_000;

/** What is done where an error is seen, without what the editor does. */
export async function benchInline(): Promise<BenchRow[]> {
  const errors = ERROR_CASES.map(
    ({ text }) => `2026-11-21T10:00:01Z ERROR request failed: ${text}`,
  );
  const pages: number[] = [];
  for (let page = 0; page < PAGES; page++) pages.push(await timeMs(() => draw(page, errors)));
  const slowest = [...errors, ...hostileLines()];
  return [
    {
      name: `inline: end-of-line text of ${VISIBLE_LINES} lines, a third of them errors`,
      figure: median(pages.slice(PAGES / 4)),
      unit: 'ms',
      limit: 5,
    },
    {
      name: 'inline: a hover, the slowest line',
      figure: await worstOf(slowest, line => describe(line)),
      unit: 'ms',
      limit: 10,
    },
    {
      name: 'inline: a line of a terminal, the slowest',
      figure: await worstOf(slowest, line => wordsOfText(line)),
      unit: 'ms',
      limit: 1,
    },
  ];
}

function draw(page: number, errors: readonly string[]): void {
  for (let line = 0; line < VISIBLE_LINES; line++) {
    const error = errors[(page * VISIBLE_LINES + line) % errors.length] ?? '';
    describe(line % 3 === 0 ? error : `2026-11-21T10:00:00Z INFO read file ${page}-${line}.ts`);
  }
}

function describe(line: string): string | undefined {
  const words = wordsOfText(line);
  if (!words || !isWorthTelling(words)) return undefined;
  return explanationOf({ kind: 'words', words }, { locale: ENGLISH, now: NOW }).cause;
}

/** With a word in front that makes a line worth a look. */
const hostileLines = (): string[] =>
  HOSTILE.map(unit => `429 ${unit.repeat(Math.ceil(LONG_LINE / unit.length))}`);

async function worstOf(lines: readonly string[], work: (line: string) => unknown): Promise<number> {
  const figures: number[] = [];
  for (const line of lines) {
    const runs: number[] = [];
    for (let run = 0; run < 7; run++) runs.push(await timeMs(() => work(line)));
    figures.push(median(runs));
  }
  return Math.max(...figures);
}
