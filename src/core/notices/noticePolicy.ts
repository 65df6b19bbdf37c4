import type { ArchiveHealth, ValueRows } from '../base/store.ts';
import { inBackground } from '../base/background.ts';
import { type Disposable, MutableDisposable } from '../base/event.ts';
import type { Lease } from '../base/lease.ts';
import { type Clock, faultName, type Log } from '../base/ports.ts';
import type { Incident } from '../incidents/incident.ts';
import { type LargeSession, largeSessions } from '../ledger/largeSessions.ts';
import type { LedgerArchive } from '../ledger/whereItWent.ts';
import { loadContext } from '../quota/contextLimit.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import type { SnapshotRows } from '../quota/snapshot.ts';
import { fallbackCandidates } from './fallbackNotices.ts';
import { failureCandidates } from './failureNotices.ts';
import type { Notice, NoticeKind } from './notice.ts';
import {
  type Candidate,
  type NoticeInput,
  type NoticeSettings,
  type NoticeState,
  parseNoticeState,
  parseSnoozed,
} from './noticeState.ts';
import { learnAccounts, quotaCandidates, reminderCandidates } from './quotaNotices.ts';
import { DAY_MS } from '../base/time.ts';

/** Minimum time between two notifications. */
const GAP_MS = 10_000;
/** Maximum in 24 hours; more is noise (docs/measurements.md 8.2). */
const MOST_A_DAY = 3;

/**
 * What to show now, what to store, and when to decide again if nothing changes (epoch
 * milliseconds).
 */
export interface NoticeDecision {
  readonly state: NoticeState;
  readonly notice?: Notice;
  readonly lookAt?: number;
  /** A current number would decide: ask for one. */
  readonly wantsNumbers?: boolean;
}

/** The most urgent kind first. */
const URGENCY: readonly NoticeKind[] = [
  'runaway',
  'spent',
  'failure',
  'fallback',
  'context',
  'session',
  'low',
  'worksAgain',
];

/**
 * Decides whether to show a notification, from what all windows of the machine have reported. Pure.
 * A muted notification counts as reported; one that is snoozed or over the daily maximum is shown
 * later if it is still true.
 */
export function decideNotice(
  input: NoticeInput,
  stored: NoticeState = { startedAt: input.now, windows: {}, told: [], shownAt: [] },
): NoticeDecision {
  const { now, snoozed } = input;
  const learned = forget(learnAccounts(stored, input), now);
  const reminders = reminderCandidates(learned, input);
  const quota = quotaCandidates(learned, input);
  const failures = failureCandidates(learned, input);
  const fallbacks = fallbackCandidates(learned, input);
  const others = [
    ...quota.due,
    ...failures.due,
    ...fallbacks.due,
    ...contextCandidates(learned, input),
    ...sessionCandidates(learned, input),
  ].sort((a, b) => URGENCY.indexOf(a.notice.kind) - URGENCY.indexOf(b.notice.kind));
  const due = [...reminders.due, ...others.filter(one => !isReminded(one, reminders.due))];
  const lookAt = [reminders, quota, failures, fallbacks].flatMap(each => each.lookAt);
  let state = learned;
  for (const { notice, record, isSilent } of due) {
    const silentUntil = snoozed[notice.subject] ?? 0;
    const isAsked = 'isReminder' in notice;
    if (isSilent || (!isAsked && isMuted(notice.kind, input))) state = record(state, false);
    else if (!isAsked && silentUntil > now) lookAt.push(silentUntil);
    else if (isAsked || shownToday(state, now) < mostOf(notice.kind)) {
      const shown = { ...record(state, true), shownAt: [...state.shownAt, now].slice(-MOST_A_DAY) };
      return { state: shown, notice, lookAt: now + GAP_MS };
    }
  }
  return {
    state,
    ...(lookAt.length > 0 ? { lookAt: Math.min(...lookAt) } : {}),
    ...(reminders.wantsNumbers ? { wantsNumbers: true } : {}),
  };
}

/** A reminder says the same. */
const isReminded = ({ notice }: Candidate, reminders: readonly Candidate[]): boolean =>
  notice.kind === 'worksAgain' &&
  reminders.some(reminder => reminder.notice.subject === notice.subject);

