import * as z from 'zod/mini';
import { lenient } from '../quota/readField.ts';
import type { RecordReader } from './agent.ts';
import { hostOf } from './attribution.ts';
import { parseLocalTime } from './localTime.ts';
import { Duration, known, Name, parseRecord } from './recordField.ts';
import { Ordinals, saidFailure } from './saidFailure.ts';
import { unwrapSdkError } from './sdkError.ts';
import type { RequestFailed } from './signal.ts';

/** `<time> | <LEVEL> | <module>:<function>:<line> | <session> - <message>`; to 1.30 no session. */
const HEAD =
  /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) \| [A-Z]{4,8} {0,4} \| kimi_cli\.[\w.<>]{1,120}:[\w<>]{1,80}:\d{1,6} (?:\| ([\w.@:+-]{0,120}) )?- (.*)$/s;
/** `1.31` and later say the error; before, only that there was one. */
const RETRY = /^Retrying (\w{1,30}) for the \d{1,4} time(?:\. | \(last error: (.*))/s;
const WAIT = /\)?\.? ?Waiting (\d{1,6}(?:\.\d{1,20})?|unknown) seconds\.$/;
const GAVE_UP = /^LLM (?:provider|API status) error:$/;
const SUBAGENT =
  /^Subagent LLM (?:API error \(HTTP (\d{3})\)|provider error) when [^:]{1,200}: (.*)$/s;
const SIGNED_OUT = /^Authentication failed \((401)\), /;
/** The last line of a traceback; those before it repeat its words. */
const RAISED = /^kosong(?:\.\w{1,40}){1,6}: .*$/s;
const LONGEST_LINE = 16 * 1024;

const Memory = z.object({
  /** "LLM provider error:" was read; its words follow at the end of a traceback. */
  pending: lenient(z.object({ time: z.string(), session: z.string() })),
  /** What the starts of sessions say; empty where they differ. */
  host: lenient(z.string()),
  model: Name,
  providerId: Name,
  ordinals: lenient(z.object({ moment: z.string(), seen: z.record(z.string(), z.number()) })),
});
type Memory = z.infer<typeof Memory>;

/**
 * Reads `kimi.log` of Kimi CLI in Python, the log of all sessions: each attempt at a step that
 * failed, once, however often its traceback repeats the words. Behind an attempt there may be up to
 * three requests of the SDK, which leave nothing (kimi.md 7). The log names no sub-agent.
 */
export function createKimiCliLogReader(memory?: string): RecordReader {
  const log = new KimiCliLog(parseRecord(memory ?? '', Memory) ?? {});
  return {
    read: ({ text }) => log.read(text.slice(0, LONGEST_LINE)),
    saveMemory: () => JSON.stringify(log.memory),
  };
}

/** What a message says of a failure, before its words are unwrapped. */
interface Told {
  readonly time: string;
  readonly session: string;
  readonly words: string;
  readonly status?: number;
  readonly wait?: string | undefined;
  readonly isFinal?: boolean;
  readonly isSide?: boolean;
}

class KimiCliLog {
  #memory: Memory;
  readonly #ordinals: Ordinals;

  constructor(memory: Memory) {
    this.#memory = memory;
    this.#ordinals = new Ordinals(memory.ordinals);
  }

  get memory(): Memory {
    return { ...this.#memory, ordinals: this.#ordinals.memory };
  }

  read(line: string): RequestFailed[] {
    const [, time, session = '', message] = HEAD.exec(line) ?? [];
    if (time !== undefined && message !== undefined) {
      // A traceback that has no last line of its own.
      const before = this.#conclude('');
      this.#learn(message);
      if (GAVE_UP.test(message)) this.#memory = { ...this.#memory, pending: { time, session } };
      const told = toldBy(message);
      return [...before, ...(told ? this.#failed({ time, session, ...told }) : [])];
    }
    return RAISED.test(line) ? this.#conclude(line) : [];
  }

  #conclude(words: string): RequestFailed[] {
    const { pending } = this.#memory;
    this.#memory = { ...this.#memory, pending: undefined };
    return pending ? this.#failed({ ...pending, words, isFinal: true }) : [];
  }

  /** Sessions that run side by side with other providers cannot be told apart: then none is known. */
  #learn(message: string): void {
    const isProvider = message.startsWith('Using LLM provider: ');
    if (!isProvider && !message.startsWith('Using LLM model: ')) return;
    const said = (name: string) => new RegExp(`\\b${name}='([^']{1,200})'`).exec(message)?.[1];
    const merge = (before: string | undefined, now: string | undefined) =>
      before === undefined || before === now ? now : '';
    if (isProvider) {
      const host = merge(this.#memory.host, hostOf(said('base_url') ?? ''));
      this.#memory = { ...this.#memory, host };
    } else {
      const model = merge(this.#memory.model, Name.parse(said('model')));
      const providerId = merge(this.#memory.providerId, Name.parse(said('provider')));
      this.#memory = { ...this.#memory, model, providerId };
    }
  }

  #failed({ time, session, ...told }: Told): RequestFailed[] {
    const at = parseLocalTime(time);
    if (at === undefined) return [];
    const said = unwrapSdkError(told.words);
    const { failure, evidence } = saidFailure({ ...known({ status: told.status }), ...said });
    const { host, model, providerId } = this.#memory;
    const place = `${told.isFinal ? 'final' : 'retry'} ${session}`;
    return [
      {
        kind: 'requestFailed',
        at,
        agent: 'kimi-cli',
        session,
        isThreadUnknown: true,
        ...failure,
        evidence: {
          ...known({ host: host || undefined, providerId: providerId || undefined }),
          ...evidence,
        },
        contentKey: `kimi-cli failed ${this.#ordinals.next(time, place)}`,
        ...known({
          model: model || undefined,
          retryAfterMs: Duration.parse(Math.round(Number(told.wait) * 1000)),
          isFinal: told.isFinal ? true : undefined,
          isSideRequest: told.isSide ? true : undefined,
        }),
      },
    ];
  }
}

function toldBy(message: string): Omit<Told, 'time' | 'session'> | undefined {
  const retry = RETRY.exec(message);
  if (retry) {
    const wait = WAIT.exec(message)?.[1];
    const words = (retry[2] ?? '').replace(WAIT, '').replace(/^\w{1,60}: unknown$/, '');
    return { words, wait, isSide: retry[1] !== 'step' };
  }
  const subagent = SUBAGENT.exec(message);
  if (subagent) {
    return { words: subagent[2]!, ...known({ status: statusOf(subagent[1]) }), isFinal: true };
  }
  const signedOut = SIGNED_OUT.exec(message);
  return signedOut ? { words: '', status: 401, isFinal: true } : undefined;
}

const statusOf = (digits: string | undefined): number | undefined =>
  digits === undefined ? undefined : Number(digits);
