// `npm run eval:future`: how well the classifier reads future error texts of Kimi, measured on past
// ones. For each month since January 2026 the classifier as of that month, with all that was
// learned later switched off, reads the texts of the months after it. With `-- FILE.jsonl` of the
// same form (`date`, `category`, `status`, `type`, `text`) those are read, too. Exits with 1 when
// less than 92 % is exact or a true parent, or when a window or the network is named that was not
// meant.
import { readFileSync } from 'node:fs';
import { createClassify } from '../../src/core/errors/classify.ts';
import { DATED_TEXTS, isSameOrParent, WRAPPINGS, type DatedText } from '../support/errorCases.ts';
import { columns } from './evalTables.ts';

const MONTHS = ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10'].map(
  month => `2026-${month}`,
);
const WANTED_SHARE = 0.92;

const [file] = process.argv.slice(2);
const more = file === undefined ? [] : readFileSync(file, 'utf8').split('\n').filter(Boolean);
const texts = [...DATED_TEXTS, ...more.map(line => JSON.parse(line) as DatedText)];

interface Judged {
  readonly month: string;
  readonly text: DatedText;
  readonly found: string;
  readonly isExact: boolean;
  readonly isRight: boolean;
  readonly isWrongWindow: boolean;
  readonly isNetwork: boolean;
}

function judge(month: string): Judged[] {
  const classify = createClassify(month);
  return texts
    .filter(({ date }) => date > month)
    .flatMap(text =>
      WRAPPINGS.map(wrap => {
        const { category } = classify(wrap(text));
        return {
          month,
          text,
          found: category,
          isExact: category === text.category,
          isRight: isSameOrParent(category, text.category),
          isWrongWindow:
            /^quota_(?:5h|weekly|monthly)$/.test(category) && category !== text.category,
          isNetwork: category === 'network',
        };
      }),
    );
}

const judged = MONTHS.flatMap(judge);
const percent = (some: readonly Judged[], of: readonly Judged[]): string =>
  of.length === 0 ? '-' : `${((100 * some.length) / of.length).toFixed(1)} %`;
const row = (name: string, of: readonly Judged[]): (string | number)[] => [
  name,
  of.length,
  percent(
    of.filter(({ isExact }) => isExact),
    of,
  ),
  percent(
    of.filter(({ isRight }) => isRight),
    of,
  ),
  of.filter(({ isWrongWindow }) => isWrongWindow).length,
  of.filter(({ isNetwork }) => isNetwork).length,
];

console.log(
  columns([
    ['as of', 'readings', 'exact', 'or parent', 'wrong window', 'network'],
    ...MONTHS.map(month =>
      row(
        month,
        judged.filter(one => one.month === month),
      ),
    ),
    row('all', judged),
  ]),
);
const misses = new Map<string, string[]>();
for (const { month, text, found, isRight } of judged)
  if (!isRight) {
    const name = `${text.category}, read as ${found}: ${text.text.slice(0, 90)}`;
    misses.set(name, [...new Set([...(misses.get(name) ?? []), month])]);
  }
for (const [name, months] of misses) console.log(`  as of ${months.join(', ')}: ${name}`);

const share = judged.filter(({ isRight }) => isRight).length / judged.length;
const isWrong = judged.some(({ isWrongWindow, isNetwork }) => isWrongWindow || isNetwork);
process.exitCode = share < WANTED_SHARE || isWrong ? 1 : 0;
