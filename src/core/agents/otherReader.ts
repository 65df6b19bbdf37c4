import * as z from 'zod/mini';
import { lenient, Time } from '../quota/readField.ts';
import type { LogFile, LogRecord, RecordReader } from './agent.ts';
import { parseLocalTime } from './localTime.ts';
import { errorInObject, errorInText, type OtherError } from './otherError.ts';
import { idOfName, known, parseRecord } from './recordField.ts';
import { Ordinals, saidFailure } from './saidFailure.ts';
import type { RequestFailed } from './signal.ts';

/** A time near the beginning of a line, with or without a zone. */
const TIME =
  /^.{0,24}?(\d{4}[-/]\d\d[-/]\d\d)(?:[T ]| - )(\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)(Z|[+-]\d\d:?\d\d)?(?!\d)/;
const CLOCK = /^.{0,12}?\b\d\d:\d\d:\d\d\b/;
/** A traceback follows, or goes on with the exception that came of the one before. */
const TRACEBACK = /^(?:Traceback \(most recent call last\)|Caused by: )/;
const CHAIN = /^(?:The above exception was|During handling of the above exception)/;
const LONGEST_LINE = 64 * 1024;

const Memory = z.object({
  /** The failure told last, to know its words again where a traceback repeats them. */
  last: lenient(z.object({ words: z.string(), isTimed: z.boolean(), isRepeated: z.boolean() })),
  /** The time of the latest line that has one. */
  lineAt: lenient(z.number()),
  ordinals: lenient(z.object({ moment: z.string(), seen: z.record(z.string(), z.number()) })),
});
type Memory = z.infer<typeof Memory>;

/** Reads a file of a program that we do not know: a line, or a JSON object, is a record. */
export function createOtherReader(file: LogFile, memory?: string): RecordReader {
  // The objects of a rewritten file come again from the first.
  const isRewritten = file.format === 'json';
  const known = isRewritten ? undefined : parseRecord(memory ?? '', Memory);
  const reader = new OtherReader(file, known ?? {});
  return {
    read: (record, writtenBy) => reader.read(record, writtenBy),
    saveMemory: () => (isRewritten ? undefined : JSON.stringify(reader.memory)),
  };
}

class OtherReader {
  #memory: Memory;
  readonly #session: string;
  readonly #ordinals: Ordinals;

  constructor({ relativePath }: LogFile, memory: Memory) {
    this.#memory = memory;
    this.#session = idOfName(relativePath.split('/').at(-1));
    this.#ordinals = new Ordinals(memory.ordinals);
  }

  get memory(): Memory {
    return { ...this.#memory, ordinals: this.#ordinals.memory };
  }

  read({ text, byteOffset }: LogRecord, writtenBy: number | undefined): RequestFailed[] {
    const line = text.slice(0, LONGEST_LINE).trim();
    if (line.startsWith('{')) {
      const error = errorInObject(line);
      return error ? this.#failed(error, error.at ?? writtenBy, byteOffset) : [];
    }
    const at = timeOf(line);
    if (at !== undefined) this.#memory = { ...this.#memory, lineAt: at };
    const isTimed = at !== undefined || CLOCK.test(line);
    this.#noteTraceback(line);
    const error = errorInText(line);
    if (!error || this.#isRepetition(error.text, isTimed)) return [];
    const words = error.text.slice(0, 200);
    this.#memory = { ...this.#memory, last: { words, isTimed, isRepeated: false } };
    return this.#failed(error, at ?? this.#memory.lineAt ?? writtenBy, byteOffset);
  }

  /** After a line with a time a traceback tells of the same; without, only the chain does. */
  #noteTraceback(line: string): void {
    const { last } = this.#memory;
    if (last && (CHAIN.test(line) || (last.isTimed && TRACEBACK.test(line))))
      this.#memory = { ...this.#memory, last: { ...last, isRepeated: true } };
  }

  #isRepetition(text: string, isTimed: boolean): boolean {
    const { last } = this.#memory;
    if (!last?.isRepeated || isTimed) return false;
    return text.includes(last.words) || last.words.includes(text.slice(0, 200));
  }

  #failed(error: OtherError, at: number | undefined, byteOffset: number): RequestFailed[] {
    if (at === undefined) return [];
    const { host, model, providerId, attemptCount, ...said } = error;
    const { failure, evidence } = saidFailure(said);
    const place = this.#ordinals.next(String(at), failure.text);
    // A file without times is changed later: then only the place tells.
    const isOwnTime = at === this.#memory.lineAt || 'at' in error;
    const key = isOwnTime ? place : `${this.#session} ${byteOffset} ${failure.text.slice(0, 80)}`;
    return [
      {
        kind: 'requestFailed',
        at,
        agent: 'other',
        session: this.#session,
        isThreadUnknown: true,
        ...failure,
        evidence: { ...known({ host, providerId }), ...evidence },
        contentKey: `other ${key}`,
        ...known({ model, attemptCount }),
      },
    ];
  }
}

function timeOf(line: string): number | undefined {
  const [, day, clock, zone] = TIME.exec(line) ?? [];
  if (day === undefined || clock === undefined) return undefined;
  if (zone === undefined) return parseLocalTime(`${day} ${clock}`);
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  return Time.safeParse(`${day.replaceAll('/', '-')}T${clock}${offset}`).data;
}
