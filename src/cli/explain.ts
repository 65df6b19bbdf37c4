import type { Classification } from '../core/errors/category.ts';
import { CATEGORY_WORDS, LACK_WORDS } from '../core/errors/categoryWords.ts';
import { classify } from '../core/errors/classify.ts';
import { parseErrorText } from '../core/errors/errorText.ts';
import { explainWords, type Explanation } from '../core/explain/explain.ts';
import { redact } from '../core/base/redact.ts';
import { english } from '../core/base/format.ts';
import { printJson, printText, printWarning } from './output.ts';
import { readLines, readStart } from './textInput.ts';

/** How the texts come and how the answers go. */
type ExplainFormat = 'text' | 'json' | 'jsonl';

/** What `kimi-quota explain` was asked. `file`: a path, or `-` for the standard input. */
export interface ExplainCall {
  readonly format: ExplainFormat;
  readonly file: string;
}

/** Reads one text, or one of each JSON line, and writes what each means. */
export async function explain({ format, file }: ExplainCall): Promise<number> {
  if (format === 'jsonl') return explainLines(file);
  const input = await readStart(file);
  const answer = classify(input);
  const explanation = explanationOf(answer, input);
  const report = { ...reportOf(answer), explanation };
  if (format === 'json') printJson(report, 2);
  else printText(`${textFor(answer)}${explanationText(answer, explanation)}`);
  return 0;
}

/** Each as soon as it comes. A line that is none is named and left out. */
async function explainLines(file: string): Promise<number> {
  let code = 0;
  let number = 0;
  for await (const line of readLines(file)) {
    number++;
    if (line?.trim() === '') continue;
    const item = line === undefined ? undefined : parseErrorText(line);
    if (item) {
      printJson({ id: item.id, ...reportOf(classify(item.raw, item.meta)) });
    } else {
      printWarning(`line ${number} is not {"id": …, "raw": "…"}.`);
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

function reportOf({ isKimi, category, rule, confidence, fields, isQuoted }: Classification) {
  return {
    isKimi,
    category,
    rule: rule ?? null,
    confidence,
    fields,
    ...(isQuoted && { isQuoted }),
  };
}

function textFor(answer: Classification): string {
  const { category, rule, confidence, fields, isQuoted } = answer;
  const lines = [
    sentenceFor(answer),
    `Category: ${category}`,
    ...(category === 'not_an_error' ? [] : [`Your Kimi account: ${accountFor(answer)}`]),
    ...(isQuoted ? ['These words may only be quoted: a document, a source or a chat.'] : []),
    ...(rule === undefined ? [] : [`Rule: ${rule} (confidence: ${confidence})`]),
    ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join('\n')}\n`;
}

function sentenceFor({ category, fields }: Classification): string {
  return category === 'entitlement' && fields.lacks
    ? LACK_WORDS[fields.lacks]
    : CATEGORY_WORDS[category];
}

/** A program in between may have written the words of Kimi for an account of its own. */
function accountFor({ isKimi, fields: { gateway } }: Classification): string {
  if (isKimi === 'unknown') return 'not certain';
  if (isKimi && gateway) return `Kimi's words, passed on by a gateway (${gateway})`;
  return isKimi ? 'yes' : 'no';
}

function explanationText(
  { category }: Classification,
  { cause, retry, steps }: Explanation,
): string {
  if (category === 'not_an_error') return '';
  const sentences = [cause, retry].filter(sentence => sentence !== '').join(' ');
  return ['', sentences, ...steps.map(step => `- ${step.text}`), ''].join('\n');
}
