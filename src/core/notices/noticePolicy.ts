import type { ArchiveHealth, ValueRows } from '../base/store.ts';
import { inBackground } from '../base/background.ts';
import { type Disposable, MutableDisposable } from '../base/event.ts';
import type { Lease } from '../base/lease.ts';
import { type Clock, faultName, type Log } from '../base/ports.ts';
import type { Incident } from '../incidents/incident.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import { failureCandidates } from './failureNotices.ts';
import type { Notice, NoticeKind } from './notice.ts';
import {
  type NoticeInput,
  type NoticeSettings,
  type NoticeState,
  parseNoticeState,
  parseSnoozed,
} from './noticeState.ts';
import { learnAccounts, quotaCandidates } from './quotaNotices.ts';
import { DAY_MS } from '../base/time.ts';

/** One notification at a time, and the next not before so long. */
const GAP_MS = 10_000;
/** More in 24 hours is noise (docs/measurements.md 8.2). */
const MOST_A_DAY = 3;

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

const STATE_KEY = 'notices';
/** What is only noted waits for nothing: the first numbers must be known before they change. */
const NOTED_KEY = 'notices noted';
/** By itself: whoever snoozes may not be the one that tells. */
const SNOOZED_KEY = 'notices snoozed';

/** What a `NoticeWatch` is made of. */
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
 * Tells what is worth a notification, once on the whole machine: for the window that holds the
 * lease. What was told is stored before it is shown, so that a kill loses one rather than repeats
 * it. Without a disk windows cannot agree, and nothing is told.
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

  /** Something has changed. Never rejects. */
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

  /** Resolves to when to look again, if by itself. */
  async #turn(): Promise<number | undefined> {
    const { archive, clock, lease, show } = this.#options;
    if (archive.health.kind === 'memory') return undefined;
    const dry = await this.#decide();
    if (!dry.isChanged) return dry.lookAt;
    // Another window that believes to hold the lease waits, and then finds what this one has told.
    const [subject, gapMs] = dry.notice ? [STATE_KEY, GAP_MS] : [NOTED_KEY, 0];
    if (!(await lease.claimRead(subject, gapMs))) return clock.now() + GAP_MS;
    const { state, notice, isChanged, lookAt } = await this.#decide();
    // It has come due just now, and has to be claimed.
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

/** Silences a subject until then (epoch milliseconds), in every window. */
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
