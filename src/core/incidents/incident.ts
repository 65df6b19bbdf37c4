import * as z from 'zod/mini';
import type { AgentId, Attribution } from '../agents/signal.ts';
import type { SupportIds } from '../agents/supportIds.ts';
import {
  AgentName,
  type EventQuery,
  StoredFailure,
  StoredSupportIds,
  TAIL_RETENTION,
  type TailedFailure,
} from '../agents/tail.ts';
import {
  CATEGORIES,
  type Category,
  type Confidence,
  type ErrorFields,
} from '../errors/category.ts';
import {
  type BurstShape,
  CAUSES,
  type Evidence,
  type MeterReading,
  type Step,
  type StepId,
  type Verdict,
} from './verdict.ts';
import { parseJson, type Shape, StoredTime } from '../base/store.ts';

/** Undefined if another version of the extension or damage made the row unreadable. */
export function parseStoredIncident(json: unknown): Incident | undefined {
  return StoredIncident.safeParse(parseJson(json)).data;
}

const text = z.string();
const optionalText = z.exactOptional(text);
const number = z.number();
const optionalNumber = z.exactOptional(number);
const optionalTime = z.exactOptional(StoredTime);
const count = z.int().check(z.gte(0));
const category = z.enum(CATEGORIES);
const cause = z.enum(CAUSES);

const Fields = z.object({
  status: optionalNumber,
  type: optionalText,
  current: optionalNumber,
  limit: optionalNumber,
  retryAfterSeconds: optionalNumber,
  scope: z.exactOptional(z.enum(['organization', 'project', 'user'])),
  lacks: z.exactOptional(z.enum(['plan', 'model', 'context'])),
  says: z.exactOptional(category),
  organization: optionalText,
  project: optionalText,
  key: optionalText,
  gateway: optionalText,
  provider: optionalText,
} satisfies Shape<ErrorFields>);

const Place = z.object({
  agent: AgentName,
  session: text,
  subagent: optionalText,
  count,
} satisfies Shape<IncidentPlace>);

const Point = z.object({
  at: StoredTime,
  failed: count,
  succeeded: count,
  inFlight: count,
} satisfies Shape<CoursePoint>);

const meter = z.enum(['atOnce', 'requests', 'tokens']);

const StoredMeter = z.object({
  meter,
  limit: number,
  share: number,
} satisfies Shape<MeterReading>);

const StoredShape = z.object({
  inFlightPeak: count,
  inFlightNow: optionalNumber,
  inFlightThreads: count,
  inFlightAgents: z.array(z.object({ agent: AgentName, count })),
  successesDuring: count,
  successesOfOtherAgents: optionalNumber,
  firstSuccessAfterMs: optionalNumber,
  lastSuccessBeforeMs: optionalNumber,
  requestsLastMinute: count,
  tokensLastMinute: optionalNumber,
  maxCompletionTokens: optionalNumber,
  meters: z.exactOptional(z.array(StoredMeter)),
} satisfies Shape<BurstShape>);

/** The fields of each kind of evidence besides `kind` and `source`. */
const EVIDENCE = {
  words: { category },
  status: { status: number },
  inFlight: { count, threads: count, agents: z.array(AgentName), limit: optionalNumber },
  window: {
    id: text,
    remainingPercent: number,
    resetsAt: optionalTime,
    when: z.enum(['before', 'after']),
  },
  contradiction: { id: text },
  usagesDisagree: { id: text },
  seenLimit: { meter, limit: number },
  usedBy: {
    agents: z.array(z.object({ agent: AgentName, percent: z.number() })),
  },
  ownTokens: { tokens: z.number(), counted: z.number(), span: z.enum(['minute', 'day']) },
  unexplained: { id: z.string(), points: z.number(), from: z.number(), to: z.number() },
  otherMachines: {
    count,
    machines: z.array(z.object({ machine: text, inFlight: count })),
    limit: optionalNumber,
  },
  otherRates: {
    unit: z.enum(['requests', 'tokens']),
    span: z.enum(['minute', 'day']),
    count,
    machines: z.array(z.object({ machine: text, count })),
  },
  mixed: { successes: count },
  allFailed: { count, forMs: number },
  recoveredAfter: { ms: number },
  rate: { requests: count, tokens: optionalNumber },
  limitInText: { current: optionalNumber, limit: optionalNumber },
  retryAfter: { ms: number },
  gateway: { name: text },
  host: { host: text },
  maxTokens: { tokens: number },
  earlier: { count, cause },
  noWords: { agent: AgentName },
  balance: { available: number, currency: optionalText },
} satisfies {
  [Kind in Evidence['kind']]: Shape<Omit<Extract<Evidence, { kind: Kind }>, 'kind' | 'source'>>;
};

const source = z.enum(['text', 'log', 'usages', 'archive', 'team']);

const StoredEvidence = z.union(
  Object.entries(EVIDENCE).map(([kind, fields]) =>
    z.object({ kind: z.literal(kind), source, ...fields }),
  ),
) as unknown as z.ZodMiniType<Evidence>;

const StoredStep = z.object({
  // May be a step of another version; see `stepWords`.
  id: z.custom<StepId>(id => typeof id === 'string'),
  agent: z.exactOptional(AgentName),
  count: optionalNumber,
  machine: z.exactOptional(text),
} satisfies Shape<Step>);

