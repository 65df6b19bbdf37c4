import type { AccountId } from '../accounts/endpoint.ts';
import type { Incident } from '../incidents/incident.ts';
import type { WindowView } from '../quota/quotaView.ts';

/** What a notification may be about: what "Do Not Show Again" and the setting `muted` name. */
export const NOTICE_KINDS = ['low', 'spent', 'worksAgain', 'failure', 'runaway'] as const;

/** One of `NOTICE_KINDS`. */
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** Something that is worth a notification: plain data, without words for people. */
export type Notice = QuotaNotice | FailureNotice;

/** What is left has come to a threshold or to nothing, or there is some again. */
export interface QuotaNotice {
  readonly kind: 'low' | 'spent' | 'worksAgain';
  /** What "Snooze" is about. */
  readonly subject: string;
  readonly account: AccountId;
  /** The window that matters most; absent where there is money instead. */
  readonly window?: WindowView;
  /** Paid Extra Usage goes on. */
  readonly hasExtraUsage: boolean;
  /** Epoch milliseconds, by our clock. */
  readonly resetsAt?: number;
  /** What an agent met because of it. */
  readonly incidentId?: string;
}

/** Requests fail, and only the user can change that. */
export interface FailureNotice {
  readonly kind: 'failure' | 'runaway';
  readonly subject: string;
  readonly incident: Incident;
  readonly incidentId: string;
  readonly resetsAt?: number;
}
