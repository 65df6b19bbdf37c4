import type { Locale } from '../../src/core/base/ports.ts';
import type { Incident } from '../../src/core/incidents/incident.ts';
import type { AccountView } from '../../src/core/quota/quotaAccounts.ts';
import type { QuotaView } from '../../src/core/quota/quotaView.ts';
import { type HeadlineWords, headlineWords } from '../../src/core/status/headlineWords.ts';
import { ENGLISH, NOW } from './quotaViews.ts';

/** What a headline is made from, with defaults for all but the view. */
export interface HeadlineParts {
  readonly incidents?: readonly Incident[];
  /** Requests in flight; absent: unknown. */
  readonly inFlight?: number;
  readonly now?: number;
  readonly locale?: Locale;
}

/** A Kimi Code account with this state. */
export const kimiAccount = (view: QuotaView): AccountView => ({
  account: { id: 'kimiCode', endpoint: { problem: 'notAUrl' } },
  view,
});

/** The headline of a Kimi Code account. */
export function headlineFor(view: QuotaView, parts: HeadlineParts = {}): HeadlineWords {
  const { incidents = [], inFlight, now = NOW, locale = ENGLISH } = parts;
  const activity =
    inFlight === undefined ? {} : { inFlight: { at: now, total: inFlight, byAgent: [] } };
  return headlineWords({ account: kimiAccount(view), incidents, activity, now }, { locale });
}