const StoredVerdict = z.object({
  cause,
  certainty: z.enum(['certain', 'likely', 'unsure']),
  alternatives: z.array(cause),
  evidence: z.array(StoredEvidence),
  retryAt: optionalTime,
  retry: z.enum(['now', 'at', 'useless', 'unknown']),
  steps: z.array(StoredStep),
  isSettled: z.boolean(),
  isRunaway: z.boolean(),
} satisfies Shape<Verdict>);

const StoredIncident = z.object({
  id: text,
  provider: z.enum(['kimi-code', 'open-platform', 'other', 'unknown']),
  category: z.nullable(category),
  rule: z.nullable(text),
  wordsConfidence: z.nullable(z.enum(['high', 'medium', 'low'])),
  fields: Fields,
  from: StoredTime,
  to: StoredTime,
  count,
  sideCount: count,
  places: z.array(Place),
  placeCount: count,
  state: z.enum(['running', 'recovered', 'gaveUp', 'over']),
  waitUntil: optionalTime,
  example: StoredFailure,
  support: z.exactOptional(StoredSupportIds),
  course: z.array(Point),
  shape: z.exactOptional(StoredShape),
  verdict: StoredVerdict,
  fallback: z.exactOptional(z.object({ agent: AgentName, to: text })),
} satisfies Shape<Incident>);

/** How long incidents are kept. A row has about 3 KB. */
export const INCIDENT_RETENTION = {
  /** As long as their failures. */
  keepMs: TAIL_RETENTION.keepMs,
  futureMs: TAIL_RETENTION.futureMs,
  /** The newest are kept: a bad day has dozens. */
  maxIncidents: 1_000,
} as const;

/** The longest silence between two attempts is 60 s, of Qwen Code (docs/agents.md 3.3). */
export const SILENCE_MS = 90_000;
/** How long an ended incident is still news. */
const NEWS_MS = 5 * 60_000;

/**
 * Whether an incident of the user's Kimi account is ongoing or just ended. An incident that no window
 * has updated since counts as ongoing only until its silence limit.
 */
export function isCurrent({ provider, state, to, waitUntil = to }: Incident, now: number): boolean {
  if (provider === 'other' || provider === 'unknown' || state === 'recovered') return false;
  return now <= (state === 'running' ? Math.max(to, waitUntil) + SILENCE_MS : to + NEWS_MS);
}

/** One thread of an agent with failures of an incident. */
export interface IncidentPlace {
  readonly agent: AgentId;
  readonly session: string;
  readonly subagent?: string;
  /** Failed attempts in this thread. */
  readonly count: number;
}

/**
 * Failures with one cause: the same account and category, in one burst, in whichever agent and
 * session (docs/agents.md 3.3). The limit is the account's, so the places are only a list.
 */
export interface Incident {
  /** Derived from the first failure's `contentKey`: the same in all windows and after a restart. */
  readonly id: string;
  readonly provider: Attribution['provider'];
  /** Category of the error text; null if the agents log neither text nor status. */
  readonly category: Category | null;
  /** The matched rule, and the confidence of the match. */
  readonly rule: string | null;
  readonly wordsConfidence: Confidence | null;
  /** Facts from the error text, each of the newest failure that has it. */
  readonly fields: ErrorFields;
  /** The first and the last failure: epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  /** Failed attempts, without duplicates; `sideCount` of them were side requests. */
  readonly count: number;
  readonly sideCount: number;
  /** At most 50, the busiest first; `placeCount` is how many there were. */
  readonly places: readonly IncidentPlace[];
  readonly placeCount: number;
  /**
   * `running`: an agent retries or will. `recovered`: a request of one of its threads succeeded.
   * `gaveUp`: the agent stopped retrying. `over`: silence (limits: docs/agents.md 3.3).
   */
  readonly state: 'running' | 'recovered' | 'gaveUp' | 'over';
  /** End of the longest requested or announced wait: epoch milliseconds. */
  readonly waitUntil?: number;
  /** The most informative failure: its text is shown, its record is opened. */
  readonly example: TailedFailure;
  /** Ids from all its failures, only for a support ticket. */
  readonly support?: SupportIds;
  /** Failures per slice of time, oldest first, at most 60: for the timeline. */
  readonly course: readonly CoursePoint[];
  /** Requests around it; absent if no failing agent logs the start of its requests. */
  readonly shape?: BurstShape;
  readonly verdict: Verdict;
  /** After it, the agent's session was answered by another provider. */
  readonly fallback?: { readonly agent: AgentId; readonly to: string };
}

/** One time slice of an incident. */
export interface CoursePoint {
  /** Epoch milliseconds, the beginning of the slice. */
  readonly at: number;
  readonly failed: number;
  readonly succeeded: number;
  /** Most requests in flight; a lower bound. */
  readonly inFlight: number;
}

/** Stored incidents with their verdicts. */
export interface IncidentRows {
  /** Inserts or replaces by id, all or nothing. */
  saveIncidents(incidents: readonly Incident[]): Promise<void>;
  /** Ordered by last failure. Invalid rows are skipped. */
  readIncidents(query?: EventQuery): Promise<readonly Incident[]>;
}
