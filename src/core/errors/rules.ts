import { compileRules, type Rule } from './rule.ts';
import { FALLBACK_RULES } from './rules/fallbackRules.ts';
import { GATEWAY_RULES } from './rules/gatewayRules.ts';
import { GENERAL_RULES } from './rules/generalRules.ts';
import { KIMI_CODE_RULES } from './rules/kimiCodeRules.ts';
import { OPEN_PLATFORM_RULES } from './rules/openPlatformRules.ts';
import { OTHER_PROVIDER_RULES } from './rules/otherProviderRules.ts';
import { SHARED_RULES } from './rules/sharedRules.ts';
import { TOOL_OUTPUT_RULES } from './rules/toolOutputRules.ts';
import { STATUS_RULES, TYPE_RULES } from './rules/typeAndStatusRules.ts';

/** Raised with every change of a meaning: events that were classified before are read again. */
export const RULES_VERSION = 3;

/**
 * Every rule; the first that holds decides. The words of Kimi stand first, because wrappers add
 * other words around them ("rate-limited", "Failed to authenticate"). Then what outlived Kimi's
 * rewordings, before others whose sentences are alike; words that nobody owns after all that
 * somebody does. Words before types before statuses: a spent quota comes as a 403.
 */
export const RULES: readonly Rule[] = [
  ...KIMI_CODE_RULES,
  ...OPEN_PLATFORM_RULES,
  ...FALLBACK_RULES,
  ...OTHER_PROVIDER_RULES,
  ...TOOL_OUTPUT_RULES,
  ...GATEWAY_RULES,
  ...SHARED_RULES,
  ...GENERAL_RULES,
  ...TYPE_RULES,
  ...STATUS_RULES,
];

/** `RULES` in their order, ready for squeezed text. */
export const RULE_GROUPS = compileRules(RULES);
