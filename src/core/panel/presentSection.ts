import { accountName } from '../accounts/endpoint.ts';
import { clockWords, momentWords } from '../base/format.ts';
import type { Locale } from '../base/ports.ts';
import type { Activity } from '../quota/activity.ts';
import { limitsCard } from '../diagnosis/limitsCard.ts';
import type { Incident } from '../incidents/incident.ts';
import type { LedgerRow } from '../ledger/ledger.ts';
import { type Forecast, forecast } from '../quota/forecast.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import type { QuotaView, WindowView } from '../quota/quotaView.ts';
import type { Snapshot } from '../quota/snapshot.ts';
import { LOW_PERCENT } from '../quota/windows.ts';
import { explainState } from '../status/explainState.ts';
import { quotaFacts } from '../status/quotaFacts.ts';
import {
  safeToStart,
  type StartAdvice,
  type StartInput,
  startWords,
} from '../status/startAdvice.ts';
import { resetWords, shareWords, windowName } from '../status/windowWords.ts';
import type { PanelAccount, PanelWindow, PresentSection, Tone } from './panelState.ts';
import { agentName } from '../agents/signal.ts';

/** Rounds to five minutes: a forecast isn't more exact. */
const ROUND_MS = 5 * 60_000;

/** A forecast as one sentence that leaves room for error; empty for a used-up window. */
export function forecastWords(forecast: Forecast, now: number, locale: Locale): string {
  const { t } = locale;
  const name = windowName({ id: forecast.windowId, isResetting: false }, t);
  switch (forecast.kind) {
    case 'spent':
      return '';
    case 'notEnoughData':
      return t('{0}: not enough data for a forecast yet.', name);
    case 'idle':
      return t('{0} is on pace to last until it resets.', name);
    case 'resetsFirst':
    case 'maybe':
    case 'runsOut':
      return rangeWords(forecast, name, now, locale);
  }
}

type Range = Extract<Forecast, { readonly from: number }>;

function rangeWords(
  { kind, from, to, resetsAt }: Range,
  name: string,
  now: number,
  locale: Locale,
) {
  const { t } = locale;
  const early = clockWords(Math.floor(from / ROUND_MS) * ROUND_MS, now, locale);
  const late = to === undefined ? '' : clockWords(Math.ceil(to / ROUND_MS) * ROUND_MS, now, locale);
  const reset = momentWords(resetsAt, now, locale);
  if (kind === 'runsOut')
    return t(
      '{0} will likely run out between {1} and {2}, before it resets ({3}).',
      name,
      early,
      late,
      reset,
    );
  if (kind === 'resetsFirst')
    return late === ''
      ? t('{0} is on pace to last until at least {1}; it resets {2}.', name, early, reset)
      : t('{0} is on pace to last until {1} to {2}; it resets {3}.', name, early, late, reset);
  return late === ''
    ? t(
        '{0} may run out before it resets: it lasts until at least {1}; it resets {2}.',
        name,
        early,
        reset,
      )
    : t(
        '{0} may run out before it resets: it lasts until {1} to {2}; it resets {3}.',
        name,
        early,
        late,
        reset,
      );
}

/** Input of the section. */
export interface PresentInput {
  /** Accounts with a key or with data, the primary account first. */
  readonly accounts: readonly AccountView[];
  readonly activity: Activity;
  /** Recent snapshots by origin, oldest first, for forecasts. */
  readonly histories: ReadonlyMap<string, readonly Snapshot[]>;
  /** An ongoing incident of the user's account. */
  readonly incident?: StartInput['incident'];
  /** Recent incidents, oldest first, and what agents used: for the limits. */
  readonly incidents?: readonly Incident[];
  readonly ledger?: readonly LedgerRow[];
  /** Extra lines: the machine's name, quota drops without a local agent. */
  readonly facts: readonly string[];
  /** Epoch milliseconds. */
  readonly now: number;
  readonly locale: Locale;
}