/** Later it was compacted, or it has failed. */
const CONTEXT_NEWS_MS = 10 * 60_000;

/** Once a day for each conversation. */
function contextCandidates({ told }: NoticeState, { context, now }: NoticeInput): Candidate[] {
  if (!context || Math.abs(now - context.at) > CONTEXT_NEWS_MS) return [];
  const key = `context ${context.session}`;
  if (told.some(one => one.key === key)) return [];
  return [
    {
      notice: { kind: 'context', subject: 'context', context },
      record: state => ({ ...state, told: [...state.told, { key, until: now + DAY_MS }] }),
    },
  ];
}

/** Once for each session until the quota resets. */
function sessionCandidates({ told }: NoticeState, { sessions, now }: NoticeInput): Candidate[] {
  return (sessions ?? []).flatMap(session => {
    const { until } = session;
    const key = `session ${session.session}`;
    if (until <= now || told.some(one => one.key === key)) return [];
    return [
      {
        notice: { kind: 'session', subject: 'session', session },
        record: state => ({ ...state, told: [...state.told, { key, until }] }),
      },
    ];
  });
}

const isMuted = (kind: NoticeKind, { settings }: NoticeInput): boolean =>
  !settings['notifications.enabled'] || settings['notifications.muted'].includes(kind);

/** A clock that is set back must not suppress notifications for long. */
const shownToday = ({ shownAt }: NoticeState, now: number): number =>
  shownAt.filter(at => Math.abs(now - at) < DAY_MS).length;

/** Reserves one notification a day for more than "running low". */
const mostOf = (kind: NoticeKind): number => (kind === 'low' ? MOST_A_DAY - 1 : MOST_A_DAY);

/** Maximum of stored entries: the windows of several accounts, the incidents of a bad month. */
const MOST_WINDOWS = 40;
const MOST_REPORTED = 200;

function forget(state: NoticeState, now: number): NoticeState {
  const windows = Object.entries(state.windows);
  const newest = windows.sort(([, a], [, b]) => b.since - a.since).slice(0, MOST_WINDOWS);
  const told = state.told.filter(({ until }) => until > now).slice(-MOST_REPORTED);
  return {
    ...state,
    told,
    windows: windows.length > MOST_WINDOWS ? Object.fromEntries(newest) : state.windows,
  };
}

/** A reminder waits less for its number. */
const REFRESH_GAP_MS = 60_000;

const STATE_KEY = 'notices';
/**
 * Recording without a notification never waits: the first numbers must be stored before they
 * change.
 */
const NOTED_KEY = 'notices noted';
/** A separate key, because any window can snooze, not only the one with the lease. */
const SNOOZED_KEY = 'notices snoozed';
const REMINDERS_KEY = 'notices reminders';

/** Dependencies of `NoticeWatch`. */
export interface NoticeWatchOptions {
  readonly archive: ValueRows &
    LedgerArchive &
    Pick<SnapshotRows, 'readLatest'> & { readonly health: ArchiveHealth };
  readonly lease: Pick<Lease, 'claimRead'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: () => NoticeSettings;
  readonly accounts: (now: number) => readonly AccountView[];
  /** The newest first. */
  readonly incidents: () => readonly Incident[];
  readonly show: (notice: Notice) => void;
  /** Checks the quota once, for a reminder at a reset. Never rejects. */
  readonly refresh: () => Promise<unknown>;
}

/**
 * Shows each notification once per machine, in the window that has the lease. State is stored
 * before a notification is shown, so that a crash loses one rather than repeats it. Without a disk
 * the windows can't coordinate, and nothing is shown.
 */
