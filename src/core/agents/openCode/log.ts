import * as z from 'zod/mini';
import { lenient, omitUndefined, Time } from '../../base/fields.ts';
import type { LogRecord, RecordReader } from '../agent.ts';
import { unwrapError } from '../agentError.ts';
import { EventCounter, failureFromText } from '../failureFromText.ts';
import { FailureStatus, Name, parseLogfmt, parseRecord } from '../recordFields.ts';
import type { AgentId, RequestFailed, Signal } from '../signal.ts';
import { attemptsIn, isSideAgent, kindOfError, type OpenCodeError, readSdkError } from './error.ts';

/**
 * A line about a request. `step`: the session continues, so the open request has ended. `tool`: a
 * response has called one, in `session` or, without it, in a session of the run.
 */
interface OpenCodeLine {
  /** Epoch milliseconds; lines of 1.14 have whole seconds. */
  readonly at: number;
  readonly what: 'stream' | 'failed' | 'step' | 'tool' | 'gaveUp';
  readonly run?: string;
  readonly session?: string;
  readonly provider?: string;
  readonly model?: string;
  /** OpenCode's agent: `build`, `title`. */
  readonly agent?: string;
  readonly isSmall: boolean;
  readonly isSubagent: boolean;
  readonly error?: OpenCodeError;
  readonly kind: ReturnType<typeof kindOfError>;
}

/** Fields are at the front; an error of 1.14 contains the whole conversation. */
const LONGEST_FIELDS = 16 * 1024;
const NEW_LINE = /^(?:timestamp|time)=/;
const OLD_LINE = /^(?:DEBUG|INFO|WARN|ERROR)\s{1,3}(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d) \+\d{1,12}ms /;
const OLD_MESSAGE = / (stream error|stream|loop|exiting loop|process|created|evaluated)$/;

/** Reads a line of either format; undefined: it is not about a request. */
function parseOpenCodeLine({ text, isWhole }: LogRecord): OpenCodeLine | undefined {
  if (NEW_LINE.test(text)) return parseNewLine(text.slice(0, LONGEST_FIELDS));
  return OLD_LINE.test(text) ? parseOldLine(text, isWhole) : undefined;
}

/** `timestamp=… level=ERROR run=… message="stream error" … error.error="AI_APICallError: …"` */
function parseNewLine(text: string): OpenCodeLine | undefined {
  const fields = parseLogfmt(text);
  const at = Time.safeParse(fields.get('timestamp') ?? fields.get('time')).data;
  const isError = fields.get('level') === 'ERROR';
  const message = fields.get('message') ?? fields.get('msg') ?? '';
  const what = message === 'process' && isError ? 'gaveUp' : whatOf(message, fields);
  if (at === undefined || !what) return undefined;
  const raw = isError ? errorWords(fields) : '';
  return {
    ...common(fields),
    at,
    what,
    kind: kindOfError(raw),
    ...omitUndefined({ error: isError ? flatError(fields, raw) : undefined }),
  };
}

/** `ERROR 2026-05-12T20:02:20 +1967ms service=llm … error={…} stream error`, in UTC. */
function parseOldLine(text: string, isWhole: boolean): OpenCodeLine | undefined {
  const start = text.indexOf(' error=');
  const fields = parseLogfmt(
    text.slice(text.indexOf('ms ') + 3, start < 0 ? LONGEST_FIELDS : start),
  );
  const message = OLD_MESSAGE.exec(text.slice(-40))?.[1];
  const isError = text.startsWith('ERROR') && start >= 0;
  // The line is too long: its end was not read.
  const isCutError = !isWhole && isError && fields.get('service') === 'llm';
  const what = isCutError ? 'failed' : whatOf(message ?? '', fields);
  const at = Time.safeParse(`${OLD_LINE.exec(text)?.[1]}Z`).data;
  // `process` at ERROR repeats a `stream error`.
  if (at === undefined || !what || (what === 'step' && isError)) return undefined;
  const end = message && isWhole ? text.length - message.length - 1 : text.length;
  const raw = isError ? text.slice(start + ' error='.length, end) : '';
  const error = isError ? oldError(raw, isWhole) : undefined;
  return {
    ...common(fields),
    at,
    what,
    kind: kindOfError(nameIn(raw)),
    ...omitUndefined({ error }),
  };
}

function whatOf(
  message: string,
  fields: ReadonlyMap<string, string>,
): OpenCodeLine['what'] | undefined {
  // A sub-agent is a session that another session created.
  if (message === 'created') return /^ses_/.test(fields.get('parentID') ?? '') ? 'tool' : undefined;
  if (message === 'evaluated') return 'tool';
  if (message === 'stream error') return 'failed';
  if (message === 'stream') return 'stream';
  return /^(?:loop|exiting loop|process)$/.test(message) ? 'step' : undefined;
}

