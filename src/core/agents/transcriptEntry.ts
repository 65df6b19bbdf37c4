import * as z from 'zod/mini';
import { lenient, omitUndefined, Time } from '../base/fields.ts';
import { unwrapError } from './agentError.ts';
import { failureFromText } from './failureFromText.ts';
import { Name, Tokens, Words } from './recordFields.ts';
import type { RequestEnded, RequestFailed } from './signal.ts';

/**
 * The result of a request in a transcript of pi, which OpenClaw embeds (docs/agents.md 7.9, 7.16).
 * Written at its end.
 */
export const TranscriptEntry = z.object({
  type: z.literal('message'),
  id: Name,
  /** Of the entry before. */
  parentId: Name,
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
/** See the schema. */
export type TranscriptEntry = z.infer<typeof TranscriptEntry>;

type Fields = Omit<RequestEnded, 'kind'>;

/** The end of a request that did not fail; without tokens where the user broke it off. */
export function transcriptEnd(fields: Fields, { stopReason, usage }: Message): RequestEnded {
  const kind = 'requestEnded' as const;
  if (!usage || stopReason === 'aborted') return { kind, ...fields };
  const inputTokens = (usage.input ?? 0) + (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0);
  const { output, cacheRead, cacheWrite } = usage;
  const counts = { outputTokens: output, cacheReadTokens: cacheRead, cacheWriteTokens: cacheWrite };
  return { kind, ...fields, inputTokens, ...omitUndefined(counts) };
}

/** The failure of a request, from its error text. */
export function transcriptFailure(fields: Fields, { errorMessage }: Message): RequestFailed {
  const { failure, evidence } = failureFromText(unwrapError(errorMessage ?? ''));
  const all = { ...fields.evidence, ...evidence };
  return { kind: 'requestFailed', ...fields, ...failure, evidence: all };
}

type Message = TranscriptEntry['message'];
