import { joinSentences } from '../core/base/format.ts';
import { createReadStream } from 'node:fs';
import { TextDecoder } from 'node:util';
import type { Locale, Translate } from '../core/base/ports.ts';
import { supportIdsIn } from '../core/agents/supportIds.ts';
import { idLines } from '../core/diagnosis/idLines.ts';
import { redact } from '../core/base/redact.ts';
import type { Classification } from '../core/errors/category.ts';
import { classify } from '../core/errors/classify.ts';
import { parseErrorText } from '../core/errors/readFields.ts';
import { explainWords, type Explanation } from '../core/explain/explain.ts';
import { categoryWords, lackWords } from './categoryWords.ts';
import { UsageError } from './command.ts';
import { printJson, printText, printWarning } from './output.ts';

/** More than a pasted error with the page or conversation around it. */
const MOST_BYTES = 1024 * 1024;

/** The bytes of a file, or of standard input for `-`, as they arrive. */
async function* readChunks(file: string, t: Translate): AsyncGenerator<Buffer> {
  const stream: AsyncIterable<Buffer> = file === '-' ? process.stdin : createReadStream(file);
  try {
    for await (const chunk of stream) yield Buffer.from(chunk);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(t('{0} cannot be read ({1}).', file, code ?? message));
  }
}

/** The first `MOST_BYTES` of a text. The rest is not read. */
async function readStart(file: string, t: Translate): Promise<string> {
  const chunks: Buffer[] = [];
  let byteCount = 0;
  for await (const chunk of readChunks(file, t)) {
    chunks.push(chunk.subarray(0, MOST_BYTES - byteCount));
    byteCount += chunk.length;
    if (byteCount < MOST_BYTES) continue;
    printWarning(t('Only the first 1 MB is read.'));
    break;
  }
  const bytes = Buffer.concat(chunks);
  return new TextDecoder(encodingOf(bytes)).decode(bytes, { stream: true });
}

/** The lines of a text, each as soon as it arrives; undefined for a line over `MOST_BYTES`. */
async function* readLines(file: string, t: Translate): AsyncGenerator<string | undefined> {
  let decoder: TextDecoder | undefined;
  let text = '';
  let isTooLong = false;
  for await (const chunk of readChunks(file, t)) {
    decoder ??= new TextDecoder(encodingOf(chunk));
    const lines = (text + decoder.decode(chunk, { stream: true })).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      yield isTooLong ? undefined : line;
      isTooLong = false;
    }
    if (text.length <= MOST_BYTES) continue;
    isTooLong = true;
    text = '';
  }
  if (isTooLong || text !== '') yield isTooLong ? undefined : text;
}

/** PowerShell's `>` writes UTF-16; without a byte order mark, the zeros of Latin text reveal it. */
function encodingOf([first, second]: Uint8Array): string {
  if ((first === 0xff && second === 0xfe) || (second === 0 && first !== 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return 'utf-16be';
  return 'utf-8';
}

/** The input and output format. */
type ExplainFormat = 'text' | 'json' | 'jsonl';

/** A call of `kimi-quota explain`. `file`: a path, or `-` for standard input. */
export interface ExplainCall {
  readonly format: ExplainFormat;
  readonly file: string;
  readonly locale: Locale;
}

/** Explains one text, or with `jsonl` the text of each JSON line. Resolves to the exit code. */
export async function explain({ format, file, locale }: ExplainCall): Promise<number> {
  if (format === 'jsonl') return explainLines(file, locale.t);
  const input = await readStart(file, locale.t);
  const answer = classify(input);
  const explanation = explanationOf(answer, input, locale);
  // The user's own text: its ids are what support asks for.
  const ids = supportIdsIn(input);
  const report = { ...reportOf(answer), explanation, ...(ids ? { ids } : {}) };
  if (format === 'json') printJson(report, 2);
  else {
    const lines = idLines(ids, locale.t).map(line => `${line}\n`);
    printText(
      `${textFor(answer, locale.t)}${lines.join('')}${explanationText(answer, explanation, locale.t)}`,
    );
  }
  return 0;
}

/** Answers each line as soon as it arrives. Reports an invalid line and skips it. */
async function explainLines(file: string, t: Translate): Promise<number> {
  let code = 0;
  let number = 0;
  for await (const line of readLines(file, t)) {
    number++;
    if (line?.trim() === '') continue;
    const item = line === undefined ? undefined : parseErrorText(line);
    if (item) {
      printJson({ id: item.id, ...reportOf(classify(item.raw, item.meta)) });
    } else {
      printWarning(t('line {0} is not {1}.', number, '{"id": …, "raw": "…"}'));
      code = 2;
    }
  }
  return code;
}

/** Judged by the text only, without quota readings and requests. */
function explanationOf(answer: Classification, raw: string, locale: Locale): Explanation {
  return explainWords({ ...answer, text: redact(raw.trim()) }, { locale, now: Date.now() });
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

function textFor(answer: Classification, t: Translate): string {
  const { category, rule, confidence, fields, isQuoted } = answer;
  const lines = [
    sentenceFor(answer, t),
    t('Category: {0}', category),
    ...(category === 'not_an_error' ? [] : [t('Your Kimi account: {0}', accountFor(answer, t))]),
    ...(isQuoted ? [t('This text may be a quote from a document, source code or a chat.')] : []),
    ...(rule === undefined ? [] : [t('Rule: {0} (confidence: {1})', rule, confidence)]),
    ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join('\n')}\n`;
}

function sentenceFor({ category, fields }: Classification, t: Translate): string {
  return category === 'entitlement' && fields.lacks
    ? lackWords[fields.lacks](t)
    : categoryWords[category](t);
}

/** A gateway may pass on Kimi's error text for the gateway's own account. */
function accountFor({ isKimi, fields: { gateway } }: Classification, t: Translate): string {
  if (isKimi === 'unknown') return t('unclear');
  if (isKimi && gateway)
    return t('unclear (error text of Kimi, passed on by the gateway {0})', gateway);
  return isKimi ? t('yes') : t('no');
}

function explanationText(
  { category }: Classification,
  { cause, retry, steps }: Explanation,
  t: Translate,
): string {
  if (category === 'not_an_error') return '';
  const sentences = joinSentences([cause, retry], t);
  return ['', sentences, ...steps.map(step => `- ${step.text}`), ''].join('\n');
}
