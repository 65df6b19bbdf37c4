import { certaintyWord } from '../explain/causeWords.ts';
import { type Explanation, incidentTitle } from '../explain/explain.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Locale, Translate } from '../base/ports.ts';
import { dateFormat, durationWords, momentWords } from '../base/format.ts';
import type { IncidentDetail, IncidentRow, IncidentSection } from './panelState.ts';
import { agentName } from '../agents/signal.ts';
import { MINUTE_MS, DAY_MS } from '../base/time.ts';

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
                actions: [{ command: 'showWatchedLogs', label: t('Show Watched Logs') }],
              },
        }),
  };
}

function rowOf(incident: Incident, { now, locale }: SectionMoment): IncidentRow {
  const { t } = locale;
  const title = incidentTitle(incident, t);
  return {
    id: incident.id,
    title,
    when: whenWords(incident, now, locale),
    agents: [...new Set(incident.places.map(({ agent }) => agentName(agent, t)))],
    cause: title,
    certainty: certaintyWord(incident.verdict.certainty, t),
    isOpen: incident.state === 'running',
    state: stateWords(incident.state, t),
  };
}

/** `today 14:32, 11 failures in 2 min`. */
function whenWords({ from, to, count }: Incident, now: number, locale: Locale): string {
  const { t } = locale;
  const moment = momentWords(from, now, locale);
  if (count === 1) return t('{0}, 1 failure', moment);
  return t('{0}, {1} failures in {2}', moment, count, durationWords(to - from, t));
}

function stateWords(state: Incident['state'], t: Translate): string {
  switch (state) {
    case 'running':
      return t('ongoing');
    case 'recovered':
      return t('recovered');
    case 'gaveUp':
      return t('agent stopped retrying');
    case 'over':
      return t('ended');
  }
}

/** Whether a log is a database, which an editor can't show as text. */
export function isDatabase(file: string): boolean {
  return /\.(?:db|sqlite3?)$/i.test(file);
}

/** All details of one incident. Pure. */
export function incidentDetail(
  incident: Incident,
  explanation: Explanation,
  { now, locale }: SectionMoment,
): IncidentDetail {
  const clock = clockOf(locale);
  return {
    ...explainedPart(explanation, locale.t),
    ...retryPart(explanation, { now, locale }),
    id: incident.id,
    when: `${whenWords(incident, now, locale)} · ${stateWords(incident.state, locale.t)}`,
    course: incident.course.map(({ at, ...counts }) => ({ time: clock.format(at), ...counts })),
    places: placeWords(incident, locale.t),
    canOpenLog: !isDatabase(incident.example.file),
    canCopyTicket: true,
  };
}

/** Details of a pasted or selected error text, which has no time and no place. Pure. */
export function wordsDetail(id: string, explanation: Explanation, t: Translate): IncidentDetail {
  const part = explainedPart(explanation, t);
  const none = { when: '', course: [], places: [], canOpenLog: false, canCopyTicket: false };
  return { ...part, ...none, id };
}

function explainedPart(explanation: Explanation, t: Translate) {
  const { title, cause, certainty, evidence, retry, steps, links, original } = explanation;
  const rule = explanation.rule && ruleWords(explanation.rule, t);
  return {
    title,
    cause,
    certainty,
    evidence,
    retry,
    steps,
    links,
    original,
    ...(rule === undefined ? {} : { rule }),
  };
}

/** Waits of up to a day have a countdown, so the text omits the duration. */
function retryPart({ retryAt }: Explanation, { now, locale }: SectionMoment) {
  const waitMs = (retryAt ?? 0) - now;
  if (retryAt === undefined || waitMs <= 0 || waitMs > DAY_MS) return {};
  const retry =
    waitMs < MINUTE_MS
      ? locale.t('Try again in a moment.')
      : locale.t('Retry after {0}.', momentWords(retryAt, now, locale));
  return { retry, retryAt };
}

function clockOf({ language, timeZone }: Locale): Intl.DateTimeFormat {
  return dateFormat(language, {
    ...(timeZone === undefined ? {} : { timeZone }),
    timeStyle: 'medium',
    hourCycle: 'h23',
  });
}

function ruleWords({ id, lastConfirmed }: NonNullable<Explanation['rule']>, t: Translate): string {
  return lastConfirmed === undefined
    ? t('Matched rule {0}.', id)
    : t('Matched rule {0} (last confirmed {1}).', id, lastConfirmed);
}

/** One line per agent with counts of sessions and sub-agents; their ids mean nothing to users. */
function placeWords({ places, placeCount }: Incident, t: Translate): string[] {
  const agents = [...new Set(places.map(({ agent }) => agent))];
  const lines = agents.map(agent => {
    const own = places.filter(place => place.agent === agent);
    const sessions = new Set(own.map(({ session }) => session)).size;
    const subagents = own.filter(({ subagent }) => subagent !== undefined).length;
    const failures = own.reduce((sum, { count }) => sum + count, 0);
    const name = agentName(agent, t);
    return subagents === 0
      ? t('{0}: {1} failures in {2} sessions', name, failures, sessions)
      : t(
          '{0}: {1} failures in {2} sessions and {3} sub-agents',
          name,
          failures,
          sessions,
          subagents,
        );
  });
  const left = placeCount - places.length;
  return left > 0 ? [...lines, t('{0} more sessions and sub-agents', left)] : lines;
}
