import type { Incident } from '../incidents/incident.ts';
import { hasExtraUsageLeft } from '../quota/plan.ts';
import { accountOfIncident } from '../incidents/accountOfIncident.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import type { WindowView } from '../quota/quotaView.ts';
import { bindingWindow } from '../quota/windows.ts';
import type { QuotaNotice } from './notice.ts';
import {
  type Candidate,
  type Candidates,
  isOfQuota,
  type KnownWindow,
  type NoticeInput,
  type NoticeState,
  ROOMY,
  subjectOf,
} from './noticeState.ts';
import { DAY_MS } from '../base/time.ts';

/** How long a number must last before it is reported. */
export const HOLD_MS = 30_000;

/** The quota left in one window or balance. */
interface Reading {
  /** State key: origin and window. */
  readonly key: string;
  /** Absent for a balance. */
  readonly window?: WindowView;
  /**
   * Percent left, the highest and lowest value that the response allows. If its fields disagree,
   * "running low" needs `most`, and "works again" needs `least`.
   */
  readonly most: number;
  readonly least: number;
  /** Epoch milliseconds on the local clock. */
  readonly resetsAt?: number;
  /** Epoch milliseconds of the response. */
  readonly at: number;
}

/** The windows of an account by a current response; undefined if the response is old. */
function readingsOf({ view }: AccountView): readonly Reading[] | undefined {
  const { snapshot, windows, isOld } = view;
  if (!snapshot || isOld) return undefined;
  const { origin, at, balance, clockSkewMs } = snapshot;
  if (balance) {
    const left = balance.available > 0 ? 100 : 0;
    return [{ key: `${origin} balance`, most: left, least: left, at }];
  }
  return windows.flatMap((window): Reading[] => {
    const { id, remainingPercent: least, contradiction, resetsAt } = window;
    if (least === undefined) return [];
    const most = contradiction ? 100 - contradiction.lowestUsedPercent : least;
    const local = resetsAt === undefined ? {} : { resetsAt: resetsAt - clockSkewMs };
    return [{ key: `${origin} ${id}`, window, most, least, at, ...local }];
  });
}

/**
 * The lowest threshold that `percentLeft` has reached; 0 is always a threshold. Settings may
 * contain anything.
 */
function levelOf(percentLeft: number, thresholds: readonly number[]): number {
  const reached = thresholds.filter(
    threshold => threshold > 0 && threshold < 100 && percentLeft <= threshold,
  );
  return percentLeft <= 0 ? 0 : Math.min(ROOMY, ...reached);
}

/** The state of a window after another reading. The first reading is never news. */
function learnWindow(
  known: KnownWindow | undefined,
  reading: Reading,
  thresholds: readonly number[],
): KnownWindow {
  const { at, resetsAt = at + DAY_MS } = reading;
  const level = levelOf(reading.most, thresholds);
  if (!known) return { told: level, level, since: at, until: resetsAt };
  const told = isNewPeriod(known, reading, level) ? ROOMY : known.told;
  const { openSince: _, ...rest } = known;
  return {
    ...rest,
    told,
    level,
    since: level === known.level && told === known.told ? known.since : at,
    until: told === ROOMY ? resetsAt : known.until,
    ...openedSince(known, reading),
  };
}

/** Past the reset of the reported level, with a new number: more quota left, or a later reset. */
function isNewPeriod({ until, told }: KnownWindow, reading: Reading, level: number): boolean {
  if (told === ROOMY || reading.at < until) return false;
  return level > told || (reading.resetsAt !== undefined && reading.resetsAt > until);
}

function openedSince(
  { blockedUntil, openSince }: KnownWindow,
  { least, at }: Reading,
): Pick<KnownWindow, 'openSince'> {
  return blockedUntil !== undefined && least > 0 ? { openSince: openSince ?? at } : {};
}

