import { DAY_MS, MINUTE_MS } from '../base/time.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Candidate, Candidates, NoticeInput, NoticeState } from './noticeState.ts';
import { HOLD_MS } from './quotaNotices.ts';

/** An older change of provider is in the dashboard. */
const NEWS_MS = 30 * MINUTE_MS;

/** One notification a day for each agent and the provider that it changed to. */
export const fallbackKey = ({ agent, to }: NonNullable<Incident['fallback']>): string =>
  `fallback ${agent} ${to}`;

/**
 * Agents that continued with another provider after failures at Kimi, after the time in which the
 * failure itself may be reported. Pure.
 */
export function fallbackCandidates(state: NoticeState, input: NoticeInput): Candidates {
  const { incidents, now } = input;
  const news = incidents.filter(
    ({ fallback, from, to }) =>
      fallback && from >= state.startedAt && Math.abs(now - to) <= NEWS_MS,
  );
  const isDue = ({ to }: Incident): boolean => now - to >= HOLD_MS;
  return {
    due: news.filter(isDue).flatMap(incident => candidateOf(incident, state, input) ?? []),
    lookAt: news.filter(incident => !isDue(incident)).map(({ to }) => to + HOLD_MS),
  };
}

function candidateOf(
  incident: Incident,
  { told }: NoticeState,
  { now }: NoticeInput,
): Candidate | undefined {
  const { fallback, id } = incident;
  const key = fallback && fallbackKey(fallback);
  if (key === undefined || told.some(one => one.key === key)) return undefined;
  return {
    notice: { kind: 'fallback', subject: 'fallback', incident, incidentId: id },
    record: state => ({ ...state, told: [...state.told, { key, until: now + DAY_MS }] }),
  };
}
