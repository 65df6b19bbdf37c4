import { LEXICON, type Entry } from './lexicon.ts';
import { KIMI_MARKS, type KimiMark } from './marks.ts';
import { CATEGORIES } from './category.ts';
import type { Rule } from './rule.ts';
import { STATUS_RULES, TYPE_RULES } from './rules/fallbackRules.ts';
import { GATEWAY_RULES } from './rules/gatewayRules.ts';
import { GENERAL_RULES } from './rules/generalRules.ts';
import { KIMI_RULES } from './rules/kimiRules.ts';
import { OTHER_PROVIDER_RULES } from './rules/otherProviderRules.ts';

/** Raised with every change of meaning; support tickets name it. */
export const RULES_VERSION = 4;

/** What the classifier knows. Within a list, the first match decides. */
export interface Knowledge {
  /** Kimi's misleading sentences. */
  readonly kimi: readonly Rule[];
  /** Sentences of other providers and gateways. */
  readonly others: readonly Rule[];
  /** Common wording of agents, servers and sockets. */
  readonly general: readonly Rule[];
  readonly types: readonly Rule[];
  readonly statuses: readonly Rule[];
  readonly lexicon: readonly Entry[];
  readonly marks: readonly KimiMark[];
}

const KNOWLEDGE: Knowledge = {
  kimi: KIMI_RULES,
  others: [...OTHER_PROVIDER_RULES, ...GATEWAY_RULES],
  general: GENERAL_RULES,
  types: TYPE_RULES,
  statuses: STATUS_RULES,
  lexicon: LEXICON,
  marks: KIMI_MARKS,
};

/** What was known at the end of a month, such as `2026-03`. Default: all. */
export function knowledge(asOf = '9999-12'): Knowledge {
  const known = <Item extends { readonly since: string }>(items: readonly Item[]): Item[] =>
    items.filter(({ since }) => since <= asOf);
  return {
    kimi: known(KNOWLEDGE.kimi),
    others: known(KNOWLEDGE.others),
    general: known(KNOWLEDGE.general),
    types: known(KNOWLEDGE.types),
    statuses: known(KNOWLEDGE.statuses),
    lexicon: known(KNOWLEDGE.lexicon),
    marks: known(KNOWLEDGE.marks),
  };
}

/** All rules. */
export const RULES: readonly Rule[] = [
  ...KNOWLEDGE.kimi,
  ...KNOWLEDGE.others,
  ...KNOWLEDGE.general,
  ...KNOWLEDGE.types,
  ...KNOWLEDGE.statuses,
];

/** The ids that `Classification.rule` may have: those of the rules, and `says-` with a category. */
export const RULE_IDS: ReadonlySet<string> = new Set([
  ...RULES.map(({ id }) => id),
  ...CATEGORIES.map(category => `says-${category}`),
]);
