import * as z from 'zod/mini';
import { lenient, omitUndefined, Time } from '../../base/fields.ts';
import {
  type Agent,
  agentFolder,
  type LogFile,
  type LogSource,
  type RecordReader,
  type Surroundings,
} from '../agent.ts';
import { extensionTasks, taskFolders } from '../editorStorage.ts';
import { failureFromText } from '../failureFromText.ts';
import { idOfName, Name, parseRecord, Words } from '../recordFields.ts';
import type { Signal } from '../signal.ts';
import { createTaskReader, TASK_ANCHORS, unwrapTaskError } from '../taskMessages.ts';
import { createClineLogReader } from './log.ts';

/** A message stored as an error. Answers and files may quote its fields. */
const ErrorMessage = z.object({
  id: Name,
  ts: Time,
  content: z.array(z.object({ text: Words })),
  metadata: z.object({ displayRole: z.literal('error') }),
  modelInfo: lenient(z.object({ id: Name, provider: Name })),
});
type ErrorMessage = z.infer<typeof ErrorMessage>;

/** Errors up to this time are reported; the file is rewritten with every message. */
const Memory = z.object({ toldAt: z.number() });

/**
 * Reads `<session>.messages.json`: the last failure of a turn, without the number of attempts. A
 * fallback where there is no log.
 */
function createSessionReader(file: LogFile, memory?: string): RecordReader {
  const [folder, name = ''] = file.relativePath.split('/');
  const session = idOfName(folder);
  const subagent = /^agent_.+(?=\.messages\.json$)/.exec(name)?.[0];
  const toldAt = parseRecord(memory ?? '', Memory)?.toldAt ?? 0;
  let latest = toldAt;
  return {
    read: ({ text }) => {
      const message = parseRecord(text, ErrorMessage);
      if (!message || message.ts <= toldAt) return [];
      latest = Math.max(latest, message.ts);
      return failureOf(message, session, subagent && idOfName(subagent));
    },
    saveMemory: () => JSON.stringify({ toldAt: latest }),
  };
}

function failureOf(
  { id, ts, content, modelInfo }: ErrorMessage,
  session: string,
  subagent: string | undefined,
): Signal[] {
  const parsed = unwrapTaskError(content.find(({ text }) => text !== undefined)?.text ?? '');
  if (!parsed) return [];
  const { failure, evidence } = failureFromText(parsed);
  const providerId = modelInfo?.provider ?? parsed.providerId;
  return [
    {
      kind: 'requestFailed',
      at: ts,
      agent: 'cline',
      session,
      ...failure,
      isFinal: true,
      isFallback: true,
      evidence: {
        ...evidence,
        ...omitUndefined({ providerId, otherProvider: parsed.otherProvider }),
      },
      contentKey: `cline failed ${session} ${id ?? ts}`,
      ...omitUndefined({ subagent, model: modelInfo?.id ?? parsed.model }),
    },
  ];
}

/**
 * Cline on the command line, seen in 3.0.65, and in the editor (docs/agents.md 7.6). The command
 * line's log counts failures: one record for six attempts, and none when one of them succeeds.
 * Version 4 in the editor only writes sessions, as far as known; older versions have tasks.
 */
export const cline: Agent = {
  id: 'cline',
  name: 'Cline',
  sources: surroundings => {
    const data = dataFolder(surroundings);
    const sessions = agentFolder(
      { ...surroundings, home: data },
      'CLINE_SESSION_DATA_DIR',
      'sessions',
    );
    return [
      logSource(surroundings, data),
      {
        root: sessions,
        // `<session>/<session>.messages.json`; a sub-agent's is `<session>/agent_<id>.messages.json`.
        files: /^[^/]+\/[^/]+\.messages\.json$/,
        depth: 1,
        growth: 'rewrite',
        format: 'session',
      },
      taskFolders(data),
      ...extensionTasks(surroundings, ['saoudrizwan.claude-dev', 'saoudrizwan.cline-nightly']),
    ];
  },
  failureAnchors: [
    'severity":"error","err"',
    '[ai-sdk] stream error',
    // Without them the provider of the failure is unknown.
    'provider_request_started"',
    'displayRole"',
    ...TASK_ANCHORS,
  ],
  tokenAnchors: ['"task.tokens"'],
  createReader: (file, memory) => {
    switch (file.format) {
      case 'log':
        return createClineLogReader(memory);
      case 'session':
        return createSessionReader(file, memory);
      default:
        return createTaskReader('cline', file, memory);
    }
  },
};

function dataFolder(surroundings: Surroundings): string {
  const home = agentFolder(surroundings, 'CLINE_DIR', '.cline');
  return agentFolder({ ...surroundings, home }, 'CLINE_DATA_DIR', 'data');
}

/** `hub-daemon.log` contains no errors of requests. */
function logSource(surroundings: Surroundings, data: string): LogSource {
  const path = agentFolder({ ...surroundings, home: data }, 'CLINE_LOG_PATH', 'logs/cline.log');
  // The variable may contain anything, such as a folder or line breaks.
  let length = path.length;
  while (/[\\/]/.test(path[length - 1] ?? '')) length--;
  const file = path.slice(0, length);
  const end = Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\'));
  const literal = file.slice(end + 1).replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return {
    root: file.slice(0, Math.max(end, 0)) || '/',
    files: new RegExp(`^${literal}$`),
    depth: 0,
    growth: 'append',
    format: 'log',
  };
}
