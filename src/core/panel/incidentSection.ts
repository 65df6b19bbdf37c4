import { failureWords } from '../base/counts.ts';
import { agentName } from '../agents/signal.ts';
import { dateFormat, durationWords } from '../base/format.ts';
import type { Locale, Translate } from '../base/ports.ts';
import { certaintyWord } from '../explain/causeWords.ts';
import { spanWords } from '../explain/evidenceWords.ts';
import { incidentTitle } from '../explain/explain.ts';
import type { Incident } from '../incidents/incident.ts';
import { troubleOfCause } from '../incidents/trouble.ts';
import type { IncidentRow, IncidentSection } from './panelState.ts';

/** Time and locale of the section. */
export interface SectionMoment {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly locale: Locale;
}

/** The list of incidents, newest first. Pure. */
export function incidentSection(
  incidents: readonly Incident[],
  hasLogs: boolean,
  moment: SectionMoment,
): IncidentSection {
  const { t } = moment.locale;
  const rows = incidents
    .map(it => rowOf(it, moment))
    .toSorted((a, b) => Number(b.isOpen) - Number(a.isOpen));
  const distinct = (names: readonly string[]): string[] => [...new Set(names)].sort();
  return {
    rows,
    agents: distinct(rows.flatMap(({ agents }) => agents)),
    causes: distinct(rows.map(({ cause }) => cause)),
    ...(rows.length > 0
      ? {}
      : {
          empty: hasLogs
            ? { text: t('No incidents in the last 90 days.'), actions: [] }
            : {
                text: t('No agent logs found yet. Failed requests will be explained here.'),
                actions: [{ command: 'showWatchedLogs', label: t('Agent Logs...') }],
              },
        }),
  };
}

function rowOf(incident: Incident, { now, locale }: SectionMoment): IncidentRow {
  const { t } = locale;
  const { id, verdict, category, from, state } = incident;
  const title = incidentTitle(incident, t);
  const isOpen = state === 'running';
  const agents = [...new Set(incident.places.map(({ agent }) => agentName(agent, t)))];
  const day = isOpen ? t('Now') : dayWords(from, now, locale);
  const [when, count] = [timeWords(incident, locale), countWords(incident, t)];
  const certainty = t('confidence: {0}', certaintyWord(verdict.certainty, t));
  return {
    id,
    title,
    kind: troubleOfCause(verdict.cause, category),
    day,
    when,
    count,
    agents,
    cause: title,
    isOpen,
    state: shownState(incident, t),
    spoken: isOpen ? certainty : t('{0}, {1}', certainty, stateWords(incident, t)),
  };
}

/** `11 failures`. */
export const countWords = ({ count }: Pick<Incident, 'count'>, t: Translate): string =>
  failureWords(count, t);

/** `19:36`, and how long it lasted: `19:36 · 2 min`. */
function timeWords({ from, to, count }: Incident, locale: Locale): string {
  const time = clockOf(locale, {}).format(from);
  return count === 1 || to - from < 1000
    ? time
    : locale.t('{0} · {1}', time, spanWords(to - from, locale.t));
}

/** `Today`, `Yesterday`, `Sun, Nov 29`. */
export function dayWords(at: number, now: number, locale: Locale): string {
  const zone = locale.timeZone === undefined ? {} : { timeZone: locale.timeZone };
  const days = dateFormat('en-CA', { ...zone, dateStyle: 'short' });
  const day = (time: number): number => Date.parse(days.format(time)) / 86_400_000;
  const ago = Math.round(day(now) - day(at));
  if (ago === 0) return locale.t('Today');
  if (ago === 1) return locale.t('Yesterday');
  return dateFormat(locale.language, {
    ...zone,
    weekday: 'short',
    month: 'short',
    day: 'numeric',
  }).format(at);
}

/** A clock of 24 hours in the user's zone. */
export function clockOf(
  { language, timeZone }: Locale,
  more: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat {
  return dateFormat(language, {
    ...(timeZone === undefined ? {} : { timeZone }),
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...more,
  });
}

/** The state, where it is more than that it ended. */
function shownState(incident: Incident, t: Translate): string {
  return incident.state === 'over' ? '' : stateWords(incident, t);
}

/** The state of an incident, with the time to recovery if known. */
export function stateWords({ state, shape }: Incident, t: Translate): string {
  switch (state) {
    case 'running':
      return t('Ongoing');
    case 'recovered':
      return shape?.firstSuccessAfterMs === undefined
        ? t('Recovered')
        : t('Recovered after {0}', recoveryWords(shape.firstSuccessAfterMs, t));
    case 'gaveUp':
      return t('Agent stopped retrying');
    case 'over':
      return t('Ended');
  }
}

const recoveryWords = (ms: number, t: Translate): string =>
  ms < 60_000 ? spanWords(ms, t) : durationWords(ms, t);

/** Whether a log is a database, which an editor can't show as text. */
export function isDatabase(file: string): boolean {
  return /\.(?:db|sqlite3?)$/i.test(file);
}