/** Whether a window reported as used up has quota left, confirmed by more than one reading. */
function isOpenAgain(known: KnownWindow, { at, resetsAt = 0 }: Reading): boolean {
  const { openSince, blockedUntil = Infinity } = known;
  if (openSince === undefined) return false;
  const isReset = at >= blockedUntil && resetsAt > blockedUntil;
  return isReset || at - openSince >= HOLD_MS;
}

/** When "works again" is too old to be news. */
const OLD_NEWS_MS = 3_600_000;

/** Updates the state with the current readings. Pure. */
export function learnAccounts(state: NoticeState, input: NoticeInput): NoticeState {
  const readings = input.accounts.flatMap(account => readingsOf(account) ?? []);
  const thresholds = input.settings['notifications.thresholds'];
  const learned = readings.map(reading => [
    reading.key,
    learnWindow(state.windows[reading.key], reading, thresholds),
  ]);
  return { ...state, windows: { ...state.windows, ...Object.fromEntries(learned) } };
}

/**
 * At most one notification per account: if several windows run low together, the tightest one.
 * Pure.
 */
export function quotaCandidates(state: NoticeState, input: NoticeInput): Candidates {
  const all = input.accounts.flatMap(account => {
    const readings = readingsOf(account);
    return readings ? [candidatesOf(account, readings, { state, input })] : [];
  });
  return {
    due: all.flatMap(({ due }) => due),
    lookAt: all.flatMap(({ lookAt }) => lookAt),
  };
}

interface Surroundings {
  readonly state: NoticeState;
  readonly input: NoticeInput;
}

function candidatesOf(
  account: AccountView,
  readings: readonly Reading[],
  { state, input }: Surroundings,
): Candidates {
  const known = readings.map(reading => ({ reading, known: state.windows[reading.key]! }));
  const news = known.filter(one => one.known.level < one.known.told);
  const isDue = ({ known: { since } }: Known): boolean => input.now - since >= HOLD_MS;
  const fallen = news.filter(isDue);
  const lookAt = news.filter(one => !isDue(one)).map(one => one.known.since + HOLD_MS);
  const due = [
    ...(fallen.length > 0 ? [fallCandidate(account, fallen, input)] : []),
    ...worksAgain(account, known, input),
  ];
  return { due, lookAt };
}

interface Known {
  readonly reading: Reading;
  readonly known: KnownWindow;
}

function fallCandidate(
  account: AccountView,
  fallen: readonly Known[],
  input: NoticeInput,
): Candidate {
  const level = Math.min(...fallen.map(({ known }) => known.level));
  const hasExtraUsage = hasExtraUsageLeft(account.view.snapshot?.extraUsage);
  const incident = level > 0 ? undefined : input.incidents.find(isMetBy(account, input));
  const notice: QuotaNotice = {
    ...noticeOf(
      account,
      fallen.filter(({ known }) => known.level === level),
    ),
    kind: level === 0 ? 'spent' : 'low',
    hasExtraUsage,
    ...(incident ? { incidentId: incident.id } : {}),
  };
  const next = ({ known }: Known, isShown: boolean): KnownWindow => ({
    ...known,
    told: known.level,
    ...(isShown && known.level === 0 && !hasExtraUsage ? { blockedUntil: known.until } : {}),
  });
  return { notice, record: recordWindows(fallen, next) };
}

/** An ongoing failure of the account that its quota caused. */
const isMetBy =
  (account: AccountView, { accounts }: NoticeInput) =>
  (incident: Incident): boolean =>
    incident.state === 'running' &&
    isOfQuota(incident.verdict.cause) &&
    accountOfIncident(incident, accounts) === account;

/**
 * Only if nothing blocks: every window has quota left, and no agent still fails because of a
 * used-up one.
 */
