import * as z from 'zod/mini';
import { lenient, omitUndefined, Time } from '../../base/fields.ts';
import type { LogFile, RecordReader } from '../agent.ts';
import { failureFromText } from '../failureFromText.ts';
import {
  Duration,
  FailureStatus,
  idOfName,
  Name,
  parseRecord,
  projectOf,
  Tokens,
  Words,
} from '../recordFields.ts';
import type { Signal } from '../signal.ts';
import { attemptsOf, type CodexErrorInfo, unwrapCodexError } from './error.ts';

const Usage = z.object({
  input_tokens: Tokens,
  cached_input_tokens: Tokens,
  cache_write_input_tokens: Tokens,
  output_tokens: Tokens,
});
type Usage = z.infer<typeof Usage>;

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
    cwd: Words,
    model: Name,
    // `event_msg` `thread_settings_applied`
    thread_settings: lenient(z.object({ model: Name, model_provider_id: Name })),
    // `token_usage_record`; `event_msg` `token_count` in older versions
    usage: lenient(Usage),
    response_id: Name,
    info: lenient(
      z.object({
        last_token_usage: lenient(Usage),
        total_token_usage: lenient(z.object({ total_tokens: Tokens })),
      }),
    ),
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
  project: lenient(z.string()),
  /** Of the thread, when its last response was reported: some records repeat it. */
  total: Tokens,
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
    else if (type === 'turn_context') {
      const { model, cwd } = payload;
      this.#remember(omitUndefined({ model, project: projectOf(cwd) }));
    } else if (type === 'token_usage_record') return this.#readUsage(record);
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
        return this.memory.hasUsage ? [] : this.#readCount(record);
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
    return [...this.#answer(record, record.payload.usage), ...this.#startAfterTools(record)];
  }

  #readCount(record: RolloutRecord): Signal[] {
    const { last_token_usage: usage, total_token_usage: sum } = record.payload.info ?? {};
    const total = sum?.total_tokens;
    if (!usage || (total !== undefined && total === this.memory.total)) return this.#end(record);
    this.#remember({ total });
    return this.#answer(record, usage);
  }

  /** Its start may not have been read. A fork of a thread repeats its responses. */
  #answer(record: RolloutRecord, usage: Usage | undefined): Signal[] {
    if (!usage) return this.#end(record);
    this.#remember({ isOpen: false });
    const fields = this.#fields(record, 'ended');
    const { response_id: response } = record.payload;
    return [
      {
        kind: 'requestEnded',
        ...fields,
        ...(response === undefined ? {} : { contentKey: `codex ended ${response}` }),
        ...omitUndefined({
          inputTokens: usage.input_tokens,
          cacheReadTokens: usage.cached_input_tokens,
          cacheWriteTokens: usage.cache_write_input_tokens,
          outputTokens: usage.output_tokens,
        }),
      },
    ];
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

  #end(record: RolloutRecord): Signal[] {
    if (!this.memory.isOpen) return [];
    this.#remember({ isOpen: false });
    return [{ kind: 'requestEnded', ...this.#fields(record, 'ended') }];
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
        // The database, where there is one, counts each attempt, also those that a retry fixed.
        isFallback: true,
        evidence: {
          ...fields.evidence,
          ...evidence,
          ...omitUndefined({ host: parsed.host, otherProvider: parsed.otherProvider }),
        },
        contentKey: `codex failed ${this.#thread} ${turn}`,
        ...omitUndefined({ attemptCount: attemptCount > 1 ? attemptCount : undefined }),
      },
    ];
  }

  #fields({ timestamp, ordinal }: RolloutRecord, what: string) {
    const { version, provider, model, parent, isSide, project } = this.memory;
    return {
      at: timestamp,
      agent: 'codex' as const,
      session: parent ?? this.#thread,
      evidence: omitUndefined({ providerId: provider }),
      contentKey: ['codex', what, this.#thread, timestamp, ordinal ?? ''].join(' '),
      ...omitUndefined({
        agentVersion: version,
        model,
        project,
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
