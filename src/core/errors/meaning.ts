import type { ErrorFields, WordsCategory } from './category.ts';
import type { Concept, Entry } from './lexicon.ts';
import { KNOWN_TYPES, type UnwrappedError } from './unwrap.ts';

/** What the words of a text say, and where they stand in the squeezed text. */
export interface Meaning {
  /** `says-` and what: it stands where other readings have the id of a rule. */
  readonly id: string;
  readonly category: WordsCategory;
  readonly lacks?: NonNullable<ErrorFields['lacks']>;
  /** The sentence itself names Kimi Code. */
  readonly isOfKimiCode?: true;
  /** It counts only beside a status, a type or the word error. */
  readonly needsSignal?: true;
  /** Labels of agents say as much: types tell more. */
  readonly isVague: boolean;
  readonly start: number;
  readonly end: number;
}

/** Reads what the sentences of a text say, those that say most first. */
export type ReadMeaning = (
  error: Pick<UnwrappedError, 'meaningText' | 'status' | 'types'>,
) => readonly Meaning[];

interface Token {
  readonly concepts: readonly Concept[];
  readonly start: number;
  readonly end: number;
}

/** A sentence, or so much of one as belongs together. */
interface Clause {
  readonly has: ReadonlySet<Concept>;
  readonly tokens: readonly Token[];
  readonly text: string;
  readonly status: number | undefined;
}

/** What ends a sentence where spaces and line breaks are gone; a point in a number does not. */
const BOUNDARY = '[!?;{}·|。；！？]|\\.(?!\\d)|(?<!\\d)\\.';
/** Words farther apart than this do not speak of the same. */
const LONGEST_CLAUSE = 220;
/** So many sentences are read: an error says what it is in its first ones. */
const MOST_TOKENS = 400;

/** Makes a reader of a lexicon: of the whole one, or of what was known at a time. */
export function createMeaning(entries: readonly Entry[]): ReadMeaning {
  const next = createScanner(entries);
  return error => {
    const { meaningText: text, status } = error;
    const clauses = clausesOf(next(text)).map(tokens => ({
      ...{ tokens, text, status },
      has: conceptsOf(tokens),
    }));
    return clauses
      .flatMap(clause => readClause(clause) ?? [])
      .toSorted((a, b) => b.rank - a.rank)
      .map(meaning => (isOfMoney(meaning, clauses, error) ? OF_MONEY(meaning) : meaning));
  };
}

const OF_MONEY = (meaning: Meaning): Meaning => ({
  ...meaning,
  id: 'says-balance',
  category: 'balance',
});

/** A quota without a window is money where the bill is spoken of, or Kimi's type says so. */
function isOfMoney(
  { category }: Meaning,
  clauses: readonly Clause[],
  { types, meaningText }: Pick<UnwrappedError, 'meaningText' | 'types'>,
): boolean {
  if (category !== 'quota_unspecified') return false;
  if (clauses.some(({ has }) => has.has('billing'))) return true;
  return (
    types.includes('exceeded_current_quota_error') && !/usage(?:limit|quota)/.test(meaningText)
  );
}

const conceptsOf = (tokens: readonly Token[]): Set<Concept> =>
  new Set(tokens.flatMap(({ concepts }) => concepts));

function clausesOf(tokens: readonly Token[]): Token[][] {
  const clauses: Token[][] = [];
  let clause: Token[] = [];
  for (const token of tokens) {
    const isEnd = token.concepts.length === 0;
    const isFar = clause[0] !== undefined && token.start - clause[0].start > LONGEST_CLAUSE;
    if ((isEnd || isFar) && clause.length > 0) {
      clauses.push(clause);
      clause = [];
    }
    if (!isEnd) clause.push(token);
  }
  if (clause.length > 0) clauses.push(clause);
  return clauses;
}

/** Types, and labels of agents, are no words. */
const IGNORED = [
  ...KNOWN_TYPES,
  'provider.rate_limit',
  'providermodelnotfound',
  'failedtoauthenticate',
];

