import { durationWords, shortMoment } from '../base/format.ts';
import type { Locale } from '../base/ports.ts';
import { MINUTE_MS, SECOND_MS } from '../base/time.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Cause } from '../incidents/verdict.ts';
import type { Activity } from '../quota/activity.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import type { QuotaView, WindowView } from '../quota/quotaView.ts';
import { providerOf } from '../quota/team.ts';
import { headlineOf } from './headline.ts';
import { type SlotUse, slotUse, whereWords } from './slots.ts';
import { windowName } from './windowWords.ts';

/** What a wait is for: the next request that passes, or the next reset of a quota. */
export type Goal = 'go' | '5h' | 'week';

/** What is known about one account. */
export interface OpeningInput extends AccountView {
  readonly activity: Activity;
  /** The newest first. */
  readonly incidents: readonly Incident[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * Whether requests pass. `closed`: `until` in epoch milliseconds, absent if the end is unknown.
 * `resetting`: the reset has passed, but no reading confirms it yet. `useless`: waiting doesn't help.
 */
export type Opening =
  | { readonly kind: 'open' }
  | { readonly kind: 'resetting'; readonly since: number }
  | {
      readonly kind: 'closed';
      readonly reason: 'quota' | 'rate' | 'slots' | 'service';
      readonly until?: number;
      readonly window?: WindowView;
      /** Who uses the parallel slots. */
      readonly use?: SlotUse;
    }
  | { readonly kind: 'useless'; readonly reason: 'key' | 'plan' | 'credit' | 'incident' }
  | { readonly kind: 'unknown' };

/** A rate per minute frees itself within this time of the last rejected request. */
const RATE_MS = MINUTE_MS;

const RATES: ReadonlySet<Cause> = new Set(['rpm', 'tpm']);
const SERVICE: ReadonlySet<Cause> = new Set(['overloaded', 'server_error', 'network']);
const SLOTS: ReadonlySet<Cause> = new Set(['own_concurrency', 'foreign_concurrency']);

/** Whether requests of this account pass at `now`, and otherwise what blocks them. Pure. */
export function openingOf(input: OpeningInput): Opening {
  return (
    ofState(input.view) ??
    ofHeadline(input) ??
    ofOldQuota(input) ??
    ofSlots(input) ??
    ofResetting(input) ??
    ofOldNumbers(input.view) ?? { kind: 'open' }
  );
}

/** The next reset of the quota `id` after `now`; undefined: it has no reset, or nothing of it is used. */
export function nextReset({ view, now }: OpeningInput, id: '5h' | 'week'): number | undefined {
  const window = view.windows.find(each => each.id === id);
  if (!window || window.remainingPercent === 100 || window.isResetting) return undefined;
  return window.resetsInMs === undefined ? undefined : now + window.resetsInMs;
}

function ofState({ state, outcome, snapshot }: QuotaView): Opening | undefined {
  switch (state) {
    case 'badBaseUrl':
    case 'signedOut':
    case 'keyRefused':
      return { kind: 'useless', reason: 'key' };
    case 'noPlan':
      return { kind: 'useless', reason: 'plan' };
    case 'forbidden':
      return outcome?.kind === 'forbidden' &&
        (outcome.reason === 'quota' || outcome.reason === 'concurrency')
        ? undefined
        : { kind: 'useless', reason: 'plan' };
    case 'exhausted':
      return snapshot?.balance ? { kind: 'useless', reason: 'credit' } : undefined;
    default:
      return undefined;
  }
}

/** Without current numbers there is no promise. */
function ofOldNumbers({ state }: QuotaView): Opening | undefined {
  switch (state) {
    case 'forbidden':
      return { kind: 'closed', reason: 'quota' };
    case 'loading':
    case 'unknown':
    case 'stale':
    case 'offline':
    case 'endpointChanged':
    case 'noKeyRing':
    case 'tokenExpired':
      return { kind: 'unknown' };
    default:
      return undefined;
  }
}

/** What every surface shows now. */
function ofHeadline(input: OpeningInput): Opening | undefined {
  const { account, view } = input;
  const headline = headlineOf({ ...input, account: { account, view } });
  switch (headline.kind) {
    case 'usedUp':
      return { kind: 'closed', reason: 'quota', ...timeOf(headline.until), ...windowOf(headline) };
    case 'slots':
      if (headline.isFull) return { kind: 'closed', reason: 'slots', ...useOf(input) };
      return headline.isFull === undefined
        ? ofFailing(headline.incident, undefined, input.now)
        : undefined;
    case 'failing':
      return headline.retry === 'useless'
        ? { kind: 'useless', reason: 'incident' }
        : ofFailing(headline.incident, headline.until, input.now);
    case 'state':
      return undefined;
  }
}

/** A used-up quota stays so until its last reset, also by old numbers. */
function ofOldQuota({ view, now }: OpeningInput): Opening | undefined {
  if (!view.isOld) return undefined;
  const spent = view.windows.filter(({ remainingPercent }) => remainingPercent === 0);
  const [last] = spent.sort((a, b) => (b.resetsInMs ?? Infinity) - (a.resetsInMs ?? Infinity));
  if (!last) return undefined;
  const until = last.resetsInMs === undefined ? undefined : now + last.resetsInMs;
  return { kind: 'closed', reason: 'quota', window: last, ...timeOf(until) };
}

const timeOf = (until: number | undefined): { until?: number } =>
  until === undefined ? {} : { until };

const windowOf = ({ window }: { readonly window?: WindowView }): { window?: WindowView } =>
  window ? { window } : {};

/** Where the end is no moment, a usual duration: a wait that ends may have to start again. */
function ofFailing(
  { verdict: { cause, retryAt }, to }: Incident,
  moment: number | undefined,
  now: number,
): Opening | undefined {
  const usual = RATES.has(cause) ? Math.max(retryAt ?? 0, to + RATE_MS) : retryAt;
  const until = moment ?? usual;
  if (until === undefined || until <= now) return undefined;
  const reason = SLOTS.has(cause) ? 'slots' : SERVICE.has(cause) ? 'service' : 'rate';
  return { kind: 'closed', reason, until };
}

function ofSlots(input: OpeningInput): Opening | undefined {
  const limit = input.view.snapshot?.parallelLimit;
  const { use } = useOf(input);
  return use && limit !== undefined && use.total >= limit
    ? { kind: 'closed', reason: 'slots', use }
    : undefined;
}

function useOf({ account, activity }: OpeningInput): { readonly use?: SlotUse } {
  const use = slotUse(activity, providerOf(account));
  return use ? { use } : {};
}

function ofResetting({ view, now }: OpeningInput): Opening | undefined {
  const passed = view.windows.filter(({ isResetting }) => isResetting);
  if (passed.length === 0) return undefined;
  const skew = view.snapshot?.clockSkewMs ?? 0;
  const resets = passed.map(({ resetsAt = now }) => resetsAt - skew);
  return { kind: 'resetting', since: Math.max(...resets) };
}

/** The state of a wait in one short sentence. */
export function openingWords(opening: Opening, now: number, locale: Locale): string {
  const { t } = locale;
  switch (opening.kind) {
    case 'open':
      return t('Requests pass.');
    case 'resetting':
      return t('The quota has just reset. Waiting for new numbers.');
    case 'unknown':
      return t("Can't tell whether requests pass: no current data.");
    case 'useless':
      return uselessWords(opening.reason, locale);
    case 'closed':
      return closedWords(opening, now, locale);
  }
}

function uselessWords(reason: (Opening & { kind: 'useless' })['reason'], { t }: Locale): string {
  switch (reason) {
    case 'key':
      return t("Waiting won't help: the key is missing or rejected.");
    case 'plan':
      return t("Waiting won't help: the account has no plan for this.");
    case 'credit':
      return t("Waiting won't help: no credit left.");
    case 'incident':
      return t("Waiting won't help: requests fail for another reason.");
  }
}

function closedWords(
  { reason, until, window, use }: Opening & { kind: 'closed' },
  now: number,
  locale: Locale,
): string {
  const { t } = locale;
  if (reason === 'slots') {
    const where = use ? whereWords(use, t) : '';
    return where === ''
      ? t('All parallel slots are in use.')
      : t('All parallel slots are in use: {0}.', where);
  }
  const cause = window
    ? t('{0} used up', windowName(window, t))
    : reason === 'rate'
      ? t('Rate limited')
      : t('Requests are failing');
  if (until === undefined) return t('{0}. Reset unknown.', cause);
  const left = durationWords(Math.max(0, until - now), t);
  return t('{0}. {1} left, until {2}.', cause, left, shortMoment(until, now, locale));
}

/** After a reset, requests are taken to pass when no reading can confirm it. */
export const UNCONFIRMED_MS = 45 * SECOND_MS;