export class NoticeWatch implements Disposable {
  readonly #options: NoticeWatchOptions;
  readonly #timer = new MutableDisposable();
  #isLooking = false;
  #isAskedAgain = false;
  /** When the quota was last checked for a reminder. */
  #refreshedAt = -Infinity;
  #isDisposed = false;
  #sessions: { readonly key: string; readonly found: readonly LargeSession[] } = {
    key: '',
    found: [],
  };

  constructor(options: NoticeWatchOptions) {
    this.#options = options;
  }

  /** Call when accounts or incidents changed. Never rejects. */
  async look(): Promise<void> {
    this.#isAskedAgain = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#isAskedAgain && !this.#isDisposed) {
      this.#isAskedAgain = false;
      try {
        this.#lookAt(await this.#turn());
      } catch (error) {
        this.#options.log.error(`Notifications could not be decided: ${faultName(error)}`);
      }
    }
    this.#isLooking = false;
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#timer.dispose();
  }

  /** Resolves to when to decide again without a change (epoch milliseconds). */
  async #turn(): Promise<number | undefined> {
    const { archive, clock, lease, show } = this.#options;
    if (archive.health.kind === 'memory') return undefined;
    const dry = await this.#decide();
    if (dry.wantsNumbers) this.#refresh();
    if (!dry.isChanged) return dry.lookAt;
    // Another window that assumes it has the lease waits, then reads the stored state of this one.
    const [subject, gapMs] = dry.notice ? [STATE_KEY, GAP_MS] : [NOTED_KEY, 0];
    if (!(await lease.claimRead(subject, gapMs))) return clock.now() + GAP_MS;
    const { state, notice, isChanged, lookAt } = await this.#decide();
    // It became due after the dry run and still needs a claim.
    if (notice && !dry.notice) return clock.now();
    if (isChanged) await archive.set(STATE_KEY, JSON.stringify(state));
    if (notice && !this.#isDisposed) show(notice);
    return lookAt;
  }

  /** Once for a reminder: each result is looked at again. */
  #refresh(): void {
    const { clock, log, refresh } = this.#options;
    if (clock.now() - this.#refreshedAt < REFRESH_GAP_MS) return;
    this.#refreshedAt = clock.now();
    inBackground(refresh(), log);
  }

  async #decide(): Promise<NoticeDecision & { readonly isChanged: boolean }> {
    const { accounts, archive, clock, incidents, settings } = this.#options;
    const [stored, snoozed] = [await archive.get(STATE_KEY), await archive.get(SNOOZED_KEY)];
    const reminders = await archive.get(REMINDERS_KEY);
    const now = clock.now();
    const input = {
      now,
      accounts: accounts(now),
      incidents: incidents(),
      context: await loadContext(archive),
      sessions: await this.#largeSessions(now),
      settings: settings(),
      snoozed: parseSnoozed(snoozed),
      reminders: parseSnoozed(reminders),
    };
    const decision = decideNotice(input, parseNoticeState(stored));
    return { ...decision, isChanged: JSON.stringify(decision.state) !== stored };
  }

  /** Compared with the quota only after a new answer of Kimi, and never without a limit. */
  async #largeSessions(now: number): Promise<readonly LargeSession[]> {
    const { archive, settings } = this.#options;
    const percent = settings()['guard.warnAtSessionShare'];
    if (percent <= 0) return [];
    const readAt = (await archive.readLatest()).map(({ origin, at }) => `${origin} ${at}`);
    const key = `${percent} ${readAt.join()}`;
    if (this.#sessions.key !== key)
      this.#sessions = { key, found: await largeSessions(archive, { now, percent }) };
    return this.#sessions.found;
  }

  #lookAt(at: number | undefined): void {
    const { clock, log } = this.#options;
    this.#timer.value =
      at === undefined
        ? undefined
        : clock.after(Math.max(0, at - clock.now()), () => inBackground(this.look(), log));
  }
}

/** The end of a snooze or the time of a reminder, and the current time (epoch milliseconds). */
interface Later {
  readonly until: number;
  readonly now: number;
}

/** Snoozes a subject in all windows until `until`. */
export const snooze = (archive: ValueRows, subject: string, later: Later): Promise<void> =>
  setLater(archive, SNOOZED_KEY, { subject, ...later });

/** Reminds of a subject at its reset, once on this machine. */
export const remind = (archive: ValueRows, subject: string, later: Later): Promise<void> =>
  setLater(archive, REMINDERS_KEY, { subject, ...later });

async function setLater(
  archive: ValueRows,
  key: string,
  { subject, until, now }: Later & { readonly subject: string },
): Promise<void> {
  const stored = Object.entries(parseSnoozed(await archive.get(key)));
  // A reminder that is due may still wait for a number.
  const others = stored.filter(([, end]) => end > now - DAY_MS);
  await archive.set(key, JSON.stringify({ ...Object.fromEntries(others), [subject]: until }));
}
