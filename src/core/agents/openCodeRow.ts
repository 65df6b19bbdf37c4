import * as z from 'zod/mini';
import { lenient } from '../quota/readField.ts';
import type { RecordReader } from './agent.ts';
import { isSideAgent, type OpenCodeError, readSdkError } from './openCodeError.ts';
import { known, Name, parseRecord, Tokens } from './recordField.ts';
import { saidFailure } from './saidFailure.ts';
import type { AgentId, Signal } from './signal.ts';

const Row = z.object({
  id: z.string(),
  session_id: z.string(),
  time_updated: z.number(),
  data: z.string(),
});

/** `data` of a row of `message`: an answer, or what became of it (1.18.33). */
const Message = z.object({
  role: z.literal('assistant'),
  providerID: Name,
  modelID: Name,
  agent: Name,
  mode: Name,
  summary: lenient(z.boolean()),
  finish: Name,
  error: lenient(z.object({ name: z.string(), data: lenient(z.unknown()) })),
  time: lenient(z.object({ completed: lenient(z.number()) })),
  tokens: lenient(
    z.object({
      input: Tokens,
      output: Tokens,
      cache: lenient(z.object({ read: Tokens, write: Tokens })),
    }),
  ),
});
type Message = z.infer<typeof Message>;

/** What became of a request. Others are of the user, of settings or of the program itself. */
const ANSWERS: readonly string[] = ['APIError', 'ContextOverflowError'];

/**
 * Reads rows of OpenCode's table `message`: of a turn that gave up the last failure, on which to
 * fall back where the log has lost it; of one that ended well the tokens. The log tells the thread.
 */
export function createOpenCodeRowReader(agent: AgentId): RecordReader {
  return {
    read: ({ text }) => {
      const row = parseRecord(text, Row);
      const message = row && parseRecord(row.data, Message);
      if (!row || !message) return [];
      const isSide = message.summary === true || isSideAgent(message.agent ?? message.mode);
      const fields = {
        at: message.time?.completed ?? row.time_updated,
        agent,
        session: row.session_id,
        isThreadUnknown: true,
        evidence: known({ providerId: message.providerID }),
        contentKey: `${agent} row ${row.id}`,
        ...known({ model: message.modelID, isSideRequest: isSide ? true : undefined }),
      };
      return message.error ? failed(fields, message) : ended(fields, message);
    },
    saveMemory: () => undefined,
  };
}

type Fields = Omit<Extract<Signal, { kind: 'requestEnded' }>, 'kind'>;

function failed(fields: Fields, { error }: Message): Signal[] {
  const isAnswer = ANSWERS.includes(error?.name ?? '');
  const read: OpenCodeError | undefined = isAnswer ? readSdkError(error?.data) : undefined;
  // Broken off, or not a request's.
  if (!read) return [{ kind: 'requestEnded', ...fields }];
  const { failure, evidence } = saidFailure(read.said);
  return [
    {
      kind: 'requestFailed',
      ...fields,
      ...failure,
      evidence: { ...fields.evidence, ...known({ host: read.host }), ...evidence },
      isFallback: true,
      isFinal: true,
      ...known({ retryAfterMs: read.retryAfterMs }),
    },
  ];
}

function ended(fields: Fields, { finish, time, tokens }: Message): Signal[] {
  if (finish === undefined || time?.completed === undefined) return [];
  const { input, output, cache } = tokens ?? {};
  const read = input === undefined ? undefined : input + (cache?.read ?? 0) + (cache?.write ?? 0);
  return [
    { kind: 'requestEnded', ...fields, ...known({ inputTokens: read, outputTokens: output }) },
  ];
}
