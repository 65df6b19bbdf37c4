import * as z from 'zod/mini';
import type { AgentId, ProviderEvidence, RequestFailed } from './agents/signal.ts';
import { supportIds, type SupportIds } from './agents/supportIds.ts';
import type { Checkpoint, TailedFailure } from './tail.ts';

/** What an archive keeps of one failure: columns to ask for, and the rest. */
export interface StoredEvent {
  readonly at: number;
  readonly agent: string;
  readonly session: string;
  readonly contentKey: string;
  readonly file: string;
  readonly byteOffset: number;
  /** The other fields of the signal, without `kind`, as JSON. */
  readonly json: string;
}

/** Leaves what has its own column out of the JSON. */
export function storeEvent({ signal, file, byteOffset }: TailedFailure): StoredEvent {
  const { kind: _kind, at, agent, session, contentKey, ...rest } = signal;
  return { at, agent, session, contentKey, file, byteOffset, json: JSON.stringify(rest) };
}

/** Undefined: another version of the extension, or damage, wrote what this one cannot read. */
export function parseStoredEvent(row: Record<string, unknown>): TailedFailure | undefined {
  const { at, agent, session, contentKey, file, byteOffset, json } = row;
  const signal = { ...parseJson(json), kind: 'requestFailed', at, agent, session, contentKey };
  const parsed = StoredFailure.safeParse({ signal, file, byteOffset });
  return parsed.success ? parsed.data : undefined;
}

/** As above, for a checkpoint. A column that is null is a field that is absent. */
export function parseStoredCheckpoint(row: Record<string, unknown>): Checkpoint | undefined {
  const { memory, ...rest } = row;
  const parsed = checkpointSchema.safeParse(memory === null ? rest : row);
  return parsed.success ? parsed.data : undefined;
}

function parseJson(json: unknown): object | undefined {
  try {
    return Object(JSON.parse(String(json)));
  } catch {
    return undefined;
  }
}

// Names every field, so that one that is added to the type and not here does not compile.
type Shape<T> = Record<keyof T, z.core.$ZodType>;

const byteOffset = z.int().check(z.minimum(0));

const evidenceSchema = z.object({
  host: z.exactOptional(z.string()),
  providerId: z.exactOptional(z.string()),
  configuredHost: z.exactOptional(z.string()),
  hasKimiWords: z.exactOptional(z.boolean()),
  product: z.exactOptional(z.enum(['kimi-code', 'open-platform'])),
  otherProvider: z.exactOptional(z.string()),
} satisfies Shape<ProviderEvidence>);

// A newer version may know more agents than this one: what it read is shown under its id.
/** An agent's id, of this version or another. */
export const AgentName = z.custom<AgentId>(id => typeof id === 'string' && /^[a-z\d-]+$/.test(id));

/** Ids for a ticket. Those that are none any more are left out. */
export const StoredSupportIds = z.pipe(
  z.unknown(),
  z.transform((stored): SupportIds => {
    const { requests, organization, key } = Object(stored);
    return supportIds({ requests: [requests].flat(), organization, key }) ?? {};
  }),
);

const signalSchema = z.object({
  kind: z.literal('requestFailed'),
  at: z.number(),
  agent: AgentName,
  agentVersion: z.exactOptional(z.string()),
  session: z.string(),
  subagent: z.exactOptional(z.string()),
  isThreadUnknown: z.exactOptional(z.boolean()),
  isSessionUnknown: z.exactOptional(z.boolean()),
  model: z.exactOptional(z.string()),
  request: z.exactOptional(z.string()),
  isSideRequest: z.exactOptional(z.boolean()),
  evidence: evidenceSchema,
  contentKey: z.string(),
  status: z.exactOptional(z.number()),
  errorType: z.exactOptional(z.string()),
  text: z.string(),
  retryAfterMs: z.exactOptional(z.number()),
  notAfter: z.exactOptional(z.number()),
  isFinal: z.exactOptional(z.boolean()),
  isFallback: z.exactOptional(z.boolean()),
  attemptCount: z.exactOptional(z.number()),
  support: z.exactOptional(StoredSupportIds),
} satisfies Shape<RequestFailed>);

/** A failure that another version of the extension may have stored. */
export const StoredFailure = z.object({
  signal: signalSchema,
  file: z.string(),
  byteOffset,
} satisfies Shape<TailedFailure>);

const checkpointSchema = z.object({
  fingerprint: z.string(),
  byteOffset,
  marker: z.string(),
  memory: z.exactOptional(z.string()),
  seenAt: z.number(),
} satisfies Shape<Checkpoint>);
