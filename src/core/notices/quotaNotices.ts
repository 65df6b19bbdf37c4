import type { Incident } from '../incidents/incident.ts';
import { bindingWindow } from '../quota/bindingWindow.ts';
import { hasExtraUsageLeft } from '../quota/membership.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import { accountOfIncident, isOfQuota, subjectOf } from './incidentAccount.ts';
import type { QuotaNotice } from './notice.ts';
import type { Candidate, NoticeInput } from './noticePolicy.ts';
import type { KnownWindow, NoticeState } from './noticeState.ts';
import { HOLD_MS, isOpenAgain, learnWindow, readingsOf, type Reading } from './quotaLevels.ts';

/** What could be told now, and when more may be. */
export interface Candidates {
  readonly due: readonly Candidate[];
  readonly lookAt: readonly number[];
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