function common(fields: ReadonlyMap<string, string>) {
  const name = (...keys: string[]) =>
    Name.parse(keys.map(key => fields.get(key)).find(value => value !== undefined));
  return {
    isSmall: fields.get('small') === 'true',
    isSubagent: fields.get('mode') === 'subagent',
    ...omitUndefined({
      run: name('run'),
      session: name('session.id', 'sessionID', 'parentID'),
      provider: name('providerID'),
      model: name('modelID'),
      agent: name('agent'),
    }),
  };
}

/** The field with the longest name that matches: the innermost of nested errors. */
function innermost(fields: ReadonlyMap<string, string>, end: RegExp): string | undefined {
  const keys = [...fields.keys()].filter(key => key.startsWith('error') && end.test(key));
  const key = keys.sort((a, b) => b.length - a.length)[0];
  return key === undefined ? undefined : fields.get(key);
}

function errorWords(fields: ReadonlyMap<string, string>): string {
  const words = fields.get('error.error') ?? innermost(fields, /\.message$/);
  return words ?? fields.get('error') ?? '';
}

function flatError(fields: ReadonlyMap<string, string>, raw: string): OpenCodeError {
  const parsed = unwrapError(raw);
  const status =
    FailureStatus.parse(Number(innermost(fields, /\.status(?:Code)?$/))) ?? parsed.status;
  const errorType = parsed.errorType ?? Name.parse(innermost(fields, /\.type$/));
  return {
    parsed: { text: parsed.text, ...omitUndefined({ status, errorType }) },
    ...omitUndefined({ attemptCount: attemptsIn(raw) }),
  };
}

const Wrapped = z.object({ error: z.unknown() });

function oldError(raw: string, isWhole: boolean): OpenCodeError | undefined {
  if (!raw.startsWith('{'))
    return { parsed: unwrapError(raw), ...omitUndefined({ attemptCount: attemptsIn(raw) }) };
  if (!isWhole) return { parsed: cutError(raw) };
  return readSdkError(parseRecord(raw, Wrapped)?.error);
}

/** The last match of each: the conversation comes before them, with escaped quotes. */
function cutError(raw: string) {
  const status = Number([...raw.matchAll(/"statusCode":([45]\d\d)\b/g)].at(-1)?.[1]);
  return { text: '', ...omitUndefined({ status: FailureStatus.parse(status) }) };
}

