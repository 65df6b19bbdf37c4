import type { Classification } from '../core/errors/category.ts';
import { CATEGORY_WORDS, LACK_WORDS } from '../core/errors/categoryWords.ts';
import { classify } from '../core/errors/classify.ts';
import { parseErrorText } from '../core/errors/errorText.ts';
import { explainWords, type Explanation } from '../core/explain/explain.ts';
import { redact } from '../core/base/redact.ts';
import { english } from '../core/base/format.ts';
import { printJson, printText, printWarning } from './output.ts';
import { readLines, readStart } from './textInput.ts';

/** The input and output format. */
type ExplainFormat = 'text' | 'json' | 'jsonl';

/** A call of `kimi-quota explain`. `file`: a path, or `-` for standard input. */
export interface ExplainCall {
  readonly format: ExplainFormat;
  readonly file: string;
}

/** Explains one text, or with `jsonl` the text of each JSON line. Resolves to the exit code. */
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

/** Answers each line as soon as it arrives. Reports an invalid line and skips it. */
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

/** Judged by the text only, without quota readings and requests. */
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
    ...(isQuoted ? ['This text may be a quote from a document, source code or a chat.'] : []),
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

/** A gateway may pass on Kimi's error text for the gateway's own account. */
function accountFor({ isKimi, fields: { gateway } }: Classification): string {
  if (isKimi === 'unknown') return 'unclear';
  if (isKimi && gateway) return `unclear (error text of Kimi, passed on by the gateway ${gateway})`;
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
