import type { WindowName } from './account.ts';
import type { KimiCodeErrorName } from './kimiCodeErrors.ts';

/**
 * Kimi's sets of sentences (docs/kimi.md 4.2). `set1`: the error reference of February to August 2026.
 * `set1BillingCycle`: the same time as users met it, when the 5-hour window too was refused in the
 * words for a week (kimi-code #2121). `set2`: since the last days of August 2026.
 */
export type Wording = 'set1' | 'set1BillingCycle' | 'set2';

/** What the words are needed for. `rate` is RPM and TPM, for which Kimi Code has no words of their own. */
type Occasion = WindowName | 'concurrency' | 'rate';

/** The error of each cause, per set. */
export const WORDINGS: Record<Wording, Record<Occasion, KimiCodeErrorName>> = {
  set1: {
    fiveHour: 'period',
    week: 'billingCycle',
    month: 'monthlyPool',
    concurrency: 'tooManyRequests',
    rate: 'tooManyRequests',
  },
  set1BillingCycle: {
    fiveHour: 'billingCycle',
    week: 'billingCycle',
    month: 'monthlyPool',
    concurrency: 'tooManyRequests',
    rate: 'tooManyRequests',
  },
  set2: {
    fiveHour: 'fiveHour',
    week: 'weekly',
    month: 'monthly',
    concurrency: 'concurrency',
    rate: 'tooManyRequests',
  },
};
