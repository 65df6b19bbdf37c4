import { DAY_MS, HOUR_MS } from '../base/time.ts';
import type { Activity } from '../quota/activity.ts';
import type { CodeRegion } from '../base/kimiHosts.ts';
import { explain, type ExplainOptions, explainWords, incidentTitle } from '../explain/explain.ts';
import { type Incident, type IncidentRows } from '../incidents/incident.ts';
import type { ValueRows } from '../base/store.ts';
import type { LedgerRow, LedgerRows } from '../ledger/ledger.ts';
import { LEDGER_MS, type LedgerArchive, readLedger } from '../ledger/whereItWent.ts';
import type { Clock, Locale } from '../base/ports.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import { loadPlan } from '../quota/plan.ts';
import type { Forecast } from '../quota/forecast.ts';
import type { Snapshot, SnapshotRows } from '../quota/snapshot.ts';
import { afterTest } from '../diagnosis/afterTest.ts';
import { loadDirectResults } from '../diagnosis/directResults.ts';
import { idsPart } from './checklistSection.ts';
import { historySection, historySince } from './historySection.ts';
import { bannerOf } from './banner.ts';
import { failureSection } from './failureSection.ts';
import { quotaNow } from '../explain/quotaNow.ts';
import { type DetailPresent, incidentDetail, wordsDetail } from './incidentPage.ts';
import { incidentSection } from './incidentSection.ts';
import type { DiagnosisPart, HistorySpan, IncidentDetail, PanelState } from './panelState.ts';
import {
  forecastsOf,
  type PresentInput,
  presentSection,
  selectedAccount,
} from './presentSection.ts';
import { type LedgerSection, ledgerSection } from './ledgerSection.ts';
import type { LedgerRequest } from './panelMessages.ts';
import type { ExplainedWords } from '../errors/wordsOfText.ts';

/** Dependencies of `PanelSource`. */
export interface PanelSourceOptions {
  readonly archive: Pick<SnapshotRows, 'readHistory'> &
    Pick<IncidentRows, 'readIncidents'> &
    Pick<LedgerRows, 'ledgerRows'> &
    Pick<ValueRows, 'get'>;
  /** The primary account first. */
  readonly accounts: (now: number) => readonly AccountView[];
  readonly activity: () => Activity;
  /** The incidents of the last day; only these can still change. */
  readonly recent: () => readonly Incident[];
  /** Extra lines: the machine's name, quota drops without a local agent. */
  readonly facts: (now: number) => readonly string[];
  readonly region: () => CodeRegion;
  readonly clock: Pick<Clock, 'now'>;
  readonly locale: Locale;
  /** Ids, direct test and checklists of an incident. Default: none. */
  readonly diagnose?: (incident: Incident) => Promise<DiagnosisPart>;
  /** A notice at the top of the page; absent normally. */
  readonly notice?: string;
}

/** What the page currently shows. */
export interface PanelChoice {
  readonly span: HistorySpan;
  /** The id of the selected account. Default: the primary account. */
  readonly account?: string;
  /** An incident by its id, or an error text. Absent for the overview. */
  readonly target?: string | ExplainedWords;
}

/** The id of an error text that isn't an incident. */
export const WORDS_ID = 'words';

/** Maximum of incidents in the list. */
const MOST_INCIDENTS = 500;
/** How long a reading without changes is shared by pages: ages are in minutes. */
const SHARED_MS = 1000;
/**
 * How often older incidents and tokens are read: after the first start, old logs are still being
 * scanned.
 */
const OLDER_MS = 60_000;

/** The snapshots of `LEDGER_MS`: no span is longer. */
interface Histories {
  readonly key: string;
  readonly byOrigin: ReadonlyMap<string, readonly Snapshot[]>;
}

/** The tokens of `LEDGER_MS`, without sessions and projects. */
interface CoarseLedger {
  readonly key: string;
  readonly readAt: number;
  readonly rows: readonly LedgerRow[];
}

/** Collects the data of the dashboard. */
export class PanelSource {
  readonly #options: PanelSourceOptions;
  #older: readonly Incident[] = [];
  #olderReadAt = -Infinity;
  #histories: Histories | undefined;
  #ledger: CoarseLedger | undefined;
  #shared:
    { readonly key: string; readonly at: number; readonly state: Promise<PanelState> } | undefined;

