import { requestWords } from '../base/counts.ts';
import { accountName } from '../accounts/endpoint.ts';
import { agentName } from '../agents/signal.ts';
import { ageWords, balanceWords } from '../base/format.ts';
import type { CodeRegion } from '../base/kimiHosts.ts';
import type { Locale } from '../base/ports.ts';
import { accountOfIncident } from '../incidents/accountOfIncident.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Activity } from '../quota/activity.ts';
import { limitsCard } from '../diagnosis/limitsCard.ts';
import type { LedgerRow } from '../ledger/ledger.ts';
import { type Forecast, forecast } from '../quota/forecast.ts';
import type { KnownPlan } from '../quota/plan.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import type { QuotaView } from '../quota/quotaView.ts';
import type { Snapshot } from '../quota/snapshot.ts';
import { providerOf } from '../quota/team.ts';
import { contradictionFacts } from '../status/quotaFacts.ts';
import { slotUse } from '../status/slots.ts';
import { teamTable } from '../status/teamTable.ts';
import { percentWords } from '../status/windowWords.ts';
import { bannerOf } from './banner.ts';
import { cardsOf } from './cards.ts';
import type { AccountTab, PanelAccount, PanelSlots, PresentSection } from './panelState.ts';

/** Input of the section. */
export interface PresentInput {
  /** Accounts with a key or with data, the primary account first. */
  readonly accounts: readonly AccountView[];
  /** The id of the selected account. Default: the primary account. */
  readonly selected?: string | undefined;
  readonly activity: Activity;
  /** Forecasts of the selected account by quota. */
  readonly forecasts: ReadonlyMap<string, Forecast>;
  /** Recent snapshots by origin, recent incidents, oldest first, and what agents used. */
  readonly histories?: ReadonlyMap<string, readonly Snapshot[]>;
  readonly incidents?: readonly Incident[];
  readonly ledger?: readonly LedgerRow[];
  /** What Kimi named as the limits of the selected account. */
  readonly known?: KnownPlan | undefined;
  readonly region?: CodeRegion;
  /** Extra lines: the machine's name, quota drops without a local agent. */
  readonly facts: readonly string[];
  /** Epoch milliseconds. */
  readonly now: number;
  readonly locale: Locale;
}

/** Machines next to the meter of slots; the table of the team has all. */
const MOST_MACHINES_SHOWN = 3;

/** The account that the page shows. */
export function selectedAccount(
  accounts: readonly AccountView[],
  selected: string | undefined,
): AccountView | undefined {
  const shown = accounts.filter(({ view }) => view.state !== 'signedOut');
  return shown.find(({ account }) => account.id === selected) ?? shown[0];
}

/** A forecast of each quota with enough data. Pure. */
export function forecastsOf(
  { isOld, windows }: QuotaView,
  history: readonly Snapshot[],
  now: number,
): ReadonlyMap<string, Forecast> {
  if (isOld) return new Map();
  return new Map(windows.map(({ id }) => [id, forecast({ history, windowId: id, now })]));
}

/** The current quota, as the dashboard shows it. Pure. */
export function presentSection(input: PresentInput): PresentSection {
  const { accounts, selected, locale, facts } = input;
  const { t } = locale;
  const shown = selectedAccount(accounts, selected);
  const [primary] = accounts;
  const incidents = (input.incidents ?? []).toReversed();
  const banner = primary && bannerOf({ ...input, incidents, account: primary });
  const slots = slotsOf(input);
  return {
    tabs: tabsOf(accounts, shown, locale),
    ...(shown ? { account: accountOf(shown, input) } : {}),
    ...(banner && shown ? { banner } : {}),
    ...(slots ? { slots } : {}),
    ...limitsOf(shown, input),
    ...teamOf(shown, input),
    facts: [...(shown ? contradictionFacts(shown.view, locale) : []), ...facts],
    ...(shown
      ? {}
      : {
          empty: {
            text: t('Connect an account to see your quota here.'),
            actions: [
              { command: 'setApiKey', label: t('Set API Key') },
              { command: 'importKey', label: t('Import Key...') },
              { command: 'trySampleData', label: t('Try with Sample Data') },
            ],
          },
        }),
  };
}

/** The machines of the selected account. */
function teamOf(
  shown: AccountView | undefined,
  { activity, incidents = [], locale }: PresentInput,
): Pick<PresentSection, 'team'> {
  const view = shown ? { view: shown.view } : {};
  const provider = shown ? providerOf(shown.account) : 'kimi-code';
  const table = teamTable({ provider, ...view, activity, incidents }, locale);
  return table ? { team: { title: locale.t('Team'), ...table } } : {};
}

/** The limits of the selected account. */
function limitsOf(
  shown: AccountView | undefined,
  input: PresentInput,
): Pick<PresentSection, 'limits'> {
  if (!shown) return {};
  const { accounts, histories, incidents = [] } = input;
  const own = incidents.filter(one => accountOfIncident(one, accounts) === shown);
  const history = histories?.get(shown.view.snapshot?.origin ?? '') ?? [];
  const account = shown.account.id;
  const limits = limitsCard({ ...input, account, history, incidents: own });
  return limits.rows.length > 0 ? { limits } : {};
}

function tabsOf(
  accounts: readonly AccountView[],
  shown: AccountView | undefined,
  locale: Locale,
): AccountTab[] {
  return accounts
    .filter(({ view }) => view.state !== 'signedOut')
    .map(({ account, view }) => ({
      id: account.id,
      name: accountName(account.id, locale.t),
      figure: figureOf(view, locale),
      isOn: account === shown?.account,
    }));
}

function figureOf({ snapshot, binding }: QuotaView, locale: Locale): string {
  if (snapshot?.balance) return balanceWords(snapshot.balance, locale);
  return binding ? percentWords(binding, 'remaining') : '';
}

function accountOf({ account, view }: AccountView, input: PresentInput): PanelAccount {
  const { forecasts, locale, now } = input;
  const { t } = locale;
  return {
    name: accountName(account.id, t),
    ...(view.plan === undefined ? {} : { plan: view.plan }),
    updated: view.snapshot
      ? t('Updated {0}', ageWords(Math.max(0, now - view.snapshot.at), t))
      : '',
    cards: cardsOf({ view, forecasts, now, locale }),
  };
}

function slotsOf({ accounts, activity, locale }: PresentInput): PanelSlots | undefined {
  const { inFlight } = activity;
  const limit = accounts[0]?.view.snapshot?.parallelLimit;
  const { t } = locale;
  const use = slotUse(activity, accounts[0] ? providerOf(accounts[0].account) : 'kimi-code');
  if (!use) return undefined;
  const { total, elsewhere } = use;
  const agents = (inFlight?.byAgent ?? []).map(({ agent, count }) => ({
    name: agentName(agent, t),
    count,
  }));
  return {
    text:
      limit === undefined
        ? t('At least {0} in flight', requestWords(total, t))
        : t('Parallel slots in use: {0} of {1}', total, limit),
    inUse: total,
    ...(limit === undefined ? {} : { limit }),
    agents: [
      ...agents,
      ...elsewhere
        .slice(0, MOST_MACHINES_SHOWN)
        .map(({ machine, inFlight: count }) => ({ name: machine, count })),
    ],
  };
}
