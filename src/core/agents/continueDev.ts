import * as z from 'zod/mini';
import { lenient, omitUndefined, Time } from '../base/fields.ts';
import { parseLocalTime } from '../base/time.ts';
import { type Agent, agentFolder, pathBelow, type RecordReader } from './agent.ts';
import { unwrapSdkError } from './agentError.ts';
import { hostOf } from '../base/kimiHosts.ts';
import { EventCounter, failureFromText } from './failureFromText.ts';
import { Duration, Name, parseRecord, Tokens, Words } from './recordFields.ts';
import type { RequestFailed, Signal } from './signal.ts';

/** `<local time> [<id of the program>] [<level>]: <message> {<details>}` */
const CLI_LINE =
  /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) \[([\w-]{1,40})\] \[\w{4,7}\]: (Retry attempt|Creating chat completion stream|Stream complete) (\{.*\})$/s;
/** `[<UTC without zone>] … Error: 429 <error text>` */
const CORE_LINE =
  /^\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\] .{0,2000}?\b(?:\w{0,40}Error: )+([45]\d\d .*)$/s;
const LONGEST_LINE = 64 * 1024;

/** Each line repeats the model with its key in plain text: only these fields are read. */
const Details = z.object({
  error: Words,
  delay: Duration,
  inputTokens: Tokens,
  outputTokens: Tokens,
  model: lenient(z.object({ model: Name, provider: Name, apiBase: lenient(z.string()) })),
});
type Details = z.infer<typeof Details>;

const Open = z.object({ model: Name, providerId: Name, host: lenient(z.string()) });
type Open = z.infer<typeof Open>;
/** The last request of each running program. All share one log. */
const Memory = z.object({
  asked: z.record(z.string(), Open),
  ordinals: z.object({ moment: z.string(), seen: z.record(z.string(), z.number()) }),
});
type Memory = z.infer<typeof Memory>;
const MOST_PROGRAMS = 16;

/** The SDK tries three times before Continue sees the failure (docs/agents.md 3.1). */
const SDK_ATTEMPTS = 3;

/** Reads Continue's `cn.log` and `core.log`. Times in `cn.log` are in this machine's zone. */
function createContinueReader(memory?: string): RecordReader {
  const log = new ContinueLog(parseRecord(memory ?? '', Memory));
  return {
    read: ({ text }) => log.read(text.slice(0, LONGEST_LINE)),
    saveMemory: () => JSON.stringify(log.memory),
  };
}

class ContinueLog {
  #asked: Map<string, Open>;
  readonly #ordinals: EventCounter;

  constructor(memory: Memory | undefined) {
    this.#asked = new Map(Object.entries(memory?.asked ?? {}));
    this.#ordinals = new EventCounter(memory?.ordinals);
  }

  get memory(): Memory {
    const { moment, seen } = this.#ordinals.memory;
    return { asked: Object.fromEntries(this.#asked), ordinals: { moment, seen: { ...seen } } };
  }

  read(line: string): Signal[] {
    const [, time, program, what, json] = CLI_LINE.exec(line) ?? [];
    if (time === undefined || program === undefined) return this.#readCore(line);
    const at = parseLocalTime(time);
    const details = parseRecord(json ?? '', Details);
    if (at === undefined || !details) return [];
    if (what === 'Retry attempt') return this.#fail({ at, time, program }, details);
    const isStart = what !== 'Stream complete';
    if (isStart) this.#remember(program, details);
    const fields = this.#fields({ at, time, program }, isStart ? 'started' : 'ended');
    if (isStart) return [{ kind: 'requestStarted', ...fields }];
    const { inputTokens, outputTokens } = details;
    return [{ kind: 'requestEnded', ...fields, ...omitUndefined({ inputTokens, outputTokens }) }];
  }

  #fail(moment: Moment, { error, delay }: Details): RequestFailed[] {
    if (error === undefined) return [];
    const { failure, evidence } = failureFromText(unwrapSdkError(error));
    const fields = this.#fields(moment, 'failed');
    return [
      {
        kind: 'requestFailed',
        ...fields,
        ...failure,
        evidence: { ...fields.evidence, ...evidence },
        ...omitUndefined({
          retryAfterMs: delay === undefined ? undefined : Math.round(delay),
          attemptCount: isTriedAgain(failure) ? SDK_ATTEMPTS : undefined,
        }),
      },
    ];
  }

  /** An editor's log. Each caller that passes an error on may log it. */
  #readCore(line: string): RequestFailed[] {
    const [, time, words] = CORE_LINE.exec(line) ?? [];
    const at = Time.safeParse(`${time}Z`).data;
    if (at === undefined || words === undefined) return [];
    const { failure, evidence } = failureFromText(unwrapSdkError(words));
    const key = this.#ordinals.next(time!, failure.text);
    if (!key.endsWith(' 1')) return [];
    return [
      {
        kind: 'requestFailed',
        at,
        agent: 'continue',
        session: 'core',
        isThreadUnknown: true,
        ...failure,
        evidence,
        contentKey: `continue failed core ${key}`,
      },
    ];
  }

  #remember(program: string, { model }: Details): void {
    const host = hostOf(model?.apiBase ?? '');
    this.#asked.delete(program);
    this.#asked.set(
      program,
      omitUndefined({ model: model?.model, providerId: model?.provider, host }),
    );
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > MOST_PROGRAMS && oldest !== undefined) this.#asked.delete(oldest);
  }

  #fields({ at, time, program }: Moment, what: string) {
    const { model, providerId, host } = this.#asked.get(program) ?? {};
    return {
      at,
      agent: 'continue' as const,
      session: program,
      evidence: omitUndefined({ providerId, host }),
      contentKey: `continue ${what} ${this.#ordinals.next(time, `${program} ${what}`)}`,
      ...omitUndefined({ model }),
    };
  }
}

/** An error after a response has started is not retried. */
function isTriedAgain({ status, text }: Pick<RequestFailed, 'status' | 'text'>): boolean {
  if (status === undefined) return /^(?:Connection error|Request timed out)\./.test(text);
  return [408, 409, 429].includes(status) || status >= 500;
}

interface Moment {
  readonly at: number;
  readonly time: string;
  /** Id of the running program; it has one request at a time. */
  readonly program: string;
}

/**
 * Continue (docs/agents.md 7.11): the CLI, seen in 1.5.47, which logs failures only with
 * `--verbose` and otherwise only shows them on screen. `core.log` of its editors from source.
 * `prompt.log`, sessions and development data contain no failures.
 */
export const continueDev: Agent = {
  id: 'continue',
  name: 'Continue',
  sources: surroundings => [
    {
      root: pathBelow(
        surroundings,
        agentFolder(surroundings, 'CONTINUE_GLOBAL_DIR', '.continue'),
        'logs',
      ),
      files: /^(?:cn|core)\.log$/,
      depth: 0,
      growth: 'append',
      format: 'log',
    },
  ],
  // A failure; the request before it, which names the provider; an editor's error.
  failureAnchors: ['Retry attempt {', 'Creating chat completion', 'Error: 4', 'Error: 5'],
  tokenAnchors: ['Stream complete'],
  createReader: (_file, memory) => createContinueReader(memory),
};