  constructor(options: PanelSourceOptions) {
    this.#options = options;
  }

  /** Call when anything may have changed: then nothing read before is used again. */
  changed(): void {
    this.#shared = undefined;
  }

  /** The current state. What can't have changed isn't read again; two pages share one reading. */
  async read({ target, ...choice }: PanelChoice): Promise<PanelState> {
    const overview = await this.#readShared(choice);
    const detail = target === undefined ? undefined : await this.readDetail(target);
    return { ...overview, ...(detail ? { detail } : {}) };
  }

  #readShared(choice: Omit<PanelChoice, 'target'>): Promise<PanelState> {
    const key = JSON.stringify(choice);
    const now = this.#options.clock.now();
    const known = this.#shared;
    if (known?.key === key && Math.abs(now - known.at) < SHARED_MS) return known.state;
    const state = this.#readOverview(choice);
    this.#shared = { key, at: now, state };
    return state;
  }

  async #readOverview({ span, account }: Omit<PanelChoice, 'target'>): Promise<PanelState> {
    const { accounts, activity, clock, facts, locale, notice, region } = this.#options;
    const now = clock.now();
    const moment = { now, locale };
    const views = accounts(now);
    const incidents = await this.#readIncidents(now);
    const histories = await this.#readHistories(views, now);
    const shown = selectedAccount(views, account);
    const whole = histories.get(shown?.view.snapshot?.origin ?? '') ?? [];
    const forecasts = shown ? forecastsOf(shown.view, whole, now) : new Map<string, Forecast>();
    const options = { ...moment, region: region() };
    const present = presentSection({
      ...options,
      accounts: views,
      selected: account,
      activity: activity(),
      forecasts,
      histories,
      incidents,
      ...(await this.#readLimits(views, shown, now)),
      facts: facts(now),
    });
    return {
      present,
      history: historySection({
        ...moment,
        span,
        history: whole.filter(({ at }) => at >= historySince(span, now)),
        forecasts,
        incidents,
        hasKey: shown !== undefined,
      }),
      failures: failureSection(incidents, moment),
      incidents: incidentSection(incidents.toReversed(), hasLogs(activity(), incidents), moment),
      ...(notice === undefined ? {} : { notice }),
    };
  }

  /** Only the details of the target; undefined if it doesn't exist. */
  async readDetail(target: PanelChoice['target']): Promise<IncidentDetail | undefined> {
    const { accounts, activity, clock, locale, region } = this.#options;
    const now = clock.now();
    const [primary] = accounts(now);
    const quota = primary && quotaNow(primary.view, locale.t);
    const options = { now, locale, region: region(), ...(quota ? { quota } : {}) };
    const incidents = await this.#readIncidents(now);
    const banner =
      primary &&
      bannerOf({
        ...options,
        account: primary,
        activity: activity(),
        forecasts: new Map(),
        incidents: incidents.toReversed(),
      });
    const present = { account: primary, activity: activity(), banner };
    return this.#detailOf(target, incidents, { ...options, present });
  }

  /** Where a window of the selected account went, now or before an incident. */
  async readLedger(request: LedgerRequest, account?: string): Promise<LedgerSection> {
    const { accounts, archive, clock, locale } = this.#options;
    const now = clock.now();
    const incidents = request.incident === undefined ? [] : await this.#readIncidents(now);
    const incident = incidents.find(({ id }) => id === request.incident);
    const views = accounts(now);
    const origin = selectedAccount(views, account)?.view.snapshot?.origin;
    const at = incident?.from ?? now;
    const detailsOf = { windowId: request.window, by: request.by };
    // The overview reads the same time.
    const ledger: LedgerArchive = incident
      ? archive
      : {
          get: key => archive.get(key),
          readHistory: async () => (await this.#readHistories(views, now)).get(origin ?? '') ?? [],
          ledgerRows: query =>
            query.detail === 'coarse'
              ? this.#readCoarse(views, now, OLDER_MS)
              : archive.ledgerRows(query),
        };
    return ledgerSection({
      ...(origin === undefined
        ? {}
        : { reading: await readLedger(ledger, { origin, now: at, detailsOf }) }),
      ...detailsOf,
      ...(incident ? { before: incidentTitle(incident, locale.t) } : {}),
      now: at,
      locale,
    });
  }

  async #detailOf(
    target: PanelChoice['target'],
    incidents: readonly Incident[],
    options: ExplainOptions & { readonly present: DetailPresent },
  ): Promise<IncidentDetail | undefined> {
    const { t } = options.locale;
    if (typeof target === 'object') {
      const { category, ids = [] } = target;
      return {
        ...wordsDetail(WORDS_ID, explainWords(target, options), { t, category }),
        ...(ids.length > 0 ? { diagnosis: idsPart(ids) } : {}),
      };
    }
    const open = incidents.find(({ id }) => id === target);
    if (!open) return undefined;
    const results = await loadDirectResults(this.#options.archive);
    const tested = afterTest(open, results.get(open.id));
    const detail = incidentDetail(tested, explain(tested, options), options);
    const diagnosis = await this.#options.diagnose?.(open);
    return { ...detail, ...(diagnosis ? { diagnosis } : {}) };
  }

  /** Sorted by the last failure. */
  async #readIncidents(now: number): Promise<readonly Incident[]> {
    const { archive, recent } = this.#options;
    if (Math.abs(now - this.#olderReadAt) >= OLDER_MS) {
      this.#older = await archive.readIncidents({ limit: MOST_INCIDENTS });
      this.#olderReadAt = now;
    }
    const byId = new Map([...this.#older, ...recent()].map(incident => [incident.id, incident]));
    this.#older = [...byId.values()].sort((a, b) => a.to - b.to).slice(-MOST_INCIDENTS);
    return this.#older;
  }

  /** For the limits of an account; rates are compared with what agents use right now. */
  async #readLimits(
    views: readonly AccountView[],
    shown: AccountView | undefined,
    now: number,
  ): Promise<Pick<PresentInput, 'ledger' | 'known'>> {
    const { archive } = this.#options;
    const { balance, origin = '' } = shown?.view.snapshot ?? {};
    if (!balance) return { ledger: await this.#readCoarse(views, now) };
    const ledger = await archive.ledgerRows({ from: now - DAY_MS - HOUR_MS, to: now });
    return { ledger, known: await loadPlan(archive, origin) };
  }

  /** Read again when an account has a new snapshot. */
  async #readHistories(views: readonly AccountView[], now: number): Promise<Histories['byOrigin']> {
    const key = snapshotsKey(views);
    const known = this.#histories;
    if (known?.key === key) return known.byOrigin;
    const origins = views.flatMap(({ view }) => view.snapshot?.origin ?? []);
    const since = now - LEDGER_MS;
    const histories = await Promise.all(
      origins.map(origin => this.#options.archive.readHistory({ origin, since })),
    );
    const byOrigin = new Map(origins.map((origin, index) => [origin, histories[index]!]));
    this.#histories = { key, byOrigin };
    return byOrigin;
  }

  /** Read again when an account has a new snapshot, and after `keptMs`. */
  async #readCoarse(
    views: readonly AccountView[],
    now: number,
    keptMs = Infinity,
  ): Promise<readonly LedgerRow[]> {
    const key = snapshotsKey(views);
    const known = this.#ledger;
    if (known?.key === key && Math.abs(now - known.readAt) < keptMs) return known.rows;
    const query = { from: now - LEDGER_MS, to: now, detail: 'coarse' } as const;
    const rows = await this.#options.archive.ledgerRows(query);
    this.#ledger = { key, readAt: now, rows };
    return rows;
  }
}

/** Changes with every reading of an account. */
const snapshotsKey = (views: readonly AccountView[]): string =>
  JSON.stringify(
    views.flatMap(({ view: { snapshot } }) => (snapshot ? [snapshot.origin, snapshot.at] : [])),
  );

/** Whether an agent log was ever found: only then is an empty list good news. */
function hasLogs(activity: Activity, incidents: readonly Incident[]): boolean {
  return (
    incidents.length > 0 || activity.inFlight !== undefined || activity.lastFailure !== undefined
  );
}
