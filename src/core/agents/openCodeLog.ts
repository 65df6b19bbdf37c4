import * as z from 'zod/mini';
import { lenient } from '../quota/readField.ts';
import type { RecordReader } from './agent.ts';
import { type OpenCodeLine, parseOpenCodeLine } from './openCodeLine.ts';
import { isSideAgent } from './openCodeError.ts';
import { known, Name, parseRecord } from './recordField.ts';
import { Ordinals, saidFailure } from './saidFailure.ts';
import type { AgentId, RequestFailed, Signal } from './signal.ts';

/** A `stream` of which nothing has told the end so far. */
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
  told: lenient(z.object({ moment: z.string(), seen: z.record(z.string(), z.number()) })),
});

/** One for each sub-agent that runs, in all processes. */
const MOST_OPEN = 48;

/**
 * Reads OpenCode's log, which all its processes share: each attempt that failed, once. A stream that
 * was cut leaves no line: the same request begins again, without a step of its session between.
 */
export function createOpenCodeLogReader(agent: AgentId, memory?: string): RecordReader {
  const saved = parseRecord(memory ?? '', Memory);
  const log = new OpenCodeLog(agent, saved?.open ?? [], new Ordinals(saved?.told));
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
  readonly ordinals: Ordinals;

  constructor(agent: AgentId, open: readonly Open[], ordinals: Ordinals) {
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
    // A side request is begun anew by itself; another run was killed.
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

  /** While a tool runs, no request does. Of several that are open the line may not tell which. */
  #callTool(line: OpenCodeLine): Signal[] {
    const callers = this.open.filter(
      ({ session, run, isSmall }) =>
        !isSmall && (line.session ? session === line.session : run === line.run),
    );
    return callers.length === 1 ? this.#end(line, open => callers.includes(open)) : [];
  }

  /** The session goes on: it was answered. A title that is made beside it may still be asked for. */
  #end({ at }: OpenCodeLine, isEnded: (open: Open) => boolean): Signal[] {
    return this.#close(isEnded).map(open => ({
      kind: 'requestEnded',
      ...known({ isAnswered: open.isSmall ? undefined : true }),
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
    const { failure, evidence } = saidFailure(error?.said ?? { text: '' });
    return [
      {
        kind: 'requestFailed',
        ...fields,
        ...failure,
        evidence: { ...fields.evidence, ...known({ host: error?.host }), ...evidence },
        contentKey,
        ...known({ retryAfterMs: error?.retryAfterMs, attemptCount: error?.attemptCount }),
      },
    ];
  }

  /** Counted already; that it was the last is new. */
  #giveUp(line: OpenCodeLine): Signal[] {
    if (line.kind !== 'answer' || !line.error) return [];
    const { failure, evidence } = saidFailure(line.error.said);
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
      evidence: known({ providerId: line.provider ?? open.provider }),
      ...known({
        // A sub-agent has a session of its own.
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

/** Lines of other programs that write so may have no session. */
const sessionOf = ({ session, run }: OpenCodeLine): string => session ?? run ?? 'unknown';

const isOneThread = (
  one: Pick<Open, 'session' | 'agent' | 'isSmall'>,
  other: Pick<Open, 'session' | 'agent' | 'isSmall'>,
): boolean =>
  one.session === other.session && one.agent === other.agent && one.isSmall === other.isSmall;