/** The current quota, as the dashboard shows it. Pure. */
export function presentSection(input: PresentInput): PresentSection {
  const { accounts, activity, locale, facts } = input;
  const { t } = locale;
  const [primary] = accounts;
  const { inFlight } = activity;
  const limit = primary?.view.snapshot?.parallelLimit;
  const start = primary && startOf(primary.view, input);
  return {
    accounts: accounts
      .filter(({ view }) => view.state !== 'signedOut')
      .map(account => accountOf(account, input)),
    ...(start ? { start } : {}),
    ...(inFlight && inFlight.total > 0
      ? {
          inFlight: {
            text:
              limit === undefined
                ? t('At least {0} requests are in flight on this machine.', inFlight.total)
                : t(
                    'At least {0} requests are in flight on this machine; your plan allows {1}.',
                    inFlight.total,
                    limit,
                  ),
            agents: inFlight.byAgent.map(({ agent, count }) => ({
              name: agentName(agent, t),
              count,
            })),
          },
        }
      : {}),
    ...limitsOf(input),
    facts: [...facts],
    ...(accounts.every(({ view }) => view.state === 'signedOut')
      ? {
          empty: {
            text: t('Add a key to see your quota here.'),
            actions: [
              { command: 'setApiKey', label: t('Set API Key') },
              { command: 'importKey', label: t('Import Key...') },
            ],
          },
        }
      : {}),
  };
}

/** The limits of the primary account. */
function limitsOf(input: PresentInput): Pick<PresentSection, 'limits'> {
  const { accounts, histories, incidents = [], ledger = [] } = input;
  const [primary] = accounts;
  if (!primary) return {};
  const provider = primary.account.id === 'kimiCode' ? 'kimi-code' : 'open-platform';
  const own = incidents.filter(incident => incident.provider === provider);
  const history = histories.get(primary.view.snapshot?.origin ?? '') ?? [];
  const limits = limitsCard({ ...input, history, incidents: own, ledger });
  return limits.rows.length > 0 ? { limits } : {};
}

function startOf(view: QuotaView, { activity, incident, now, locale }: PresentInput) {
  const advice = safeToStart({
    view,
    now,
    ...(activity.inFlight ? { inFlight: activity.inFlight } : {}),
    ...(incident ? { incident } : {}),
  });
  if (advice.kind === 'unknown') return undefined;
  return { tone: toneOfAdvice(advice), text: startWords(advice, now, locale) };
}

function toneOfAdvice({ kind }: StartAdvice): Tone {
  switch (kind) {
    case 'go':
      return 'good';
    case 'fewer':
      return 'low';
    case 'wait':
      return 'spent';
    case 'unknown':
      return 'unknown';
  }
}

function accountOf({ account, view }: AccountView, input: PresentInput): PanelAccount {
  const { locale, now } = input;
  const { happened, stillTrue, toDo } = explainState(view, locale);
  return {
    name: accountName(account.id, locale.t),
    ...(view.plan === undefined ? {} : { plan: view.plan }),
    sentences: [happened, stillTrue, toDo].filter(sentence => sentence !== ''),
    windows: view.windows.map(window => windowOf(window, view, input)),
    facts: [...forecastsOf(view, input), ...quotaFacts(view, now, locale)],
  };
}

function forecastsOf(
  { isOld, snapshot, windows }: QuotaView,
  { histories, now, locale }: PresentInput,
): string[] {
  const history = snapshot && histories.get(snapshot.origin);
  if (!history || isOld) return [];
  return windows
    .map(({ id }) => forecast({ history, windowId: id, now }))
    .filter(({ kind }) => kind !== 'notEnoughData')
    .map(it => forecastWords(it, now, locale))
    .filter(sentence => sentence !== '');
}

function windowOf(
  window: WindowView,
  { binding }: QuotaView,
  { now, locale }: PresentInput,
): PanelWindow {
  const { remainingPercent } = window;
  const reset = resetWords(window, now, locale);
  return {
    id: window.id,
    name: windowName(window, locale.t),
    ...(remainingPercent === undefined ? {} : { remainingPercent }),
    share: shareWords(window, 'remaining', locale.t),
    reset: reset === '' || window.isResetting ? '' : locale.t('Resets {0}', reset),
    tone: toneOfShare(remainingPercent),
    isBinding: window === binding,
  };
}

function toneOfShare(remainingPercent: number | undefined): Tone {
  if (remainingPercent === undefined) return 'unknown';
  if (remainingPercent === 0) return 'spent';
  return remainingPercent <= LOW_PERCENT ? 'low' : 'good';
}
