import { windowOfCause } from '../incidents/facts.ts';
import { type Incident, isCurrent } from '../incidents/incident.ts';
import type { Activity } from '../quota/activity.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import type { WindowView } from '../quota/quotaView.ts';
import { providerOf } from '../quota/team.ts';
import { type SlotUse, slotUse } from './slots.ts';

/** What a headline is made from, all at one time. */
export interface Situation {
  /** The account that the surface shows. */
  readonly account: AccountView;
  /** The newest first. */
  readonly incidents: readonly Incident[];
  readonly activity: Activity;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * The one thing that matters now; every surface draws it. Times are epoch milliseconds of the local
 * clock. `until` is set only if the end is a moment: a reset or a requested wait.
 */
export type Headline =
  /** Nothing to report, or only a state of the account: see `QuotaView.state`. */
  | { readonly kind: 'state'; readonly incident?: never; readonly until?: never }
  | {
      readonly kind: 'usedUp';
      /** Absent: unknown which quota. */
      readonly window?: WindowView;
      readonly until?: number;
      readonly incident?: Incident;
    }
  | {
      readonly kind: 'slots';
      readonly incident: Incident;
      /** Requests in flight now; a lower bound. */
      readonly use?: SlotUse;
      readonly limit?: number;
      /** Absent: unknown. */
      readonly isFull?: boolean;
      readonly until?: never;
    }
  | {
      readonly kind: 'failing';
      readonly incident: Incident;
      /** `soon`: a usual duration, not a moment. */
      readonly retry: 'at' | 'soon' | 'now' | 'useless' | 'unknown';
      readonly until?: number;
    };

/** The headline of a situation. A used-up quota comes first: nothing else matters until its reset. */
export function headlineOf(situation: Situation): Headline {
  return ofNumbers(situation) ?? ofIncident(situation) ?? { kind: 'state' };
}

function ofNumbers(situation: Situation): Headline | undefined {
  const { binding, snapshot, state } = situation.account.view;
  if (state !== 'exhausted') return undefined;
  const ofAccount = situation.incidents.filter(
    each => isCurrent(each, situation.now) && isOfAccount(each, situation),
  );
  if (snapshot?.balance || !binding) {
    const unpaid = ofAccount.find(({ verdict }) => verdict.cause === 'balance');
    return unpaid ? { kind: 'failing', incident: unpaid, retry: 'useless' } : { kind: 'state' };
  }
  const incident = ofAccount.find(isQuota);
  return {
    kind: 'usedUp',
    window: binding,
    ...untilReset(binding, situation.now),
    ...(incident ? { incident } : {}),
  };
}

function ofIncident(situation: Situation): Headline | undefined {
  const { incidents, now } = situation;
  const incident = incidents.find(each => isCurrent(each, now) && !isSettled(each, situation));
  return incident && headlineOfIncident(incident, situation);
}

/** The headline of one incident, whatever else is happening: for its notification. */
export function headlineOfIncident(incident: Incident, situation: Situation): Headline {
  const { now } = situation;
  if (isQuota(incident)) return usedUp(incident, situation);
  const { verdict, fields } = incident;
  const isRequested = fields.retryAfterSeconds !== undefined && isFuture(verdict.retryAt, now);
  if (isRequested && verdict.retry !== 'useless')
    return { kind: 'failing', incident, retry: 'at', until: verdict.retryAt! };
  if (verdict.cause === 'own_concurrency' || isOnKnownMachine(incident))
    return slots(incident, situation);
  if (verdict.retry !== 'at') return { kind: 'failing', incident, retry: verdict.retry };
  if (!isFuture(verdict.retryAt, now)) return { kind: 'failing', incident, retry: 'now' };
  return verdict.cause === 'tpd'
    ? { kind: 'failing', incident, retry: 'at', until: verdict.retryAt! }
    : { kind: 'failing', incident, retry: 'soon' };
}

/** Whose requests fill the limit is known: only then a free slot shows. */
const isOnKnownMachine = ({ verdict }: Incident): boolean =>
  verdict.cause === 'foreign_concurrency' &&
  verdict.evidence.some(({ kind }) => kind === 'otherMachines');

const isFuture = (at: number | undefined, now: number): boolean => at !== undefined && at > now;

const isOfAccount = ({ provider }: Incident, { account }: Situation): boolean =>
  provider === providerOf(account.account);

const isQuota = ({ verdict }: Incident): boolean => verdict.cause.startsWith('quota_');

/** A number above 0 that is newer than the last failure ends "used up". */
function isSettled(incident: Incident, situation: Situation): boolean {
  const { view } = situation.account;
  if (!isQuota(incident) || !isOfAccount(incident, situation)) return false;
  const { snapshot, windows, isOld } = view;
  if (!snapshot || isOld || snapshot.at <= incident.to) return false;
  if (view.state === 'extraUsage') return true;
  const concerned = windowsOf(incident, windows);
  return (
    concerned.length > 0 && concerned.every(({ remainingPercent = 0 }) => remainingPercent > 0)
  );
}

/** The quotas that a cause is about: one, or any. */
function windowsOf({ verdict }: Incident, windows: readonly WindowView[]): readonly WindowView[] {
  const id = windowOfCause(verdict.cause);
  return id === undefined ? windows : windows.filter(window => window.id === id);
}

function usedUp(incident: Incident, situation: Situation): Headline {
  const { now, account } = situation;
  const id = windowOfCause(incident.verdict.cause);
  const known = isOfAccount(incident, situation)
    ? account.view.windows.find(window => window.id === id)
    : undefined;
  const window = known ?? (id === undefined ? undefined : { id, isResetting: false });
  const { retryAt } = incident.verdict;
  return {
    kind: 'usedUp',
    incident,
    ...(window ? { window } : {}),
    ...(isFuture(retryAt, now) ? { until: retryAt! } : known ? untilReset(known, now) : {}),
  };
}

function untilReset({ resetsInMs, isResetting }: WindowView, now: number): { until?: number } {
  return resetsInMs === undefined || isResetting || resetsInMs <= 0
    ? {}
    : { until: now + resetsInMs };
}

function slots(incident: Incident, situation: Situation): Headline {
  const { account, activity } = situation;
  const inText = incident.verdict.evidence.find(one => one.kind === 'inFlight')?.limit;
  const ofPlan = isOfAccount(incident, situation)
    ? account.view.snapshot?.parallelLimit
    : undefined;
  const limit = ofPlan ?? incident.fields.limit ?? inText;
  const use = slotUse(activity, providerOf(account.account));
  return {
    kind: 'slots',
    incident,
    ...(use ? { use } : {}),
    ...(limit === undefined ? {} : { limit }),
    ...(!use || limit === undefined ? {} : { isFull: use.total >= limit }),
  };
}

/** Whether a quota's number is older than the failures that say it is used up. */
export function isDoubted({ id, remainingPercent = 0 }: WindowView, headline: Headline): boolean {
  if (headline.kind !== 'usedUp' || remainingPercent === 0) return false;
  return headline.window === undefined || headline.window.id === id;
}
