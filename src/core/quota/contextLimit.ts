import * as z from 'zod/mini';
import { AGENT_IDS, type AgentId, type RequestEnded } from '../agents/signal.ts';
import { parseStored, StoredTime, type ValueRows } from '../base/store.ts';
import { loadPlan, type Plan } from './plan.ts';
import type { SnapshotRows } from './snapshot.ts';

/**
 * A conversation that comes near the context that the plan allows for the model. K3 has 1M, Plus
 * allows 256K of it (docs/kimi.md 3), and the agent doesn't know: the next request fails with 401.
 */
export interface LongContext {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly agent: AgentId;
  readonly session: string;
  /** As Kimi lists it. */
  readonly model: string;
  readonly tokens: number;
  /** Of the plan. */
  readonly limit: number;
}

/** Shorter contexts are far from every limit. */
const LEAST_TOKENS = 128 * 1024;
const NEAR_LIMIT = 0.85;
/** The whole context of K3: an agent compacts automatically before that. */
const WHOLE_CONTEXT = 1_000_000;

/** The longest conversation of these responses that comes near its limit. Pure. */
export function longContext(
  responses: readonly RequestEnded[],
  { contextTokens = {} }: Pick<Plan, 'contextTokens'>,
): LongContext | undefined {
  const near = responses.flatMap(({ at, agent, session, model = '', inputTokens: tokens = 0 }) => {
    const name = model.split('/').at(-1) ?? '';
    const limit = Object.hasOwn(contextTokens, name) ? contextTokens[name] : undefined;
    if (limit === undefined || limit >= WHOLE_CONTEXT || !name.startsWith('k3')) return [];
    return tokens < limit * NEAR_LIMIT ? [] : [{ at, agent, session, model: name, tokens, limit }];
  });
  return near.sort((a, b) => b.tokens - a.tokens)[0];
}

const KEY = 'longContext';
const Stored = z.object({
  at: StoredTime,
  agent: z.enum(AGENT_IDS),
  session: z.string(),
  model: z.string(),
  tokens: z.number(),
  limit: z.number(),
});

/** Stores the longest conversation of these responses that comes near the limit of a known plan. */
export async function noteContext(
  archive: ValueRows & Pick<SnapshotRows, 'readLatest'>,
  responses: readonly RequestEnded[],
): Promise<void> {
  const long = responses.filter(({ inputTokens = 0 }) => inputTokens >= LEAST_TOKENS);
  if (long.length === 0) return;
  for (const { origin } of await archive.readLatest()) {
    const found = longContext(long, (await loadPlan(archive, origin))?.plan ?? {});
    if (found) await archive.set(KEY, JSON.stringify(found));
  }
}

/** The last conversation that was stored by `noteContext`. */
export async function loadContext(
  archive: Pick<ValueRows, 'get'>,
): Promise<LongContext | undefined> {
  return parseStored(Stored, await archive.get(KEY));
}
