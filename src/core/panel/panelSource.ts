import type { Activity } from '../agents/activity.ts';
import type { IncidentRows, SnapshotRows } from '../archive.ts';
import type { CodeRegion } from '../endpoint.ts';
import {
  explain,
  explainWords,
  type ExplainedWords,
  type ExplainOptions,
} from '../incidents/explain.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Clock, Locale } from '../ports.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import type { Snapshot } from '../quota/snapshot.ts';
import { historySection, historySince } from './historySection.ts';
import {
  incidentDetail,
  incidentSection,
  wordsDetail,
  type ExplainedIncident,
} from './incidentSection.ts';
import type { HistorySpan, IncidentDetail, PanelState } from './panelState.ts';
import { presentSection } from './presentSection.ts';

/** What the panel is drawn from. */
export interface PanelSourceOptions {
  readonly archive: Pick<SnapshotRows, 'readHistory'> & Pick<IncidentRows, 'readIncidents'>;
  /** The chosen account first. */
  readonly accounts: (now: number) => readonly AccountView[];
  readonly activity: () => Activity;
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

/** Brings together what the panel shows. */
export class PanelSource {
  readonly #options: PanelSourceOptions;

  constructor(options: PanelSourceOptions) {
    this.#options = options;
  }

  /** Everything as it stands now. */
  async read({ span, target }: PanelChoice): Promise<PanelState> {
    const { accounts, activity, archive, clock, facts, locale, notice, region } = this.#options;
    const now = clock.now();
    const views = accounts(now);
    const incidents = await archive.readIncidents({ limit: MOST_INCIDENTS });
    const moment = { now, locale };
    const explained = incidents.toReversed().map(incident => ({
      incident,
      explanation: explain(incident, { ...moment, region: region() }),
    }));
    const histories = await this.#histories(
      views,
      Math.min(historySince(span, now), now - FORECAST_MS),
    );
    const detail = detailOf(target, explained, { ...moment, region: region() });
    const running = incidents.findLast(isOwnAndRunning);
    const origin = views.find(hasWindows)?.view.snapshot?.origin ?? '';
    const history = (histories.get(origin) ?? []).filter(({ at }) => at >= historySince(span, now));
    return {
      now,
      present: presentSection({
        ...moment,
        accounts: views,
        activity: activity(),
        histories,
        facts: facts(now),
        ...(running ? { incident: running } : {}),
      }),
      history: historySection({ ...moment, span, history, incidents }),
      incidents: incidentSection(explained, hasLogs(activity(), explained), moment),
      ...(detail ? { detail } : {}),
      ...(notice === undefined ? {} : { notice }),
    };
  }

  async #histories(
    views: readonly AccountView[],
    since: number,
  ): Promise<ReadonlyMap<string, readonly Snapshot[]>> {
    const origins = views.flatMap(({ view }) => view.snapshot?.origin ?? []);
    const histories = await Promise.all(
      origins.map(origin => this.#options.archive.readHistory({ origin, since })),
    );
    return new Map(origins.map((origin, index) => [origin, histories[index] ?? []]));
  }
}

function detailOf(
  target: PanelChoice['target'],
  explained: readonly ExplainedIncident[],
  options: ExplainOptions,
): IncidentDetail | undefined {
  if (typeof target === 'object')
    return wordsDetail(WORDS_ID, explainWords(target, options), options.locale.t);
  const open = explained.find(({ incident }) => incident.id === target);
  return open && incidentDetail(open, options);
}

const hasWindows = ({ view }: AccountView): boolean => view.windows.length > 0;

const isOwnAndRunning = ({ state, provider }: Incident): boolean =>
  state === 'running' && provider !== 'other';

/** Whether an agent was ever seen: then an empty list is good news. */
function hasLogs(activity: Activity, explained: readonly ExplainedIncident[]): boolean {
  return (
    explained.length > 0 || activity.inFlight !== undefined || activity.lastFailure !== undefined
  );
}
