import { failureWords, sessionWords, subagentWords } from '../base/counts.ts';
import { agentName } from '../agents/signal.ts';
import { remainingWords, shortMoment } from '../base/format.ts';
import type { Locale, Translate } from '../base/ports.ts';
import {
  evidenceSentence,
  evidenceSource,
  spanWords,
  windowWords,
} from '../explain/evidenceWords.ts';
import type { Explanation } from '../explain/explain.ts';
import { windowOfCause } from '../incidents/facts.ts';
import { type Incident, isCurrent } from '../incidents/incident.ts';
import { type Trouble, troubleOf, troubleOfCause } from '../incidents/trouble.ts';
import type { Evidence, Step } from '../incidents/verdict.ts';
import type { Activity } from '../quota/activity.ts';
import { windowLengthMs } from '../quota/windows.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import { presentOf } from './banner.ts';
import {
  clockOf,
  countWords,
  isDatabase,
  type SectionMoment,
  stateWords,
  dayWords,
} from './incidentSection.ts';
import type {
  DetailNow,
  DetailReason,
  DetailStep,
  IncidentDetail,
  PanelAction,
  PanelBanner,
} from './panelState.ts';

/** What is true now: the primary account, its activity, and the banner of the overview. */
export interface DetailPresent {
  readonly account?: AccountView | undefined;
  readonly activity: Activity;
  readonly banner?: PanelBanner | undefined;
}

/** All details of one incident. Pure. */
export function incidentDetail(
  incident: Incident,
  explanation: Explanation,
  moment: SectionMoment & { readonly present: DetailPresent },
): IncidentDetail {
  const { now, locale, present } = moment;
  const { t } = locale;
  const clock = clockOf(locale, { second: '2-digit' });
  const quota = quotaLine(incident, t);
  return {
    ...explainedPart(explanation, t),
    id: incident.id,
    kind: troubleOfCause(incident.verdict.cause, incident.category),
    when: whenWords(incident, now, locale),
    now: nowOf(incident, { now, locale, present }),
    reasons: reasonsOf(incident, now, locale),
    ...(quota === undefined ? {} : { quota }),
    stepsLabel: isPast(incident, now) ? 'nextTime' : 'whatToDo',
    steps: explanation.steps.map(({ text, code, link }, index) => ({
      text,
      ...(code === undefined ? {} : { code }),
      ...actionPart(incident.verdict.steps[index], incident.id, t),
      ...(link ? { action: { kind: 'link', ...link } as const } : {}),
    })),
    course: incident.course.map(({ at, ...counts }) => ({ time: clock.format(at), ...counts })),
    places: placeWords(incident, t),
    canOpenLog: !isDatabase(incident.example.file),
    canCopyTicket: true,
  };
}

/** Details of a pasted or selected error text, which has no time and no place. Pure. */
export function wordsDetail(
  id: string,
  explanation: Explanation,
  { t, category }: { readonly t: Translate; readonly category: Incident['category'] },
): IncidentDetail {
  return {
    ...explainedPart(explanation, t),
    id,
    kind: troubleOf(category),
    when: '',
    ...(explanation.retry === ''
      ? {}
      : { now: { tone: 'unknown', ended: '', text: explanation.retry } }),
    reasons: explanation.evidence.map(text => ({ source: '', text })),
    stepsLabel: 'whatToDo',
    steps: explanation.steps.map(({ text, code, link }) => ({
      text,
      ...(code === undefined ? {} : { code }),
      ...(link ? { action: { kind: 'link', ...link } as const } : {}),
    })),
    course: [],
    places: [],
    canOpenLog: false,
    canCopyTicket: false,
  };
}

function explainedPart(explanation: Explanation, t: Translate) {
  const { title, cause, certainty, links, original, rule } = explanation;
  return {
    title,
    cause,
    certainty,
    links,
    original,
    ...(rule === undefined ? {} : { rule: ruleWords(rule, t) }),
  };
}

/** `Today 19:36 · 11 failures in 2 min · Recovered after 1 min`. */
function whenWords(incident: Incident, now: number, locale: Locale): string {
  const { t } = locale;
  const { from, to, count } = incident;
  const clock = clockOf(locale, {}).format(from);
  const failures = countWords(incident, t);
  return [
    `${dayWords(from, now, locale)} ${clock}`,
    count === 1 ? failures : t('{0} in {1}', failures, spanWords(to - from, t)),
    stateWords(incident, t),
  ].join(' · ');
}

/** Advice for now only while the incident is current; then what the overview shows. */
function nowOf(
  incident: Incident,
  { now, locale, present }: SectionMoment & { readonly present: DetailPresent },
): DetailNow {
  const { account, activity, banner } = present;
  if (isCurrent(incident, now) && account) {
    const tone = incident.state === 'running' ? 'spent' : 'low';
    return {
      tone,
      ended: '',
      ...presentOf(incident, { account, activity, now, locale }),
    };
  }
  const ended = locale.t('This incident has ended ({0}).', shortMoment(incident.to, now, locale));
  return {
    tone: banner?.tone ?? 'unknown',
    ended: incident.state === 'running' ? '' : ended,
    text: [banner?.title ?? '', banner?.text ?? ''].filter(it => it !== '').join(' · '),
  };
}

