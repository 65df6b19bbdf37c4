import type { ArchiveHealth, ValueRows } from '../base/store.ts';
import { inBackground } from '../base/background.ts';
import { type Disposable, MutableDisposable } from '../base/event.ts';
import type { Lease } from '../base/lease.ts';
import { type Clock, faultName, type Log } from '../base/ports.ts';
import type { Incident } from '../incidents/incident.ts';
import { loadContext } from '../quota/contextLimit.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
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
import { learnAccounts, quotaCandidates } from './quotaNotices.ts';
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
}

/** The most urgent kind first. */
const URGENCY: readonly NoticeKind[] = [
  'runaway',
  'spent',
  'failure',
  'fallback',
  'context',
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
  const quota = quotaCandidates(learned, input);
  const failures = failureCandidates(learned, input);
  const fallbacks = fallbackCandidates(learned, input);
  const due = [
    ...quota.due,
    ...failures.due,
    ...fallbacks.due,
    ...contextCandidates(learned, input),
  ].sort((a, b) => URGENCY.indexOf(a.notice.kind) - URGENCY.indexOf(b.notice.kind));
  const lookAt = [...quota.lookAt, ...failures.lookAt, ...fallbacks.lookAt];
  let state = learned;
  for (const { notice, record, isSilent } of due) {
    const silentUntil = snoozed[notice.subject] ?? 0;
    if (isSilent || isMuted(notice.kind, input)) state = record(state, false);
    else if (silentUntil > now) lookAt.push(silentUntil);
    else if (shownToday(state, now) < mostOf(notice.kind)) {
      const shown = { ...record(state, true), shownAt: [...state.shownAt, now].slice(-MOST_A_DAY) };
      return { state: shown, notice, lookAt: now + GAP_MS };
    }
  }
  return { state, ...(lookAt.length > 0 ? { lookAt: Math.min(...lookAt) } : {}) };
}

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

const STATE_KEY = 'notices';
/**
 * Recording without a notification never waits: the first numbers must be stored before they
 * change.
 */
const NOTED_KEY = 'notices noted';
/** A separate key, because any window can snooze, not only the one with the lease. */
const SNOOZED_KEY = 'notices snoozed';

/** Dependencies of `NoticeWatch`. */
export interface NoticeWatchOptions {
  readonly archive: ValueRows & { readonly health: ArchiveHealth };
  readonly lease: Pick<Lease, 'claimRead'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: () => NoticeSettings;
  readonly accounts: (now: number) => readonly AccountView[];
  /** The newest first. */
  readonly incidents: () => readonly Incident[];
  readonly show: (notice: Notice) => void;
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
  #isDisposed = false;

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

  async #decide(): Promise<NoticeDecision & { readonly isChanged: boolean }> {
    const { accounts, archive, clock, incidents, settings } = this.#options;
    const [stored, snoozed] = [await archive.get(STATE_KEY), await archive.get(SNOOZED_KEY)];
    const now = clock.now();
    const input = {
      now,
      accounts: accounts(now),
      incidents: incidents(),
      context: await loadContext(archive),
      settings: settings(),
      snoozed: parseSnoozed(snoozed),
    };
    const decision = decideNotice(input, parseNoticeState(stored));
    return { ...decision, isChanged: JSON.stringify(decision.state) !== stored };
  }

  #lookAt(at: number | undefined): void {
    const { clock, log } = this.#options;
    this.#timer.value =
      at === undefined
        ? undefined
        : clock.after(Math.max(0, at - clock.now()), () => inBackground(this.look(), log));
  }
}

/** Snoozes a subject in all windows until `until` (epoch milliseconds). */
export async function snooze(
  archive: ValueRows,
  subject: string,
  { until, now }: { readonly until: number; readonly now: number },
): Promise<void> {
  const snoozed = parseSnoozed(await archive.get(SNOOZED_KEY));
  const others = Object.entries(snoozed).filter(([, end]) => end > now);
  await archive.set(
    SNOOZED_KEY,
    JSON.stringify({ ...Object.fromEntries(others), [subject]: until }),
  );
}
