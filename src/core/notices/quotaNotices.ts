import type { Incident } from '../incidents/incident.ts';
import { hasExtraUsageLeft } from '../quota/plan.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import type { WindowView } from '../quota/quotaView.ts';
import { bindingWindow } from '../quota/windows.ts';
import type { QuotaNotice } from './notice.ts';
import {
  accountOfIncident,
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

/** What a number must outlast before it is told. */
export const HOLD_MS = 30_000;

/** What one window, or a balance, has left. */
interface Reading {
  /** Origin and window: its name in the state. */
  readonly key: string;
  /** Absent: it is money. */
  readonly window?: WindowView;
  /**
   * Percent left, the most and the least that the answer allows: where its fields disagree, the one
   * is told of as little, and the other as room.
   */
  readonly most: number;
  readonly least: number;
  /** Epoch milliseconds, by our clock. */
  readonly resetsAt?: number;
  /** When it was read. */
  readonly at: number;
}

/** How an account's windows stand by an answer that still holds; undefined: nobody can say now. */
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

/** The lowest threshold that a share is at or below; 0 is always one. Settings may hold anything. */
function levelOf(percentLeft: number, thresholds: readonly number[]): number {
  const reached = thresholds.filter(
    threshold => threshold > 0 && threshold < 100 && percentLeft <= threshold,
  );
  return percentLeft <= 0 ? 0 : Math.min(ROOMY, ...reached);
}

/** What is known of a window after one more look. What was there at the first one is not news. */
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

/** After the reset of what was told, and not the same number still: that has room, or a new reset. */
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

/** Whether a window that was told as spent is open, by more than one number that says so. */
function isOpenAgain(known: KnownWindow, { at, resetsAt = 0 }: Reading): boolean {
  const { openSince, blockedUntil = Infinity } = known;
  if (openSince === undefined) return false;
  const isReset = at >= blockedUntil && resetsAt > blockedUntil;
  return isReset || at - openSince >= HOLD_MS;
}

/** So long after its reset it is no news that a window is open. */
const OLD_NEWS_MS = 3_600_000;

/** Takes over how the windows stand now. */
export function learnAccounts(state: NoticeState, input: NoticeInput): NoticeState {
  const readings = input.accounts.flatMap(account => readingsOf(account) ?? []);
  const thresholds = input.settings['notifications.thresholds'];
  const learned = readings.map(reading => [
    reading.key,
    learnWindow(state.windows[reading.key], reading, thresholds),
  ]);
  return { ...state, windows: { ...state.windows, ...Object.fromEntries(learned) } };
}

/** At most one for each account: of several windows that come to little at once, the one that binds. */
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
  const told = ({ known }: Known, isShown: boolean): KnownWindow => ({
    ...known,
    told: known.level,
    ...(isShown && known.level === 0 && !hasExtraUsage ? { blockedUntil: known.until } : {}),
  });
  return { notice, told: telling(fallen, told) };
}

/** An open failure of the account at its quota. */
const isMetBy =
  (account: AccountView, { accounts }: NoticeInput) =>
  (incident: Incident): boolean =>
    incident.state === 'running' &&
    isOfQuota(incident.verdict.cause) &&
    accountOfIncident(incident, accounts) === account;

/** Only where nothing blocks: every window has room, and no agent still meets a spent one. */
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
  const told = ({ known: { blockedUntil: _, openSince: __, ...rest } }: Known): KnownWindow => ({
    ...rest,
    told: rest.level,
  });
  const isSilent = blocked.every(one => input.now - one.known.blockedUntil! > OLD_NEWS_MS);
  const notice: QuotaNotice = {
    ...noticeOf(account, known),
    kind: 'worksAgain',
    hasExtraUsage: false,
  };
  return [{ notice, told: telling(blocked, told), isSilent }];
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

/** Notes of each window what was told of it. */
const telling =
  (of: readonly Known[], told: (known: Known, isShown: boolean) => KnownWindow) =>
  (state: NoticeState, isShown: boolean): NoticeState => ({
    ...state,
    windows: {
      ...state.windows,
      ...Object.fromEntries(of.map(one => [one.reading.key, told(one, isShown)])),
    },
  });
