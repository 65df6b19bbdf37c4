import { countedPoints } from '../base/counts.ts';
import { agentName } from '../agents/signal.ts';
import type { Locale } from '../base/ports.ts';
import { windowWords } from '../explain/evidenceWords.ts';
import type { Activity } from '../quota/activity.ts';

/** Less is no answer to what used the quota. */
const LEAST_PERCENT = 5;

/** Which window of which account. */
export interface UseOf {
  readonly origin: string;
  readonly windowId: string;
}

/**
 * `Largest user of the weekly quota: Claude Code, 21 of 33 points.` Undefined while it is unknown, or
 * if little was used.
 */
export function largestUserLine(
  { uses }: Pick<Activity, 'uses'>,
  { origin, windowId }: UseOf,
  { t }: Locale,
): string | undefined {
  const use = uses?.find(one => one.origin === origin && one.windowId === windowId);
  const [first] = use?.agents ?? [];
  if (!use || !first || first.sharePercent < LEAST_PERCENT || use.used < 1) return undefined;
  const [window, agent] = [windowWords(windowId, t), agentName(first.agent, t)];
  return first.points
    ? t(
        'Largest user of the {0}: {1}, {2} of {3}.',
        window,
        agent,
        Math.round(first.points.points),
        countedPoints(Math.round(use.used), t),
      )
    : t(
        'Largest user of the {0} on this machine: {1} ({2}%).',
        window,
        agent,
        Math.round(first.sharePercent),
      );
}
