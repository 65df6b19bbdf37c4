import * as z from 'zod/mini';
import { lenient, omitUndefined, Time } from '../base/fields.ts';
import { type Agent, type LogFile, pathBelow, type RecordReader } from './agent.ts';
import { unwrapError } from './agentError.ts';
import { EventCounter, failureFromText } from './failureFromText.ts';
import { idOfFile, Name, parseRecord, Tokens, Words } from './recordFields.ts';
import type { Signal } from './signal.ts';

const Thrown = z.object({ message: Words, stack: Words });

/** The fields after ` | Context: `; each is absent in records of other types. */
const Context = z.object({
  sessionId: Name,
  modelId: Name,
  upstreamRequestId: Name,
  retried: lenient(z.boolean()),
  inputTokens: Tokens,
  totalInputTokens: Tokens,
  outputTokens: Tokens,
  cacheReadInputTokens: Tokens,
  cachedTokensWritten: Tokens,
  /** Of a retry: what the attempt before failed with. */
  cause: lenient(Thrown),
  error: lenient(Thrown),
  tags: lenient(z.object({ sessionId: Name, version: Name, modelId: Name, isByok: Name })),
});
type Context = z.infer<typeof Context>;

const Attempt = z.object({
  session: z.string(),
  at: z.number(),
  /** The id of the answer, where one came. */
  answer: Name,
  key: z.string(),
  hasWords: z.boolean(),
});
type Attempt = z.infer<typeof Attempt>;

/** The head of a message that spans lines, and the attempts that failed last. */
const Memory = z.object({
  head: lenient(z.object({ at: z.number(), title: z.string() })),
  attempts: lenient(z.array(Attempt)),
  seen: lenient(z.object({ moment: z.string(), seen: z.record(z.string(), z.number()) })),
});

/** Sessions that fail in parallel: sub-agents have sessions of their own. */
const MOST_ATTEMPTS = 32;
/** Where no answer has an id; a retry waits longer. */
const SAME_ATTEMPT_MS = 1000;
const HEAD = /^\[(\d{4}-\d\d-\d\dT[\d:.]{8,15}Z)\] [A-Z]{3,8}: ([^|]{0,200})/;
const CONTEXT = ' | Context: {';
/** Factory's own servers fail under the same titles, elsewhere in the program. */
const MODEL_SDK = /node_modules[\\/](?:openai|@anthropic-ai|@google)[\\/]/;
const LONGEST_STACK = 64 * 1024;

interface Line {
  readonly at: number;
  readonly title: string;
  readonly context: Context;
}

/** Reads the log, whose messages may span lines: the context ends them. */
class DroidReader implements RecordReader {
  #head: { readonly at: number; readonly title: string } | undefined;
  #attempts: Attempt[];
  readonly #ordinals: EventCounter;

  constructor(saved?: string) {
    const memory = parseRecord(saved ?? '', Memory);
    this.#head = memory?.head;
    this.#attempts = memory?.attempts ?? [];
    this.#ordinals = new EventCounter(memory?.seen);
  }

