import type { Archive, ValueRows } from '../archive.ts';
import { MutableDisposable } from '../disposables.ts';
import type { Disposable } from '../event.ts';
import type { Incident } from '../incidents/incident.ts';
import { faultName } from '../faultName.ts';
import type { Lease } from '../lease.ts';
import type { Clock, Log } from '../ports.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import type { Notice } from './notice.ts';
import { decideNotice, GAP_MS, type NoticeDecision, type NoticeSettings } from './noticePolicy.ts';
import { parseNoticeState, parseSnoozed } from './noticeState.ts';

const STATE_KEY = 'notices';
/** What is only noted waits for nothing: the first numbers must be known before they change. */
const NOTED_KEY = 'notices noted';
/** By itself: whoever snoozes may not be the one that tells. */
const SNOOZED_KEY = 'notices snoozed';

/** What a `NoticeWatch` is made of. */
export interface NoticeWatchOptions {
  readonly archive: ValueRows & Pick<Archive, 'health'>;
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
    const { clock } = this.#options;
    this.#timer.value =
      at === undefined
        ? undefined
        : clock.after(Math.max(0, at - clock.now()), () => void this.look());
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
