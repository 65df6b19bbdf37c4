import * as z from 'zod/mini';
import { lenient, omitUndefined, Time } from '../../base/fields.ts';
import type { RecordReader } from '../agent.ts';
import { unwrapError } from '../agentError.ts';
import { failureFromText } from '../failureFromText.ts';
import { FailureStatus, Name, parseRecord, Tokens, Words } from '../recordFields.ts';
import type { AgentId, Signal } from '../signal.ts';
import { isSideAgent } from './error.ts';

const Row = z.object({
  session_id: Name,
  type: z.literal('assistant'),
  time_updated: Time,
  data: z.string(),
});

const SessionError = z.object({ type: z.string(), message: Words, status: FailureStatus });
type SessionError = z.infer<typeof SessionError>;

/** `data` of a row of `session_message` (docs/agents.md 7.20, from source). */
const Message = z.object({
  agent: Name,
  model: lenient(z.object({ providerID: Name, id: Name })),
  finish: Name,
  error: lenient(SessionError),
  /** The last failed attempt, while the request is retried. */
  retry: lenient(z.object({ attempt: z.int().check(z.gte(0)), error: lenient(SessionError) })),
  time: z.object({ created: Time, completed: lenient(Time) }),
  tokens: lenient(
    z.object({
      input: Tokens,
      output: Tokens,
      cache: lenient(z.object({ read: Tokens, write: Tokens })),
    }),
  ),
});
type Message = z.infer<typeof Message>;

/** Errors of a provider; others are about the program or the user. */
const PROVIDER_ERROR = /^provider\./;

/**
 * Reads rows of the table `session_message` of OpenCode 2: failed attempts while they are retried,
 * the final failure, and tokens. A fork copies messages under ids of its own, with their times.
 */
export function createSessionMessageReader(agent: AgentId): RecordReader {
  return {
    read: ({ text }) => {
      const row = parseRecord(text, Row);
      const message = row && parseRecord(row.data, Message);
      if (!row?.session_id || !message) return [];
      return readMessage(message, { agent, session: row.session_id, at: row.time_updated });
    },
    saveMemory: () => undefined,
  };
}

type Place = Pick<Signal, 'agent' | 'session' | 'at'>;

function readMessage(message: Message, place: Place): Signal[] {
  const { model, finish, error, retry, time } = message;
  const id = `${place.agent} message ${time.created} ${model?.id ?? ''}`;
  const fields = {
    ...place,
    isThreadUnknown: true,
    evidence: omitUndefined({ providerId: model?.providerID }),
    contentKey: id,
    ...omitUndefined({
      model: model?.id,
      isSideRequest: isSideAgent(message.agent) ? true : undefined,
    }),
  };
  if (finish === 'error' && error) return failed(fields, error, true);
  if (retry?.error)
    return failed({ ...fields, contentKey: `${id} retry ${retry.attempt}` }, retry.error, false);
  if (finish === undefined || time.completed === undefined) return [];
  return [{ kind: 'requestEnded', ...fields, at: time.completed, ...tokensOf(message) }];
}

type Fields = Omit<Extract<Signal, { kind: 'requestEnded' }>, 'kind'>;

function failed(fields: Fields, { type, message, status }: SessionError, isFinal: boolean) {
  if (!PROVIDER_ERROR.test(type))
    return isFinal ? [{ kind: 'requestEnded' as const, ...fields }] : [];
  const raw = unwrapError(message ?? '');
  const { failure, evidence } = failureFromText({ ...raw, ...omitUndefined({ status }) });
  return [
    {
      kind: 'requestFailed' as const,
      ...fields,
      ...failure,
      evidence: { ...fields.evidence, ...evidence },
      // Its log may count the same attempt.
      isFallback: true,
      ...omitUndefined({ isFinal: isFinal ? true : undefined }),
    },
  ];
}

function tokensOf({ tokens }: Message): Partial<Fields> {
  const { input, output, cache } = tokens ?? {};
  const all = input === undefined ? undefined : input + (cache?.read ?? 0) + (cache?.write ?? 0);
  return omitUndefined({
    inputTokens: all,
    outputTokens: output,
    cacheReadTokens: cache?.read,
    cacheWriteTokens: cache?.write,
  });
}
