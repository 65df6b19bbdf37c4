import type { Incident } from '../incidents/incident.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import type { Settings } from '../settings.ts';
import { failureCandidates } from './failureNotices.ts';
import type { Notice, NoticeKind } from './notice.ts';
import type { NoticeState, Snoozed } from './noticeState.ts';
import { learnAccounts, quotaCandidates } from './quotaNotices.ts';

/** One notification at a time, and the next not before so long. */
export const GAP_MS = 10_000;
/** More in 24 hours is noise (engineering.md 8.2). */
const MOST_A_DAY = 3;
const DAY_MS = 86_400_000;

/** The settings that decide. */
export type NoticeSettings = Pick<
  Settings,
  'notifications.enabled' | 'notifications.thresholds' | 'notifications.muted'
>;

/** Everything that is looked at. */
export interface NoticeInput {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly accounts: readonly AccountView[];
  /** The newest first. */
  readonly incidents: readonly Incident[];
  readonly settings: NoticeSettings;
  readonly snoozed: Snoozed;
}

/** Something to tell, and what is known once it was told. */
export interface Candidate {
  readonly notice: Notice;
  /** It is no news any more: only noted. */
  readonly isSilent?: boolean;
  readonly told: (state: NoticeState, isShown: boolean) => NoticeState;
}

/** What to show now, what to keep, and when to look again though nothing has changed. */
export interface NoticeDecision {
  readonly state: NoticeState;
  readonly notice?: Notice;
  readonly lookAt?: number;
}

/** What matters most comes first. */
const URGENCY: readonly NoticeKind[] = ['runaway', 'spent', 'failure', 'low', 'worksAgain'];

/**
 * Whether there is something to tell the user, of all that any window of the machine has told. Pure.
 * What is muted counts as told; what is snoozed, or too much for a day, is told later if it is still
 * true then.
 */
export function decideNotice(
  input: NoticeInput,
  stored: NoticeState = { startedAt: input.now, windows: {}, told: [], shownAt: [] },
): NoticeDecision {
  const { now, snoozed } = input;
  const learned = forget(learnAccounts(stored, input), now);
  const quota = quotaCandidates(learned, input);
  const failures = failureCandidates(learned, input);
  const due = [...quota.due, ...failures.due].sort(
    (a, b) => URGENCY.indexOf(a.notice.kind) - URGENCY.indexOf(b.notice.kind),
  );
  const lookAt = [...quota.lookAt, ...failures.lookAt];
  let state = learned;
  for (const { notice, told, isSilent } of due) {
    const silentUntil = snoozed[notice.subject] ?? 0;
    if (isSilent || isMuted(notice.kind, input)) state = told(state, false);
    else if (silentUntil > now) lookAt.push(silentUntil);
    else if (shownToday(state, now) < mostOf(notice.kind)) {
      const shown = { ...told(state, true), shownAt: [...state.shownAt, now].slice(-MOST_A_DAY) };
      return { state: shown, notice, lookAt: now + GAP_MS };
    }
  }
  return { state, ...(lookAt.length > 0 ? { lookAt: Math.min(...lookAt) } : {}) };
}

const isMuted = (kind: NoticeKind, { settings }: NoticeInput): boolean =>
  !settings['notifications.enabled'] || settings['notifications.muted'].includes(kind);

/** A clock that was set back must not silence us for long. */
const shownToday = ({ shownAt }: NoticeState, now: number): number =>
  shownAt.filter(at => Math.abs(now - at) < DAY_MS).length;

/** That little is left is no reason to miss that nothing is. */
const mostOf = (kind: NoticeKind): number => (kind === 'low' ? MOST_A_DAY - 1 : MOST_A_DAY);

/** So many are remembered: of windows some accounts have, of incidents those of a bad month. */
const MOST_WINDOWS = 40;
const MOST_TOLD = 200;

function forget(state: NoticeState, now: number): NoticeState {
  const windows = Object.entries(state.windows);
  const newest = windows.sort(([, a], [, b]) => b.since - a.since).slice(0, MOST_WINDOWS);
  const told = state.told.filter(({ until }) => until > now).slice(-MOST_TOLD);
  return {
    ...state,
    told,
    windows: windows.length > MOST_WINDOWS ? Object.fromEntries(newest) : state.windows,
  };
}
