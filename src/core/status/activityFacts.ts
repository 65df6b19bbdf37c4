import { countedPoints } from '../base/counts.ts';
import type { Locale, Translate } from '../base/ports.ts';
import { ageWords, clockWords } from '../base/format.ts';
import { windowWords } from '../explain/evidenceWords.ts';
import type { Activity } from '../quota/activity.ts';
import { agentName } from '../agents/signal.ts';

/** A longer excerpt pushes the rest out of the tooltip. */
const LONGEST_EXCERPT = 160;

/** Activity of the agents, one line each. The excerpt is redacted, but still hostile text. */
export function activityFacts(activity: Activity, now: number, options: FactOptions): string[] {
  const { t } = options.locale;
  return [
    ...inFlightFact(activity, options),
    ...failureFacts(activity, now, t),
    ...foreignUseFacts(activity, now, options.locale),
  ];
}

/** Options of facts. */
export interface FactOptions {
  readonly locale: Locale;
  /** The plan's parallel limit, if known. */
  readonly parallelLimit?: number;
}

function inFlightFact(
  { inFlight }: Activity,
  { locale: { t }, parallelLimit }: FactOptions,
): string[] {
  if (!inFlight || inFlight.total === 0) return [];
  const who = inFlight.byAgent
    .map(({ agent, count }) => `${agentName(agent, t)} ${count}`)
    .join(t(', '));
  // A lower bound: other devices and agents without logs are not visible.
  return parallelLimit === undefined
    ? [t('In flight on this machine: at least {0} ({1}).', inFlight.total, who)]
    : [
        t(
          'In flight on this machine: at least {0} of {1} ({2}).',
          inFlight.total,
          parallelLimit,
          who,
        ),
      ];
}

function failureFacts({ lastFailure }: Activity, now: number, t: Translate): string[] {
  if (!lastFailure) return [];
  const { agent, at, status, text } = lastFailure.signal;
  const what = [...(status === undefined ? [] : [String(status)]), excerptOf(text, t)].join(' ');
  return [
    t(
      'Last failed request: {0}, {1}: {2}',
      agentName(agent, t),
      ageWords(Math.max(0, now - at), t),
      what,
    ),
  ];
}

/** Usage without a local agent. Also names what is not visible: it doesn't prove foreign use. */
export function foreignUseFacts(
  { foreignUse }: Activity,
  now: number,
  locale: Locale,
): readonly string[] {
  if (!foreignUse) return [];
  const { from, to, points, windowId } = foreignUse;
  return [
    locale.t(
      'No agent on this machine explains {0} of the {1} ({2} to {3}).',
      countedPoints(Math.floor(points), locale.t),
      windowWords(windowId, locale.t),
      clockWords(from, now, locale),
      clockWords(to, now, locale),
    ),
    locale.t('Not visible from here: other devices, a shared key, agents without a known log.'),
  ];
}

function excerptOf(text: string, t: Translate): string {
  if (text === '') return t('no error text logged');
  // `$(` starts an icon in rows and tooltips.
  const line = text.replace(/\s+/g, ' ').replaceAll('$(', '$ (');
  return line.length > LONGEST_EXCERPT ? `${line.slice(0, LONGEST_EXCERPT)}…` : line;
}
