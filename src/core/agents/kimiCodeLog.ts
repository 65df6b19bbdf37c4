import * as z from 'zod/mini';
import { Time } from '../quota/readField.ts';
import type { LogFile, LogRecord, RecordReader } from './agent.ts';
import { unwrapError } from './errorText.ts';
import { parseLogfmt } from './logfmt.ts';
import { FailureStatus, idOfName, known, Name, parseRecord } from './recordField.ts';
import { saidFailure } from './saidFailure.ts';
import type { RequestFailed } from './signal.ts';

/** One line of the log: `<time> <LEVEL> <message>  key=value key="quoted value"`. */
export interface KimiLogLine {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly message: string;
  readonly fields: ReadonlyMap<string, string>;
}

const HEAD = /^(\d{4}-\d\d-\d\dT[\d:.]{8,15}Z)\s{1,3}[A-Za-z]{3,7}\s{1,3}/;
/** `errorMessage` has at most 2,048 characters and an entry 4,096 bytes (kimi.md 6.4). */
const LONGEST_LINE = 16 * 1024;

/** Parses a line as Kimi Code's own formatter writes it. Stack lines are none. */
function parseKimiLogLine(text: string): KimiLogLine | undefined {
  const line = text.slice(0, LONGEST_LINE);
  const head = HEAD.exec(line);
  const at = Time.safeParse(head?.[1]).data;
  if (!head || at === undefined) return undefined;
  const rest = line.slice(head[0].length);
  const end = rest.indexOf('  ');
  const message = end < 0 ? rest : rest.slice(0, end);
  return { at, message, fields: parseLogfmt(end < 0 ? '' : rest.slice(end)) };
}

/** How many lines of one millisecond looked the same. Sub-agents share the log, without ids. */
const Memory = z.object({ at: z.number(), seen: z.record(z.string(), z.number()) });
type Memory = z.infer<typeof Memory>;

/** Reads a session's `kimi-code.log` or a rotation of it: each failure, once. */
export function createKimiLogReader(file: LogFile, memory?: string): RecordReader {
  const session = idOfName(file.relativePath.split('/').at(-3));
  let latest: Memory = parseRecord(memory ?? '', Memory) ?? { at: 0, seen: {} };
  return {
    read: ({ text }: LogRecord) => {
      const line = parseKimiLogLine(text);
      if (line?.message !== 'llm request failed') return [];
      if (line.at !== latest.at) latest = { at: line.at, seen: {} };
      const step = line.fields.get('turnStep') ?? line.fields.get('requestKind') ?? '';
      const place = `#${step.slice(0, 40)}`;
      const ordinal = (latest.seen[place] ?? 0) + 1;
      latest.seen[place] = ordinal;
      const contentKey = ['kimi-code failed', session, line.at, place, ordinal].join(' ');
      return [failureOf(line, session, contentKey)];
    },
    saveMemory: () => (latest.at ? JSON.stringify(latest) : undefined),
  };
}

function failureOf(line: KimiLogLine, session: string, contentKey: string): RequestFailed {
  const { at, fields } = line;
  const unwrapped = unwrapError(fields.get('errorMessage') ?? '');
  const status = FailureStatus.parse(Number(fields.get('statusCode')));
  const { failure, evidence } = saidFailure({ ...unwrapped, ...known({ status }) });
  const model = Name.parse(fields.get('model'));
  const agent = Name.parse(fields.get('agentId'));
  // The older engine writes one line after its last attempt, with `attempt=3/3` (kimi.md 6.4).
  const attempts = /^(\d{1,2})\/\d{1,2}$/.exec(fields.get('attempt') ?? '')?.[1];
  return {
    kind: 'requestFailed',
    at,
    agent: 'kimi-code',
    session,
    ...failure,
    contentKey,
    evidence: { ...known({ providerId: model }), ...evidence },
    ...known({
      model,
      subagent: agent === 'main' ? undefined : agent,
      isThreadUnknown: agent === undefined ? true : undefined,
      isSideRequest: fields.has('requestKind') ? true : undefined,
      attemptCount: attempts && Number(attempts) > 1 ? Number(attempts) : undefined,
      isFinal: attempts ? true : undefined,
    }),
  };
}
