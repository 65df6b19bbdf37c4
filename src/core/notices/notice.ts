import type { AccountId } from '../accounts/endpoint.ts';
import type { Incident } from '../incidents/incident.ts';
import type { LongContext } from '../quota/contextLimit.ts';
import type { LargeSession } from '../ledger/largeSessions.ts';
import type { WindowView } from '../quota/quotaView.ts';

/**
 * The kinds of notifications, as "Mute" and the `notifications.muted` setting name
 * them.
 */
export const NOTICE_KINDS = [
  'low',
  'spent',
  'worksAgain',
  'failure',
  'runaway',
  'fallback',
  'context',
  'session',
] as const;

/** One of `NOTICE_KINDS`. */
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** Something worth a notification: plain data without UI text. */
export type Notice = QuotaNotice | FailureNotice | ContextNotice | SessionNotice;

/** The quota left reached a threshold or 0, or there is some again. */
export interface QuotaNotice {
  readonly kind: 'low' | 'spent' | 'worksAgain';
  /** The key that "Snooze" silences. */
  readonly subject: string;
  readonly account: AccountId;
  /** The tightest window; absent for a balance. */
  readonly window?: WindowView;
  /** Requests continue on paid Extra Usage. */
  readonly hasExtraUsage: boolean;
  /** Epoch milliseconds on the local clock. */
  readonly resetsAt?: number;
  /** The user asked for it at the reset. */
  readonly isReminder?: true;
  /** A reminder without a number that confirms the reset. */
  readonly isUnconfirmed?: true;
  /** The failure that it caused, if an agent logged one. */
  readonly incidentId?: string;
}

/** A conversation comes near the context that the plan allows. */
export interface ContextNotice {
  readonly kind: 'context';
  readonly subject: string;
  readonly context: LongContext;
  readonly incidentId?: never;
  readonly resetsAt?: never;
}

/** One session took as much of a quota as the user set as a limit. */
export interface SessionNotice {
  readonly kind: 'session';
  readonly subject: string;
  readonly session: LargeSession;
  readonly incidentId?: never;
  readonly resetsAt?: never;
}

/** Requests fail and only the user can fix it, or the agent continued with another provider. */
export interface FailureNotice {
  readonly kind: 'failure' | 'runaway' | 'fallback';
  readonly subject: string;
  readonly incident: Incident;
  readonly incidentId: string;
  readonly resetsAt?: number;
}
