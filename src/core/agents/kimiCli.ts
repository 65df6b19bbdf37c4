import * as z from 'zod/mini';
import { lenient, omitUndefined, Time } from '../base/fields.ts';
import { parseLocalTime } from '../base/time.ts';
import { type Agent, agentFolder, type LogFile, pathBelow, type RecordReader } from './agent.ts';
import { unwrapSdkError } from './agentError.ts';
import { hostOf } from '../base/kimiHosts.ts';
import { EventCounter, failureFromText } from './failureFromText.ts';
import { Duration, FailureStatus, idOfName, Name, parseRecord, Tokens } from './recordFields.ts';
import type { RequestFailed, Signal } from './signal.ts';

const Payload = z.object({
  n: lenient(z.number()),
  token_usage: lenient(
    z.object({
      input_other: Tokens,
      output: Tokens,
      input_cache_read: Tokens,
      input_cache_creation: Tokens,
    }),
  ),
  wait_s: lenient(z.number().check(z.gte(0), z.lte(86_400))),
  next_attempt: lenient(z.number()),
  status_code: FailureStatus,
  agent_id: Name,
  parent_tool_call_id: Name,
  task_tool_call_id: Name,
});
const Message = z.object({ type: z.string(), payload: lenient(Payload) });
const SubagentEvent = z.object({ event: lenient(Message) });
const WireRecord = z.object({
  timestamp: Time,
  message: z.object({ type: z.string(), payload: lenient(z.unknown()) }),
});

/** The open request of each thread, the latest last. */
const WireMemory = z.object({
  open: z.array(z.object({ thread: z.string(), request: z.string() })),
});
type WireMemory = z.infer<typeof WireMemory>;

/** Version 1.16 does not limit the nesting of sub-agents. */
const MOST_THREADS = 128;
/** Relevant records are short; a prompt or a tool result may be 300 KB long. */
const LONGEST = 16 * 1024;

/**
 * Reads `wire.jsonl` of Kimi CLI in Python, of a session or of one sub-agent: starts, ends and
 * tokens (docs/kimi.md 6.3). The log counts failures; from 1.42 on the wire adds the thread of a
 * retried one. Up to about 1.24 a sub-agent's records are in its session's file, later in a
 * separate one.
 */
function createKimiCliWireReader(file: LogFile, memory?: string): RecordReader {
  const wire = new KimiCliWire(file, parseRecord(memory ?? '', WireMemory) ?? { open: [] });
  return {
    read: ({ text }) => {
      if (text.length > LONGEST) return [];
      const record = parseRecord(text, WireRecord);
      return record ? wire.read(record) : [];
    },
    saveMemory: () => JSON.stringify(wire.memory),
  };
}

interface Moment {
  readonly at: number;
  /** Id of the sub-agent; empty for the main thread. */
  readonly subagent: string;
  readonly payload: z.infer<typeof Payload>;
}

class KimiCliWire {
  memory: WireMemory;
  readonly #session: string;
  readonly #subagent: string;

  constructor({ relativePath }: LogFile, memory: WireMemory) {
    const [, session, , subagent] = relativePath.replace(/\/?wire\.jsonl$/, '').split('/');
    this.memory = memory;
    this.#session = idOfName(session);
    this.#subagent = idOfName(subagent);
  }

  read({ timestamp: at, message }: z.infer<typeof WireRecord>): Signal[] {
    const { data: payload = noPayload } = Payload.safeParse(message.payload);
    if (message.type !== 'SubagentEvent') {
      return this.#readMessage(message.type, { at, subagent: this.#subagent, payload });
    }
    // The sub-agent's own file repeats it.
    if (payload.agent_id !== undefined) return [];
    const { event } = SubagentEvent.safeParse(message.payload).data ?? {};
    const subagent = payload.parent_tool_call_id ?? payload.task_tool_call_id;
    if (!event || subagent === undefined) return [];
    return this.#readMessage(event.type, { at, subagent, payload: event.payload ?? noPayload });
  }

