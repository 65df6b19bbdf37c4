import * as z from 'zod/mini';
import { lenient, Time } from '../quota/readField.ts';
import type { LogFile, RecordReader } from './agent.ts';
import { FailureStatus, idOfName, known, Name, parseRecord, Tokens } from './recordField.ts';
import type { Signal } from './signal.ts';

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
const Memory = z.object({ open: z.array(z.object({ thread: z.string(), request: z.string() })) });
type Memory = z.infer<typeof Memory>;

/** Version 1.16 puts no bound to sub-agents in sub-agents. */
const MOST_THREADS = 128;
/** Records that matter are short; a prompt or a tool's result may be 300 KB long. */
const LONGEST = 16 * 1024;

/**
 * Reads `wire.jsonl` of Kimi CLI in Python, of a session or of one sub-agent: starts, ends and
 * tokens (kimi.md 6.3). The log counts failures; from 1.42 on this knows the thread of one that is
 * retried. To about 1.24 a sub-agent's records are in its session's file, later in one of its own.
 */
export function createKimiCliWireReader(file: LogFile, memory?: string): RecordReader {
  const wire = new KimiCliWire(file, parseRecord(memory ?? '', Memory) ?? { open: [] });
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
  memory: Memory;
  readonly #session: string;
  readonly #subagent: string;

  constructor({ relativePath }: LogFile, memory: Memory) {
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
    // Its own file tells the same.
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
      outputTokens: usage?.output,
    };
    const fields = this.#fields(moment, 'ended', open.request);
    return [{ kind: 'requestEnded', ...fields, ...known(tokens) }];
  }

  /** The attempt is over; the next one begins after the wait. */
  #retry(moment: Moment): Signal[] {
    const { at, subagent, payload } = moment;
    const waitMs = Math.round((payload.wait_s ?? 0) * 1000);
    const request = `step ${payload.n ?? ''}`;
    const failure = { text: '', ...known({ status: payload.status_code, retryAfterMs: waitMs }) };
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
      ...known({
        subagent: subagent || undefined,
        isSideRequest: request === 'compaction' ? true : undefined,
      }),
    };
  }
}

const noPayload: z.infer<typeof Payload> = {};
