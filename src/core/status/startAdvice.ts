import { joinSentences, shortMoment } from '../base/format.ts';
import type { Locale } from '../base/ports.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Activity } from '../quota/activity.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import type { QuotaView, WindowView } from '../quota/quotaView.ts';
import { providerOf } from '../quota/team.ts';
import { LOW_PERCENT } from '../quota/windows.ts';
import { type Headline, headlineOf } from './headline.ts';
import { type SlotUse, slotUse, whereWords } from './slots.ts';
import { shareWords, windowName } from './windowWords.ts';
import { MINUTE_MS } from '../base/time.ts';

/** The advice in one to three short sentences. */
export function startWords(advice: StartAdvice, now: number, locale: Locale): string {
  return joinSentences(startSentences(advice, now, locale), locale.t);
}

/** The advice, then its reasons, for a surface with a title. */
export function startSentences(
  advice: StartAdvice,
  now: number,
  locale: Locale,
): readonly [string, ...string[]] {
  const { t } = locale;
  switch (advice.kind) {
    case 'unknown':
      return [t("Can't tell whether to start agents: no current data.")];
    case 'go':
      return goSentences(advice, locale);
    case 'fewer':
      return [fewerWords(advice, locale)];
    case 'wait':
      return advice.reason === 'concurrency'
        ? slotSentences(advice.use, locale)
        : [waitWords(advice, now, locale)];
  }
}

type Of<Kind> = Extract<StartAdvice, { readonly kind: Kind }>;

function goSentences({ reason, agents }: Of<'go'>, { t }: Locale): [string, ...string[]] {
  const go = t('Ready to start agents.');
  if (reason === 'extraUsage') return [go, t("You're on paid Extra Usage.")];
  // Other devices and agents without logs are not visible, so this is no promise.
  return agents === undefined ? [go] : [go, t('Room for {0} more parallel requests.', agents)];
}

function fewerWords({ agents, window, use }: Of<'fewer'>, { t }: Locale): string {
  if (!window) {
    if (use?.peak !== undefined)
      return agents === 1
        ? t('Start one agent. Most parallel slots in use in the last minute: {0}.', use.peak)
        : t(
            'Start at most {0} agents. Most parallel slots in use in the last minute: {1}.',
            agents,
            use.peak,
          );
    const where = use ? whereWords(use, t) : '';
    const start =
      agents === 1
        ? t('Start one agent: one parallel slot is free.')
        : t('Start at most {0} agents: no more parallel slots are free.', agents);
    return where === '' ? start : `${start} ${t('In flight: {0}.', where)}`;
  }
  const left = t('{0}: {1}', windowName(window, t), shareWords(window, 'remaining', t));
  return agents === 1
    ? t('Start one agent. {0}.', left)
    : t('Start at most {0} agents. {1}.', agents, left);
}

function waitWords(
  { reason, until, window, isSoon }: Of<'wait'>,
  now: number,
  locale: Locale,
): string {
  const { t } = locale;
  if (reason === 'balance') return t("Don't start agents now: no credit left.");
  if (until === undefined)
    return window
      ? t("Don't start agents now: {0} used up.", windowName(window, t))
      : reason === 'spent'
        ? t("Don't start agents now: your quota is used up.")
        : t("Don't start agents now: requests are failing, and waiting won't help.");
  // The clock may already show that minute.
  if (reason === 'incident' && (isSoon || until - now < MINUTE_MS))
    return t('Wait a minute: requests are failing right now.');
  const when = shortMoment(until, now, locale);
  if (reason === 'spent') {
    const name = window ? windowName(window, t) : t('Quota');
    return t('Wait until {0}. {1}.', when, t('{0} used up', name));
  }
  if (!window) return t('Wait until {0}: requests are failing right now.', when);
  return t(
    'Wait until {0}. {1}: {2}.',
    when,
    windowName(window, t),
    shareWords(window, 'remaining', t),
  );
}

function slotSentences(use: SlotUse | undefined, { t }: Locale): [string, ...string[]] {
  if (use?.peak !== undefined)
    return [t("Don't start agents yet: all parallel slots were in use in the last minute.")];
  const where = use ? whereWords(use, t) : '';
  return [
    t('All parallel slots are in use.'),
    ...(where === '' ? [] : [t('In flight: {0}.', where)]),
    t('Wait for a request to end.'),
  ];
}

/**
 * Whether to start agents now. `go`: `agents` is the number of free parallel slots, if known. `fewer`:
 * at most `agents`. `wait`: `until` in epoch milliseconds; absent if unknown or waiting is useless.
 * `unknown`: no current data. `use`: who uses the parallel slots, if they are the reason.
 */
export type StartAdvice =
  | { readonly kind: 'go'; readonly reason: 'room' | 'extraUsage'; readonly agents?: number }
  | {
      readonly kind: 'fewer';
      readonly agents: number;
      readonly reason: 'lowWindow' | 'concurrency';
      readonly window?: WindowView;
      readonly use?: SlotUse;
    }
  | {
      readonly kind: 'wait';
      readonly until?: number;
      readonly reason: 'spent' | 'lowWindow' | 'concurrency' | 'incident' | 'balance';
      readonly window?: WindowView;
      readonly use?: SlotUse;
      /** `until` is a usual duration, not a moment. */
      readonly isSoon?: true;
    }
  | { readonly kind: 'unknown' };