/** One pass over the text: literal words, patterns in groups, and ends of sentences. */
function createScanner(entries: readonly Entry[]): (text: string) => Token[] {
  const literals = new Map<string, Concept[]>(IGNORED.map(type => [type, []]));
  const patterns: { source: string; concept: Concept }[] = [];
  for (const { concept, words } of entries)
    for (const word of words)
      if (typeof word === 'string') {
        const squeezed = word.replace(/[\s']/g, '');
        literals.set(squeezed, [...(literals.get(squeezed) ?? []), concept]);
      } else patterns.push({ source: word.source, concept });
  const sources = [...literals.keys()]
    .toSorted((a, b) => b.length - a.length)
    .map(word => word.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
  const groups = patterns.map(({ source }) => `(${source})`);
  const scanner = new RegExp([...groups, ...sources, BOUNDARY].join('|'), 'g');
  const isType = new Set<string>(IGNORED);
  const none: readonly Concept[] = [];
  return text => {
    const tokens: Token[] = [];
    scanner.lastIndex = 0;
    for (let found; tokens.length < MOST_TOKENS && (found = scanner.exec(text));) {
      const [word] = found;
      if (isType.has(word)) continue;
      const concepts =
        literals.get(word) ??
        patterns.flatMap(({ concept }, at) => (found?.[at + 1] === undefined ? [] : [concept]));
      tokens.push({
        concepts: concepts.length > 0 ? concepts : none,
        start: found.index,
        end: found.index + word.length,
      });
    }
    return tokens;
  };
}

/** How much a meaning says: a limit by its name more than that there is one. */
const RANKS = { named: 4, quota: 3, key: 2.5, limit: 2, vague: 1 } as const;

interface Frame {
  readonly category: WordsCategory;
  readonly rank: number;
  /** All must be in the sentence. */
  readonly all: readonly Concept[];
  /** One of them must be, too. */
  readonly any?: readonly Concept[];
  readonly none?: readonly Concept[];
  /** Documents say it, too: it counts only beside a status, a type or the word error. */
  readonly needsSignal?: true;
}

const frame = (
  category: WordsCategory,
  rank: keyof typeof RANKS,
  all: readonly Concept[],
  more: Pick<Frame, 'any' | 'none' | 'needsSignal'> = {},
): Frame => ({ category, rank: RANKS[rank], all, ...more });

/** A limit that is named was met where the sentence says so, or asks to wait. */
const MET: readonly Concept[] = ['reached', 'tooMany', 'limited', 'retry'];
const WINDOWS: readonly Concept[] = ['fiveHours', 'week', 'month'];

/**
 * What a sentence says by the concepts in it; the first that holds. Plans and money stand first:
 * their sentences name limits, too. A limit by its name stands before limits without one.
 */
const FRAMES: readonly Frame[] = [
  frame('balance', 'named', ['money', 'insufficient']),
  frame('balance', 'named', ['money', 'closed']),
  frame('balance', 'named', ['billing', 'closed']),
  frame('balance', 'named', ['money'], { any: ['reached'], none: WINDOWS }),
  frame('balance', 'named', ['billing', 'quota', 'reached'], { none: WINDOWS }),
  frame('membership', 'named', ['member', 'lapsed']),
  frame('entitlement', 'named', ['plan', 'lacks'], { none: ['reached', 'concurrency'] }),
  frame('entitlement', 'named', ['member', 'lacks'], { none: ['reached'] }),
  frame('entitlement', 'named', ['subscribe'], { any: ['lacks', 'refused'], none: ['reached'] }),
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
  frame('account_closed', 'named', ['account', 'closed'], { none: ['key'] }),
  frame('quota_unspecified', 'quota', ['quota', 'reached'], { none: ['tooMany'] }),
  frame('quota_unspecified', 'quota', ['quota', 'insufficient']),
  frame('quota_unspecified', 'quota', ['quota', 'resets'], { needsSignal: true }),
  frame('wrong_endpoint', 'named', ['model', 'missing']),
  frame('overloaded', 'quota', ['busy']),
  frame('rate_limited_ambiguous', 'limit', ['limit', 'reached']),
  frame('rate_limited_ambiguous', 'limit', ['tooMany'], { any: ['requests'] }),
  frame('auth', 'key', ['key', 'invalid']),
  frame('auth', 'key', ['signIn']),
  frame('auth', 'key', ['account', 'missing']),
  frame('rate_limited_ambiguous', 'vague', ['limited']),
  frame('rate_limited_ambiguous', 'limit', ['limit', 'retry']),
  frame('auth', 'vague', ['unauthorized']),
  frame('permission', 'vague', ['refused']),
];

/** Rank of a window that only the sentence about the reset names. */
const RESET_RANK = RANKS.quota + 0.5;
/** A request that is too large is refused so; no rate is. */
const SIZE_STATUSES: readonly number[] = [400, 413, 422];

function readClause(clause: Clause): (Meaning & { readonly rank: number }) | undefined {
  const { has } = clause;
  const found = FRAMES.find(
    ({ all, any, none }) =>
      all.every(concept => has.has(concept)) &&
      (any?.some(concept => has.has(concept)) ?? true) &&
      !(none?.some(concept => has.has(concept)) ?? false),
  );
  if (!found) return undefined;
  const place = {
    ...placeOf(found, clause),
    isVague: found.rank === RANKS.vague,
    ...(has.has('product') && { isOfKimiCode: true as const }),
    ...(found.needsSignal && { needsSignal: true as const }),
  };
  const { category } = found;
  if (category === 'rate_limited_ambiguous' && isSize(clause)) {
    if (!has.has('tokens') && !has.has('size')) return undefined;
    return { id: 'says-context_length', category: 'context_length', rank: found.rank, ...place };
  }
  if (
    category === 'quota_unspecified' ||
    (category === 'rate_limited_ambiguous' && has.has('limit'))
  ) {
    const window = windowOf(clause);
    if (window) {
      const isReset = !has.has('reached');
      return {
        id: `says-${window}`,
        category: window,
        rank: isReset ? RESET_RANK : RANKS.named,
        ...place,
      };
    }
  }
  const lacks = category === 'entitlement' ? lackOf(clause) : undefined;
  return { id: `says-${category}`, category, rank: found.rank, ...place, ...(lacks && { lacks }) };
}

const isSize = ({ status }: Clause): boolean => SIZE_STATUSES.includes(status ?? 0);

/** What a limit is of: its words stand before the ones that tell, and belong to the sentence. */
const SUBJECTS: readonly Concept[] = [
  'limit',
  'quota',
  'requests',
  'tokens',
  'account',
  'key',
  'model',
];
const NEAR = 24;

/** The shortest part of the sentence that has all it takes, with the subject before it. */
function placeOf({ all, any }: Frame, { tokens, text }: Clause): { start: number; end: number } {
  const needed = [...all.map(concept => [concept]), ...(any ? [any] : [])];
  let [first, last] = [0, tokens.length - 1];
  for (let from = 0; from < tokens.length; from++) {
    const to = endOf(tokens, from, needed);
    if (to === undefined) break;
    if (to - from < last - first || from === 0) [first, last] = [from, to];
  }
  while (isSubject(tokens[first - 1], tokens[first], text)) first--;
  while (tokens[last + 1] && isSubject(tokens[last + 1], tokens[last], text)) last++;
  return { start: tokens[first]!.start, end: tokens[last]!.end };
}

/** Whether a token says of what the one beside it is. */
function isSubject(token: Token | undefined, beside: Token | undefined, text: string): boolean {
  if (!token || !beside) return false;
  const [left, right] = token.start < beside.start ? [token, beside] : [beside, token];
  const gap = text.slice(left.end, right.start);
  const isNear = gap.length <= NEAR && !/[:=]/.test(gap);
  return isNear && token.concepts.some(concept => SUBJECTS.includes(concept));
}

/** The first token by which all that is needed was met, from one on. */
function endOf(
  tokens: readonly Token[],
  from: number,
  needed: readonly (readonly Concept[])[],
): number | undefined {
  let last = from;
  for (const concepts of needed) {
    const at = tokens.findIndex(
      (token, index) => index >= from && token.concepts.some(one => concepts.includes(one)),
    );
    if (at < 0) return undefined;
    last = Math.max(last, at);
  }
  return last;
}

const WINDOW_CATEGORIES = {
  fiveHours: 'quota_5h',
  week: 'quota_weekly',
  month: 'quota_monthly',
} as const satisfies Partial<Record<Concept, WordsCategory>>;

/** The window that the sentence names; where it names two, the one before the limit, or none. */
function windowOf({ tokens, has }: Clause): WordsCategory | undefined {
  const named = WINDOWS.filter(window => has.has(window)) as (keyof typeof WINDOW_CATEGORIES)[];
  const [first] = named;
  if (first === undefined) return undefined;
  if (named.length === 1) return WINDOW_CATEGORIES[first];
  const limit = tokens.findIndex(({ concepts }) =>
    concepts.some(concept => concept === 'quota' || concept === 'limit'),
  );
  const before = tokens[limit - 1]?.concepts.find(concept => concept in WINDOW_CATEGORIES);
  return before && WINDOW_CATEGORIES[before as keyof typeof WINDOW_CATEGORIES];
}

/** What the plan does not give: anything at all, this length of a context, or this model. */
function lackOf({ tokens, has, text }: Clause): Meaning['lacks'] {
  const lack = tokens.find(({ concepts }) => concepts.includes('lacks'));
  if (lack === undefined) return 'plan';
  const rest = text.slice(lack.end, lack.end + 60);
  if (has.has('context') || /\d[km](?![a-z])/.test(rest)) return 'context';
  if (
    has.has('subscribe') ||
    /^(?:to)?(?:the|this|any)?(?:kimi(?:code|forcoding)|coding|service|feature)/.test(rest)
  )
    return 'plan';
  return /^(?:to|for)?(?:the|this)?[a-z\d\u4e00-\u9fff]/.test(rest) ? 'model' : 'plan';
}
