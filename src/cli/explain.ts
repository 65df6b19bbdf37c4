import { readFile } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import type { Classification } from '../core/errors/category.ts';
import { CATEGORY_WORDS } from '../core/errors/categoryWords.ts';
import { classify } from '../core/errors/classify.ts';
import { parseErrorText } from '../core/errors/errorText.ts';
import { explainWords, type Explanation } from '../core/explain/explain.ts';
import { redact } from '../core/base/redact.ts';
import { english } from '../core/base/format.ts';
import { UsageError } from './tailing.ts';

/** How the texts come and how the answers go. */
type ExplainFormat = 'text' | 'json' | 'jsonl';

/** What `kimi-quota explain` was asked. `file`: a path, or `-` for the standard input. */
export interface ExplainCall {
  readonly format: ExplainFormat;
  readonly file: string;
}

/** Reads one text, or one of each JSON line, and writes what each means. */
export async function explain({ format, file }: ExplainCall): Promise<number> {
  const input = await readInput(file);
  if (format === 'jsonl') return explainLines(input);
  const answer = classify(input);
  const explanation = explanationOf(answer, input);
  const report = { ...reportOf(answer), explanation };
  write(
    format === 'json'
      ? `${JSON.stringify(report, null, 2)}\n`
      : `${textFor(answer)}${explanationText(answer, explanation)}`,
  );
  return 0;
}

async function readInput(file: string): Promise<string> {
  if (file === '-') return textOf(process.stdin);
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${file} cannot be read (${error.code ?? error.message}).`);
  });
}

/** A line that is none is named and left out; the others are answered all the same. */
function explainLines(input: string): number {
  let code = 0;
  for (const [index, line] of input.split('\n').entries()) {
    if (line.trim() === '') continue;
    const item = parseErrorText(line);
    if (item) {
      write(`${JSON.stringify({ id: item.id, ...reportOf(classify(item.raw, item.meta)) })}\n`);
    } else {
      process.stderr.write(`kimi-quota: line ${index + 1} is not {"id": …, "raw": "…"}.\n`);
      code = 2;
    }
  }
  return code;
}

/** What the words mean for a person, judged without a quota and without requests. */
function explanationOf(answer: Classification, raw: string): Explanation {
  return explainWords(
    { ...answer, text: redact(raw.trim()) },
    { locale: { language: 'en', t: english }, now: Date.now() },
  );
}

function reportOf({ isKimi, category, rule, confidence, fields }: Classification) {
  return { isKimi, category, rule: rule ?? null, confidence, fields };
}

function textFor({ isKimi, category, rule, confidence, fields }: Classification): string {
  const account = isKimi === 'unknown' ? 'not certain' : isKimi ? 'yes' : 'no';
  const lines = [
    CATEGORY_WORDS[category],
    `Category: ${category}`,
    ...(category === 'not_an_error' ? [] : [`Your Kimi account: ${account}`]),
    ...(rule === undefined ? [] : [`Rule: ${rule} (confidence: ${confidence})`]),
    ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join('\n')}\n`;
}

function explanationText(
  { category }: Classification,
  { cause, retry, steps }: Explanation,
): string {
  if (category === 'not_an_error') return '';
  const sentences = [cause, retry].filter(sentence => sentence !== '').join(' ');
  return ['', sentences, ...steps.map(step => `- ${step.text}`), ''].join('\n');
}

function write(text: string): void {
  process.stdout.write(text);
}
