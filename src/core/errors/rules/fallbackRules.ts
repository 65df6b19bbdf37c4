import type { WordsCategory } from '../category.ts';
import type { Rule } from '../rule.ts';

/** Sentences of tomorrow that name a window, whatever they go on with. */
export const WINDOW_RULES: readonly Rule[] = [
  windowRule('5h', /5-?hours?/, 'quota_5h'),
  windowRule('week', /weekly(?: \(7-day\))?|7-?days?/, 'quota_weekly'),
  windowRule('month', /monthly/, 'quota_monthly'),
];

/**
 * What outlived every rewording so far. A wording of tomorrow lands here: a limit, never a window
 * that the words do not name.
 */
export const FALLBACK_RULES: readonly Rule[] = [
  {
    id: 'quota-anchors',
    product: 'kimi-code',
    words:
      /your quota (?:will (?:be refreshed|reset)|resets)(?: when the)?|purchase extra usage|kimi\.com\/membership\/subscription|subscription\?tab=quota/,
    // Documents say these words too, but without a status or a type.
    needsSignal: true,
    category: 'quota_unspecified',
    confidence: 'medium',
    source: 'docs/kimi.md 5.1: kept through both wording sets',
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
    source: 'docs/kimi.md 4.1: the head of every limit of the open platform',
    example: '429 request reached organization image limit, please try again after 3 seconds',
    counterExample: 'The request reached the organization after two days.',
  },
];

/** A window by its name, and after it what only Kimi goes on with. */
function windowRule(id: string, name: RegExp, category: WordsCategory): Rule {
  const words = `(?:${name.source}) usage limit.{0,60}(?:your quota (?:will|resets)|purchase extra usage|for this billing cycle)`;
  const window = { '5h': '5-hour', week: 'weekly' }[id] ?? 'monthly';
  return {
    id: `window-${id}`,
    product: 'kimi-code',
    words: new RegExp(words),
    needsSignal: true,
    category,
    confidence: 'high',
    source: 'docs/kimi.md 4.2: the sentences of set 2, in other words',
    example: `403 Your ${window} usage limit has been reached. Your quota will be refreshed soon.`,
    counterExample: `Your ${window} usage limit is in the settings of the plan.`,
  };
}
