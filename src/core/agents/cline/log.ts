import * as z from 'zod/mini';
import { lenient, omitUndefined, Time } from '../../base/fields.ts';
import type { LogRecord, RecordReader } from '../agent.ts';
import { type ErrorText, unwrapError } from '../agentError.ts';
import { hostOf } from '../../base/kimiHosts.ts';
import { failureFromText } from '../failureFromText.ts';
import { FailureStatus, Name, parseRecord, Tokens, Words } from '../recordFields.ts';
import type { Signal } from '../signal.ts';
import { joinSupportIds, supportIdsOfHeaders } from '../supportIds.ts';

/** A request that failed this often in the same way in a row. */
interface ClineFailure extends ErrorText {
  readonly host?: string;
  readonly attemptCount: number;
}

const ApiError = z.object({
  message: Words,
  url: Words,
  statusCode: FailureStatus,
  responseBody: Words,
  responseHeaders: lenient(z.record(z.string(), z.unknown())),
});
type ApiError = z.infer<typeof ApiError>;

/** `err` of a `[ai-sdk] stream error`: of one attempt, or of all attempts. */
const StreamError = z.extend(ApiError, {
  errors: lenient(z.array(ApiError)),
  /** The same attempts: these have the messages. */
  aggregateErrors: lenient(z.array(z.object({ message: Words }))),
  lastError: lenient(ApiError),
});

/** The SDK's prefix of the provider's message. */
const RETRIED =
  /^Failed after (\d{1,3}) attempts?(?: with non-retryable error)?[.:] ?(?:Last error: )?/;
const CLASS = /^'?(?:AI_)?\w{1,40}Error: /;

/** The failures of one record; identical ones are joined. */
function readStreamError(error: z.infer<typeof StreamError>): ClineFailure[] {
  const { errors = [], aggregateErrors = [], lastError } = error;
  const all = errors.length > 0 ? errors : [lastError ?? error];
  const failures: ClineFailure[] = [];
  for (const [index, one] of all.entries()) {
    const own = errors.length > 0 ? aggregateErrors[index]?.message : undefined;
    const ofAll = index === all.length - 1 ? error.message : undefined;
    const failure = readAttempt(one, own ?? ofAll ?? '');
    const last = failures.at(-1);
    if (last && isSame(last, failure)) failures[failures.length - 1] = again(last, failure);
    else failures.push(failure);
  }
  const attemptCount = attemptsOf(error.message ?? '');
  if (errors.length > 0 || attemptCount === undefined) return failures;
  return failures.map(failure => ({ ...failure, attemptCount }));
}

function again(last: ClineFailure, next: ClineFailure): ClineFailure {
  const ids = joinSupportIds(next.ids, last.ids);
  return { ...last, attemptCount: last.attemptCount + 1, ...(ids ? { ids } : {}) };
}

const isSame = (a: ClineFailure, b: ClineFailure): boolean =>
  a.status === b.status && a.text === b.text && a.errorType === b.errorType;

function readAttempt(error: ApiError, message: string): ClineFailure {
  const body = unwrapError(error.responseBody ?? '');
  const words = unwrapError(wordsOf(error.message ?? message));
  const parsed = body.text === '' ? words : body;
  const status = error.statusCode ?? parsed.status;
  const host = hostOf(error.url ?? '');
  const ids = joinSupportIds(supportIdsOfHeaders(error.responseHeaders ?? {}), parsed.ids);
  return {
    ...parsed,
    attemptCount: 1,
    ...(ids ? { ids } : {}),
    ...(status ? { status } : {}),
    ...(host ? { host } : {}),
  };
}

const attemptsOf = (message: string): number | undefined => {
  const count = Number(RETRIED.exec(message)?.[1]);
  return count > 1 ? count : undefined;
};

const wordsOf = (message: string): string => message.replace(RETRIED, '').replace(CLASS, '');

/** Names before the request, which may exceed the part of a line that is read. */
const TEXT = String.raw`"((?:[^"\\]|\\.){1,2000})"`;
const CUT_MESSAGE = new RegExp(String.raw`"err":\{(?:"type":"\w{1,60}",)?"message":${TEXT}`);
const CUT_URL = new RegExp(String.raw`"url":${TEXT}`);
const CUT_STATUS = /"statusCode":([45]\d\d)\b/;