function worksAgain(
  account: AccountView,
  known: readonly Known[],
  input: NoticeInput,
): Candidate[] {
  const blocked = known.filter(one => one.known.blockedUntil !== undefined);
  const isWhole = account.view.windows.every(
    ({ remainingPercent }) => remainingPercent !== undefined,
  );
  const isOpen =
    isWhole &&
    known.every(({ reading }) => reading.least > 0) &&
    blocked.every(one => isOpenAgain(one.known, one.reading)) &&
    !input.incidents.some(isMetBy(account, input));
  if (blocked.length === 0 || !isOpen) return [];
  const next = ({ known: { blockedUntil: _, openSince: __, ...rest } }: Known): KnownWindow => ({
    ...rest,
    told: rest.level,
  });
  const isSilent = blocked.every(one => input.now - one.known.blockedUntil! > OLD_NEWS_MS);
  const notice: QuotaNotice = {
    ...noticeOf(account, known),
    kind: 'worksAgain',
    hasExtraUsage: false,
  };
  return [{ notice, record: recordWindows(blocked, next), isSilent }];
}

/** How long a reminder waits for a number that confirms the reset. */
const CONFIRM_MS = 45_000;

/** The reminders that the user asked for at a reset. Pure. */
export function reminderCandidates(state: NoticeState, input: NoticeInput): Candidates {
  const all = input.accounts.flatMap(account => {
    const at = input.reminders[subjectOf(account)];
    const key = `reminder ${subjectOf(account)} ${at}`;
    if (at === undefined || state.told.some(one => one.key === key)) return [];
    return [reminderOf(account, { at, key }, { state, input })];
  });
  return {
    due: all.flatMap(({ due }) => due),
    lookAt: all.flatMap(({ lookAt }) => lookAt),
    wantsNumbers: all.some(({ wantsNumbers }) => wantsNumbers),
  };
}

function reminderOf(
  account: AccountView,
  { at, key }: { readonly at: number; readonly key: string },
  { state, input }: Surroundings,
): Candidates {
  const { now } = input;
  if (now < at) return { due: [], lookAt: [at] };
  const readings = readingsOf(account)?.filter(reading => reading.at >= at) ?? [];
  const known = readings.map(reading => ({ reading, known: state.windows[reading.key]! }));
  if (known.length === 0 && now < at + CONFIRM_MS)
    return { due: [], lookAt: [at + CONFIRM_MS], wantsNumbers: true };
  const notice: QuotaNotice = {
    ...noticeOf(account, known),
    kind: 'worksAgain',
    hasExtraUsage: false,
    isReminder: true,
    ...(known.length === 0 ? { isUnconfirmed: true } : {}),
  };
  const clear = recordWindows(
    known,
    ({ known: { blockedUntil: _, openSince: __, ...rest } }) => rest,
  );
  const record = (before: NoticeState, isShown: boolean): NoticeState => {
    const after = clear(before, isShown);
    return { ...after, told: [...after.told, { key, until: at + DAY_MS }] };
  };
  // Another quota is used up, or the machine was asleep.
  const isSilent = readings.some(({ least }) => least <= 0) || now - at > OLD_NEWS_MS;
  return { due: [{ notice, record, isSilent }], lookAt: [] };
}

function noticeOf(account: AccountView, of: readonly Known[]) {
  const windows = of.flatMap(({ reading }) => reading.window ?? []);
  const window = bindingWindow(windows);
  const reading = of.find(one => one.reading.window === window)?.reading;
  return {
    subject: subjectOf(account),
    account: account.account.id,
    ...(window ? { window } : {}),
    ...(reading?.resetsAt === undefined ? {} : { resetsAt: reading.resetsAt }),
  };
}

/** Records in the state what was reported for each window. */
const recordWindows =
  (of: readonly Known[], next: (known: Known, isShown: boolean) => KnownWindow) =>
  (state: NoticeState, isShown: boolean): NoticeState => ({
    ...state,
    windows: {
      ...state.windows,
      ...Object.fromEntries(of.map(one => [one.reading.key, next(one, isShown)])),
    },
  });