  read({ text }: { readonly text: string }): Signal[] {
    const line = this.#lineOf(text);
    if (!line) return [];
    const { title } = line;
    if (title === '[LLM] sendMessage') return [this.#signal('requestStarted', line)];
    if (title === '[Agent] Streaming result') return [this.#ended(line)];
    if (title === '[useLLMStreaming] LLM error') return [this.#failed(line, {})];
    if (title === 'Retry attempt failed') return this.#explained(line);
    return title === '[Chat route failure]' ? this.#gaveUp(line) : [];
  }

  saveMemory(): string {
    return JSON.stringify({
      head: this.#head,
      attempts: this.#attempts,
      seen: this.#ordinals.memory,
    });
  }

  #lineOf(text: string): Line | undefined {
    const head = HEAD.exec(text);
    const at = Time.safeParse(head?.[1]).data;
    if (head && at !== undefined) this.#head = { at, title: head[2]!.trim() };
    const start = text.indexOf(CONTEXT);
    if (start < 0 || !this.#head) return undefined;
    const context = parseRecord(text.slice(start + CONTEXT.length - 1), Context);
    const line = context && { ...this.#head, context };
    this.#head = undefined;
    return line;
  }

  #signal(kind: 'requestStarted' | 'requestEnded', { at, context }: Line): Signal {
    const fields = fieldsOf(context);
    const moment = this.#ordinals.next(String(at), `${kind} ${fields.session}`);
    return { kind, at, ...fields, contentKey: `droid ${kind} ${fields.session} ${moment}` };
  }

  #ended(line: Line): Signal {
    const { totalInputTokens, inputTokens, outputTokens } = line.context;
    const tokens = omitUndefined({
      inputTokens: totalInputTokens ?? inputTokens,
      cacheReadTokens: line.context.cacheReadInputTokens,
      cacheWriteTokens: line.context.cachedTokensWritten,
      outputTokens,
    });
    return { ...this.#signal('requestEnded', line), ...tokens, kind: 'requestEnded' };
  }

  #failed({ at, context }: Line, more: { text?: string; isFinal?: true | undefined }): Signal {
    const fields = fieldsOf(context);
    const { session } = fields;
    const { failure, evidence } = failureFromText(unwrapError(more.text ?? ''));
    const key = `${session} ${this.#ordinals.next(String(at), `failed ${session}`)}`;
    const answer = context.upstreamRequestId;
    const attempt = { session, at, answer, key, hasWords: more.text !== undefined };
    this.#attempts = [...this.#attempts, attempt].slice(-MOST_ATTEMPTS);
    return {
      kind: 'requestFailed',
      at,
      ...fields,
      ...failure,
      evidence: { ...evidence, ...fields.evidence },
      contentKey: `droid failed ${key}`,
      ...omitUndefined({ isFinal: more.isFinal }),
    };
  }

  /** Adds its error text to the last attempt without one; with a status, it is an attempt itself. */
  #explained(line: Line): Signal[] {
    const { cause } = line.context;
    if (!cause?.message || !isOfModel(cause.stack)) return [];
    const { session } = fieldsOf(line.context);
    const attempt = this.#attempts.findLast(it => it.session === session && !it.hasWords);
    if (attempt) return [this.#detail(line, attempt, cause.message)];
    const hasStatus = unwrapError(cause.message).status !== undefined;
    return hasStatus ? [this.#failed(line, { text: cause.message })] : [];
  }

  /** The last attempt: one that was already reported, or a new one that is not retried. */
  #gaveUp(line: Line): Signal[] {
    const { error, upstreamRequestId: answer } = line.context;
    const text = error?.message ?? '';
    const { session } = fieldsOf(line.context);
    const last = this.#attempts.findLast(it => it.session === session);
    const isTold =
      last &&
      (answer !== undefined && last.answer !== undefined
        ? answer === last.answer
        : Math.abs(line.at - last.at) < SAME_ATTEMPT_MS);
    const isFinal = line.context.retried === true ? undefined : true;
    if (isTold) return [this.#detail(line, last, text, isFinal)];
    const isRefused = isOfModel(error?.stack) || unwrapError(text).status !== undefined;
    return isRefused ? [this.#failed(line, { text, isFinal })] : [];
  }

  #detail({ context }: Line, attempt: Attempt, text: string, isFinal?: true | undefined): Signal {
    this.#attempts = this.#attempts.map(it => (it === attempt ? { ...it, hasWords: true } : it));
    const fields = fieldsOf(context);
    const { failure, evidence } = failureFromText(unwrapError(text));
    return {
      kind: 'requestEnded',
      at: attempt.at,
      ...fields,
      evidence: { ...evidence, ...fields.evidence },
      contentKey: `droid detail ${attempt.key}`,
      failure: { ...failure, ...omitUndefined({ isFinal }) },
    };
  }
}

const isOfModel = (stack: string | undefined): boolean =>
  MODEL_SDK.test(stack?.slice(0, LONGEST_STACK) ?? '');

/** `tags.modelId` is the user's own model by its id in the settings, `modelId` what the server gets. */
function fieldsOf({ sessionId, modelId, tags }: Context) {
  const own = tags?.modelId;
  const isOwn = tags?.isByok === 'true';
  return {
    agent: 'droid' as const,
    session: sessionId ?? tags?.sessionId ?? 'unknown',
    evidence: isOwn
      ? omitUndefined({ providerId: own })
      : tags?.isByok === 'false'
        ? { otherProvider: 'Factory' }
        : {},
    ...omitUndefined({ model: modelId ?? own, agentVersion: tags?.version }),
  };
}

const Shown = z.object({
  type: z.literal('message'),
  id: Name,
  timestamp: Time,
  message: z.object({
    role: z.literal('user'),
    content: z.array(z.object({ text: Words })),
    visibility: z.literal('user_only'),
  }),
});

const BYOK_ERROR = /^BYOK Error: ([^\n]+)/;

/**
 * Reads a session: the failure that a turn ended with, as droid shows it to the user. The log has the
 * same, but up to half a minute later, and of a run of a few seconds not at all.
 */
function createSessionReader(file: LogFile): RecordReader {
  const session = idOfFile(file);
  return {
    read: ({ text }): Signal[] => {
      const entry = text.includes('BYOK Error: ') ? parseRecord(text, Shown) : undefined;
      const shown = BYOK_ERROR.exec(entry?.message.content[0]?.text ?? '')?.[1];
      if (!entry || shown === undefined) return [];
      const { failure, evidence } = failureFromText(unwrapError(shown));
      return [
        {
          kind: 'requestFailed',
          at: entry.timestamp,
          agent: 'droid',
          session,
          ...failure,
          evidence,
          isFinal: true,
          isFallback: true,
          contentKey: `droid shown ${session} ${entry.id ?? entry.timestamp}`,
        },
      ];
    },
    saveMemory: () => undefined,
  };
}

/**
 * Factory's droid, seen in 0.215.0 with a model of the user's own (docs/agents.md 7.17). One log for all
 * sessions; each failed attempt has a record without words, and its words at the end of the next. The
 * session has the last failure immediately.
 */
export const droid: Agent = {
  id: 'droid',
  name: 'droid',
  sources: surroundings => [
    {
      root: pathBelow(surroundings, surroundings.home, '.factory', 'logs'),
      files: /^droid-log[\w.-]*\.log(?:\.\d{1,3})?$/,
      depth: 0,
      growth: 'append',
      format: 'log',
    },
    {
      // `<working folder>/<session>.jsonl`
      root: pathBelow(surroundings, surroundings.home, '.factory', 'sessions'),
      files: /^(?:[^/]+\/)?[\w-]+\.jsonl$/,
      depth: 1,
      growth: 'append',
      format: 'session',
    },
  ],
  failureAnchors: [
    'BYOK Error: ',
    '[useLLMStreaming]',
    '[Chat route failure]',
    'Retry attempt failed',
    '"cause":{',
  ],
  tokenAnchors: ['Streaming result'],
  createReader: (file, memory) =>
    file.format === 'session' ? createSessionReader(file) : new DroidReader(memory),
};