const nameIn = (raw: string): string =>
  /^\{"error":\{"name":"(\w{1,60})"/.exec(raw)?.[1] ?? (raw.startsWith('{') ? '' : raw);

/** A `stream` whose end is not reported yet. */
const Open = z.object({
  at: z.number(),
  session: z.string(),
  agent: Name,
  run: Name,
  provider: Name,
  model: Name,
  isSmall: z.boolean(),
  isSubagent: z.boolean(),
});
type Open = z.infer<typeof Open>;

const Memory = z.object({
  open: z.array(Open),
  /** Memory of the `EventCounter`; version 1.0.0 stores it under this name. */
  told: lenient(z.object({ moment: z.string(), seen: z.record(z.string(), z.number()) })),
});

/** One for each running sub-agent, in all processes. */
const MOST_OPEN = 48;

/**
 * Reads OpenCode's log, which all its processes share: each failed attempt once. A broken stream
 * leaves no line: the same request starts again, without a step of its session between.
 */
export function createOpenCodeLogReader(agent: AgentId, memory?: string): RecordReader {
  const saved = parseRecord(memory ?? '', Memory);
  const log = new OpenCodeLog(agent, saved?.open ?? [], new EventCounter(saved?.told));
  return {
    read: record => {
      const line = parseOpenCodeLine(record);
      return line ? log.read(line) : [];
    },
    saveMemory: () => JSON.stringify({ open: log.open, told: log.ordinals.memory }),
  };
}

class OpenCodeLog {
  readonly #agent: AgentId;
  open: readonly Open[];
  readonly ordinals: EventCounter;

  constructor(agent: AgentId, open: readonly Open[], ordinals: EventCounter) {
    this.#agent = agent;
    this.open = open;
    this.ordinals = ordinals;
  }

  read(line: OpenCodeLine): Signal[] {
    if (line.what === 'stream') return this.#start(line);
    if (line.what === 'step') return this.#end(line, open => open.session === sessionOf(line));
    if (line.what === 'tool') return this.#callTool(line);
    if (line.what === 'gaveUp') return this.#giveUp(line);
    return this.#fail(line);
  }

  #start(line: OpenCodeLine): Signal[] {
    const { at, agent, run, provider, model, isSmall, isSubagent } = line;
    const request = { at, session: sessionOf(line), agent, run, provider, model };
    const open = { ...request, isSmall, isSubagent };
    const before = this.#close(other => isOneThread(other, open));
    this.open = [...this.open, open].slice(-MOST_OPEN);
    // OpenCode restarts a side request automatically; another run was killed.
    const cut = before.filter(other => !other.isSmall && other.run === open.run);
    return [
      ...cut.map(other => this.#cut(other, at)),
      {
        kind: 'requestStarted',
        ...this.#fields(line, open),
        contentKey: this.#key('started', line),
      },
    ];
  }

  #cut(open: Open, notAfter: number): RequestFailed {
    const contentKey = `${this.#agent} cut ${open.session} ${open.agent ?? ''} ${open.at}`;
    const fields = this.#fields(open, open);
    return { kind: 'requestFailed', ...fields, at: open.at, notAfter, text: '', contentKey };
  }

  /**
   * While a tool runs, no request does. The line may not show which of several open requests it is.
   */
  #callTool(line: OpenCodeLine): Signal[] {
    const callers = this.open.filter(
      ({ session, run, isSmall }) =>
        !isSmall && (line.session ? session === line.session : run === line.run),
    );
    return callers.length === 1 ? this.#end(line, open => callers.includes(open)) : [];
  }

  /**
   * The session continues, so the request was answered. A parallel title request may still be open.
   */
  #end({ at }: OpenCodeLine, isEnded: (open: Open) => boolean): Signal[] {
    return this.#close(isEnded).map(open => ({
      kind: 'requestEnded',
      ...(open.isSmall ? {} : { isAnswered: true, isRepeat: true }),
      ...this.#fields({ ...open, at }, open),
      contentKey: `${this.#agent} ended ${open.session} ${open.agent ?? ''} ${open.at}`,
    }));
  }

  #fail(line: OpenCodeLine): Signal[] {
    const { at, agent, isSmall, isSubagent, kind, error } = line;
    const request = { at, session: sessionOf(line), agent, isSmall, isSubagent };
    const [open = { ...request, run: undefined, provider: undefined, model: undefined }] =
      this.#close(other => isOneThread(other, request));
    const fields = this.#fields(line, open);
    if (kind === 'local') return [];
    const contentKey = this.#key('failed', line);
    if (kind === 'brokenOff') return [{ kind: 'requestEnded', ...fields, contentKey }];
    const { failure, evidence } = failureFromText(error?.parsed ?? { text: '' });
    return [
      {
        kind: 'requestFailed',
        ...fields,
        ...failure,
        evidence: { ...fields.evidence, ...omitUndefined({ host: error?.host }), ...evidence },
        contentKey,
        ...omitUndefined({ retryAfterMs: error?.retryAfterMs, attemptCount: error?.attemptCount }),
      },
    ];
  }

  /** Already counted; new is that it was the last. */
  #giveUp(line: OpenCodeLine): Signal[] {
    if (line.kind !== 'answer' || !line.error) return [];
    const { failure, evidence } = failureFromText(line.error.parsed);
    const { session, at } = { session: sessionOf(line), at: line.at };
    return [
      {
        kind: 'requestEnded',
        at,
        agent: this.#agent,
        session,
        isThreadUnknown: true,
        evidence,
        contentKey: `${this.#agent} gave up ${session} ${at}`,
        failure: { ...failure, isFinal: true },
      },
    ];
  }

  #close(isClosed: (open: Open) => boolean): readonly Open[] {
    const closed = this.open.filter(isClosed);
    this.open = this.open.filter(open => !closed.includes(open));
    return closed;
  }

  #fields(line: Pick<OpenCodeLine, 'at' | 'model' | 'provider'> | Open, open: Open) {
    const isSide = open.isSmall || isSideAgent(open.agent);
    return {
      at: line.at,
      agent: this.#agent,
      session: open.session,
      evidence: omitUndefined({ providerId: line.provider ?? open.provider }),
      ...omitUndefined({
        // A sub-agent has its own session.
        subagent: open.isSubagent ? open.session : undefined,
        model: line.model ?? open.model,
        isSideRequest: isSide ? true : undefined,
      }),
    };
  }

  #key(what: string, line: OpenCodeLine): string {
    const place = `${what} ${line.agent ?? ''} ${sessionOf(line)}`;
    return `${this.#agent} ${this.ordinals.next(String(line.at), place)}`;
  }
}

/** Similar lines of other programs may have no session. */
const sessionOf = ({ session, run }: OpenCodeLine): string => session ?? run ?? 'unknown';

const isOneThread = (
  one: Pick<Open, 'session' | 'agent' | 'isSmall'>,
  other: Pick<Open, 'session' | 'agent' | 'isSmall'>,
): boolean =>
  one.session === other.session && one.agent === other.agent && one.isSmall === other.isSmall;
