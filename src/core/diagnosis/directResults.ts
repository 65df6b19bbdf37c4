import * as z from 'zod/mini';
import type { AccountId } from '../accounts/endpoint.ts';
import { StoredSupportIds } from '../agents/tail.ts';
import { parseStored, StoredTime, type ValueRows } from '../base/store.ts';
import { CATEGORIES } from '../errors/category.ts';
import type { UnreachableCause } from '../quota/outcome.ts';
import type { DirectAnswer } from './directRequest.ts';
import { OUTCOMES, type Outcome, type Reason, REASONS } from './directTest.ts';

/** A direct request, its answer, and what it shows about a failure. */
export interface DirectResult {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly account: AccountId;
  readonly host: string;
  readonly model: string;
  readonly answer: DirectAnswer;
  readonly outcome: Outcome;
  readonly reason: Reason;
  /** What differs in the failure that it is about. */
  readonly failing?: { readonly organization?: string; readonly gateway?: boolean };
}

const text = z.string();
const Meta = {
  support: z.exactOptional(StoredSupportIds),
  retryAfterSeconds: z.exactOptional(z.number()),
  rateLimits: z.exactOptional(z.array(z.object({ name: text, value: z.number() }))),
};

const Answer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('answered'), ...Meta }),
  z.object({
    kind: z.literal('refused'),
    status: z.number(),
    form: z.enum(['kimi', 'errorMessage', 'noError', 'notJson']),
    classification: z.object({
      isKimi: z.union([z.boolean(), z.literal('unknown')]),
      category: z.enum(CATEGORIES),
      confidence: z.enum(['high', 'medium', 'low']),
      fields: z.object({}),
    }),
    text,
    ...Meta,
  }),
  z.object({
    kind: z.literal('unreachable'),
    cause: z.custom<UnreachableCause>(cause => typeof cause === 'string'),
    detail: z.exactOptional(text),
  }),
]);

const Result = z.object({
  at: StoredTime,
  account: z.enum(['kimiCode', 'moonshot.ai', 'moonshot.cn']),
  host: text,
  model: text,
  answer: Answer,
  outcome: z.enum(OUTCOMES),
  reason: z.enum(REASONS),
  failing: z.exactOptional(
    z.object({ organization: z.exactOptional(text), gateway: z.exactOptional(z.boolean()) }),
  ),
});

const Results = z.record(z.string(), z.catch(z.nullable(Result), null));

const RESULTS_KEY = 'directTests';
/** They hold ids for a ticket, which is written within days. */
const KEEP_MS = 14 * 86_400_000;
const MOST_RESULTS = 20;

/** The newest result for each incident; `''` for a test without one. */
export async function loadDirectResults(
  archive: Pick<ValueRows, 'get'>,
): Promise<ReadonlyMap<string, DirectResult>> {
  const stored = parseStored(Results, await archive.get(RESULTS_KEY)) ?? {};
  return new Map(Object.entries(stored).flatMap(([id, result]) => (result ? [[id, result]] : [])));
}

/** Stores a result; the newest 20 of two weeks are kept. */
export async function saveDirectResult(
  archive: ValueRows,
  incidentId: string,
  result: DirectResult,
): Promise<void> {
  const known = new Map(await loadDirectResults(archive)).set(incidentId, result);
  const kept = [...known]
    .filter(([, { at }]) => at > result.at - KEEP_MS)
    .sort(([, a], [, b]) => b.at - a.at)
    .slice(0, MOST_RESULTS);
  await archive.set(RESULTS_KEY, JSON.stringify(Object.fromEntries(kept)));
}
