/**
 * Reads what an error text says and whose account it concerns. In this order:
 *
 * 1. `unwrap.ts` takes the text out of terminals, logs, JSON, Python and HTML, and finds the status
 *    and the types. `unwrap.ts` also makes the squeezed text, without spaces, quotes and breaks:
 *    terminals break lines inside words.
 * 2. `rules/kimiRules.ts`: the few sentences of Kimi that mislead.
 * 3. `meaning.ts`: what a sentence says. `lexicon.ts` has the words by concept,
 *    `meaning.ts` finds them, `concepts.ts` says what a sentence with these concepts means. A limit
 *    by its name beats a limit without one, the sentence that says most beats the others.
 * 4. Others by their own sentences (`rules/otherProviderRules.ts`, `rules/gatewayRules.ts`), before 3
 *    where nothing in the text is Kimi's alone (`marks.ts`).
 * 5. `rules/generalRules.ts`, then types and statuses. Nothing known is `not_an_error` here, and
 *    `unknown` where a record says that a request failed. A missing status is no failed connection.
 * 6. `standing.ts` says by structure whether the words stand as a record does, or are plainly quoted.
 *    Kimi's own words count in any case, everyday words only as a record or as the whole text.
 * 7. `attribution.ts` says whose account it is, by the one table of hosts and ids (`providers.ts`).
 *
 * Each rule, word and mark has the month of its first evidence: `createClassify('2026-03')` knows
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
  type Standing,
  standingOf,
} from './standing.ts';

/** Reads one text. Looks at 4 KB at most and never throws. */
export type Classify = (raw: string, meta?: ErrorMeta) => Classification;

const NOT_AN_ERROR: Classification = {
  isKimi: false,
  category: 'not_an_error',
  confidence: 'medium',
  fields: {},
};

/** The rule of words of programs that pace themselves: no request was refused. */
export const OWN_PACING_ID = 'own-pacing';
const OWN_PACING = /tower concurrency budget exhausted|new tower spawns paused/i;

/**
 * Makes a classifier of all that is known, or of what was known at the end of a month (`2026-03`).
 * The words decide first: sentences that mislead, then the meaning of the sentence, then the type,
 * then the status. What the agent calls it never does.
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
      // Kimi's own words beside a sentence of others: theirs count only where it says nothing else.
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

/** What an error text means and whose account it concerns. */
export const classify: Classify = createClassify();

interface Found {
  readonly error: UnwrappedError;
  readonly reading: Reading;
  readonly mark: KimiMark['product'] | undefined;
  readonly meta: ErrorMeta;
}

function answer({ error, reading, mark, meta }: Found): Classification {
  const { rule, standing } = reading;
  const gateway = findGateway(error.text);
  const isQuoted = standing === 'quoted';
  const owner = findOwner({ error, reading, mark, gateway, meta });
  const isRecord =
    (standing === 'record' || standing === 'head') && (error.hasSignal || mark !== undefined);
  return {
    // Whose words are only quoted is nobody's account.
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

/** A likely other provider stays one until something says that it is Kimi, or that it is not. */
const isOthers = (rule: Rule, { isKimi }: Owner, meta: ErrorMeta): boolean =>
  isKimi === false || (isKimi === 'unknown' && rule.isOthers === true && !isRefuted(rule, meta));

interface Text {
  readonly error: UnwrappedError;
  /** It holds words that only Kimi says. */
  readonly isMarked: boolean;
}

type Step = Reading | 'mention' | undefined;

/**
 * Words that stand as an error count; so do Kimi's own wherever they stand. Everyday words that are
 * only spoken of do not, and no later rule may make an error of the rest.
 */
function accept(
  { error, isMarked }: Text,
  [start, end]: readonly [start: number, end: number],
): Standing | 'mention' | undefined {
  const place = { text: error.text, start, end };
  const standing = standingOf(place, 'words');
  if (isMarked || standing === 'record') return standing;
  if (standing === 'quoted') return 'mention';
  if (isWholeSentence(place)) return 'head';
  return standing === 'head' && error.hasSignal ? standing : undefined;
}

/** The sentence that says most of those that stand as an error does. */
function readBy(meanings: readonly Meaning[], text: Text): Step {
  const { error, isMarked } = text;
  for (const meaning of meanings) {
    if (meaning.needsSignal && !error.hasSignal) continue;
    const standing = accept(text, placeIn(error, meaning.start, meaning.end));
    if (standing === 'mention') return standing;
    if (standing === undefined) continue;
    const { category, lacks } = meaning;
    const id = `says-${category}`;
    const confidence = isMarked ? 'high' : 'medium';
    const rule = { id, category, confidence, since: '', ...(lacks && { lacks }) } as const;
    return { rule, meaning, standing };
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
    const standing = pattern ? byWords(pattern, text) : byTypeOrStatus(rule, text);
    if (rule.needsSignal && standing === 'loose' && !text.isMarked) continue;
    if (standing === 'mention') return standing;
    if (standing) return { rule, standing };
  }
  return undefined;
}

function conditionsHold(rule: Rule, error: UnwrappedError): boolean {
  if (rule.needsSignal && !error.hasSignal) return false;
  if (rule.statuses && !rule.statuses.includes(error.status ?? 0)) return false;
  return rule.types?.some(type => error.types.includes(type)) ?? true;
}

function byWords(pattern: RegExp, text: Text): Standing | 'mention' | undefined {
  const { error } = text;
  const match = pattern.exec(error.squeezed);
  if (!match) return undefined;
  const [start, end] = placeIn(error, match.index, match.index + match[0].length);
  const standing = standingOf({ text: error.text, start, end }, 'words');
  return standing === 'quoted' && !text.isMarked ? 'mention' : standing;
}

function byTypeOrStatus(rule: Rule, { error }: Text): Standing | 'mention' | undefined {
  const { text } = error;
  if (rule.types) {
    const typeAt = Math.max(...rule.types.map(type => text.indexOf(type)));
    if (isInCode(text, typeAt)) return 'mention';
    return error.hasSignal ? 'record' : 'loose';
  }
  const start = findStatusIndex(error);
  const standing = standingOf({ text, start, end: start + 3 }, 'status');
  return standing === 'record' ? standing : 'mention';
}

/** From squeezed text to text; a word that continues is taken whole. */
function placeIn({ text }: UnwrappedError, start: number, end: number): [number, number] {
  const [from, last] = unsqueeze(text, start, end - 1);
  let to = last + 1;
  while (to < text.length && /[a-z]/i.test(text[to]!) && /[a-z]/i.test(text[to - 1]!)) to++;
  return [from, to];
}