/** Input of the advice, all for one account. */
interface StartInput {
  readonly view: QuotaView;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Requests in flight, here and elsewhere: a lower bound. Absent if nobody logs them. */
  readonly use?: SlotUse;
  /** What every surface shows now. */
  readonly headline: Headline;
}

/** Share of a 5-hour quota that an agent uses per hour, in percent (docs/kimi.md 9.1). */
const PERCENT_PER_AGENT = 5;
/** Parallel sub-agents of a Kimi Code swarm (docs/kimi.md 7). */
const SWARM = 5;
/** With a low quota that resets this soon, waiting is better than stopping halfway. */
const SOON_MS = 30 * 60_000;

/** What the headline forbids, whatever the numbers allow. */
function ofHeadline({ headline, view }: StartInput): StartAdvice | undefined {
  switch (headline.kind) {
    case 'usedUp':
      return { kind: 'wait', reason: 'spent', ...timeOf(headline.until), ...windowOf(headline) };
    case 'slots':
      // With a free slot, the count decides how many agents fit.
      return headline.isFull === false ? undefined : { kind: 'wait', reason: 'concurrency' };
    case 'failing':
      return ofFailing(headline);
    case 'state':
      return ofMoney(view);
  }
}

function ofFailing({
  incident: { verdict },
  retry,
  until,
}: Extract<Headline, { readonly kind: 'failing' }>): StartAdvice | undefined {
  const reason = verdict.cause === 'balance' ? 'balance' : 'incident';
  switch (retry) {
    case 'useless':
      return { kind: 'wait', reason };
    case 'at':
      return { kind: 'wait', reason, ...timeOf(until) };
    case 'soon':
      return { kind: 'wait', reason, ...timeOf(verdict.retryAt), isSoon: true };
    case 'now':
    case 'unknown':
      return undefined;
  }
}

function ofMoney({ state }: QuotaView): StartAdvice | undefined {
  if (state === 'extraUsage') return { kind: 'go', reason: 'extraUsage' };
  return state === 'exhausted' ? { kind: 'wait', reason: 'balance' } : undefined;
}

const timeOf = (until: number | undefined): { until?: number } =>
  until === undefined ? {} : { until };

const windowOf = ({ window }: { readonly window?: WindowView }): { window?: WindowView } =>
  window ? { window } : {};

/** Numbers that are old, missing or resetting are no current data. */
function ofUnknown({ view: { state } }: StartInput): StartAdvice | undefined {
  return state === 'ok' || state === 'low' ? undefined : { kind: 'unknown' };
}

function ofConcurrency(input: StartInput): StartAdvice | undefined {
  const free = freePlaces(input);
  if (free === undefined || free >= SWARM) return undefined;
  const isTold = input.use && (input.use.elsewhere.length > 0 || input.use.peak !== undefined);
  const use = isTold ? { use: input.use } : {};
  return free > 0
    ? { kind: 'fewer', reason: 'concurrency', agents: free, ...use }
    : { kind: 'wait', reason: 'concurrency', ...use };
}

function ofLowWindow(input: StartInput): StartAdvice | undefined {
  const { binding } = input.view;
  const left = binding?.remainingPercent;
  if (!binding || left === undefined || left > LOW_PERCENT) return undefined;
  if ((binding.resetsInMs ?? Infinity) <= SOON_MS)
    return {
      kind: 'wait',
      reason: 'lowWindow',
      window: binding,
      ...untilReset(binding, input.now),
    };
  const agents = Math.max(1, Math.floor(left / PERCENT_PER_AGENT));
  return { kind: 'fewer', reason: 'lowWindow', window: binding, agents };
}

function ofRoom(input: StartInput): StartAdvice {
  const free = freePlaces(input);
  return { kind: 'go', reason: 'room', ...(free === undefined ? {} : { agents: free }) };
}

/** Agents between two requests use no slot now, but need one again soon. */
function freePlaces({ view, use }: StartInput): number | undefined {
  const limit = view.snapshot?.parallelLimit;
  return limit === undefined ? undefined : limit - (use?.peak ?? use?.total ?? 0);
}

const untilReset = ({ resetsInMs }: WindowView, now: number): { until?: number } =>
  resetsInMs === undefined ? {} : { until: now + resetsInMs };

/** Input besides the account. */
export interface StartSurroundings {
  readonly activity: Activity;
  /** The newest first. */
  readonly incidents: readonly Incident[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Whether to start agents that use this account, by the headline and then by the numbers. Pure. */
export function startAdvice(account: AccountView, known: StartSurroundings): StartAdvice {
  const use = slotUse(known.activity, providerOf(account.account));
  const headline = headlineOf({ account, ...known });
  const input = { view: account.view, now: known.now, headline, ...(use ? { use } : {}) };
  return (
    ofHeadline(input) ??
    ofUnknown(input) ??
    ofConcurrency(input) ??
    ofLowWindow(input) ??
    ofRoom(input)
  );
}
