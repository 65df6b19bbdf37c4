import * as z from 'zod/mini';
import { CATEGORIES, type ErrorFields } from '../errors/category.ts';
import { AgentName, StoredFailure, StoredSupportIds } from '../storedEvent.ts';
import type { CoursePoint, Incident, IncidentPlace } from './incident.ts';
import {
  type BurstShape,
  CAUSES,
  type Evidence,
  type MeterReading,
  type Step,
  type StepId,
  type Verdict,
} from './verdict.ts';

/** Undefined: another version of the extension, or damage, wrote what this one cannot read. */
export function parseStoredIncident(json: unknown): Incident | undefined {
  try {
    return StoredIncident.safeParse(JSON.parse(String(json))).data;
  } catch {
    return undefined;
  }
}

// Names every field, so that one that is added to a type and not here does not compile.
type Shape<T> = Record<keyof T, z.core.$ZodType>;

const text = z.string();
const optionalText = z.exactOptional(text);
const number = z.number();
const optionalNumber = z.exactOptional(number);
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
  at: number,
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
    resetsAt: optionalNumber,
    when: z.enum(['before', 'after']),
  },
  contradiction: { id: text },
  usagesDisagree: { id: text },
  seenLimit: { meter, limit: number },
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

const source = z.enum(['text', 'log', 'usages', 'archive']);

const StoredEvidence = z.union(
  Object.entries(EVIDENCE).map(([kind, fields]) =>
    z.object({ kind: z.literal(kind), source, ...fields }),
  ),
) as unknown as z.ZodMiniType<Evidence>;

const StoredStep = z.object({
  // A step that this version has no words for is left out by `explain`.
  id: z.custom<StepId>(id => typeof id === 'string'),
  agent: z.exactOptional(AgentName),
  count: optionalNumber,
} satisfies Shape<Step>);

const StoredVerdict = z.object({
  cause,
  certainty: z.enum(['certain', 'likely', 'unsure']),
  alternatives: z.array(cause),
  evidence: z.array(StoredEvidence),
  retryAt: optionalNumber,
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
  from: number,
  to: number,
  count,
  sideCount: count,
  places: z.array(Place),
  placeCount: count,
  state: z.enum(['running', 'recovered', 'gaveUp', 'over']),
  waitUntil: optionalNumber,
  example: StoredFailure,
  support: z.exactOptional(StoredSupportIds),
  course: z.array(Point),
  shape: z.exactOptional(StoredShape),
  verdict: StoredVerdict,
} satisfies Shape<Incident>);
