import * as z from 'zod/mini';
import { lenient, omitUndefined, Time } from '../base/fields.ts';
import type { LogFile, LogRecord, RecordReader } from './agent.ts';
import { type ErrorText, unwrapError } from './agentError.ts';
import { failureFromText } from './failureFromText.ts';
import { FailureStatus, idOfName, Name, parseRecord, Tokens, Words } from './recordFields.ts';
import type { AgentId, Failure, Signal } from './signal.ts';
import { supportIds } from './supportIds.ts';
import { SAME_MOMENT_MS } from '../base/time.ts';

/** An error in a task without the extension's wrapping. */
export interface TaskError extends ErrorText {
  readonly providerId?: string;
  readonly model?: string;
  readonly otherProvider?: string;
  /** The first wait, during the countdown. */
  readonly waitMs?: number;
}

/** Cline's form of an error; `details` is the provider's body. */
const ClineError = z.object({
  message: Words,
  status: FailureStatus,
  request_id: Name,
  modelId: Name,
  providerId: Name,
  details: lenient(z.looseObject({ message: Words, status: FailureStatus })),
});

const TIMER = /<retry_timer>(\d{0,5})<\/retry_timer>/;
/** Older versions of Roo Code show the countdown as text. */
const OLD_TIMER = /\nRetry attempt \d{1,4}\nRetrying (?:in (\d{1,5}) seconds?\.\.\.|now\.\.\.)$/;
/** `OpenAI completion error: `, `Moonshot AI streaming error: `. */
const PROVIDER = /^[A-Z][\w ().-]{1,40}? (?:completion|streaming|API) error: /;
/** `[MOONSHOT] `. */
const CLINE_PROVIDER = /^\[([A-Z][A-Z0-9_-]{1,40})\] /;
/** The extension's own rate limit, and its message for an empty response. */
const NO_FAILURE = /^(?:Rate limiting for \d{1,5} seconds|Unexpected API Response: )/;
/** A proxy's page may be long. */
const LONGEST = 64 * 1024;

