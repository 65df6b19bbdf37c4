/**
 * Classifies an error text and finds the account it concerns:
 *
 * 1. `unwrap.ts` extracts the text from terminals, logs, JSON, Python and HTML, finds status and types,
 *    and makes the squeezed text, without spaces, quotes and line breaks: terminals break lines
 *    inside words.
 * 2. `rules/kimiRules.ts`: Kimi's few misleading sentences.
 * 3. `meaning.ts`: the meaning of a sentence. `lexicon.ts` lists terms by concept, `meaning.ts` finds
 *    them, `concepts.ts` maps the concepts of a sentence to a category. A limit with a name beats a
 *    limit without one; the most specific sentence wins.
 * 4. Other providers and gateways by their own sentences (`rules/otherProviderRules.ts`,
 *    `rules/gatewayRules.ts`), before 3 if nothing in the text is specific to Kimi (`marks.ts`).
 * 5. `rules/generalRules.ts`, then types and statuses. A text that nothing recognizes is
 *    `not_an_error` here, and `unknown` if a record reports a failed request. A missing status doesn't
 *    mean a failed connection.
 * 6. `placement.ts` decides by structure whether the text is where a record has its error, or quoted.
 *    Kimi's own wording counts anywhere, everyday words only in a record or as the whole text.
 * 7. `attribution.ts` finds the account, by the table of hosts and ids (`providers.ts`).
 *
 * Each rule, term and mark has the month of its first evidence: `createClassify('2026-03')` uses only
 * what was known then, which `npm run eval:future` measures.
 */

import { findOwner, isRefuted, type Owner } from './attribution.ts';
import type { Classification, ErrorMeta } from './category.ts';
import { findStatusIndex, unsqueeze, unwrap, type UnwrappedError } from './unwrap.ts';
import { createMarks, findGateway, type KimiMark } from './marks.ts';
import { RANKS } from './concepts.ts';
import { createMeaning, type Meaning, type Reading } from './meaning.ts';
import { readFields } from './readFields.ts';
import { compileRules, type Rule, type RuleGroup } from './rule.ts';
import { knowledge } from './rules.ts';
import {
  isConversation,
  isHeading,
  isInCode,
  isListOfSignatures,
  isWholeSentence,
  type Placement,
  placementOf,
} from './placement.ts';

/** Classifies a text. Reads at most 4 KB; never throws. */
export type Classify = (raw: string, meta?: ErrorMeta) => Classification;

const NOT_AN_ERROR: Classification = {
  isKimi: false,
  category: 'not_an_error',
  confidence: 'medium',
  fields: {},
};

/** The rule for programs that pace themselves: no request was rejected. */
export const OWN_PACING_ID = 'own-pacing';
const OWN_PACING = /tower concurrency budget exhausted|new tower spawns paused/i;

/**
 * Creates a classifier from everything known, or from what was known at the end of a month
 * (`2026-03`). The text decides first, then the type, then the status; the agent's label never does.
 */
export function createClassify(asOf?: string): Classify {
  const known = knowledge(asOf);
  const readMark = createMarks(known.marks);
  const readMeaning = createMeaning(known.lexicon);
  const kimi = compileRules(known.kimi);
  const others = compileRules(known.others);
  const general = compileRules(known.general);
  const types = compileRules(known.types);
  const statuses = compileRules(known.statuses);

  function read(error: UnwrappedError, isMarked: boolean): Reading | undefined {
    const text: Text = { error, isMarked };
    let meanings: readonly Meaning[] | undefined;
    const says = (isVague: boolean) => () =>
      readBy(
        (meanings ??= readMeaning(error)).filter(({ rank }) => (rank === RANKS.vague) === isVague),
        text,
      );
    const [known, foreign] = [says(false), byRules(others, text)];
    const steps = [
      byRules(kimi, text),
      // With Kimi's own wording in the text, another provider's counts only if Kimi's has no meaning.
      ...(isMarked ? [known, foreign] : [foreign, known]),
      byRules(general, text),
      byRules(types, text),
      says(true),
      byRules(statuses, text),
    ];
    for (const step of steps) {
      const found = step();
      if (found) return found === 'mention' ? undefined : found;
    }
    return undefined;
  }

  return (raw, meta = {}) => {
    const error = unwrap(raw);
    if (isConversation(error.window) || isListOfSignatures(error.squeezed)) return NOT_AN_ERROR;
    if (isHeading(error.text)) return NOT_AN_ERROR;
    if (OWN_PACING.test(error.text)) return { ...NOT_AN_ERROR, rule: OWN_PACING_ID };
    const mark = readMark(error);
    const reading = read(error, mark !== undefined);
    return reading ? answer({ error, reading, mark, meta }) : NOT_AN_ERROR;
  };
}

/** The meaning of an error text, and the account it concerns. */
export const classify: Classify = createClassify();

interface Found {
  readonly error: UnwrappedError;
  readonly reading: Reading;
  readonly mark: KimiMark['product'] | undefined;
  readonly meta: ErrorMeta;
}

