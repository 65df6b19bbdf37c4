import * as z from 'zod/mini';
import { lenient, omitUndefined, Time } from '../base/fields.ts';
import { hostOf } from '../base/kimiHosts.ts';
import { type Agent, agentFolder, type LogFile, pathBelow, type RecordReader } from './agent.ts';
import { unwrapError } from './agentError.ts';
import { EventCounter, type EventCounterMemory, failureFromText } from './failureFromText.ts';
import {
  FailureStatus,
  idOfFile,
  idOfName,
  Name,
  parseRecord,
  projectOf,
  Tokens,
  Words,
} from './recordFields.ts';
import type { ProviderEvidence, Signal } from './signal.ts';

const ATTEMPT =
  /^(\d{4}-\d\d-\d\dT[\d:.]{8,15}Z) \[[A-Z]{3,8}\] (?:\[[\w:.-]{1,80}\] )?Model provider request failed (\{.*\})\s*$/s;
const Attempt = z.object({ stage: Name, http_status: FailureStatus });
const OrdinalsSaved = z.object({ moment: z.string(), seen: z.record(z.string(), z.number()) });

/** Reads the log of a process: each attempt that failed, by its status alone, without the session. */
function createProcessReader(file: LogFile, saved?: string): RecordReader {
  const memory: EventCounterMemory | undefined = parseRecord(saved ?? '', OrdinalsSaved);
  const ordinals = new EventCounter(memory);
  const run = idOfFile(file);
  return {
    read: ({ text }): Signal[] => {
      const [, time, json = ''] = ATTEMPT.exec(text) ?? [];
      const at = Time.safeParse(time).data;
      const attempt = parseRecord(json, Attempt);
      if (at === undefined || !attempt || (attempt.stage ?? 'inference') !== 'inference') return [];
      return [
        {
          kind: 'requestFailed',
          at,
          agent: 'copilot',
          session: run,
          isSessionUnknown: true,
          isThreadUnknown: true,
          text: '',
          evidence: {},
          contentKey: `copilot attempt ${run} ${ordinals.next(String(at), '')}`,
          ...omitUndefined({ status: attempt.http_status }),
        },
      ];
    },
    saveMemory: () => JSON.stringify(ordinals.memory),
  };
}

const Usage = z.object({
  model: Name,
  inputTokens: Tokens,
  outputTokens: Tokens,
  cacheReadTokens: Tokens,
  cacheWriteTokens: Tokens,
  isByok: lenient(z.boolean()),
});

const Event = z.object({
  type: z.string(),
  id: Name,
  timestamp: Time,
  /** Of a sub-agent. */
  agentId: Name,
  data: lenient(
    z.object({
      copilotVersion: Name,
      selectedModel: Name,
      context: lenient(z.object({ cwd: Words })),
      turnId: Name,
      usage: lenient(Usage),
      message: Words,
      statusCode: FailureStatus,
    }),
  ),
});
type Event = z.infer<typeof Event>;

const Memory = z.object({
  version: Name,
  model: Name,
  project: Name,
  /** Whose the latest answer was. */
  isByok: lenient(z.boolean()),
  /** The threads that wait for an answer. */
  open: lenient(z.array(z.string())),
});
type Memory = z.infer<typeof Memory>;

const MATTERS =
  /"(?:session\.(?:start|error|usage_record|model_change)|assistant\.turn_(?:start|end))"/;

/** Reads the events of a session: turns, tokens, and the failure that it gave up with. */
function createEventReader(file: LogFile, saved?: string): RecordReader {
  const session = idOfName(file.relativePath.split('/').at(-2));
  let memory: Memory = parseRecord(saved ?? '', Memory) ?? {};
  return {
    read: ({ text }) => {
      const event = MATTERS.test(text.slice(0, 200)) ? parseRecord(text, Event) : undefined;
      if (!event) return [];
      const { copilotVersion, selectedModel, usage, context } = event.data ?? {};
      memory = {
        version: copilotVersion ?? memory.version,
        model: usage?.model ?? selectedModel ?? memory.model,
        project: projectOf(context?.cwd) ?? memory.project,
        isByok: usage?.isByok ?? memory.isByok,
        open: memory.open,
      };
      const signals = signalsOf(event, session, memory);
      memory = { ...memory, open: openAfter(event, memory.open ?? []) };
      return signals;
    },
    saveMemory: () => JSON.stringify(memory),
  };
}

