import * as z from 'zod/mini';
import { describeShape } from '../quota/describeShape.ts';
import { redact } from '../redact.ts';
import type { Malformed } from '../quota/snapshot.ts';
import type { ModelsOutcome } from './facts.ts';

/** The known ids have letters, digits, dots and dashes (kimi.md section 3); a tuned one has colons. */
const ModelId = z.string().check(
  z.regex(/^[\w.:/-]{1,100}$/),
  z.refine(id => redact(id) === id),
);

const ModelsPayload = z.object({ data: z.array(z.object({ id: z.string() })) });

/** Reads the answer of `GET {base}/models`. Ids of another form than any known are left out. */
export function readModels(body: unknown): Extract<ModelsOutcome, { kind: 'listed' }> | Malformed {
  const { data: payload } = ModelsPayload.safeParse(body);
  if (!payload) {
    const issues = ['the answer has no list of models'];
    return { kind: 'malformed', issues, shape: describeShape(body) };
  }
  const ids = payload.data.map(({ id }) => id).filter(id => ModelId.safeParse(id).success);
  return { kind: 'listed', ids };
}
