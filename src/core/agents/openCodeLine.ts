import * as z from 'zod/mini';
import { Time } from '../quota/readField.ts';
import type { LogRecord } from './agent.ts';
import { unwrapError } from './errorText.ts';
import { parseLogfmt } from './logfmt.ts';
import { attemptsIn, kindOfError, type OpenCodeError, readSdkError } from './openCodeError.ts';
import { FailureStatus, known, Name, parseRecord } from './recordField.ts';

/**
 * A line about a request. `step`: the session goes on, so that what was open has ended. `tool`: an
 * answer has called one, that of `session` or, without, one of the run.
 */
export interface OpenCodeLine {
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

/** Fields stand at the front; an error of 1.14 has the whole conversation in it. */
const LONGEST_FIELDS = 16 * 1024;
const NEW_LINE = /^(?:timestamp|time)=/;
const OLD_LINE = /^(?:DEBUG|INFO|WARN|ERROR)\s{1,3}(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d) \+\d{1,12}ms /;
const OLD_MESSAGE = / (stream error|stream|loop|exiting loop|process|created|evaluated)$/;

/** Reads a line of either form; undefined: it is not about a request. */
export function parseOpenCodeLine({ text, isWhole }: LogRecord): OpenCodeLine | undefined {
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
    ...known({ error: isError ? flatError(fields, raw) : undefined }),
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
  // The end of a line that is too long is not there.
  const isCutError = !isWhole && isError && fields.get('service') === 'llm';
  const what = isCutError ? 'failed' : whatOf(message ?? '', fields);
  const at = Time.safeParse(`${OLD_LINE.exec(text)?.[1]}Z`).data;
  // `process` at ERROR repeats what `stream error` told.
  if (at === undefined || !what || (what === 'step' && isError)) return undefined;
  const end = message && isWhole ? text.length - message.length - 1 : text.length;
  const raw = isError ? text.slice(start + ' error='.length, end) : '';
  const error = isError ? oldError(raw, isWhole) : undefined;
  return { ...common(fields), at, what, kind: kindOfError(nameIn(raw)), ...known({ error }) };
}

function whatOf(
  message: string,
  fields: ReadonlyMap<string, string>,
): OpenCodeLine['what'] | undefined {
  // A sub-agent is a session that another one has created.
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
    ...known({
      run: name('run'),
      session: name('session.id', 'sessionID', 'parentID'),
      provider: name('providerID'),
      model: name('modelID'),
      agent: name('agent'),
    }),
  };
}

/** The field with the longest name that ends so: the innermost of nested ones. */
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
  const said = unwrapError(raw);
  const status =
    FailureStatus.parse(Number(innermost(fields, /\.status(?:Code)?$/))) ?? said.status;
  const errorType = said.errorType ?? Name.parse(innermost(fields, /\.type$/));
  return {
    said: { text: said.text, ...known({ status, errorType }) },
    ...known({ attemptCount: attemptsIn(raw) }),
  };
}

const Wrapped = z.object({ error: z.unknown() });

function oldError(raw: string, isWhole: boolean): OpenCodeError | undefined {
  if (!raw.startsWith('{'))
    return { said: unwrapError(raw), ...known({ attemptCount: attemptsIn(raw) }) };
  if (!isWhole) return { said: cutError(raw) };
  return readSdkError(parseRecord(raw, Wrapped)?.error);
}

/** The last of each: the conversation stands before them, where quotes are escaped. */
function cutError(raw: string) {
  const status = Number([...raw.matchAll(/"statusCode":([45]\d\d)\b/g)].at(-1)?.[1]);
  return { text: '', ...known({ status: FailureStatus.parse(status) }) };
}

const nameIn = (raw: string): string =>
  /^\{"error":\{"name":"(\w{1,60})"/.exec(raw)?.[1] ?? (raw.startsWith('{') ? '' : raw);
