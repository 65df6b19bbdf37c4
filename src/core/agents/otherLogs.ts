import { redact } from '../base/redact.ts';
import * as z from 'zod/mini';
import { lenient, omitUndefined, Time } from '../base/fields.ts';
import { parseLocalTime } from '../base/time.ts';
import type { Agent, LogFile, LogRecord, LogSource, RecordReader, Surroundings } from './agent.ts';
import { EventCounter, failureFromText } from './failureFromText.ts';
import { errorInObject, errorInText, type OtherError } from './otherError.ts';
import { idOfName, parseRecord } from './recordFields.ts';
import type { RequestFailed } from './signal.ts';

/** A glob as a source, or why it is rejected. */
export type ParsedGlob =
  | { readonly kind: 'source'; readonly source: LogSource }
  | { readonly kind: 'refused'; readonly reason: string };

/** Each costs at least one watched folder. */
const MOST_GLOBS = 32;
const LONGEST_GLOB = 512;
/** More asterisks in one name make matching slow; `**` matches up to eight folders. */
const MOST_STARS = 3;
const MOST_FOLDERS = 8;
const WILD = /[*?]/;

/** The valid forms of a glob, for the error text of an invalid one. */
const GLOB_HELP =
  'A path starts with / (on Windows with a drive) or ~/, and can contain * and ? in its names and one ** for folders.';

/**
 * The files of one entry of `kimiQuota.otherLogs`: `~/litellm/*.log`, `/srv/n8n/runs-?/*.json`. `*`
 * and `?` match characters of one name, `**` any folders, up to eight. A glob that would search the
 * whole home folder, a whole drive or more is rejected; links are not followed.
 */