  #readMessage(type: string, moment: Moment): Signal[] {
    const { payload, subagent } = moment;
    const compaction = `${subagent} compaction`;
    switch (type) {
      case 'StepBegin':
        return [...this.#end(moment), ...this.#start(moment, subagent, `step ${payload.n ?? ''}`)];
      case 'StatusUpdate':
        return payload.token_usage ? this.#end(moment) : [];
      case 'StepRetry':
        return this.#retry(moment);
      case 'CompactionBegin':
        return this.#start(moment, compaction, 'compaction');
      case 'CompactionEnd':
        return this.#end(moment, compaction);
      case 'StepInterrupted':
      case 'TurnBegin':
      case 'TurnEnd':
        return [...this.#end(moment), ...this.#end(moment, compaction)];
      default:
        return [];
    }
  }

  #start(moment: Moment, thread: string, request: string): Signal[] {
    const others = this.memory.open.filter(open => open.thread !== thread);
    this.memory = { open: [...others, { thread, request }].slice(-MOST_THREADS) };
    return [{ kind: 'requestStarted', ...this.#fields(moment, 'started', request) }];
  }

  #end(moment: Moment, thread = moment.subagent): Signal[] {
    const open = this.memory.open.find(one => one.thread === thread);
    if (!open) return [];
    this.memory = { open: this.memory.open.filter(one => one !== open) };
    const { token_usage: usage } = moment.payload;
    const input = [usage?.input_other, usage?.input_cache_read, usage?.input_cache_creation];
    const tokens = {
      inputTokens: usage && input.reduce<number>((sum, count) => sum + (count ?? 0), 0),
      cacheReadTokens: usage?.input_cache_read,
      cacheWriteTokens: usage?.input_cache_creation,
      outputTokens: usage?.output,
    };
    const fields = this.#fields(moment, 'ended', open.request);
    return [{ kind: 'requestEnded', ...fields, ...omitUndefined(tokens) }];
  }

  /** The attempt has ended; the next one starts after the wait. */
  #retry(moment: Moment): Signal[] {
    const { at, subagent, payload } = moment;
    const waitMs = Math.round((payload.wait_s ?? 0) * 1000);
    const request = `step ${payload.n ?? ''}`;
    const failure = {
      text: '',
      ...omitUndefined({ status: payload.status_code, retryAfterMs: waitMs }),
    };
    const attempt = `${request} ${payload.next_attempt ?? ''}`.trimEnd();
    return [
      { kind: 'requestEnded', ...this.#fields(moment, 'ended', request), failure },
      ...this.#start({ ...moment, at: at + waitMs }, subagent, attempt),
    ];
  }

  #fields({ at, subagent }: Moment, what: string, request: string) {
    return {
      at,
      agent: 'kimi-cli' as const,
      session: this.#session,
      evidence: {},
      contentKey: ['kimi-cli', what, this.#session, subagent, at, request].join(' '),
      request,
      ...omitUndefined({
        subagent: subagent || undefined,
        isSideRequest: request === 'compaction' ? true : undefined,
      }),
    };
  }
}

const noPayload: z.infer<typeof Payload> = {};

/** `<time> | <LEVEL> | <module>:<function>:<line> | <session> - <message>`; to 1.30 no session. */
const HEAD =
  /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) \| [A-Z]{4,8} {0,4} \| kimi_cli\.[\w.<>]{1,120}:[\w<>]{1,80}:\d{1,6} (?:\| ([\w.@:+-]{0,120}) )?- (.*)$/s;
/** Versions from 1.31 on include the error; earlier ones only report that one occurred. */
const RETRY = /^Retrying (\w{1,30}) for the \d{1,4} time(?:\. | \(last error: (.*))/s;
const WAIT = /\)?\.? ?Waiting (\d{1,6}(?:\.\d{1,20})?|unknown) seconds\.$/;
const GAVE_UP = /^LLM (?:provider|API status) error:$/;
const SUBAGENT =
  /^Subagent LLM (?:API error \(HTTP (\d{3})\)|provider error) when [^:]{1,200}: (.*)$/s;
const SIGNED_OUT = /^Authentication failed \((401)\), /;
/** The last line of a traceback; the lines before it repeat its text. */
const RAISED = /^kosong(?:\.\w{1,40}){1,6}: .*$/s;
const LONGEST_LINE = 16 * 1024;

const LogMemory = z.object({
  /** After "LLM provider error:": the error text follows at the end of a traceback. */
  pending: lenient(z.object({ time: z.string(), session: z.string() })),
  /** From the starts of sessions; empty where they differ. */
  host: lenient(z.string()),
  model: Name,
  providerId: Name,
  ordinals: lenient(z.object({ moment: z.string(), seen: z.record(z.string(), z.number()) })),
});
type LogMemory = z.infer<typeof LogMemory>;

/**
 * Reads `kimi.log` of Kimi CLI in Python, the log of all sessions: each failed attempt at a step
 * once, however often its traceback repeats the text. The SDK may send up to three requests per
 * attempt, which leave no trace (docs/kimi.md 7). The log names no sub-agent.
 */
function createKimiCliLogReader(memory?: string): RecordReader {
  const log = new KimiCliLog(parseRecord(memory ?? '', LogMemory) ?? {});
  return {
    read: ({ text }) => log.read(text.slice(0, LONGEST_LINE)),
    saveMemory: () => JSON.stringify(log.memory),
  };
}

/** A failure in a message, before its text is unwrapped. */
interface MessageFailure {
  readonly time: string;
  readonly session: string;
  readonly words: string;
  readonly status?: number;
  readonly wait?: string | undefined;
  readonly isFinal?: boolean;
  readonly isSide?: boolean;
}

class KimiCliLog {
  #memory: LogMemory;
  readonly #ordinals: EventCounter;

  constructor(memory: LogMemory) {
    this.#memory = memory;
    this.#ordinals = new EventCounter(memory.ordinals);
  }

