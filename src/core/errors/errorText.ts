import * as z from 'zod/mini';
import type { ErrorMeta } from './category.ts';

/** One text to classify, as it came from a file of such texts. */
export interface ErrorText {
  readonly id: string | number;
  readonly raw: string;
  readonly meta: ErrorMeta;
}

const word = z.optional(z.nullable(z.string()));
const ErrorTextLine = z.object({
  id: z.union([z.string(), z.number()]),
  raw: z.string(),
  meta: z.optional(z.nullable(z.object({ provider: word, model: word, baseUrl: word }))),
});

/** Reads `{id, raw, meta?}`; whatever else stands there is left out. Undefined for anything else. */
export function parseErrorText(line: string): ErrorText | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const parsed = ErrorTextLine.safeParse(value);
  if (!parsed.success) return undefined;
  const { id, raw, meta } = parsed.data;
  return {
    id,
    raw,
    meta: {
      ...(meta?.provider && { provider: meta.provider }),
      ...(meta?.model && { model: meta.model }),
      ...(meta?.baseUrl && { baseUrl: meta.baseUrl }),
    },
  };
}
