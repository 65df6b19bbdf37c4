import { english, joinSentences } from '../base/format.ts';
import type { Locale } from '../base/ports.ts';
import { explain } from './explain.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Cause, Certainty } from '../incidents/verdict.ts';

/** An incident as `scan` and `watch` print it. Times are ISO 8601 UTC; sentences are English. */
export interface IncidentReport {
  readonly kind: 'incident';
  /** Stable for the same log. */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** Failed attempts. */
  readonly count: number;
  /** The busiest first. */
  readonly agents: readonly string[];
  readonly provider: Incident['provider'];
  readonly state: Incident['state'];
  /** Category of the error text; null if the agents log none. */
  readonly category: Incident['category'];
  readonly verdict: {
    readonly cause: Cause;
    readonly confidence: Certainty;
    readonly evidence: readonly string[];
    /** Null if unknown, or if waiting is useless. */
    readonly retryAt: string | null;
    readonly nextSteps: readonly string[];
  };
}

/** An incident as a report. `now`: epoch milliseconds. */
export function incidentReport(incident: Incident, now: number): IncidentReport {
  const { id, from, to, count, places, provider, state, category, verdict } = incident;
  const { evidence, steps, retryAt } = explain(incident, { locale: ENGLISH, now });
  return {
    kind: 'incident',
    id,
    from: isoTime(from),
    to: isoTime(to),
    count,
    agents: [...new Set(places.map(({ agent }) => agent))],
    provider,
    state,
    category,
    verdict: {
      cause: verdict.cause,
      confidence: verdict.certainty,
      evidence,
      retryAt: retryAt === undefined ? null : isoTime(retryAt),
      nextSteps: steps.map(({ text }) => text),
    },
  };
}

/** One line for people, with times in UTC as in the report. `now`: epoch milliseconds. */
export function incidentWords(incident: Incident, now: number, locale: Locale): string {
  const { title, cause, retry } = explain(incident, {
    locale: { ...locale, timeZone: 'UTC' },
    now,
  });
  const sentence = cause.startsWith(title) ? cause : locale.t('{0}: {1}', title, cause);
  return `${isoTime(incident.from)}  ${locale.t('incident')}  ${joinSentences([sentence, retry], locale.t)}`;
}

const ENGLISH = { language: 'en', timeZone: 'UTC', t: english };

const isoTime = (at: number): string => new Date(at).toISOString();