  get memory(): LogMemory {
    return { ...this.#memory, ordinals: this.#ordinals.memory };
  }

  read(line: string): RequestFailed[] {
    const [, time, session = '', message] = HEAD.exec(line) ?? [];
    if (time !== undefined && message !== undefined) {
      // A traceback without a last line.
      const before = this.#conclude('');
      this.#learn(message);
      if (GAVE_UP.test(message)) this.#memory = { ...this.#memory, pending: { time, session } };
      const logged = parseMessage(message);
      return [...before, ...(logged ? this.#failed({ time, session, ...logged }) : [])];
    }
    return RAISED.test(line) ? this.#conclude(line) : [];
  }

  #conclude(words: string): RequestFailed[] {
    const { pending } = this.#memory;
    this.#memory = { ...this.#memory, pending: undefined };
    return pending ? this.#failed({ ...pending, words, isFinal: true }) : [];
  }

  /**
   * Parallel sessions with different providers cannot be distinguished: then the provider is
   * unknown.
   */
  #learn(message: string): void {
    const isProvider = message.startsWith('Using LLM provider: ');
    if (!isProvider && !message.startsWith('Using LLM model: ')) return;
    const field = (name: string) => new RegExp(`\\b${name}='([^']{1,200})'`).exec(message)?.[1];
    const merge = (before: string | undefined, now: string | undefined) =>
      before === undefined || before === now ? now : '';
    if (isProvider) {
      const host = merge(this.#memory.host, hostOf(field('base_url') ?? ''));
      this.#memory = { ...this.#memory, host };
    } else {
      const model = merge(this.#memory.model, Name.parse(field('model')));
      const providerId = merge(this.#memory.providerId, Name.parse(field('provider')));
      this.#memory = { ...this.#memory, model, providerId };
    }
  }

  #failed({ time, session, ...logged }: MessageFailure): RequestFailed[] {
    const at = parseLocalTime(time);
    if (at === undefined) return [];
    const parsed = unwrapSdkError(logged.words);
    const { failure, evidence } = failureFromText({
      ...omitUndefined({ status: logged.status }),
      ...parsed,
    });
    const { host, model, providerId } = this.#memory;
    const place = `${logged.isFinal ? 'final' : 'retry'} ${session}`;
    return [
      {
        kind: 'requestFailed',
        at,
        agent: 'kimi-cli',
        session,
        isThreadUnknown: true,
        ...failure,
        evidence: {
          ...omitUndefined({ host: host || undefined, providerId: providerId || undefined }),
          ...evidence,
        },
        contentKey: `kimi-cli failed ${this.#ordinals.next(time, place)}`,
        ...omitUndefined({
          model: model || undefined,
          retryAfterMs: Duration.parse(Math.round(Number(logged.wait) * 1000)),
          isFinal: logged.isFinal ? true : undefined,
          isSideRequest: logged.isSide ? true : undefined,
        }),
      },
    ];
  }
}

function parseMessage(message: string): Omit<MessageFailure, 'time' | 'session'> | undefined {
  const retry = RETRY.exec(message);
  if (retry) {
    const wait = WAIT.exec(message)?.[1];
    const words = (retry[2] ?? '').replace(WAIT, '').replace(/^\w{1,60}: unknown$/, '');
    return { words, wait, isSide: retry[1] !== 'step' };
  }
  const subagent = SUBAGENT.exec(message);
  if (subagent) {
    return {
      words: subagent[2]!,
      ...omitUndefined({ status: statusOf(subagent[1]) }),
      isFinal: true,
    };
  }
  const signedOut = SIGNED_OUT.exec(message);
  return signedOut ? { words: '', status: 401, isFinal: true } : undefined;
}

const statusOf = (digits: string | undefined): number | undefined =>
  digits === undefined ? undefined : Number(digits);

/**
 * Kimi CLI in Python, 1.16 to 1.49, from source (docs/agents.md 7.2, docs/kimi.md 6). The only log
 * counts failures, in local time; each session's wire has starts, ends and tokens.
 */
export const kimiCli: Agent = {
  id: 'kimi-cli',
  name: 'Kimi CLI',
  sources: surroundings => {
    const folder = agentFolder(surroundings, 'KIMI_SHARE_DIR', '.kimi');
    return [
      // Rotated each day to `kimi.<time>.log`.
      {
        root: pathBelow(surroundings, folder, 'logs'),
        files: /^kimi(?:\.[\w.-]{1,60})?\.log$/,
        depth: 0,
        growth: 'append',
        format: 'log',
      },
      // `sessions/<hash of the folder>/<session>/`, from about 1.25 on with `subagents/<agent>/`.
      {
        root: pathBelow(surroundings, folder, 'sessions'),
        files: /^[^/]+\/[^/]+\/(?:subagents\/[^/]+\/)?wire\.jsonl$/,
        depth: 4,
        growth: 'append',
        format: 'wire',
      },
    ];
  },
  // A retry, the line before a traceback and its last line, a line that names the provider; in the
  // wire the retry.
  failureAnchors: [
    ' time (last',
    ' time. Wait',
    'LLM provider',
    'LLM API ',
    'LLM model: ',
    'kosong.',
    'failed (401)',
    'StepRetry"',
  ],
  // Tokens are those of the step that has begun.
  tokenAnchors: ['token_usage"', 'StepBegin"'],
  createReader: (file, memory) =>
    file.format === 'wire' ? createKimiCliWireReader(file, memory) : createKimiCliLogReader(memory),
};
