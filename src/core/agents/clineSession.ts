import * as z from 'zod/mini';
import { lenient, Time } from '../quota/readField.ts';
import type { LogFile, RecordReader } from './agent.ts';
import { idOfName, known, Name, parseRecord, Words } from './recordField.ts';
import { saidFailure } from './saidFailure.ts';
import type { Signal } from './signal.ts';
import { unwrapTaskError } from './taskError.ts';

/** A message that was stored to be shown as an error. Answers and files may quote its fields. */
const ErrorMessage = z.object({
  id: Name,
  ts: Time,
  content: z.array(z.object({ text: Words })),
  metadata: z.object({ displayRole: z.literal('error') }),
  modelInfo: lenient(z.object({ id: Name, provider: Name })),
});
type ErrorMessage = z.infer<typeof ErrorMessage>;

/** Errors until then are told of; the file is written anew with every message. */
const Memory = z.object({ toldAt: z.number() });

/**
 * Reads `<session>.messages.json`: the last failure of a turn, without the number of attempts, on
 * which to fall back where there is no log.
 */
export function createSessionReader(file: LogFile, memory?: string): RecordReader {
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
  const said = unwrapTaskError(content.find(({ text }) => text !== undefined)?.text ?? '');
  if (!said) return [];
  const { failure, evidence } = saidFailure(said);
  const providerId = modelInfo?.provider ?? said.providerId;
  return [
    {
      kind: 'requestFailed',
      at: ts,
      agent: 'cline',
      session,
      ...failure,
      isFinal: true,
      isFallback: true,
      evidence: { ...evidence, ...known({ providerId, otherProvider: said.otherProvider }) },
      contentKey: `cline failed ${session} ${id ?? ts}`,
      ...known({ subagent, model: modelInfo?.id ?? said.model }),
    },
  ];
}
