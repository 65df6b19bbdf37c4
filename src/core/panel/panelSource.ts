import type { Activity } from '../quota/activity.ts';
import type { CodeRegion } from '../base/kimiHosts.ts';
import { explain, type ExplainOptions, explainWords } from '../explain/explain.ts';
import type { Incident, IncidentRows } from '../incidents/incident.ts';
import type { Clock, Locale } from '../base/ports.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import type { Snapshot, SnapshotRows } from '../quota/snapshot.ts';
import { historySection, historySince } from './historySection.ts';
import { incidentDetail, incidentSection, wordsDetail } from './incidentSection.ts';
import type { HistorySpan, IncidentDetail, PanelState } from './panelState.ts';
import { presentSection } from './presentSection.ts';
import type { ExplainedWords } from '../errors/wordsOfText.ts';

/** What the panel is drawn from. */
export interface PanelSourceOptions {
  readonly archive: Pick<SnapshotRows, 'readHistory'> & Pick<IncidentRows, 'readIncidents'>;
  /** The chosen account first. */
  readonly accounts: (now: number) => readonly AccountView[];
  readonly activity: () => Activity;
  /** The incidents of the last day: these alone still change. */
  readonly recent: () => readonly Incident[];
  /** Lines of others: what machine it is, falls that nobody here made. */
  readonly facts: (now: number) => readonly string[];
  readonly region: () => CodeRegion;
  readonly clock: Pick<Clock, 'now'>;
  readonly locale: Locale;
  /** Said at the top; absent: nothing is out of the ordinary. */
  readonly notice?: string;
}

/** What of it is looked at. */
export interface PanelChoice {
  readonly span: HistorySpan;
  /** The incident of an id, or words from elsewhere. Absent: the overview. */
  readonly target?: string | ExplainedWords;
}

/** The id of words, which are no incident. */
export const WORDS_ID = 'words';

/** More incidents than this nobody scrolls through. */
const MOST_INCIDENTS = 500;
/** A week of numbers carries a forecast of every window. */
const FORECAST_MS = 8 * 86_400_000;

/** The beginning of a span moves on: it is read anew so seldom. */
const SINCE_MS = 3_600_000;
/** At the first start old logs are still being read: what they tell of is looked for so often. */
const OLDER_MS = 60_000;

interface Histories {
  readonly key: string;
  readonly byOrigin: ReadonlyMap<string, readonly Snapshot[]>;
}

/** Brings together what the panel shows. */
export class PanelSource {
  readonly #options: PanelSourceOptions;
  #older: readonly Incident[] = [];
  #olderReadAt = -Infinity;
  #histories: Histories | undefined;

  constructor(options: PanelSourceOptions) {
    this.#options = options;
  }

  /** Everything as it stands now. What cannot have changed is not read again. */
  async read({ span, target }: PanelChoice): Promise<PanelState> {
    const { accounts, activity, clock, facts, locale, notice, region } = this.#options;
    const now = clock.now();
    const moment = { now, locale };
    const views = accounts(now);
    const incidents = await this.#readIncidents(now);
    const since = Math.min(historySince(span, now), now - FORECAST_MS);
    const histories = await this.#readHistories(views, since);
    const detail = detailOf(target, incidents, { ...moment, region: region() });
    const running = incidents.findLast(isOwnAndRunning);
    const origin = views.find(hasWindows)?.view.snapshot?.origin ?? '';
    const history = (histories.get(origin) ?? []).filter(({ at }) => at >= historySince(span, now));
    return {
      present: presentSection({
        ...moment,
        accounts: views,
        activity: activity(),
        histories,
        facts: facts(now),
        ...(running ? { incident: running } : {}),
      }),
      history: historySection({
        ...moment,
        span,
        history,
        incidents,
        hasKey: views.some(({ view }) => view.state !== 'signedOut'),
      }),
      incidents: incidentSection(incidents.toReversed(), hasLogs(activity(), incidents), moment),
      ...(detail ? { detail } : {}),
      ...(notice === undefined ? {} : { notice }),
    };
  }

  /** What is open alone, for a click on it. Undefined: it is not there. */
  async readDetail(target: PanelChoice['target']): Promise<IncidentDetail | undefined> {
    const { clock, locale, region } = this.#options;
    const now = clock.now();
    return detailOf(target, await this.#readIncidents(now), { now, locale, region: region() });
  }

  /** In the order of their last failure. */
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

  async #readHistories(
    views: readonly AccountView[],
    since: number,
  ): Promise<ReadonlyMap<string, readonly Snapshot[]>> {
    const snapshots = views.flatMap(({ view }) => view.snapshot ?? []);
    const key = JSON.stringify([
      Math.floor(since / SINCE_MS),
      ...snapshots.map(({ origin, at }) => [origin, at]),
    ]);
    if (this.#histories?.key !== key) {
      const rows = snapshots.map(({ origin }) =>
        this.#options.archive.readHistory({ origin, since: since - SINCE_MS }),
      );
      const histories = await Promise.all(rows);
      const byOrigin = snapshots.map(({ origin }, index) => [origin, histories[index]!] as const);
      this.#histories = { key, byOrigin: new Map(byOrigin) };
    }
    return this.#histories.byOrigin;
  }
}

function detailOf(
  target: PanelChoice['target'],
  incidents: readonly Incident[],
  options: ExplainOptions,
): IncidentDetail | undefined {
  if (typeof target === 'object')
    return wordsDetail(WORDS_ID, explainWords(target, options), options.locale.t);
  const open = incidents.find(({ id }) => id === target);
  return open && incidentDetail(open, explain(open, options), options);
}

const hasWindows = ({ view }: AccountView): boolean => view.windows.length > 0;

const isOwnAndRunning = ({ state, provider }: Incident): boolean =>
  state === 'running' && provider !== 'other';

/** Whether an agent was ever seen: then an empty list is good news. */
function hasLogs(activity: Activity, incidents: readonly Incident[]): boolean {
  return (
    incidents.length > 0 || activity.inFlight !== undefined || activity.lastFailure !== undefined
  );
}
