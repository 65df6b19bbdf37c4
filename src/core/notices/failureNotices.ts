import { accountOfIncident } from '../incidents/accountOfIncident.ts';
import { type Incident, isCurrent } from '../incidents/incident.ts';
import type { Cause } from '../incidents/verdict.ts';
import {
  type Candidate,
  type Candidates,
  isOfQuota,
  type KnownWindow,
  type NoticeInput,
  type NoticeState,
  subjectOf,
  windowKeys,
} from './noticeState.ts';
import { fallbackKey } from './fallbackNotices.ts';
import type { FailureNotice } from './notice.ts';
import { HOLD_MS } from './quotaNotices.ts';
import { DAY_MS } from '../base/time.ts';

/** Longer than incidents are considered, so that none is reported twice. */
const KEPT_MS = 31 * DAY_MS;
/** Occasional parallel-limit errors are normal; only repeated ones are reported. */
const REPEATED = 3;

/**
 * Causes that don't recover on their own: the user has to wait for a reset, pay, or change
 * something.
 */
const NEEDS_USER: ReadonlySet<Cause> = new Set<Cause>([
  'quota_5h',
  'quota_weekly',
  'quota_monthly',
  'quota_unspecified',
  'tpd',
  'balance',
  'wrong_key',
  'client_not_accepted',
  'membership',
  'entitlement',
  'account_closed',
]);

/** Incidents of the user's account that need action. Pure. */
export function failureCandidates(state: NoticeState, input: NoticeInput): Candidates {
  const { incidents, now } = input;
  const open = incidents.filter(
    incident =>
      isCurrent(incident, now) &&
      incident.state !== 'over' &&
      incident.from >= state.startedAt &&
      incident.verdict.certainty !== 'unsure',
  );
  const isDue = ({ from }: Incident): boolean => now - from >= HOLD_MS;
  return {
    due: open.filter(isDue).flatMap(incident => candidateOf(incident, state, input) ?? []),
    lookAt: open.filter(incident => !isDue(incident)).map(({ from }) => from + HOLD_MS),
  };
}

function candidateOf(
  incident: Incident,
  state: NoticeState,
  input: NoticeInput,
): Candidate | undefined {
  const { id, verdict, state: course } = incident;
  const isReported = (key: string): boolean => state.told.some(one => one.key === key);
  const isRunaway = verdict.isRunaway && course === 'running' && !isReported(`runaway ${id}`);
  if (!isRunaway && (isReported(`failure ${id}`) || !isNews(incident, state, input)))
    return undefined;
  const kind = isRunaway ? 'runaway' : 'failure';
  return { notice: noticeOf(incident, kind, input), record: recordIncident(incident, kind, input) };
}

/** Neither an agent's failure nor the quota numbers have reported this cause yet. */
function isNews(incident: Incident, state: NoticeState, input: NoticeInput): boolean {
  const { cause } = incident.verdict;
  const isRepeated = cause === 'own_concurrency' && countOf(cause, input) >= REPEATED;
  if (!NEEDS_USER.has(cause) && !isRepeated) return false;
  const keys = keysOf(incident, input);
  if (keys.some(key => state.windows[key]?.told === 0)) return false;
  return !state.told.some(({ key }) => key === causeKey(incident));
}

const countOf = (cause: Cause, { incidents, now }: NoticeInput): number =>
  incidents.filter(({ verdict, to }) => verdict.cause === cause && to >= now - DAY_MS).length;

const causeKey = ({ provider, verdict }: Incident): string => `${provider} ${verdict.cause}`;

function keysOf(incident: Incident, { accounts }: NoticeInput): readonly string[] {
  const account = accountOfIncident(incident, accounts);
  return account ? windowKeys(account, incident.verdict.cause) : [];
}

function noticeOf(
  incident: Incident,
  kind: FailureNotice['kind'],
  { accounts }: NoticeInput,
): FailureNotice {
  const { id, verdict } = incident;
  const account = accountOfIncident(incident, accounts);
  const isOfWindow = account && windowKeys(account, verdict.cause).length > 0;
  return {
    kind,
    subject: isOfWindow && kind === 'failure' ? subjectOf(account) : kind,
    incident,
    incidentId: id,
    ...(verdict.retryAt === undefined ? {} : { resetsAt: verdict.retryAt }),
  };
}

/** Records the incident, its cause and its window as reported. */
function recordIncident(incident: Incident, kind: FailureNotice['kind'], input: NoticeInput) {
  const keptUntil = input.now + KEPT_MS;
  return (state: NoticeState, isShown: boolean): NoticeState => ({
    ...state,
    windows: isShown ? spentOf(incident, state.windows, input) : state.windows,
    told: [
      ...state.told,
      { key: `failure ${incident.id}`, until: keptUntil },
      { key: causeKey(incident), until: causeUntil(incident, input.now) },
      ...(kind === 'runaway' ? [{ key: `runaway ${incident.id}`, until: keptUntil }] : []),
      // The sentence of the cause includes it.
      ...(kind === 'failure' && incident.fallback
        ? [{ key: fallbackKey(incident.fallback), until: input.now + DAY_MS }]
        : []),
    ],
  });
}

/** A window can be used up again after its reset; any other cause isn't repeated within a day. */
function causeUntil({ verdict: { cause, retryAt } }: Incident, now: number): number {
  const isWindow = isOfQuota(cause) && retryAt !== undefined;
  return isWindow ? Math.max(retryAt, now + HOLD_MS) : now + DAY_MS;
}

/** A failure that names a window counts as a notification for that window. */
function spentOf(
  incident: Incident,
  windows: NoticeState['windows'],
  input: NoticeInput,
): NoticeState['windows'] {
  const isNamed = incident.verdict.cause !== 'quota_unspecified';
  const spent = keysOf(incident, input).flatMap(key => {
    const known = windows[key];
    return known && (isNamed || known.level === 0) ? [[key, asUsedUp(known)]] : [];
  });
  return { ...windows, ...Object.fromEntries(spent) };
}

/** Only a window that the numbers showed as used up can be reported as working again. */
const asUsedUp = (known: KnownWindow): KnownWindow => ({
  ...known,
  told: 0,
  ...(known.level === 0 ? { blockedUntil: known.until } : {}),
});