export function parseLogGlob(glob: string, surroundings: Surroundings): ParsedGlob {
  const refused = (reason: string): ParsedGlob => ({ kind: 'refused', reason });
  const { home, platform } = surroundings;
  const isWindows = platform === 'win32';
  const slashed = (path: string): string => (isWindows ? path.replaceAll('\\', '/') : path);
  const text = slashed(glob.trim());
  if (text.length > LONGEST_GLOB) return refused('it is too long');
  const absolute = text.startsWith('~/')
    ? slashed(home).replace(/(?<!\/)\/+$/, '') + text.slice(1)
    : text;
  if (!(isWindows ? /^(?:[A-Za-z]:\/|\/\/[^/])/ : /^\//).test(absolute)) return refused(GLOB_HELP);
  const names = absolute.split('/').filter((name, index) => name !== '' || index < 2);
  if (names.some(name => name === '.' || name === '..')) return refused(GLOB_HELP);
  const wildAt = names.findIndex(name => WILD.test(name));
  const rootLength = wildAt < 0 ? names.length - 1 : wildAt;
  const below = names.slice(rootLength);
  const problem = problemOf(below, names.slice(0, rootLength), slashed(home));
  if (problem !== undefined) return refused(problem);
  const root = names.slice(0, rootLength).join('/');
  return {
    kind: 'source',
    source: sourceOf(isWindows ? root.replaceAll('/', '\\') : root, below, platform),
  };
}

/** The problems with a user's globs, a sentence each; those globs are not read. */
export function globProblems(globs: readonly string[], surroundings: Surroundings): string[] {
  const tooMany = globs.length > MOST_GLOBS ? [`Only the first ${MOST_GLOBS} globs are read.`] : [];
  const refused = globs.slice(0, MOST_GLOBS).flatMap(glob => {
    const parsed = parseLogGlob(glob, surroundings);
    return parsed.kind === 'refused' ? [`${glob.slice(0, 80)} is not read: ${parsed.reason}`] : [];
  });
  return [...refused, ...tooMany].map(text => text.replace(/[^.]$/, '$&.'));
}

function problemOf(
  below: readonly string[],
  root: readonly string[],
  home: string,
): string | undefined {
  const folders = below.slice(0, -1);
  if (below.at(-1) === '**' || below.length === 0) return GLOB_HELP;
  if (below.some(name => name !== '**' && (name.match(/\*/g)?.length ?? 0) > MOST_STARS))
    return GLOB_HELP;
  if (folders.filter(name => name === '**').length > 1 || folders.length > MOST_FOLDERS)
    return GLOB_HELP;
  // The root of the system, or of a drive or share.
  const isTop =
    root.filter(name => name !== '').length <
    (root[0] === '' && root[1] === '' ? 3 : /:$/.test(root[0] ?? '') ? 2 : 1);
  if (isTop) return 'it would search a whole drive';
  const path = `${root.join('/')}/`;
  const isWide = folders.some(name => WILD.test(name));
  const isHomeOrAbove = `${home.replace(/(?<!\/)\/+$/, '')}/`
    .toLowerCase()
    .startsWith(path.toLowerCase());
  return isWide && isHomeOrAbove ? 'it would search the whole home folder' : undefined;
}

function sourceOf(
  root: string,
  below: readonly string[],
  platform: Surroundings['platform'],
): LogSource {
  const isDeep = below.includes('**');
  const name = below.at(-1) ?? '';
  const parts = below.map((part, index) =>
    part === '**' ? '(?:[^/]+/){0,8}' : pattern(part) + (index < below.length - 1 ? '/' : ''),
  );
  return {
    root,
    // Kimi Quota must not read its own output.
    files: new RegExp(
      `^(?!(?:.*/)?(?:[\\d-]*)Kimi Quota\\.log$)${parts.join('')}$`,
      platform === 'linux' ? '' : 'i',
    ),
    depth: isDeep ? MOST_FOLDERS : below.length - 1,
    growth: /\.json$/i.test(name) ? 'rewrite' : 'append',
    format: /\.json$/i.test(name) ? 'json' : 'lines',
  };
}

/** Matches one name. Adjacent asterisks count as one. */
function pattern(name: string): string {
  const escaped = name.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return escaped.replace(/\*+/g, '[^/]*').replaceAll('?', '[^/]');
}

/** A time near the beginning of a line, with or without a zone. */
const TIME =
  /^.{0,24}?(\d{4}[-/]\d\d[-/]\d\d)(?:[T ]| - )(\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)(Z|[+-]\d\d:?\d\d)?(?!\d)/;
const CLOCK = /^.{0,12}?\b\d\d:\d\d:\d\d\b/;
/** A traceback follows, or continues with the exception that the previous one caused. */
const TRACEBACK = /^(?:Traceback \(most recent call last\)|Caused by: )/;
const CHAIN = /^(?:The above exception was|During handling of the above exception)/;
const LONGEST_LINE = 64 * 1024;

const Memory = z.object({
  /** The last reported failure, to recognize its text where a traceback repeats it. */
  last: lenient(z.object({ words: z.string(), isTimed: z.boolean(), isRepeated: z.boolean() })),
  /** The time of the latest line with one. */
  lineAt: lenient(z.number()),
  ordinals: lenient(z.object({ moment: z.string(), seen: z.record(z.string(), z.number()) })),
});
type Memory = z.infer<typeof Memory>;

/** Reads a file of an unknown program: a line, or a JSON object, is a record. */
function createOtherReader(file: LogFile, memory?: string): RecordReader {
  // The objects of a rewritten file are read again from the first.
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
  readonly #ordinals: EventCounter;

  constructor({ relativePath }: LogFile, memory: Memory) {
    this.#memory = memory;
    this.#session = idOfName(relativePath.split('/').at(-1));
    this.#ordinals = new EventCounter(memory.ordinals);
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
    if (!error) return [];
    const words = redact(error.text).slice(0, 200);
    if (this.#isRepetition(words, isTimed)) return [];
    this.#memory = { ...this.#memory, last: { words, isTimed, isRepeated: false } };
    return this.#failed(error, at ?? this.#memory.lineAt ?? writtenBy, byteOffset);
  }

  /**
   * After a line with a time a traceback is about the same failure; without one, only a chained
   * traceback is.
   */
  #noteTraceback(line: string): void {
    const { last } = this.#memory;
    if (last && (CHAIN.test(line) || (last.isTimed && TRACEBACK.test(line))))
      this.#memory = { ...this.#memory, last: { ...last, isRepeated: true } };
  }

  #isRepetition(words: string, isTimed: boolean): boolean {
    const { last } = this.#memory;
    if (!last?.isRepeated || isTimed) return false;
    return words.includes(last.words) || last.words.includes(words);
  }

  #failed(error: OtherError, at: number | undefined, byteOffset: number): RequestFailed[] {
    if (at === undefined) return [];
    const { host, model, providerId, attemptCount, ...fields } = error;
    const { failure, evidence } = failureFromText(fields);
    const place = this.#ordinals.next(String(at), failure.text);
    // A file without times may change later: then only the place identifies the failure.
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
        evidence: { ...omitUndefined({ host, providerId }), ...evidence },
        contentKey: `other ${key}`,
        ...omitUndefined({ model, attemptCount }),
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

/**
 * Any file that the user names (`kimiQuota.otherLogs`): scripts on an SDK, LiteLLM, n8n and the
 * like. A line or a JSON object with an error body is a failure; nothing else is known.
 */
export const otherLogs: Agent = {
  id: 'other',
  name: 'Other logs',
  sources: surroundings =>
    (surroundings.otherLogs ?? []).slice(0, MOST_GLOBS).flatMap((glob): LogSource[] => {
      const parsed = parseLogGlob(glob, surroundings);
      return parsed.kind === 'source' ? [parsed.source] : [];
    }),
  // Starts of errors of SDKs, bodies and gateways; marks of a repeating traceback.
  failureAnchors: [
    'rror": ',
    'rror":',
    "rror': ",
    'rror code: ',
    'rror: ',
    'rror (channel ',
    'rror status: ',
    'xception - ',
    'xception: ',
    'rrorMessage"',
    'rror_message"',
    'rror_str"',
    'httpCode"',
    'status_code=',
    'Traceback (most',
    'above exception',
    '<ak-',
    'kimi.com/',
    "We're receiving",
  ],
  createReader: createOtherReader,
};
