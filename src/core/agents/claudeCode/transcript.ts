import * as z from 'zod/mini';
import { lenient, omitUndefined } from '../../base/fields.ts';
import type { LogFile, RecordReader } from '../agent.ts';
import { ClaudeRecord, readApiError, readFinal, type ReadFailure } from './record.ts';
import { idOfName, Name, parseRecord, projectOf } from '../recordFields.ts';
import type { RequestFailed, Signal } from '../signal.ts';

/** An `api-request` without a response yet. */
const Open = z.object({
  id: z.string(),
  digest: Name,
  at: z.number(),
  model: Name,
  source: Name,
  /** An `api_error` has reported its failure. */
  isTold: lenient(z.boolean()),
});
type Open = z.infer<typeof Open>;

/** One main request and a few side requests are open at a time in a file. */
const MOST_OPEN = 16;
const MOST_ANSWERS = 16;

const Memory = z.object({
  open: z.array(Open),
  /** Versions before 2.1.330 are not known to write requests. */
  hasRequests: lenient(z.boolean()),
  /**
   * The last responses. One response spans several records, the last of which has all its output;
   * versions with side chains in one file mix the records of several.
   */
  answers: lenient(z.array(z.object({ id: z.string(), output: z.number() }))),
});
type Memory = z.infer<typeof Memory>;

/**
 * `sdk` is print mode, `repl_main_thread` is interactive; others are titles, summaries and the
 * like.
 */
const MAIN_SOURCE = /^(?:sdk|cli|repl_main_thread|agent:)/;
/** Cheap marks of relevant records; a prompt or a tool result may be 300 KB long. */
const MATTERS = /"api-request"|"api_error"|"isApiErrorMessage"|"usage"/;

/**
 * Reads a transcript of Claude Code, of the main thread or of a sub-agent: each failed attempt
 * once, whether a record has its cause or only the repeated request has its time (docs/agents.md
 * 7.3.2).
 */
export function createTranscriptReader(file: LogFile, memory?: string): RecordReader {
  const transcript = new Transcript(file, parseRecord(memory ?? '', Memory) ?? { open: [] });
  return {
    read: ({ text }) => {
      if (!MATTERS.test(text)) return [];
      const record = parseRecord(text, ClaudeRecord);
      return record ? transcript.read(record) : [];
    },
    saveMemory: () => JSON.stringify(transcript.memory),
  };
}

class Transcript {
  memory: Memory;
  readonly #session: string;
  readonly #subagent: string | undefined;

  constructor(file: LogFile, memory: Memory) {
    this.memory = memory;
    const [, session = '', ...rest] = file.relativePath.replace(/\.jsonl$/, '').split('/');
    this.#session = idOfName(session);
    const agent = /^agent-(.+)$/.exec(rest.at(-1) ?? session)?.[1];
    this.#subagent = agent === undefined ? undefined : idOfName(agent);
  }

  read(record: ClaudeRecord): Signal[] {
    if (record.type === 'api-request') return this.#start(record);
    if (record.type === 'system' && record.subtype === 'api_error') return this.#fail(record);
    if (record.type !== 'assistant') return [];
    return record.isApiErrorMessage ? this.#giveUp(record) : this.#answer(record);
  }

  /** A repeated request: the one before failed, which may be its only trace. */
  #start(record: ClaudeRecord): Signal[] {
    const { id, requestDigest: digest, querySource: source, timestamp: at } = record;
    if (id === undefined) return [];
    const isRepeated = (open: Open) =>
      (digest !== undefined && open.digest === digest) ||
      (open.id === record.base && record.tail?.length === 0);
    const replaced = this.memory.open.filter(open => isRepeated(open) || open.source === source);
    const kept = this.memory.open.filter(open => !replaced.includes(open)).slice(1 - MOST_OPEN);
    const request = { id, digest, at, model: record.params?.model, source };
    this.memory = { ...this.memory, open: [...kept, request], hasRequests: true };
    const ends = replaced
      .filter(({ isTold }) => !isTold)
      .map(open => (isRepeated(open) ? this.#silent(record, open) : this.#brokenOff(record, open)));
    const started = this.#fields(record, 'started', request);
    const maxTokens = record.params?.max_tokens;
    return [...ends, { kind: 'requestStarted', ...started, ...omitUndefined({ maxTokens }) }];
  }

  #silent(record: ClaudeRecord, open: Open): RequestFailed {
    const fields = this.#fields(record, 'failed', open);
    return { kind: 'requestFailed', ...fields, at: open.at, notAfter: record.timestamp, text: '' };
  }

