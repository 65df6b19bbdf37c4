import * as z from 'zod/mini';
import { windowOfCause } from '../incidents/facts.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Cause } from '../incidents/verdict.ts';
import type { LargeSession } from '../ledger/largeSessions.ts';
import type { LongContext } from '../quota/contextLimit.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import type { Notice, NoticeKind } from './notice.ts';
import { parseStored, StoredTime } from '../base/store.ts';

/** Whether the cause is a used-up quota or balance. */
export const isOfQuota = (cause: Cause): boolean =>
  cause.startsWith('quota_') || cause === 'balance';

/** State keys of the windows that a cause is about; empty unless something is used up. */
export function windowKeys({ view }: AccountView, cause: Cause): readonly string[] {
  const { origin, windows = [], balance } = view.snapshot ?? {};
  if (!origin || !isOfQuota(cause)) return [];
  const id = cause === 'balance' ? balance && 'balance' : windowOfCause(cause);
  // The window isn't named, so any that is used up counts.
  const ids = cause === 'quota_unspecified' ? windows.map(window => window.id) : [id];
  return ids.filter(one => one !== undefined).map(one => `${origin} ${one}`);
}

/** The key that "Snooze" silences: all quota notifications of one account. */
export const subjectOf = ({ account }: AccountView): string => `quota ${account.id}`;

/** The level of a window above every threshold. */
export const ROOMY = 101;

/**
 * What was read and reported for one window or balance; percentages left. `told`, here and below,
 * is the stored name for "reported".
 */
const KnownWindow = z.object({
  /** The lowest level reported so far, or the level at the first start. */
  told: z.number(),
  /** The current level, and since when (epoch milliseconds). */
  level: z.number(),
  since: z.number(),
  /** The reset of the reported level; nothing is reported again before it. */
  until: z.number(),
  /** Reported as used up until this reset. */
  blockedUntil: z.exactOptional(z.number()),
  /** When quota was first left again. */
  openSince: z.exactOptional(z.number()),
});
export type KnownWindow = z.infer<typeof KnownWindow>;

const Reported = z.object({ key: z.string(), until: z.number() });

const NoticeState = z.object({
  /** The first start on this machine; earlier incidents are not reported. */
  startedAt: StoredTime,
  /** Keyed by origin and window. */
  windows: z.record(z.string(), KnownWindow),
  /** Reported incidents and causes, and when each may be reported again. */
  told: z.array(Reported),
  /** Times of the last notifications. */
  shownAt: z.array(StoredTime),
});

/** What all windows of the machine have reported together. */
export type NoticeState = z.infer<typeof NoticeState>;

/** Snoozed subjects and the end of each snooze (epoch milliseconds). */
const Snoozed = z.record(z.string(), StoredTime);
export type Snoozed = z.infer<typeof Snoozed>;

/** Requested reminders: subjects and their reset (epoch milliseconds). */
type Reminders = Snoozed;

/** Undefined if nothing is stored, or nothing that this version can parse. */
export function parseNoticeState(json: string | undefined): NoticeState | undefined {
  return parseStored(NoticeState, json);
}

/** Like `parseNoticeState`; empty instead of undefined. Also for reminders. */
export function parseSnoozed(json: string | undefined): Snoozed {
  return parseStored(Snoozed, json) ?? {};
}

/** The settings that control notifications. */
export interface NoticeSettings {
  readonly 'notifications.enabled': boolean;
  readonly 'notifications.thresholds': readonly number[];
  readonly 'notifications.muted': readonly NoticeKind[];
  readonly 'guard.warnAtSessionShare': number;
}

/** Input of `decideNotice`. */
export interface NoticeInput {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly accounts: readonly AccountView[];
  /** The newest first. */
  readonly incidents: readonly Incident[];
  /** The last conversation that came near the context of the plan. */
  readonly context?: LongContext | undefined;
  /** Sessions over the user's limit. */
  readonly sessions?: readonly LargeSession[];
  readonly settings: NoticeSettings;
  readonly snoozed: Snoozed;
  readonly reminders: Reminders;
}

/** A possible notification, and how to record it in the state. */
export interface Candidate {
  readonly notice: Notice;
  /** Too old to show; only recorded. */
  readonly isSilent?: boolean;
  readonly record: (state: NoticeState, isShown: boolean) => NoticeState;
}

/** What is due now, and when to look again (epoch milliseconds). */
export interface Candidates {
  readonly due: readonly Candidate[];
  readonly lookAt: readonly number[];
  /** A current number would decide. */
  readonly wantsNumbers?: boolean;
}
