import { findOwner, isRefuted, type Owner } from './attribution.ts';
import type { Classification, ErrorMeta } from './category.ts';
import { unsqueeze } from './cleanText.ts';
import { findGateway } from './gateways.ts';
import { isConversation, isInCode, isListOfSignatures, isMention } from './mention.ts';
import { readFields } from './readFields.ts';
import type { Rule, RuleGroup } from './rule.ts';
import { RULE_GROUPS } from './rules.ts';
import { findStatusIndex, unwrap, type UnwrappedError } from './unwrap.ts';

const NOT_AN_ERROR: Classification = {
  isKimi: false,
  category: 'not_an_error',
  confidence: 'medium',
  fields: {},
};

/**
 * What an error text means and whose account it concerns. The words decide first, then the type,
 * then the status; what the agent calls it never does. Looks at 4 KB at most and never throws.
 */
export function classify(raw: string, meta: ErrorMeta = {}): Classification {
  const error = unwrap(raw);
  if (isConversation(error.window) || isListOfSignatures(error.squeezed)) return NOT_AN_ERROR;
  const rule = findRule(error);
  if (rule === undefined) return NOT_AN_ERROR;
  const gateway = findGateway(error.text);
  const owner = findOwner({ error, rule, gateway, meta });
  return {
    isKimi: owner.isKimi,
    category: isOthers(rule, owner, meta) ? 'other_provider' : rule.category,
    says: rule.category,
    rule: rule.id,
    confidence: rule.confidence,
    fields: {
      ...readFields(error),
      ...(gateway && { gateway: gateway.name }),
      ...(owner.provider !== undefined && { provider: owner.provider }),
    },
  };
}

/** A likely other provider stays one until something says that it is Kimi, or that it is not. */
const isOthers = (rule: Rule, { isKimi }: Owner, meta: ErrorMeta): boolean =>
  isKimi === false || (isKimi === 'unknown' && rule.product === 'other' && !isRefuted(rule, meta));

/**
 * The first rule that holds. Where words are only spoken of, no later rule may make an error of the
 * rest: prose holds statuses and types too.
 */
function findRule(error: UnwrappedError): Rule | undefined {
  for (const group of RULE_GROUPS) {
    const found = findInGroup(group, error);
    if (found) return found === 'mention' ? undefined : found;
  }
  return undefined;
}

function findInGroup(
  { rules, anyWords }: RuleGroup,
  error: UnwrappedError,
): Rule | 'mention' | undefined {
  const hasWords = anyWords.test(error.squeezed);
  for (const { rule, pattern } of rules) {
    if ((pattern && !hasWords) || !conditionsHold(rule, error)) continue;
    const place = pattern ? placeOf(pattern, error) : statusPlace(rule, error);
    if (place !== undefined) return place === 'mention' ? place : rule;
  }
  return undefined;
}

function conditionsHold(rule: Rule, error: UnwrappedError): boolean {
  if (rule.needsSignal && !error.hasSignal) return false;
  if (rule.statuses && !rule.statuses.includes(error.status ?? 0)) return false;
  return rule.types?.some(type => error.types.includes(type)) ?? true;
}

type Place = 'error' | 'mention' | undefined;

function placeOf(pattern: RegExp, { text, squeezed }: UnwrappedError): Place {
  const match = pattern.exec(squeezed);
  if (!match) return undefined;
  const [start, last] = unsqueeze(text, match.index, match.index + match[0].length - 1);
  return isMention({ text, start, end: last + 1 }) ? 'mention' : 'error';
}

function statusPlace(rule: Rule, error: UnwrappedError): Place {
  const { text } = error;
  if (rule.types) {
    const typeAt = Math.max(...rule.types.map(type => text.indexOf(type)));
    return isInCode(text, typeAt) ? 'mention' : 'error';
  }
  const start = findStatusIndex(error);
  return isMention({ text, start, end: start + 3 }) || isHeading(text) ? 'mention' : 'error';
}

/** `HTTP 429` alone on a line, above a paragraph: a document. */
const isHeading = (text: string): boolean => /^\W{0,6}(?:HTTP )?[45]\d\d\W{0,3}\n\s*\n/.test(text);