  #brokenOff(record: ClaudeRecord, open: Open): Signal {
    return { kind: 'requestEnded', ...this.#fields(record, 'ended', open) };
  }

  #fail(record: ClaudeRecord): Signal[] {
    const open = this.#unreported();
    if (open) open.isTold = true;
    return [this.#failed(record, readApiError(record), open)];
  }

  #giveUp(record: ClaudeRecord): Signal[] {
    const read = readFinal(record);
    const open = this.#unreported();
    const reported = open ? undefined : this.memory.open.at(-1);
    this.memory = {
      ...this.memory,
      open: this.memory.open.filter(({ id }) => id !== (open ?? reported)?.id),
    };
    // The attempt is already counted; new is that it was the last.
    if (reported) {
      const fields = this.#fields(record, 'ended', reported);
      return [{ kind: 'requestEnded', ...fields, ...read }];
    }
    // A local message, such as "Please run /login": no request failed at the provider.
    const isLocal = !open && this.memory.hasRequests && read.failure.status === undefined;
    return isLocal ? [] : [this.#failed(record, read, open)];
  }

  #failed(record: ClaudeRecord, read: ReadFailure, open: Open | undefined): RequestFailed {
    const fields = this.#fields(record, 'failed', open);
    const contentKey = `claude-code failed ${record.uuid ?? `${fields.session} ${fields.at}`}`;
    return {
      kind: 'requestFailed',
      ...fields,
      ...read.failure,
      evidence: read.evidence,
      contentKey,
    };
  }

  #answer(record: ClaudeRecord): Signal[] {
    const { requestRef, message } = record;
    const open = this.memory.open.find(({ id }) => id === requestRef);
    const rest = this.memory.open.filter(({ id }) => id !== requestRef);
    this.memory = { ...this.memory, open: rest };
    const { id = requestRef ?? record.uuid, usage } = message ?? {};
    if (id === undefined || !usage || message?.model === '<synthetic>') return [];
    const { answers = [] } = this.memory;
    const before = answers.find(answer => answer.id === id);
    const output = usage.output_tokens ?? 0;
    if (before && before.output >= output) return [];
    const others = answers.filter(answer => answer !== before).slice(1 - MOST_ANSWERS);
    this.memory = { ...this.memory, answers: [...others, { id, output }] };
    const fields = this.#fields(record, 'ended', open);
    const key = `claude-code ended ${id}`;
    return [
      {
        kind: 'requestEnded',
        ...fields,
        ...omitUndefined({
          request: requestRef,
          model: fields.model ?? Name.parse(message?.model),
          project: projectOf(record.cwd),
        }),
        ...(before
          ? {
              contentKey: `${key} ${output}`,
              isAddition: true,
              outputTokens: output - before.output,
            }
          : { contentKey: key, ...tokensOf(usage) }),
      },
    ];
  }

  /** The latest request without a reported failure; main requests before side requests. */
  #unreported(): Open | undefined {
    const unreported = this.memory.open.filter(({ isTold }) => !isTold);
    return (
      unreported.findLast(({ source }) => MAIN_SOURCE.test(source ?? 'sdk')) ?? unreported.at(-1)
    );
  }

  #fields(record: ClaudeRecord, what: string, open: Open | undefined) {
    const session = record.sessionId ?? this.#session;
    const isSide = open?.source !== undefined && !MAIN_SOURCE.test(open.source);
    return {
      at: record.timestamp,
      agent: 'claude-code' as const,
      session,
      evidence: {},
      contentKey: `claude-code ${what} ${open?.id ?? `${session} ${record.timestamp}`}`,
      ...omitUndefined({
        agentVersion: record.version,
        subagent: record.agentId ?? this.#subagent,
        model: open?.model,
        request: open?.id,
        isSideRequest: isSide ? true : undefined,
      }),
    };
  }
}

/** The classes of input don't overlap. */
function tokensOf(usage: NonNullable<NonNullable<ClaudeRecord['message']>['usage']>) {
  const { cache_read_input_tokens: read = 0, cache_creation_input_tokens: write = 0 } = usage;
  return {
    inputTokens: (usage.input_tokens ?? 0) + read + write,
    cacheReadTokens: read,
    cacheWriteTokens: write,
    outputTokens: usage.output_tokens ?? 0,
  };
}
