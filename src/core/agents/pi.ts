import * as z from 'zod/mini';
import { lenient, Time } from '../base/fields.ts';
import {
  type Agent,
  agentFolder,
  type LogFile,
  type LogSource,
  pathBelow,
  type RecordReader,
  type Surroundings,
} from './agent.ts';
import { unwrapError } from './agentError.ts';
import { failureFromText } from './failureFromText.ts';
import { idOfFile, omitUndefined, Name, parseRecord, Tokens, Words } from './recordFields.ts';
import type { Signal } from './signal.ts';

/** What became of a request: the entry is written at its end (docs/agents.md 7.16). */
const Entry = z.object({
  type: z.literal('message'),
  id: Name,
  timestamp: Time,
  message: z.object({
    role: z.literal('assistant'),
    provider: Name,
    model: Name,
    stopReason: Name,
    /** When the request began. */
    timestamp: lenient(Time),
    errorMessage: Words,
    usage: lenient(
      z.object({ input: Tokens, output: Tokens, cacheRead: Tokens, cacheWrite: Tokens }),
    ),
  }),
});
type Entry = z.infer<typeof Entry>;

/** A fork of a session repeats its entries in a file of its own: an entry is identified by id and time. */
function signalsOf({ id, timestamp: at, message }: Entry, session: string): Signal[] {
  const { provider, model, stopReason, errorMessage } = message;
  const entry = `${id ?? ''} ${at}`;
  const fields = {
    agent: 'pi' as const,
    session,
    evidence: omitUndefined({ providerId: provider }),
    request: entry,
    ...omitUndefined({ model }),
  };
  const began = message.timestamp ?? at;
  const start: Signal = {
    kind: 'requestStarted',
    ...fields,
    at: Math.min(began, at),
    contentKey: `pi started ${entry}`,
  };
  if (stopReason !== 'error')
    return [start, { ...ended(message), ...fields, at, contentKey: `pi ended ${entry}` }];
  const { failure, evidence } = failureFromText(unwrapError(errorMessage ?? ''));
  return [
    start,
    {
      kind: 'requestFailed',
      ...fields,
      at,
      ...failure,
      evidence: { ...fields.evidence, ...evidence },
      contentKey: `pi failed ${entry}`,
    },
  ];
}

function ended({ stopReason, usage }: Entry['message']) {
  const kind = 'requestEnded' as const;
  if (!usage || stopReason === 'aborted') return { kind };
  const inputTokens = (usage.input ?? 0) + (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0);
  const { output, cacheRead, cacheWrite } = usage;
  const counts = { outputTokens: output, cacheReadTokens: cacheRead, cacheWriteTokens: cacheWrite };
  return { kind, inputTokens, ...omitUndefined(counts) };
}

function createPiReader(file: LogFile): RecordReader {
  // `<time>_<session>.jsonl`; the first record names the session too.
  const session = idOfFile(file).replace(/^.*_/, '');
  return {
    read: ({ text }) => {
      const entry = text.includes('"assistant"') ? parseRecord(text, Entry) : undefined;
      return entry ? signalsOf(entry, session) : [];
    },
    saveMemory: () => undefined,
  };
}

/**
 * pi, seen in 1.6.0 (docs/agents.md 7.16), and oh-my-pi, which shares the layout (not observed). Every
 * attempt has a record, on disk when it has ended. A `context_edit` follows a failure that is
 * retried; nothing follows the last one, so no failure is known to be final.
 */
export const pi: Agent = {
  id: 'pi',
  name: 'pi',
  sources: surroundings => sessionFolders(surroundings).map(sourceIn),
  failureAnchors: ['stopReason":"error'],
  tokenAnchors: ['"usage":{'],
  createReader: createPiReader,
};

function sessionFolders(surroundings: Surroundings): string[] {
  const own = pathBelow(
    surroundings,
    agentFolder(surroundings, 'PI_CODING_AGENT_DIR', below(surroundings, '.pi')),
    'sessions',
  );
  const moved = agentFolder(surroundings, 'PI_CODING_AGENT_SESSION_DIR', '');
  const isMoved = moved !== agentFolder(surroundings, '', '');
  const ohMyPi = pathBelow(
    surroundings,
    surroundings.home,
    below(surroundings, '.omp'),
    'sessions',
  );
  return [...new Set([own, ...(isMoved ? [moved] : []), ohMyPi])];
}

const below = ({ platform }: Surroundings, folder: string): string =>
  platform === 'win32' ? `${folder}\\agent` : `${folder}/agent`;

/** A folder for each folder that is worked in; a folder that the user chose has none. */
const sourceIn = (root: string): LogSource => ({
  root,
  files: /^(?:[^/]+\/)?[^/]+\.jsonl$/,
  depth: 1,
  growth: 'append',
  format: 'session',
});