/** Such trouble lasts until the user does something. */
const LASTING: ReadonlySet<Trouble> = new Set(['account', 'key', 'request']);

/** Whether it is over, so that its steps help the next time only. */
function isPast(incident: Incident, now: number): boolean {
  const { state, verdict, category } = incident;
  if (state === 'running' || isCurrent(incident, now)) return false;
  return state === 'recovered' || !LASTING.has(troubleOfCause(verdict.cause, category));
}

/** Kinds of evidence from the strongest to the weakest. */
const STRENGTH: readonly Evidence['kind'][] = [
  'limitInText',
  'seenLimit',
  'contradiction',
  'retryAfter',
  'balance',
  'inFlight',
  'allFailed',
  'mixed',
  'recoveredAfter',
  'rate',
  'maxTokens',
  'usagesDisagree',
  'gateway',
  'host',
  'words',
  'earlier',
  'noWords',
  'status',
];

function reasonsOf({ verdict }: Incident, now: number, locale: Locale): DetailReason[] {
  const { cause, certainty, evidence } = verdict;
  const rank = (one: Evidence): number => {
    // The text that names the cause, or the quota that is used up, decides.
    if (one.kind === 'words' && certainty === 'certain') return -1;
    if (one.kind === 'window') return one.id === windowOfCause(cause) ? -2 : STRENGTH.length;
    return STRENGTH.indexOf(one.kind);
  };
  return evidence
    .filter(
      one => one.kind !== 'window' || one.id === windowOfCause(cause) || !isQuotaFine(verdict),
    )
    .toSorted((a, b) => rank(a) - rank(b))
    .map(one => ({
      source: evidenceSource(one, locale.t),
      text: evidenceSentence(one, now, locale),
    }));
}

/** At or below this share, a quota may have been the cause: Kimi's numbers lag. */
const LITTLE_PERCENT = 10;

const windowsOf = ({ evidence }: Incident['verdict']) =>
  evidence.filter(one => one.kind === 'window');

function isQuotaFine(verdict: Incident['verdict']): boolean {
  const windows = windowsOf(verdict);
  const isOfQuota =
    windowOfCause(verdict.cause) !== undefined || verdict.cause === 'quota_unspecified';
  return (
    windows.length > 0 &&
    !isOfQuota &&
    windows.every(({ remainingPercent }) => remainingPercent > LITTLE_PERCENT)
  );
}

/** One line in place of a reason for each quota. */
function quotaLine({ verdict }: Incident, t: Translate): string | undefined {
  if (!isQuotaFine(verdict)) return undefined;
  const shares = new Map(
    windowsOf(verdict)
      .toSorted((a, b) => lengthOf(a.id) - lengthOf(b.id))
      .map(({ id, remainingPercent }) => [id, remainingWords(remainingPercent)]),
  );
  const list = [...shares].map(([id, left]) => `${windowWords(id, t)} ${left}`);
  return t('Your quota was not the cause: {0} left then.', list.join(t(', ')));
}

const lengthOf = (id: string): number => windowLengthMs(id) ?? Infinity;

/** What the page does for a step. */
function actionPart(step: Step | undefined, id: string, t: Translate): Pick<DetailStep, 'action'> {
  const action = step && actionOf(step, id, t);
  return action ? { action } : {};
}

function actionOf({ id: step }: Step, id: string, t: Translate): PanelAction | undefined {
  switch (step) {
    case 'copyTicket':
    case 'contactSupport':
      return { kind: 'ticket', id, label: t('Create Support Ticket') };
    case 'checkUsages':
      return { kind: 'command', command: 'refresh', label: t('Refresh') };
    case 'checkNetwork':
      return { kind: 'command', command: 'selfCheck', label: t('Troubleshoot') };
    default:
      return undefined;
  }
}

function ruleWords({ id, lastConfirmed }: NonNullable<Explanation['rule']>, t: Translate): string {
  return lastConfirmed === undefined
    ? t('Matched rule: {0}', id)
    : t('Matched rule: {0} (last confirmed {1})', id, lastConfirmed);
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
    const [failed, where] = [failureWords(failures, t), sessionWords(sessions, t)];
    return subagents === 0
      ? t('{0}: {1} in {2}', name, failed, where)
      : t('{0}: {1} in {2} and {3}', name, failed, where, subagentWords(subagents, t));
  });
  const left = placeCount - places.length;
  if (left <= 0) return lines;
  const more =
    left === 1 ? t('1 more session or sub-agent') : t('{0} more sessions and sub-agents', left);
  return [...lines, more];
}
