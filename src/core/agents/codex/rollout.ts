import * as z from 'zod/mini';
import { lenient, Time } from '../../base/fields.ts';
import type { LogFile, RecordReader } from '../agent.ts';
import { type ErrorText, unwrapError } from '../agentError.ts';
import { hostOf } from '../../base/kimiHosts.ts';
import { failureFromText } from '../failureFromText.ts';
import {
  Duration,
  FailureStatus,
  idOfName,
  omitUndefined,
  Name,
  parseRecord,
  Tokens,
  Words,
} from '../recordFields.ts';
import type { Signal } from '../signal.ts';
import { supportIdsIn } from '../supportIds.ts';

/** A Codex message without Codex's own sentences. */
interface CodexError extends ErrorText {
  readonly host?: string;
  readonly otherProvider?: string;
}

/** `codex_error_info`: a name, or a name with the status. */
interface CodexErrorInfo {
  readonly name?: string | undefined;
  readonly status?: number | undefined;
}

const UNEXPECTED = /^unexpected status (\d{3})\b[^:]{0,60}: (.*)$/s;
const RETRY_LIMIT = /^exceeded retry limit, last status: (\d{3})\b/;
const STREAM =
  /^(?:stream disconnected before completion|Connection failed|Error while reading the server response): /;
/** The text after the body: a URL, then ids; each may be missing. */
const URL_END = /, url: (https?:\/\/[^\s,]{1,500})$/;
const ID_END = /, (?:cf-ray|request id|auth error|auth error code): [^,]{0,200}$/;
/** Codex reads these from responses of OpenAI's own service (`UsageLimitReachedError`). */
const OPENAI =
  /^(?:You've hit your usage limit|To use Codex with your ChatGPT plan|Your workspace is out of credits|You hit your spend cap)/;

/** Codex's sentences that replace the response (`CodexErr` of 0.169). */
const OWN_WORDS: ReadonlyMap<string, ErrorText> = new Map(
  Object.entries<ErrorText>({
    internal_server_error: { status: 500, text: '' },
    server_overloaded: { status: 503, text: '' },
    context_window_exceeded: { text: '', errorType: 'context_length_exceeded' },
  }),
);

/** No request was made, or the failure is not in the response. */
const NO_REQUEST =
  /^(?:sandbox_error|unauthorized|bad_request|thread_rollback_failed|cyber_policy|active_turn_not_steerable)$/;
const NO_REQUEST_WORDS =
  /^(?:Missing environment variable|turn aborted|interrupted|Fatal error|internal error; agent loop|no thread with id|agent thread limit)/i;

/** A URL and a few ids. */
const LONGEST_END = 1024;

/** Removes Codex's own sentences; undefined: no request to a provider failed. Not redacted. */
function unwrapCodexError(message: string, info: CodexErrorInfo): CodexError | undefined {
  const parsed = withoutOwnWords(message, info);
  // Ids follow the URL.
  const ids = parsed && supportIdsIn(message.slice(-LONGEST_END));
  return ids ? { ...parsed, ids } : parsed;
}

function withoutOwnWords(
  message: string,
  { name = 'other', status }: CodexErrorInfo,
): CodexError | undefined {
  if (NO_REQUEST_WORDS.test(message) || (NO_REQUEST.test(name) && status === undefined))
    return undefined;
  const own = OWN_WORDS.get(name);
  if (own) return { ...own, ...(status ? { status } : {}) };
  if (OPENAI.test(message))
    return { text: message, status: status ?? 429, otherProvider: 'OpenAI' };
  const limit = RETRY_LIMIT.exec(message)?.[1];
  if (limit !== undefined) return { text: '', status: status ?? Number(limit) };
  const unexpected = UNEXPECTED.exec(message);
  const rest = unexpected?.[2] ?? message.replace(STREAM, '');
  const { body, url } = withoutEnd(rest);
  const parsed = unwrapError(body === 'Unknown error' ? '' : body);
  const host = hostOf(url);
  // Of a 400 Codex keeps only the body.
  const plain = /^\{/.test(message) && parsed.text !== '' ? 400 : undefined;
  const known =
    status ?? (unexpected ? Number(unexpected[1]) : undefined) ?? parsed.status ?? plain;
  return { ...parsed, ...(known ? { status: known } : {}), ...(host ? { host } : {}) };
}

function withoutEnd(text: string): { readonly body: string; readonly url: string } {
  let end = text.slice(-LONGEST_END);
  const before = text.slice(0, text.length - end.length);
  for (let id = ID_END.exec(end); id; id = ID_END.exec(end)) end = end.slice(0, id.index);
  const url = URL_END.exec(end);
  return { body: before + end.slice(0, url?.index), url: url?.[1] ?? '' };
}

/**
 * The number of attempts of a turn that failed this long after its last response. Codex reports
 * none of them, but it waits: at least 5.6 s in six attempts, 21 s in five times as many
 * (docs/agents.md 3.3). It does not retry a 429 or a 400.
 */
function attemptsOf({ status, text }: ErrorText, spentMs: number): number {
  if (status === 429 || status === 400 || spentMs < SIX_ATTEMPTS_MS) return 1;
  // A broken stream restarts; a request that cannot be sent is retried before that.
  const isSentAgain = status === undefined ? /^error sending request/.test(text) : status >= 500;
  return isSentAgain && spentMs >= THIRTY_ATTEMPTS_MS ? 30 : 6;
}
const SIX_ATTEMPTS_MS = 5500;
const THIRTY_ATTEMPTS_MS = 21_000;

/**
 * Whether a retry may fix a failure. The rollout omits those that a retry fixed, so the database
 * counts them; the rollout counts the others, with their error text.
 */
export const mayRecover = (status: number | undefined): boolean =>
  status === undefined || status === 429 || status >= 500;

const Usage = z.object({ input_tokens: Tokens, output_tokens: Tokens });

/** The fields of all relevant records; each is absent in records of other types. */
const RolloutRecord = z.object({
  timestamp: Time,
  ordinal: lenient(z.number()),
  type: z.string(),
  payload: z.object({
    type: Name,
    turn_id: Name,
    // `session_meta`
    cli_version: Name,
    model_provider: Name,
    source: lenient(z.object({ subagent: lenient(z.unknown()) })),
    // `turn_context`
    model: Name,
    // `event_msg` `thread_settings_applied`
    thread_settings: lenient(z.object({ model: Name, model_provider_id: Name })),
    // `token_usage_record`; `event_msg` `token_count` in older versions
    usage: lenient(Usage),
    info: lenient(z.object({ last_token_usage: lenient(Usage) })),
    // `response_item`
    call_id: Name,
    // `task_complete`; `error` in older versions
    error: lenient(z.object({ message: Words, codex_error_info: lenient(z.unknown()) })),
    message: Words,
    codex_error_info: lenient(z.unknown()),
    duration_ms: Duration,
  }),
});
type RolloutRecord = z.infer<typeof RolloutRecord>;

const Memory = z.object({
  version: Name,
  provider: Name,
  model: Name,
  parent: Name,
  isSide: lenient(z.boolean()),
  turn: Name,
  isOpen: lenient(z.boolean()),
  /** The time of the last record. */
  lastAt: lenient(z.number()),
  /** Running tools. The next request starts when the last one has finished. */
  calls: lenient(z.array(z.string())),
  hasAnswered: lenient(z.boolean()),
  /** Newer versions report tokens in a separate record. */
  hasUsage: lenient(z.boolean()),
});
type Memory = z.infer<typeof Memory>;

/** No turn runs more tools in parallel. */
const MOST_CALLS = 64;
/** Relevant kinds; an answer or a tool output of another kind may be long. */
const MATTERS =
  /"type":"(?:session_meta|turn_context|token_usage_record|task_\w+|turn_\w+|error|token_count|thread_settings_applied|\w{1,30}_call(?:_output)?)"/;

const TIMESTAMP = /^\{"timestamp":"([^"]{20,35})"/;

/** Reads the rollout of one thread, main or sub-agent. */
export function createRolloutReader(file: LogFile, memory?: string): RecordReader {
  const name = file.relativePath.split('/').at(-1) ?? '';
  const thread = /[0-9a-f]{8}-[0-9a-f-]{27}(?=\.jsonl$)/.exec(name)?.[0] ?? name;
  const rollout = new Rollout(idOfName(thread), parseRecord(memory ?? '', Memory) ?? {});
  return {
    read: ({ text }) => {
      const record = MATTERS.test(text) ? parseRecord(text, RolloutRecord) : undefined;
      if (record) return rollout.read(record);
      rollout.pass(Time.safeParse(TIMESTAMP.exec(text)?.[1]).data);
      return [];
    },
    saveMemory: () => JSON.stringify(rollout.memory),
  };
}

class Rollout {
  memory: Memory;
  readonly #thread: string;

  constructor(thread: string, memory: Memory) {
    this.#thread = thread;
    this.memory = memory;
  }

  read(record: RolloutRecord): Signal[] {
    const signals = this.#read(record);
    this.pass(record.timestamp);
    return signals;
  }

  /** Any record: a later failure began after it. */
  pass(at: number | undefined): void {
    if (at !== undefined) this.#remember({ lastAt: at });
  }

  #read(record: RolloutRecord): Signal[] {
    const { type, payload } = record;
    if (type === 'session_meta') this.#readMeta(payload);
    else if (type === 'turn_context') this.#remember(omitUndefined({ model: payload.model }));
    else if (type === 'token_usage_record') return this.#readUsage(record);
    else if (type === 'response_item') return this.#readItem(record);
    return type === 'event_msg' ? this.#readEvent(record) : [];
  }

  #readEvent(record: RolloutRecord): Signal[] {
    const { payload } = record;
    switch (payload.type) {
      case 'thread_settings_applied': {
        const { model, model_provider_id: provider } = payload.thread_settings ?? {};
        this.#remember(omitUndefined({ model, provider }));
        return [];
      }
      case 'task_started':
      case 'turn_started':
        this.#remember({ turn: payload.turn_id, calls: [], hasAnswered: false });
        return this.#start(record);
      case 'token_count':
        return this.memory.hasUsage ? [] : this.#end(record, payload.info?.last_token_usage);
      case 'turn_aborted':
        return this.#end(record);
      case 'error':
        return this.#fail(record, payload.message ?? '', payload.codex_error_info);
      case 'task_complete':
      case 'turn_complete': {
        const { error } = payload;
        return error
          ? this.#fail(record, error.message ?? '', error.codex_error_info)
          : this.#end(record);
      }
      default:
        return [];
    }
  }

  #readMeta({ cli_version, model_provider, source }: RolloutRecord['payload']): void {
    const subagent = source?.subagent;
    const parent = SpawnedBy.safeParse(subagent).data?.thread_spawn?.parent_thread_id;
    // `compact` and the like are names; a user's sub-agent is an object.
    const isSide = typeof subagent === 'string' && subagent !== 'review';
    this.#remember(
      omitUndefined({ version: cli_version, provider: model_provider, parent, isSide }),
    );
  }

  #readUsage(record: RolloutRecord): Signal[] {
    this.#remember({ hasUsage: true });
    return [...this.#end(record, record.payload.usage), ...this.#startAfterTools(record)];
  }

  #readItem(record: RolloutRecord): Signal[] {
    const { type = '', call_id: call } = record.payload;
    if (call === undefined) return [];
    const { calls = [] } = this.memory;
    if (type.endsWith('_call')) this.#remember({ calls: [...calls, call].slice(-MOST_CALLS) });
    if (!type.endsWith('_call_output') || !calls.includes(call)) return [];
    this.#remember({ calls: calls.filter(id => id !== call), hasAnswered: true });
    return this.#startAfterTools(record);
  }

  /** Tool results are sent immediately. Tools may finish before the response ends. */
  #startAfterTools(record: RolloutRecord): Signal[] {
    const { isOpen, hasAnswered, calls = [] } = this.memory;
    if (isOpen || !hasAnswered || calls.length > 0) return [];
    this.#remember({ hasAnswered: false });
    return this.#start(record);
  }

  #start(record: RolloutRecord): Signal[] {
    this.#remember({ isOpen: true });
    return [{ kind: 'requestStarted', ...this.#fields(record, 'started') }];
  }

  #end(record: RolloutRecord, usage?: z.infer<typeof Usage>): Signal[] {
    if (!this.memory.isOpen) return [];
    this.#remember({ isOpen: false });
    const tokens = omitUndefined({
      inputTokens: usage?.input_tokens,
      outputTokens: usage?.output_tokens,
    });
    return [{ kind: 'requestEnded', ...this.#fields(record, 'ended'), ...tokens }];
  }

  #fail(record: RolloutRecord, message: string, info: unknown): Signal[] {
    const parsed = unwrapCodexError(message, readInfo(info));
    if (!parsed) return this.#end(record);
    this.#remember({ isOpen: false });
    const { failure, evidence } = failureFromText(parsed);
    const { timestamp, payload } = record;
    // The turn took at least this long; earlier attempts are only known if all was read.
    const sinceLastMs = timestamp - (this.memory.lastAt ?? timestamp);
    const spentMs = Math.min(sinceLastMs, payload.duration_ms ?? sinceLastMs);
    const attemptCount = attemptsOf(parsed, spentMs);
    const fields = this.#fields(record, 'failed');
    const turn = payload.turn_id ?? this.memory.turn ?? timestamp;
    return [
      {
        kind: 'requestFailed',
        ...fields,
        ...failure,
        isFinal: true,
        evidence: {
          ...fields.evidence,
          ...evidence,
          ...omitUndefined({ host: parsed.host, otherProvider: parsed.otherProvider }),
        },
        contentKey: `codex failed ${this.#thread} ${turn}`,
        ...omitUndefined({
          attemptCount: attemptCount > 1 ? attemptCount : undefined,
          isFallback: mayRecover(parsed.status) ? true : undefined,
        }),
      },
    ];
  }

  #fields({ timestamp, ordinal }: RolloutRecord, what: string) {
    const { version, provider, model, parent, isSide } = this.memory;
    return {
      at: timestamp,
      agent: 'codex' as const,
      session: parent ?? this.#thread,
      evidence: omitUndefined({ providerId: provider }),
      contentKey: ['codex', what, this.#thread, timestamp, ordinal ?? ''].join(' '),
      ...omitUndefined({
        agentVersion: version,
        model,
        subagent: parent === undefined ? undefined : this.#thread,
        isSideRequest: isSide ? true : undefined,
      }),
    };
  }

  #remember(fields: { [K in keyof Memory]?: Memory[K] | undefined }): void {
    this.memory = { ...this.memory, ...fields };
  }
}

const SpawnedBy = z.object({ thread_spawn: lenient(z.object({ parent_thread_id: Name })) });

/** `"other"`, or `{"http_connection_failed":{"http_status_code":403}}`. */
function readInfo(info: unknown): CodexErrorInfo {
  if (typeof info === 'string') return { name: info };
  const [name, value] =
    Object.entries(z.record(z.string(), z.unknown()).safeParse(info).data ?? {})[0] ?? [];
  const status = z.object({ http_status_code: FailureStatus }).safeParse(value)
    .data?.http_status_code;
  return { name, status };
}
