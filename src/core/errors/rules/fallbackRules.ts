import type { Rule } from '../rule.ts';

/**
 * What outlived every rewording so far. A wording of tomorrow lands here: a limit, never a window
 * that the words do not name.
 */
export const FALLBACK_RULES: readonly Rule[] = [
  {
    id: 'quota-anchors',
    product: 'kimi-code',
    words:
      /your quota will (?:be refreshed|reset)|purchase extra usage|kimi\.com\/membership\/subscription|subscription\?tab=quota/,
    // Documents say these words too, but without a status or a type.
    needsSignal: true,
    category: 'quota_unspecified',
    confidence: 'medium',
    source: 'kimi.md 5.1: kept through both wording sets',
    example:
      '403 All of your coding allowance is used. To continue now, purchase extra usage or upgrade your plan: https://www.kimi.com/membership/subscription?tab=quota',
    counterExample: 'You can purchase more storage in the settings.',
  },
  {
    id: 'request-reached',
    product: 'open-platform',
    words: /request reached (?:max )?(?:organization|project|user)/,
    category: 'rate_limited_ambiguous',
    confidence: 'medium',
    source: 'kimi.md 4.1: the head of every limit of the open platform',
    example: '429 request reached organization image limit, please try again after 3 seconds',
    counterExample: 'The request reached the organization after two days.',
  },
];
