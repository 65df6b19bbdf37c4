import type { WordsCategory } from './category.ts';

/** Concepts that terms of error texts stand for. */
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
  // The plan.
  'plan',
  'member',
  'lapsed',
  'lacks',
  'subscribe',
  'product',
  'model',
  'context',
  'size',
  // Client and credentials.
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
  // The server.
  'busy',
] as const;

/** One of `CONCEPTS`. */
export type Concept = (typeof CONCEPTS)[number];

/** A set of concepts, as bits: sentences are compared with every frame. */
export interface Concepts {
  readonly low: number;
  readonly high: number;
}

/** The empty set. */
export const NONE: Concepts = { low: 0, high: 0 };

/** The set of these concepts. */
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

/** The union of both sets. */
export const union = (a: Concepts, b: Concepts): Concepts => ({
  low: a.low | b.low,
  high: a.high | b.high,
});

/** Whether all of `part` are in `set`. */
const hasAll = (set: Concepts, part: Concepts): boolean =>
  (set.low & part.low) === part.low && (set.high & part.high) === part.high;

/** Whether one of `some` is in `set`. */
export const hasAny = (set: Concepts, some: Concepts): boolean =>
  ((set.low & some.low) | (set.high & some.high)) !== 0;

/** Whether the set is empty. */
export const isNone = ({ low, high }: Concepts): boolean => (low | high) === 0;

/** Maps the concepts of a sentence to a category. */
export interface Frame {
  readonly category: WordsCategory;
  /** How specific it is: a limit with a name ranks above one without. */
  readonly rank: number;
  /** The sentence must contain all of them, */
  readonly all: Concepts;
  /** and one of these, unless the set is empty. */
  readonly any: Concepts;
  readonly none: Concepts;
  /** One of each set must be found: the concepts of `all`, and `any`. */
  readonly needed: readonly Concepts[];
  /** Documents use it, too: it counts only with a status, a type or the word error. */
  readonly needsSignal: boolean;
}

/** Ranks by name. `vague`: no more specific than an agent's label. */
export const RANKS = { named: 4, quota: 3, key: 2.5, limit: 2, vague: 1 } as const;

interface More {
  readonly any?: readonly Concept[];
  readonly none?: readonly Concept[];
  readonly needsSignal?: boolean;
}

/** A named limit was reached if the sentence says so or asks to wait. */
const MET: readonly Concept[] = ['reached', 'tooMany', 'limited', 'retry'];
const WINDOWS: readonly Concept[] = ['fiveHours', 'week', 'month'];

/**
 * The first frame that fits decides. Plans and money come first, because their sentences name limits,
 * too; limits with a name come before limits without one.
 */
const FRAMES: readonly Frame[] = [
  frame('balance', 'named', ['money', 'insufficient'], { none: WINDOWS }),
  frame('balance', 'named', ['money', 'closed']),
  frame('balance', 'named', ['billing', 'closed']),
  frame('balance', 'named', ['money', 'reached'], { none: WINDOWS }),
  frame('balance', 'named', ['billing', 'quota', 'reached'], { none: WINDOWS }),
  frame('membership', 'named', ['member', 'lapsed']),
  frame('entitlement', 'named', ['plan', 'lacks'], { none: ['reached', 'concurrency'] }),
  frame('entitlement', 'named', ['member', 'lacks'], { none: ['reached', 'concurrency'] }),
  frame('entitlement', 'named', ['subscribe'], { any: ['lacks', 'refused'], none: ['reached'] }),
  frame('membership', 'named', ['plan', 'lapsed'], { none: ['reached', 'key', 'retry'] }),
  frame('client_not_accepted', 'named', ['client', 'onlyFor']),
  frame('concurrency', 'named', ['concurrency'], { any: MET }),
  frame('rpm', 'named', ['rpm'], { any: MET }),
  frame('tpm', 'named', ['tpm'], { any: MET }),
  frame('tpd', 'named', ['tpd'], { any: MET }),
  frame('rpm', 'named', ['requests', 'minute'], { any: MET, none: ['tokens'] }),
  frame('tpm', 'named', ['tokens', 'minute'], { any: MET }),
  frame('tpd', 'named', ['tokens', 'day'], { any: MET }),
  frame('context_length', 'named', ['context'], { any: ['reached', 'size'], none: ['quota'] }),
  frame('context_length', 'named', ['context', 'limit'], { needsSignal: true }),
  frame('account_closed', 'named', ['account', 'closed'], { none: ['key', 'reached'] }),
  frame('quota_unspecified', 'quota', ['quota', 'reached'], { none: ['tooMany'] }),
  frame('quota_unspecified', 'quota', ['quota', 'insufficient']),
  // Money of a monthly pool: with a window, it is that window.
  frame('quota_unspecified', 'quota', ['money', 'reached']),
  frame('quota_unspecified', 'quota', ['quota', 'resets'], { needsSignal: true }),
  frame('wrong_endpoint', 'named', ['model', 'missing']),
  frame('overloaded', 'quota', ['busy']),
  frame('rate_limited_ambiguous', 'limit', ['limit', 'reached']),
  frame('rate_limited_ambiguous', 'limit', ['tooMany', 'requests']),
  frame('auth', 'key', ['key', 'invalid']),
  frame('auth', 'key', ['signIn']),
  frame('auth', 'key', ['account', 'missing']),
  frame('rate_limited_ambiguous', 'vague', ['limited']),
  frame('rate_limited_ambiguous', 'limit', ['limit', 'retry']),
  frame('auth', 'vague', ['unauthorized']),
  frame('permission', 'vague', ['refused']),
];

function frame(
  category: WordsCategory,
  rank: keyof typeof RANKS,
  all: readonly Concept[],
  { any = [], none = [], needsSignal = false }: More = {},
): Frame {
  const some = concepts(...any);
  return {
    category,
    rank: RANKS[rank],
    all: concepts(...all),
    any: some,
    none: concepts(...none),
    needed: [...all.map(name => concepts(name)), ...(isNone(some) ? [] : [some])],
    needsSignal,
  };
}

/** The frame for a sentence with these concepts. */
export function frameOf(set: Concepts): Frame | undefined {
  return FRAMES.find(
    ({ all, any, none }) =>
      hasAll(set, all) && (isNone(any) || hasAny(set, any)) && !hasAny(set, none),
  );
}