/** Removes the wrapping of Cline, Roo Code and Kilo Code; undefined: no request failed. */
export function unwrapTaskError(raw: string): TaskError | undefined {
  const whole = raw.slice(0, LONGEST).trimEnd();
  const seconds = TIMER.exec(whole)?.[1] ?? OLD_TIMER.exec(whole)?.[1];
  const timed = whole.replace(TIMER, '').replace(OLD_TIMER, '').trim();
  if (NO_FAILURE.test(timed)) return undefined;
  // The status has its own line.
  const head = /^([45]\d\d)\n/.exec(timed);
  const parsed = unwrapText(timed.slice(head?.[0].length ?? 0));
  return {
    ...parsed,
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
  const parsed = error ? readClineError(error, words.slice(0, json)) : readPlain(words);
  const providerId = parsed.providerId ?? provider?.[1]?.toLowerCase();
  return { ...parsed, ...(providerId ? { providerId } : {}) };
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

/** Every relevant element contains one of these, including those of requests. */
export const TASK_ANCHORS: readonly string[] = ['api_req_', 'error_retry"'];

/** One message of a task, as the extension shows it. */
const Element = z.object({
  ts: Time,
  ask: Name,
  say: Name,
  text: Words,
  /** Only in newer versions of Cline. */
  modelInfo: lenient(z.object({ modelId: Name, providerId: Name })),
});
type Element = z.infer<typeof Element>;

/** The text of `api_req_started`, which is updated when the request ends. */
const Request = z.object({
  tokensIn: Tokens,
  tokensOut: Tokens,
  cacheReads: Tokens,
  cacheWrites: Tokens,
  /** Where it is named, newer versions count cached input in `tokensIn`. */
  apiProtocol: Name,
  cancelReason: Name,
  streamingFailedMessage: Words,
  /** Older versions: the sent text, with the name of the model. */
  request: Words,
});

/** The text of `error_retry`. */
const Retry = z.object({
  errorMessage: Words,
  delaySeconds: lenient(z.number().check(z.gte(0), z.lte(86_400))),
  failed: lenient(z.boolean()),
});

const Memory = z.object({
  /** Events up to this time are reported. */
  toldAt: lenient(z.number()),
  /** The request that was open at that time. */
  openAt: lenient(z.number()),
});
type Memory = z.infer<typeof Memory>;

/**
 * Reads the elements of `ui_messages.json`, which Roo Code, Kilo Code up to 4 and Cline up to 3
 * rewrite with every message (docs/agents.md 7.6, 7.7): reported ones are skipped.
 */
export function createTaskReader(agent: AgentId, file: LogFile, memory?: string): RecordReader {
  const task = idOfName(file.relativePath.split('/').at(-2));
  const messages = new UiMessages(agent, task, parseRecord(memory ?? '', Memory) ?? {});
  return {
    read: ({ text, isWhole }: LogRecord) => {
      const element = isWhole ? parseRecord(text, Element) : undefined;
      return element ? messages.read(element) : [];
    },
    saveMemory: () => JSON.stringify(messages.memory),
  };
}

class UiMessages {
  readonly #agent: AgentId;
  readonly #task: string;
  readonly #before: Memory;
  memory: Memory;
  /** The request of the next failures, and their number, which distinguishes them. */
  #requestAt = 0;
  #failureCount = 0;
  #model: string | undefined;
  /** The text of a failure that an element of another kind may repeat. */
  #repeatable: { readonly words: string; readonly at: number } | undefined;

  constructor(agent: AgentId, task: string, memory: Memory) {
    this.#agent = agent;
    this.#task = task;
    this.#before = memory;
    this.memory = memory;
  }

  read(element: Element): Signal[] {
    const { ts, ask, say } = element;
    const signals =
      say === 'api_req_started'
        ? this.#readRequest(element)
        : say === 'api_req_retry_delayed' || say === 'error_retry' || ask === 'api_req_failed'
          ? this.#readFailure(element)
          : [];
    const toldAt = Math.max(ts, this.memory.toldAt ?? 0);
    this.memory = { ...this.memory, toldAt };
    return signals;
  }

  #isNew = (ts: number): boolean => ts > (this.#before.toldAt ?? 0);

  #readRequest(element: Element): Signal[] {
    const { ts, text } = element;
    const request = parseRecord(text ?? '', Request) ?? {};
    this.#requestAt = ts;
    this.#failureCount = 0;
    this.#model = modelOf(request.request) ?? this.#model;
    const hasEnded = (request.tokensOut ?? 0) > 0 || request.cancelReason !== undefined;
    const wasOpen = this.#before.openAt === ts;
    this.memory = { ...this.memory, openAt: hasEnded ? undefined : ts };
    const fields = this.#fields(element, ts);
    const started: Signal[] = this.#isNew(ts)
      ? [{ kind: 'requestStarted', ...fields, contentKey: this.#key('started', ts) }]
      : [];
    if (!hasEnded || !(wasOpen || this.#isNew(ts))) return started;
    return [...started, this.#ended(element, request)];
  }

  /** A broken stream leaves the error text here; a retry, if there is one, repeats it. */
  #ended(element: Element, request: z.infer<typeof Request>): Signal {
    const { ts } = element;
    const parsed =
      request.cancelReason === 'streaming_failed'
        ? unwrapTaskError(request.streamingFailedMessage ?? '')
        : undefined;
    if (parsed && parsed.text !== '') return this.#failed(element, parsed, {});
    const { tokensIn, cacheReads, cacheWrites, apiProtocol } = request;
    const cached = (cacheReads ?? 0) + (cacheWrites ?? 0);
    const isTotal = apiProtocol !== undefined && (tokensIn ?? 0) >= cached;
    const input = isTotal ? [tokensIn] : [tokensIn, cacheReads, cacheWrites];
    const counts = input.filter(count => count !== undefined);
    return {
      kind: 'requestEnded',
      ...this.#fields(element, ts),
      contentKey: this.#key('ended', ts),
      ...omitUndefined({
        inputTokens: counts.length > 0 ? counts.reduce((sum, count) => sum + count, 0) : undefined,
        cacheReadTokens: cacheReads,
        cacheWriteTokens: cacheWrites,
        outputTokens: request.tokensOut,
      }),
    };
  }

  #readFailure(element: Element): Signal[] {
    const { ts, say, text = '' } = element;
    const retry = say === 'error_retry' ? parseRecord(text, Retry) : undefined;
    const parsed = unwrapTaskError(retry?.errorMessage ?? text);
    if (!parsed) return [];
    // When Cline stops retrying it shows the error and then a question: one failure.
    const isRepeated =
      this.#repeatable?.words === parsed.text && ts - this.#repeatable.at <= SAME_MOMENT_MS;
    this.#repeatable = retry?.failed ? { words: parsed.text, at: ts } : undefined;
    if (isRepeated) return [];
    const waitMs = parsed.waitMs ?? (retry?.delaySeconds ?? 0) * 1000;
    const isFinal = element.ask !== undefined || retry?.failed === true;
    const failure = this.#failed(element, parsed, {
      ...(waitMs > 0 && !isFinal ? { retryAfterMs: waitMs } : {}),
      ...(isFinal ? { isFinal } : {}),
    });
    this.#failureCount++;
    return this.#isNew(ts) ? [failure] : [];
  }

  /** The first failure of a request has one key, whichever element reports it. */
  #failed(element: Element, parsed: TaskError, more: Partial<Failure>): Signal {
    const { failure, evidence } = failureFromText(parsed);
    const fields = this.#fields(element, this.#requestAt || element.ts);
    const { providerId = fields.evidence.providerId, otherProvider } = parsed;
    return {
      kind: 'requestFailed',
      ...fields,
      ...failure,
      ...more,
      evidence: { ...evidence, ...omitUndefined({ providerId, otherProvider }) },
      contentKey: this.#failureKey(element.ts),
      ...omitUndefined({ model: parsed.model ?? fields.model }),
    };
  }

  #failureKey(ts: number): string {
    const key = this.#key('failed', this.#requestAt || ts);
    return this.#requestAt ? `${key} ${this.#failureCount}` : key;
  }

  #key(what: string, ts: number): string {
    return [this.#agent, what, this.#task, ts].join(' ');
  }

  #fields({ ts, modelInfo }: Element, requestAt: number) {
    return {
      at: ts,
      agent: this.#agent,
      session: this.#task,
      request: String(requestAt),
      evidence: omitUndefined({ providerId: modelInfo?.providerId }),
      ...omitUndefined({ model: modelInfo?.modelId ?? this.#model }),
    };
  }
}

/**
 * In `<environment_details>` of the sent text: the last match, since quoted text comes before it.
 */
function modelOf(request: string | undefined): string | undefined {
  const found = request
    ?.slice(-LONGEST_DETAILS)
    .match(/<model>[\w.:@/-]{1,100}<\/model>/g)
    ?.at(-1);
  return found?.slice('<model>'.length, -'</model>'.length);
}
const LONGEST_DETAILS = 64 * 1024;
