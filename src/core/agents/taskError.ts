import * as z from 'zod/mini';
import { lenient } from '../quota/readField.ts';
import { unwrapError, type ErrorText } from './errorText.ts';
import { FailureStatus, Name, parseRecord, Words } from './recordField.ts';
import { supportIds } from './supportIds.ts';

/** What is left of an error's text in a task when the extension's wrapping is off. */
export interface TaskError extends ErrorText {
  readonly providerId?: string;
  readonly model?: string;
  readonly otherProvider?: string;
  /** The first wait, while it is counted down. */
  readonly waitMs?: number;
}

/** What Cline makes of an error; `details` is the provider's own. */
const ClineError = z.object({
  message: Words,
  status: FailureStatus,
  request_id: Name,
  modelId: Name,
  providerId: Name,
  details: lenient(z.looseObject({ message: Words, status: FailureStatus })),
});

const TIMER = /<retry_timer>(\d{0,5})<\/retry_timer>/;
/** Older versions of Roo Code count in words. */
const OLD_TIMER =
  /\n+Retry attempt \d{1,4}\nRetrying (?:in (\d{1,5}) seconds?\.\.\.|now\.\.\.)\s*$/;
/** `OpenAI completion error: `, `Moonshot AI streaming error: `. */
const PROVIDER = /^[A-Z][\w ().-]{1,40}? (?:completion|streaming|API) error: /;
/** `[MOONSHOT] `. */
const CLINE_PROVIDER = /^\[([A-Z][A-Z0-9_-]{1,40})\] /;
/** The extension's own pacing, and what it says of an answer that was empty. */
const NO_FAILURE = /^(?:Rate limiting for \d{1,5} seconds|Unexpected API Response: )/;
/** A proxy's page may be long. */
const LONGEST = 64 * 1024;

/** Takes the wrapping of Cline, Roo Code and Kilo Code off; undefined: no request failed. */
export function unwrapTaskError(raw: string): TaskError | undefined {
  const whole = raw.slice(0, LONGEST);
  const seconds = TIMER.exec(whole)?.[1] ?? OLD_TIMER.exec(whole)?.[1];
  const timed = whole.replace(TIMER, '').replace(OLD_TIMER, '').trim();
  if (NO_FAILURE.test(timed)) return undefined;
  // The status stands on a line of its own.
  const head = /^([45]\d\d)\n/.exec(timed);
  const said = unwrapText(timed.slice(head?.[0].length ?? 0));
  return {
    ...said,
    ...(head ? { status: Number(head[1]) } : {}),
    ...(seconds ? { waitMs: Number(seconds) * 1000 } : {}),
  };
}

function unwrapText(text: string): TaskError {
  const provider = CLINE_PROVIDER.exec(text);
  const words = text.slice(provider?.[0].length ?? 0).replace(PROVIDER, '');
  const json = words.startsWith('{') ? 0 : words.indexOf('\n{') + 1;
  const error =
    json > 0 || words.startsWith('{') ? parseRecord(words.slice(json), ClineError) : undefined;
  const said = error ? readClineError(error, words.slice(0, json)) : readPlain(words);
  const providerId = said.providerId ?? provider?.[1]?.toLowerCase();
  return { ...said, ...(providerId ? { providerId } : {}) };
}

function readClineError(error: z.infer<typeof ClineError>, before: string): TaskError {
  const { details, providerId, modelId: model } = error;
  const message = unwrapError(error.message ?? before.trim());
  const body = details === undefined ? undefined : unwrapError(JSON.stringify(details));
  const status = error.status ?? details?.status ?? message.status;
  const ids = supportIds({ requests: [error.request_id] });
  return {
    text: body?.text && !body.text.startsWith('{') ? body.text : message.text,
    ...(body?.errorType
      ? { errorType: body.errorType }
      : message.errorType
        ? { errorType: message.errorType }
        : {}),
    ...(status ? { status } : {}),
    ...(ids ? { ids } : {}),
    ...(providerId ? { providerId } : {}),
    ...(model ? { model } : {}),
  };
}

/** OpenRouter's `metadata.raw` is shown as JSON: a text, or an object. */
function readPlain(words: string): TaskError {
  const raw = words.startsWith('"') ? parseRecord(words, z.string()) : undefined;
  return raw === undefined
    ? unwrapError(words)
    : { ...unwrapError(raw), otherProvider: 'OpenRouter' };
}
