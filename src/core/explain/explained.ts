import { explain, type ExplainOptions, explainWords, type Explanation } from './explain.ts';
import type { Incident } from '../incidents/incident.ts';
import type { TailedFailure } from '../agents/tail.ts';
import type { ExplainedWords } from '../errors/wordsOfText.ts';
import { SAME_MOMENT_MS } from '../base/time.ts';

/** The subject of an explanation: an incident, or only an error text. */
export type Explained =
  | { readonly kind: 'incident'; readonly incident: Incident }
  | { readonly kind: 'words'; readonly words: ExplainedWords };

/** Explains an incident or an error text. */
export function explanationOf(explained: Explained, options: ExplainOptions): Explanation {
  return explained.kind === 'incident'
    ? explain(explained.incident, options)
    : explainWords(explained.words, options);
}

/** A terminal shows an error at most this long after the log. */
const JUST_NOW_MS = 5 * 60_000;

/** The incident that contains a failure: same session, same time. */
export function incidentOfFailure(
  { signal: { agent, session, at } }: TailedFailure,
  incidents: readonly Incident[],
): Incident | undefined {
  return incidents.find(
    ({ from, to, places, placeCount }) =>
      at >= from - SAME_MOMENT_MS &&
      at <= to + SAME_MOMENT_MS &&
      (places.some(place => place.agent === agent && place.session === session) ||
        placeCount > places.length),
  );
}

/** A current incident of the same category. */
export function incidentOfWords(
  { category }: ExplainedWords,
  incidents: readonly Incident[],
  now: number,
): Incident | undefined {
  return incidents.find(
    incident => incident.category === category && Math.abs(now - incident.to) <= JUST_NOW_MS,
  );
}