/** The failure at the beginning of a line that is too long to be read whole. */
function readCutStreamError(text: string): ClineFailure[] {
  const message = unescape(CUT_MESSAGE.exec(text)?.[1]);
  if (message === undefined) return [];
  const url = CUT_URL.exec(text)?.[1];
  const statusCode = Number(CUT_STATUS.exec(text)?.[1]);
  return readStreamError({
    message,
    url,
    statusCode: FailureStatus.parse(statusCode),
    responseBody: undefined,
    responseHeaders: undefined,
    errors: undefined,
    aggregateErrors: undefined,
    lastError: undefined,
  });
}

function unescape(text: string | undefined): string | undefined {
  return text?.replace(/\\(["\\/])/g, '$1').replace(/\\[nrt]/g, ' ');
}

const LogLine = z.object({
  time: Time,
  pid: lenient(z.number()),
  providerId: Name,
  event: Name,
  msg: z.string(),
  err: lenient(StreamError),
  properties: lenient(
    z.object({
      extension_version: Name,
      ulid: Name,
      sessionId: Name,
      agentId: Name,
      provider: Name,
      providerId: Name,
      model: Name,
      modelId: Name,
      tokensIn: Tokens,
      tokensOut: Tokens,
      cacheReadTokens: Tokens,
      cacheWriteTokens: Tokens,
      isSubagent: lenient(z.boolean()),
    }),
  ),
});
type LogLine = z.infer<typeof LogLine>;

/** The state of one process: all processes write to one log. */
const Process = z.object({
  session: z.string(),
  version: Name,
  provider: Name,
  model: Name,
  /** The main agent's open request. */
  openAt: lenient(z.number()),
  /** Running sub-agents: the log has neither their starts nor the names of those that end. */
  subagents: z.array(z.string()),
});
type Process = z.infer<typeof Process>;

const Memory = z.record(z.string(), Process);

const NOTHING = { version: undefined, provider: undefined, model: undefined, openAt: undefined };
/** Older processes have ended. */
const MOST_PROCESSES = 16;
const MOST_SUBAGENTS = 64;
const STREAM_ERROR = '[ai-sdk] stream error';
const MATTERS =
  /"event":"task\.(?:agent_created|subagent_completed|provider_request_started|tokens)"|"\[ai-sdk\] stream error"/;
/** The beginning of a line without its end: it contains the conversation six times. */
const CUT_HEAD =
  /\{"level":50,"time":"([^"]{20,40})","pid":(\d{1,10}),.{0,600}?"providerId":"([\w.:/-]{1,100})","severity":"error","err":/s;

/** Reads `cline.log`: each failed request once, with the session, which the line does not name. */
export function createClineLogReader(memory?: string): RecordReader {
  const log = new ClineLog(parseRecord(memory ?? '', Memory) ?? {});
  return {
    read: (record: LogRecord) => {
      if (!record.isWhole) return log.readCut(record.text);
      const line = MATTERS.test(record.text) ? parseRecord(record.text, LogLine) : undefined;
      return line ? log.read(line) : [];
    },
    saveMemory: () => log.save(),
  };
}

class ClineLog {
  #processes: Record<string, Process>;

  constructor(processes: Record<string, Process>) {
    this.#processes = processes;
  }

  save(): string {
    return JSON.stringify(this.#processes);
  }

  read(line: LogLine): Signal[] {
    if (line.msg === STREAM_ERROR)
      return line.err ? this.#fail(line, readStreamError(line.err)) : [];
    switch (line.event) {
      case 'task.agent_created':
        this.#know(line, ({ subagents }, agent) =>
          line.properties?.isSubagent ? [...subagents, agent].slice(-MOST_SUBAGENTS) : subagents,
        );
        return [];
      case 'task.subagent_completed':
        this.#know(line, ({ subagents }, agent) => subagents.filter(id => id !== agent));
        return [];
      case 'task.provider_request_started':
        return this.#start(line);
      case 'task.tokens':
        return this.#answer(line);
      default:
        return [];
    }
  }

  readCut(text: string): Signal[] {
    const [head, time, pid, providerId] = CUT_HEAD.exec(text) ?? [];
    const at = Time.safeParse(time).data;
    if (head === undefined || at === undefined) return [];
    const failures = readCutStreamError(
      text.slice(text.indexOf(head) + head.length - '"err":'.length),
    );
    return this.#fail({ time: at, pid: Number(pid), providerId }, failures);
  }

  #know(line: LogLine, subagentsOf: (process: Process, agent: string) => string[]): Process {
    const { ulid, sessionId, agentId = '', ...properties } = line.properties ?? {};
    const before = this.#of(line);
    const process: Process = {
      ...before,
      session: ulid ?? sessionId ?? before.session,
      version: properties.extension_version ?? before.version,
      provider: properties.providerId ?? properties.provider ?? before.provider,
      model: properties.modelId ?? properties.model ?? before.model,
      subagents: subagentsOf(before, agentId),
    };
    this.#keep(line, process);
    return process;
  }

  #of({ pid }: Pick<LogLine, 'pid'>): Process {
    const unknown = { session: `pid:${pid ?? ''}`, subagents: [], ...NOTHING };
    return this.#processes[String(pid)] ?? unknown;
  }

  /** The newest is the last; integer keys would be sorted. */
  #keep({ pid }: Pick<LogLine, 'pid'>, process: Process): void {
    const others = Object.entries(this.#processes).filter(([id]) => id !== String(pid));
    this.#processes = Object.fromEntries([
      ...others.slice(1 - MOST_PROCESSES),
      [String(pid), process],
    ]);
  }

  #start(line: LogLine): Signal[] {
    const process = this.#know(line, ({ subagents }) => subagents);
    this.#keep(line, { ...process, openAt: line.time });
    return [{ kind: 'requestStarted', ...fieldsOf(line, process, 'started') }];
  }

  /** A sub-agent's response is logged for the main agent, which waits without an open request. */
  #answer(line: LogLine): Signal[] {
    const process = this.#know(line, ({ subagents }) => subagents);
    const isMain = process.openAt !== undefined || process.subagents.length === 0;
    if (isMain) this.#keep(line, { ...process, openAt: undefined });
    const { cacheReadTokens, cacheWriteTokens, ...properties } = line.properties ?? {};
    const { tokensIn: inputTokens, tokensOut: outputTokens } = properties;
    return [
      {
        kind: 'requestEnded',
        ...fieldsOf(line, process, 'ended'),
        ...omitUndefined({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }),
        ...omitUndefined({ isThreadUnknown: isMain ? undefined : true }),
      },
    ];
  }

  #fail(
    line: Pick<LogLine, 'time' | 'pid' | 'providerId'>,
    failures: readonly ClineFailure[],
  ): Signal[] {
    const process = this.#of(line);
    const [subagent, ...others] = process.openAt === undefined ? process.subagents : [];
    this.#keep(line, { ...process, openAt: undefined });
    const fields = fieldsOf(line, process, 'failed');
    return failures.map((parsed, index) => {
      const { failure, evidence } = failureFromText(parsed);
      return {
        kind: 'requestFailed',
        ...fields,
        ...failure,
        evidence: { ...fields.evidence, ...evidence, ...omitUndefined({ host: parsed.host }) },
        contentKey: `${fields.contentKey} ${index}`,
        ...omitUndefined({
          subagent: others.length > 0 ? undefined : subagent,
          isThreadUnknown: others.length > 0 ? true : undefined,
          attemptCount: parsed.attemptCount > 1 ? parsed.attemptCount : undefined,
          isFinal: index === failures.length - 1 ? true : undefined,
        }),
      };
    });
  }
}

function fieldsOf(line: Pick<LogLine, 'time' | 'providerId'>, process: Process, what: string) {
  const { session, version, provider, model } = process;
  return {
    at: line.time,
    agent: 'cline' as const,
    session,
    evidence: omitUndefined({ providerId: line.providerId ?? provider }),
    contentKey: ['cline', what, session, line.time].join(' '),
    ...omitUndefined({ agentVersion: version, model }),
  };
}
