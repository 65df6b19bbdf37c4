/** What a word of an error text can be about. */
const CONCEPTS = [
  // That something is used up, and what.
  'reached',
  'tooMany',
  'limited',
  'limit',
  'quota',
  'requests',
  'tokens',
  'resets',
  'retry',
  // Which limit.
  'concurrency',
  'rpm',
  'tpm',
  'tpd',
  'minute',
  'day',
  'fiveHours',
  'week',
  'month',
  // Money.
  'money',
  'billing',
  'insufficient',
  // What the plan gives.
  'plan',
  'member',
  'lapsed',
  'lacks',
  'subscribe',
  'product',
  'model',
  'context',
  'size',
  // Who asks, with what.
  'key',
  'unauthorized',
  'signIn',
  'invalid',
  'account',
  'closed',
  'missing',
  'client',
  'onlyFor',
  'refused',
  // The other side.
  'busy',
] as const;

/** One of `CONCEPTS`. */
export type Concept = (typeof CONCEPTS)[number];

/** A set of concepts, as bits: sentences are compared with every frame. */
export interface Concepts {
  readonly low: number;
  readonly high: number;
}

/** No concept. */
export const NONE: Concepts = { low: 0, high: 0 };

/** The set of these. */
export function concepts(...names: readonly Concept[]): Concepts {
  return names.reduce((set, name) => union(set, SINGLE.get(name) ?? NONE), NONE);
}

const WORD_BITS = 30;
const SINGLE: ReadonlyMap<string, Concepts> = new Map(
  CONCEPTS.map((name, at) => [
    name,
    at < WORD_BITS ? { low: 1 << at, high: 0 } : { low: 0, high: 1 << (at - WORD_BITS) },
  ]),
);

/** All of both. */
export const union = (a: Concepts, b: Concepts): Concepts => ({
  low: a.low | b.low,
  high: a.high | b.high,
});

/** Whether all of `part` are in `set`. */
export const hasAll = (set: Concepts, part: Concepts): boolean =>
  (set.low & part.low) === part.low && (set.high & part.high) === part.high;

/** Whether one of `some` is in `set`. */
export const hasAny = (set: Concepts, some: Concepts): boolean =>
  ((set.low & some.low) | (set.high & some.high)) !== 0;

/** Whether it is empty. */
export const isNone = ({ low, high }: Concepts): boolean => (low | high) === 0;
