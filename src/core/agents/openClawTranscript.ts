import * as z from 'zod/mini';
import { lenient, Time } from '../quota/readField.ts';
import type { LogFile, RecordReader } from './agent.ts';
import { unwrapError } from './errorText.ts';
import { idOfFile, known, Name, parseRecord, Tokens, Words } from './recordField.ts';
import { saidFailure } from './saidFailure.ts';
import type { Signal } from './signal.ts';

/** A record of a transcript that tells what became of a request (agents.md 7.9, from source). */
const Entry = z.object({
  type: z.literal('message'),
  id: Name,
  /** When it was written: at the end of the request. */
  timestamp: Time,
  message: z.object({
    role: z.literal('assistant'),
    provider: Name,
    model: Name,
    stopReason: Name,
    errorMessage: Words,
    usage: lenient(
      z.object({ input: Tokens, output: Tokens, cacheRead: Tokens, cacheWrite: Tokens }),
    ),
  }),
});
type Entry = z.infer<typeof Entry>;

/** A row of `transcript_events`: the same record, and whose it is. */
const Row = z.object({ session_id: z.string(), event_json: z.string() });

/**
 * Reads a session's transcript, or the database of all: a failure to fall back on where the log is
 * gone, the tokens of an answer. Messages that the gateway makes itself have no usage.
 */
export function createTranscriptReader(file: LogFile): RecordReader {
  const name = idOfFile(file);
  return {
    read: ({ text }) => {
      if (!text.includes('assistant')) return [];
      const row = file.format === 'event' ? parseRecord(text, Row) : undefined;
      const entry = parseRecord(row?.event_json ?? text, Entry);
      return entry ? read(entry, row?.session_id ?? name) : [];
    },
    saveMemory: () => undefined,
  };
}

function read({ id, timestamp: at, message }: Entry, session: string): Signal[] {
  const { provider, model, stopReason, errorMessage, usage } = message;
  const fields = {
    at,
    agent: 'openclaw' as const,
    session,
    isThreadUnknown: true,
    evidence: known({ providerId: provider }),
    contentKey: `openclaw message ${session} ${id ?? at}`,
    ...known({ model }),
  };
  if (stopReason === 'error' && errorMessage !== undefined) {
    const { failure, evidence } = saidFailure(unwrapError(errorMessage));
    const all = { ...fields.evidence, ...evidence };
    return [{ kind: 'requestFailed', ...fields, ...failure, evidence: all, isFallback: true }];
  }
  if (!usage) return [];
  const input = (usage.input ?? 0) + (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0);
  const tokens = stopReason === 'aborted' ? {} : { inputTokens: input, outputTokens: usage.output };
  return [{ kind: 'requestEnded', ...fields, ...known(tokens) }];
}
