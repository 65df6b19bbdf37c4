// `npm run eval -- FILE.jsonl`: how well the classifier reads labelled texts. Each line holds `id`,
// `raw`, `expected: {category, isKimi}`, and may hold `meta` with `expectedWithMeta`. A label may have
// `alsoAccepted: {category?: [], isKimi?: []}`, and `quoted: true` where Kimi's words are only quoted:
// then both naming them and calling them no error are right. Exits with 1 when a figure is missed.
import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';
import type { ErrorMeta } from '../../src/core/errors/category.ts';
import { classify } from '../../src/core/errors/classify.ts';
import { parseErrorText } from '../../src/core/errors/readFields.ts';
import { confusionMatrix, categoryTable } from './evalTables.ts';

const IsKimi = z.union([z.boolean(), z.literal('unknown')]);
const Label = z.object({
  category: z.string(),
  isKimi: IsKimi,
  quoted: z.optional(z.boolean()),
  alsoAccepted: z.optional(
    z.object({
      category: z.optional(z.array(z.string())),
      isKimi: z.optional(z.array(IsKimi)),
    }),
  ),
});
type Label = z.infer<typeof Label>;
const Labelled = z.object({
  expected: Label,
  expectedWithMeta: z.optional(Label),
});

/** One judged reading of one text. */
export interface Reading {
  readonly id: string;
  readonly expected: string;
  readonly actual: string;
  readonly isRight: boolean;
  readonly isKimiRight: boolean;
  /** Called Kimi's, and is not, or need not be. */
  readonly isFalseKimi: boolean;
  readonly words: string;
}

/** Our categories are finer than the labels. */
const FOLDED: Readonly<Record<string, string>> = {
  quota_monthly: 'quota_unspecified',
  membership: 'permission',
  client_not_accepted: 'permission',
  account_closed: 'permission',
};
const fold = (category: string): string => FOLDED[category] ?? category;

/** Each text is read alone and, where it has `meta`, once more with it. */
function readLine(line: string): Reading[] {
  const item = parseErrorText(line);
  const labelled = Labelled.parse(JSON.parse(line));
  if (!item) throw new Error(`Not a labelled text: ${line.slice(0, 80)}`);
  const readings = [{ id: String(item.id), meta: {}, label: labelled.expected }];
  if (Object.keys(item.meta).length > 0) {
    const label = labelled.expectedWithMeta ?? labelled.expected;
    readings.push({ id: `${item.id}+meta`, meta: item.meta, label });
  }
  return readings.map(({ id, meta, label }) => judge({ id, raw: item.raw, meta, label }));
}

interface Judged {
  readonly id: string;
  readonly raw: string;
  readonly meta: ErrorMeta;
  readonly label: Label;
}

function judge({ id, raw, meta, label }: Judged): Reading {
  const answer = classify(raw, meta);
  const right = [label.category, ...(label.alsoAccepted?.category ?? [])].map(fold);
  const owners = [label.isKimi, ...(label.alsoAccepted?.isKimi ?? [])];
  const isRight = label.quoted === true || right.includes(fold(answer.category));
  const isKimiRight = label.quoted === true || owners.includes(answer.isKimi);
  const expected = fold(label.category);
  return {
    id,
    expected,
    actual: isRight ? expected : fold(answer.category),
    isRight,
    isKimiRight,
    isFalseKimi: answer.isKimi === true && !isKimiRight,
    words: `${answer.category}, isKimi ${answer.isKimi} (wanted ${label.isKimi}), rule ${answer.rule}: ${JSON.stringify(raw.slice(0, 140))}`,
  };
}

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('Usage: npm run eval -- FILE.jsonl');
const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
const readings = lines.flatMap(readLine);
const misses = readings.filter(({ isRight, isKimiRight }) => !isRight || !isKimiRight);
const share = readings.filter(({ isRight }) => isRight).length / readings.length;
const negatives = readings.filter(({ expected }) => expected === 'not_an_error');
const alarms = negatives.filter(({ isRight }) => !isRight);
const isKimiErrors = readings.filter(({ isKimiRight }) => !isKimiRight);
const falseKimi = readings.filter(({ isFalseKimi }) => isFalseKimi);

console.log(categoryTable(readings));
console.log(confusionMatrix(readings));
console.log(`texts ${lines.length}, readings ${readings.length}`);
console.log(`exact category  ${(share * 100).toFixed(1)} %`);
console.log(`negatives       ${negatives.length}, called an error ${alarms.length}`);
console.log(`isKimi wrong    ${isKimiErrors.length}, of them called Kimi's ${falseKimi.length}`);
for (const { id, expected, words } of misses)
  console.log(`  ${id}: wanted ${expected}, got ${words}`);
process.exitCode = share < 0.97 || falseKimi.length > 0 ? 1 : 0;