function answer({ error, reading, mark, meta }: Found): Classification {
  const { rule, placement } = reading;
  const gateway = findGateway(error.text);
  const isQuoted = placement === 'quoted';
  const owner = findOwner({ error, reading, mark, gateway, meta });
  const isRecord =
    (placement === 'record' || placement === 'head') && (error.hasSignal || mark !== undefined);
  return {
    // A quoted text concerns no account.
    isKimi: isQuoted && owner.isKimi === true ? 'unknown' : owner.isKimi,
    category: isOthers(rule, owner, meta) ? 'other_provider' : rule.category,
    says: rule.category,
    rule: rule.id,
    confidence: rule.confidence,
    fields: {
      ...readFields(error),
      ...(rule.lacks && { lacks: rule.lacks }),
      ...(gateway && { gateway: gateway.name }),
      ...(owner.provider !== undefined && { provider: owner.provider }),
    },
    ...(isQuoted && { isQuoted }),
    ...(isRecord && { isRecord }),
  };
}

/** A likely other provider counts as one unless something shows that it is Kimi. */
const isOthers = (rule: Rule, { isKimi }: Owner, meta: ErrorMeta): boolean =>
  isKimi === false || (isKimi === 'unknown' && rule.isOthers === true && !isRefuted(rule, meta));

interface Text {
  readonly error: UnwrappedError;
  /** It contains wording that only Kimi uses. */
  readonly isMarked: boolean;
}

type Step = Reading | 'mention' | undefined;

/**
 * Words in the place of an error count, and Kimi's own wording anywhere. Everyday words that are only
 * mentioned don't, and no later rule may turn the rest into an error.
 */
function accept(
  { error, isMarked }: Text,
  [start, end]: readonly [start: number, end: number],
): Placement | 'mention' | undefined {
  const place = { text: error.text, start, end };
  const placement = placementOf(place, 'words');
  if (isMarked || placement === 'record') return placement;
  if (placement === 'quoted') return 'mention';
  if (isWholeSentence(place)) return 'head';
  return placement === 'head' && error.hasSignal ? placement : undefined;
}

/** The most specific sentence that is in the place of an error. */
function readBy(meanings: readonly Meaning[], text: Text): Step {
  const { error, isMarked } = text;
  for (const meaning of meanings) {
    if (meaning.needsSignal && !error.hasSignal) continue;
    const placement = accept(text, placeIn(error, meaning.start, meaning.end));
    if (placement === 'mention') return placement;
    if (placement === undefined) continue;
    const { category, lacks } = meaning;
    const id = `says-${category}`;
    const confidence = isMarked ? 'high' : 'medium';
    const rule = { id, category, confidence, since: '', ...(lacks && { lacks }) } as const;
    return { rule, meaning, placement };
  }
  return undefined;
}

function byRules(groups: readonly RuleGroup[], text: Text): () => Step {
  return () => {
    for (const group of groups) {
      const found = findInGroup(group, text);
      if (found) return found;
    }
    return undefined;
  };
}

function findInGroup({ rules, anyWords }: RuleGroup, text: Text): Step {
  const { error } = text;
  const hasWords = anyWords.test(error.squeezed);
  for (const { rule, pattern } of rules) {
    if ((pattern && !hasWords) || !conditionsHold(rule, error)) continue;
    const placement = pattern ? byWords(pattern, text) : byTypeOrStatus(rule, text);
    if (rule.needsSignal && placement === 'loose' && !text.isMarked) continue;
    if (placement === 'mention') return placement;
    if (placement) return { rule, placement };
  }
  return undefined;
}

function conditionsHold(rule: Rule, error: UnwrappedError): boolean {
  if (rule.needsSignal && !error.hasSignal) return false;
  // A response with a type of its own came over a working connection.
  if (rule.category === 'network' && rule.words && error.types.length > 0) return false;
  if (rule.statuses && !rule.statuses.includes(error.status ?? 0)) return false;
  return rule.types?.some(type => error.types.includes(type)) ?? true;
}

function byWords(pattern: RegExp, text: Text): Placement | 'mention' | undefined {
  const { error } = text;
  const match = pattern.exec(error.squeezed);
  if (!match) return undefined;
  const [start, end] = placeIn(error, match.index, match.index + match[0].length);
  const placement = placementOf({ text: error.text, start, end }, 'words');
  return placement === 'quoted' && !text.isMarked ? 'mention' : placement;
}

function byTypeOrStatus(rule: Rule, { error }: Text): Placement | 'mention' | undefined {
  const { text } = error;
  if (rule.types) {
    const typeAt = Math.max(...rule.types.map(type => text.indexOf(type)));
    if (isInCode(text, typeAt)) return 'mention';
    return error.hasSignal ? 'record' : 'loose';
  }
  const start = findStatusIndex(error);
  const placement = placementOf({ text, start, end: start + 3 }, 'status');
  return placement === 'record' ? placement : 'mention';
}

/** From squeezed text to text, extended to the end of the word. */
function placeIn({ text }: UnwrappedError, start: number, end: number): [number, number] {
  const [from, last] = unsqueeze(text, start, end - 1);
  let to = last + 1;
  while (to < text.length && /[a-z]/i.test(text[to]!) && /[a-z]/i.test(text[to - 1]!)) to++;
  return [from, to];
}