const MOST_OPEN = 64;
const threadOf = ({ agentId = '' }: Event): string => agentId;

function openAfter(event: Event, open: readonly string[]): string[] {
  const others = open.filter(thread => thread !== threadOf(event));
  return (event.type === 'assistant.turn_start' ? [...others, threadOf(event)] : others).slice(
    -MOST_OPEN,
  );
}

function signalsOf(event: Event, session: string, memory: Memory): Signal[] {
  const { type, id, timestamp: at, agentId, data } = event;
  const fields = {
    at,
    agent: 'copilot' as const,
    session,
    evidence: evidenceOf(memory),
    contentKey: `copilot event ${session} ${id ?? at}`,
    ...omitUndefined({
      model: memory.model,
      project: memory.project,
      agentVersion: memory.version,
      subagent: agentId,
    }),
  };
  if (type === 'assistant.turn_start') return [{ kind: 'requestStarted', ...fields }];
  // A turn ends later than its answer, where there was one.
  if (type === 'assistant.turn_end')
    return memory.open?.includes(threadOf(event)) ? [{ kind: 'requestEnded', ...fields }] : [];
  if (type === 'session.usage_record') {
    const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = data?.usage ?? {};
    const tokens = { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens };
    // Without tokens where the server reports them in another place of the stream.
    return [{ kind: 'requestEnded', ...fields, isAnswered: true, ...omitUndefined(tokens) }];
  }
  return type === 'session.error' ? failed(fields, data) : [];
}

/** Without a provider of the user's own it is GitHub's service. */
const evidenceOf = ({ isByok }: Memory): ProviderEvidence =>
  isByok === false ? { otherProvider: 'GitHub Copilot' } : {};

const LAST_ERROR = /\bLast error: (.*)$/s;
/** Its own words for a refused sign-in: of the answer, only the status is left. */
const REFUSED = /^Authentication failed with provider at (https?:\/\/[^\s)]{1,300})/;
const IN_WORDS = /\(HTTP ([45]\d\d)\)/;

/** Its own failure counts if the log of the process is missing: it has the last attempt. */
function failed(
  fields: Omit<Extract<Signal, { kind: 'requestEnded' }>, 'kind'>,
  data: Event['data'],
): Signal[] {
  const message = data?.message ?? '';
  const words = LAST_ERROR.exec(message)?.[1];
  const url = REFUSED.exec(message)?.[1];
  const raw = unwrapError(url === undefined ? (words ?? message) : '');
  const named = IN_WORDS.exec(message)?.[1];
  const status = raw.status ?? data?.statusCode ?? FailureStatus.parse(Number(named));
  if (status === undefined && words === undefined) return [];
  const { failure, evidence } = failureFromText({ ...raw, ...omitUndefined({ status }) });
  return [
    {
      kind: 'requestFailed',
      ...fields,
      ...failure,
      evidence: { ...evidence, ...omitUndefined({ host: url && hostOf(url) }), ...fields.evidence },
      isFallback: true,
      isFinal: true,
    },
  ];
}

/**
 * GitHub Copilot CLI, seen in 1.0.102 with a provider of the user's own (docs/agents.md 7.18). The log of
 * the process counts failed attempts; the events of the session have the error text of the last one.
 */
export const copilotCli: Agent = {
  id: 'copilot',
  name: 'GitHub Copilot CLI',
  sources: surroundings => {
    const home = agentFolder(surroundings, 'COPILOT_HOME', '.copilot');
    return [
      {
        root: pathBelow(surroundings, home, 'logs'),
        files: /^process-[\w.-]+\.log$/,
        depth: 0,
        growth: 'append',
        format: 'process',
      },
      {
        root: pathBelow(surroundings, home, 'session-state'),
        files: /^[^/]+\/events\.jsonl$/,
        depth: 1,
        growth: 'append',
        format: 'events',
      },
    ];
  },
  // The session's start and answers tell the model and whose it is.
  failureAnchors: [
    'Model provider request failed ',
    '"session.error"',
    '"session.usage_record"',
    '"session.start"',
  ],
  createReader: (file, memory) =>
    file.format === 'events' ? createEventReader(file, memory) : createProcessReader(file, memory),
};
