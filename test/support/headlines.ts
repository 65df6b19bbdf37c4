import type { Locale } from '../../src/core/base/ports.ts';
import type { Incident } from '../../src/core/incidents/incident.ts';
import type { AccountView } from '../../src/core/quota/quotaAccounts.ts';
import type { QuotaView } from '../../src/core/quota/quotaView.ts';
import { type HeadlineWords, headlineWords } from '../../src/core/status/headlineWords.ts';
import { type CheckReport, checkReport } from '../../src/core/status/checkReport.ts';
import { type StartAdvice, startAdvice } from '../../src/core/status/startAdvice.ts';
import type { Verdict } from '../../src/core/incidents/verdict.ts';
import { incidentOf, UNSURE } from './incidents.ts';
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

/** Input of the advice to start: requests in flight here, and an incident. */
export interface AdviceParts {
  readonly inFlight?: number;
  readonly incidents?: readonly Incident[];
}

/** Whether to start agents of a Kimi Code account. */
export function adviceFor(view: QuotaView, parts: AdviceParts = {}): StartAdvice {
  const { inFlight, incidents = [] } = parts;
  const activity =
    inFlight === undefined ? {} : { inFlight: { at: NOW, total: inFlight, byAgent: [] } };
  return startAdvice(kimiAccount(view), { activity, incidents, now: NOW });
}

/** An ongoing failure of Kimi Code with this verdict. */
export const failingNow = (verdict: Partial<Verdict>, more: Partial<Incident> = {}): Incident =>
  incidentOf('failing', {
    from: NOW,
    to: NOW,
    state: 'running',
    verdict: { ...UNSURE, cause: 'overloaded', ...verdict },
    ...more,
  });

/** The report of `check --json` for a Kimi Code account. */
export const reportOf = (view: QuotaView, now = NOW, parts: AdviceParts = {}): CheckReport =>
  checkReport(view, { origin: 'https://api.kimi.com', now, advice: adviceFor(view, parts) });
