import * as z from 'zod/mini';
import { lenient, omitUndefined, Time } from '../base/fields.ts';
import {
  type Agent,
  agentFolder,
  type LogSource,
  pathBelow,
  type RecordReader,
  type Surroundings,
} from './agent.ts';
import { hostOf } from '../base/kimiHosts.ts';
import { FailureStatus, Name, parseRecord, Words } from './recordFields.ts';
import { EventCounter, failureFromText } from './failureFromText.ts';
import { unwrapSdkError } from './agentError.ts';
import type { RequestFailed } from './signal.ts';

/**
 * Crush, from the source of 0.90 (docs/agents.md 7.12). Its logs are in the workspace folders;
 * Crush lists the ones that it knows. The line before a failure names the provider. It logs starts
 * without ends, so requests in flight are unknown.
 */
export const crush: Agent = {
  id: 'crush',
  name: 'Crush',
  sources: surroundings => {
    const { workspaces = [], listed = [], env } = surroundings;
    const folders = [
      ...workspaces.map(folder => pathBelow(surroundings, folder, '.crush')),
      ...listed,
    ];
    const server = env['CRUSH_CACHE_DIR'] ? agentFolder(surroundings, 'CRUSH_CACHE_DIR', '') : '';
    return [
      ...[...new Set(folders)].map(folder => logBelow(pathBelow(surroundings, folder, 'logs'))),
      ...(server === '' ? [] : [logBelow(server, 2)]),
    ];
  },
  list: { file: projectsFile, read: readProjects },
  // A retry and a final error; a line that names the provider.
  failureAnchors: ['Provider request failed', 'Agent stream returned', 'ModelProvider called'],
  createReader: (_file, memory) => createCrushReader(memory),
};

const logBelow = (root: string, depth = 0): LogSource => ({
  root,
  files: /^(?:[^/]+\/){0,2}crush\.log$/,
  depth,
  growth: 'append',
  format: 'log',
});

/** `CRUSH_GLOBAL_DATA`, otherwise `crush` in the system's data folder. */
function projectsFile(surroundings: Surroundings): string {
  const isWindows = surroundings.platform === 'win32';
  const folder = surroundings.env['CRUSH_GLOBAL_DATA']
    ? agentFolder(surroundings, 'CRUSH_GLOBAL_DATA', '')
    : isWindows
      ? pathBelow(
          surroundings,
          agentFolder(surroundings, 'LOCALAPPDATA', 'AppData\\Local'),
          'crush',
        )
      : pathBelow(
          surroundings,
          agentFolder(surroundings, 'XDG_DATA_HOME', '.local/share'),
          'crush',
        );
  return pathBelow(surroundings, folder, 'projects.json');
}

const Project = z.object({ data_dir: z.string(), last_accessed: lenient(z.string()) });
const Projects = z.object({ projects: z.array(lenient(Project)) });
/** Each costs a watched folder; the most recently used ones are kept. */
const MOST_PROJECTS = 32;
const ABSOLUTE = /^(?:\/|[A-Za-z]:[\\/]|\\\\)/;

function readProjects(text: string): string[] {
  return (parseRecord(text, Projects)?.projects ?? [])
    .filter(project => project !== undefined)
    .sort((a, b) => (b.last_accessed ?? '').localeCompare(a.last_accessed ?? ''))
    .map(project => project.data_dir)
    .filter(folder => ABSOLUTE.test(folder))
    .slice(0, MOST_PROJECTS);
}

const Line = z.object({
  time: Time,
  msg: z.string(),
  session_id: Name,
  provider: Name,
  model: Name,
  status_code: FailureStatus,
  retry_delay: Name,
  message: Words,
  error: Words,
  is_cancel: lenient(z.boolean()),
});
type Line = z.infer<typeof Line>;

const Memory = z.object({
  provider: Name,
  model: Name,
  ordinals: lenient(z.object({ moment: z.string(), seen: z.record(z.string(), z.number()) })),
});
const LONGEST_LINE = 64 * 1024;

/** Crush's prefix and the name of the status; never the name of a secret. */
const WRAPPING =
  /^(?:retry error: |maximum retry attempts reached[:,]? |(?![a-z ]{0,40}(?:password|passwd|pwd|pass|passphrase|passcode|token|secret|signature|key|auth|credentials?|apikey|sessionid): )[a-z][a-z ]{2,40}: (?=\S))+/;
/** The SDK's format: `POST "https://…": 429 Too Many Requests {…}`. */
const REQUEST = /^[A-Z]{3,6} "(https?:\/\/[^"]{1,300})": ([45]\d\d) [A-Za-z -]{2,40} /;

function createCrushReader(memory?: string): RecordReader {
  const { ordinals: seen, ...asked } = parseRecord(memory ?? '', Memory) ?? {};
  let { provider, model } = asked;
  const ordinals = new EventCounter(seen);
  return {
    read: ({ text }) => {
      const line = text.length > LONGEST_LINE ? undefined : parseRecord(text, Line);
      if (line?.msg === 'ModelProvider called') ({ provider, model } = line);
      const logged = line && parseMessage(line);
      if (!line || !logged) return [];
      const key = ordinals.next(String(line.time), logged.words);
      return [failureOf(line, logged, { key, ...omitUndefined({ provider, model }) })];
    },
    saveMemory: () => JSON.stringify({ provider, model, ordinals: ordinals.memory }),
  };
}

interface MessageFailure {
  readonly words: string;
  readonly isFinal?: boolean;
}

function parseMessage(line: Line): MessageFailure | undefined {
  if (line.msg === 'Provider request failed, retrying') return { words: line.message ?? '' };
  const isFinal = line.msg === 'Agent stream returned error' && line.is_cancel !== true;
  return isFinal && !/context canceled/.test(line.error ?? '')
    ? { words: line.error ?? '', isFinal }
    : undefined;
}

function failureOf(
  line: Line,
  { words, isFinal }: MessageFailure,
  asked: { key: string; provider?: string; model?: string },
): RequestFailed {
  const bare = words.replace(WRAPPING, '');
  const [request, url = '', status] = REQUEST.exec(bare) ?? [];
  const parsed = unwrapSdkError(bare.slice(request?.length ?? 0));
  const found = line.status_code ?? FailureStatus.parse(Number(status)) ?? parsed.status;
  const { failure, evidence } = failureFromText({ ...parsed, ...omitUndefined({ status: found }) });
  const provider = line.provider ?? asked.provider;
  const host = hostOf(url);
  return {
    kind: 'requestFailed',
    at: line.time,
    agent: 'crush',
    session: line.session_id ?? '',
    isThreadUnknown: true,
    ...failure,
    evidence: { ...omitUndefined({ providerId: provider, host }), ...evidence },
    contentKey: `crush failed ${line.session_id ?? ''} ${asked.key}`,
    ...omitUndefined({
      model: line.model ?? asked.model,
      retryAfterMs: waitOf(line.retry_delay),
      isFinal: isFinal ? true : undefined,
    }),
  };
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** A duration in Go's format: `1m2.5s`, `500ms`. */
function waitOf(text = ''): number | undefined {
  const parts = [...text.matchAll(/(\d{1,9}(?:\.\d{1,9})?)(ms|[hms])/g)];
  if (parts.length === 0) return undefined;
  return Math.round(parts.reduce((sum, [, n, unit]) => sum + Number(n) * UNITS[unit!]!, 0));
}
