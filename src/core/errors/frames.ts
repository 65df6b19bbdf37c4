import type { WordsCategory } from './category.ts';
import { concepts, hasAll, hasAny, NONE, type Concept, type Concepts } from './concepts.ts';

/** What a sentence says that has these concepts. */
export interface Frame {
  readonly category: WordsCategory;
  /** How much it says: a limit by its name more than that there is one. */
  readonly rank: number;
  /** Each must be in the sentence. */
  readonly all: readonly Concept[];
  /** One of them must be, too. */
  readonly any: readonly Concept[];
  readonly none: Concepts;
  /** Documents say it, too: it counts only beside a status, a type or the word error. */
  readonly needsSignal: boolean;
}

/** Ranks by name. `vague`: labels of agents say as much. */
export const RANKS = { named: 4, quota: 3, key: 2.5, limit: 2, vague: 1 } as const;

interface More {
  readonly any?: readonly Concept[];
  readonly none?: readonly Concept[];
  readonly needsSignal?: boolean;
}

/** A limit that is named was met where the sentence says so, or asks to wait. */
const MET: readonly Concept[] = ['reached', 'tooMany', 'limited', 'retry'];
const WINDOWS: readonly Concept[] = ['fiveHours', 'week', 'month'];

/**
 * What a sentence says by the concepts in it; the first that holds. Plans and money stand first:
 * their sentences name limits, too. A limit by its name stands before limits without one.
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
  // The money of a month's pool: with a window it is one.
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
  return { category, rank: RANKS[rank], all, any, none: concepts(...none), needsSignal };
}

const COMPILED = FRAMES.map(one => ({
  frame: one,
  all: concepts(...one.all),
  any: one.any.length > 0 ? concepts(...one.any) : NONE,
}));

/** What a sentence with these concepts says. */
export function frameOf(set: Concepts): Frame | undefined {
  return COMPILED.find(
    ({ frame: { any: names, none }, all, any }) =>
      hasAll(set, all) && (names.length === 0 || hasAny(set, any)) && !hasAny(set, none),
  )?.frame;
}
