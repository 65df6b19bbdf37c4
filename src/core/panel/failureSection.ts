import { failureWords } from '../base/counts.ts';
import { DAY_MS } from '../base/time.ts';
import type { Translate } from '../base/ports.ts';
import { codeOfStep } from '../explain/stepWords.ts';
import { incidentTitle } from '../explain/explain.ts';
import type { Incident } from '../incidents/incident.ts';
import { troubleOfCause } from '../incidents/trouble.ts';
import type { FailureSection } from './panelState.ts';
import type { SectionMoment } from './incidentSection.ts';

const SPAN_MS = 7 * DAY_MS;
const MOST_CAUSES = 5;
/** With fewer failures or a smaller share, the most frequent cause is no insight. */
const LEAST_FAILURES = 5;
const LEAST_SHARE = 0.4;

/** Failures of the last 7 days by cause. Pure. */
export function failureSection(
  incidents: readonly Incident[],
  { now, locale: { t } }: SectionMoment,
): FailureSection {
  const recent = incidents.filter(({ to }) => to > now - SPAN_MS);
  const groups = new Map<string, Incident[]>();
  for (const incident of recent) {
    const cause = incidentTitle(incident, t);
    groups.set(cause, [...(groups.get(cause) ?? []), incident]);
  }
  const rows = [...groups]
    .map(([cause, those]) => ({ cause, count: sumOf(those), those }))
    .toSorted((a, b) => b.count - a.count);
  const top = rows[0];
  const total = sumOf(recent);
  return {
    rows: rows.slice(0, MOST_CAUSES).map(({ cause, count }) => ({ cause, count })),
    insight:
      top && total >= LEAST_FAILURES && top.count >= LEAST_SHARE * total
        ? insightOf(top.those, [top.count, total], t)
        : '',
  };
}

const sumOf = (incidents: readonly Incident[]): number =>
  incidents.reduce((sum, { count }) => sum + count, 0);

/** One sentence about the most frequent cause, and what avoids it. */
function insightOf(
  incidents: readonly Incident[],
  [count, total]: readonly [number, number],
  t: Translate,
): string {
  const { verdict, category } = incidents.at(-1)!;
  const all = failureWords(total, t);
  if (verdict.cause === 'own_concurrency') {
    const facts = t('{0} of {1}: more parallel requests than your plan allows.', count, all);
    const code = verdict.steps.map(codeOfStep).find(it => it !== undefined);
    const limit = code?.split('=')[1];
    return limit === undefined
      ? facts
      : t('{0} {1}', facts, t('A swarm limit of {0} would likely avoid them.', limit));
  }
  switch (troubleOfCause(verdict.cause, category)) {
    case 'quota':
      return t('{0} of {1}: a quota was used up. Start large tasks after a reset.', count, all);
    case 'busy':
      return t("{0} of {1}: Kimi was busy. Your quota isn't the cause.", count, all);
    case 'key':
      return t('{0} of {1}: a rejected key or sign-in. One fix avoids them all.', count, all);
    default:
      return '';
  }
}
