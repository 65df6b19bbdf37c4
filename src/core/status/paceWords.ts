import { durationWords, remainingWords, shortMoment } from '../base/format.ts';
import type { Locale, Translate } from '../base/ports.ts';
import { DAY_MS, HOUR_MS } from '../base/time.ts';
import type { Forecast } from '../quota/forecast.ts';
import type { WindowView } from '../quota/quotaView.ts';
import { windowLengthMs } from '../quota/windows.ts';

/** How a quota does compared with its reset. */
export interface PaceWords {
  /** `good`: lasts. `low`: runs out, or may. `spent`: used up. `unknown`: no forecast. */
  readonly tone: 'good' | 'low' | 'spent' | 'unknown';
  /** `24% in reserve · lasts until reset`, `Runs out ~Wed 15:00, 2 d early`. */
  readonly text: string;
}

/** With less of the period elapsed, an even pace means nothing. */
const LEAST_ELAPSED_PERCENT = 3;

/**
 * Percent that would be left now at an even pace over the whole period, 0 to 100; undefined if the
 * period or its end is unknown.
 */
export function evenPercent({ id, resetsInMs, isResetting }: WindowView): number | undefined {
  const lengthMs = windowLengthMs(id);
  if (lengthMs === undefined || resetsInMs === undefined || isResetting) return undefined;
  return Math.min(100, (resetsInMs / lengthMs) * 100);
}

/** The pace of a quota in a few words; undefined if nothing is known. Pure. */
export function paceWords(
  window: WindowView,
  forecast: Forecast | undefined,
  { now, locale }: { readonly now: number; readonly locale: Locale },
): PaceWords | undefined {
  const { remainingPercent } = window;
  const { t } = locale;
  if (remainingPercent === undefined) return undefined;
  if (remainingPercent === 0) return { tone: 'spent', text: t('Used up') };
  switch (forecast?.kind) {
    case 'runsOut': {
      const at = (forecast.from + (forecast.to ?? forecast.from)) / 2;
      const early = roughWords(forecast.resetsAt - at, t);
      return {
        tone: 'low',
        text: t('Runs out ~{0}, {1} early', shortMoment(at, now, locale), early),
      };
    }
    case 'maybe':
      return {
        tone: 'low',
        text: t('May run out after {0}', shortMoment(forecast.from, now, locale)),
      };
    case 'resetsFirst':
    case 'idle':
      return { tone: 'good', text: lastsWords(window, t) };
    default:
      return evenWords(window, t);
  }
}

function reserveOf(window: WindowView): number | undefined {
  const even = evenPercent(window);
  if (even === undefined || even > 100 - LEAST_ELAPSED_PERCENT) return undefined;
  return (window.remainingPercent ?? 0) - even;
}

function lastsWords(window: WindowView, t: Translate): string {
  const reserve = reserveOf(window);
  return reserve === undefined || reserve < 1
    ? t('Lasts until reset')
    : t('{0} in reserve · lasts until reset', remainingWords(reserve));
}

function evenWords(window: WindowView, t: Translate): PaceWords | undefined {
  const reserve = reserveOf(window);
  if (reserve === undefined) return undefined;
  if (reserve >= 1) return { tone: 'unknown', text: t('{0} in reserve', remainingWords(reserve)) };
  return reserve <= -1
    ? { tone: 'unknown', text: t('{0} behind an even pace', remainingWords(-reserve)) }
    : { tone: 'unknown', text: t('On an even pace') };
}

/** A duration in its largest unit: `2 d`, `3 h`, `20 min`. */
function roughWords(ms: number, t: Translate): string {
  const unitMs = ms >= DAY_MS ? DAY_MS : ms >= HOUR_MS ? HOUR_MS : 1;
  return durationWords(Math.floor(ms / unitMs) * unitMs, t);
}

/** `budget 3.4% a day`: for a quota with more than a day to go; undefined for others. */
export function dailyWords({ remainingPercent, resetsInMs }: WindowView, t: Translate) {
  if (!remainingPercent || resetsInMs === undefined || resetsInMs <= DAY_MS) return undefined;
  const daily = Math.floor((remainingPercent / resetsInMs) * DAY_MS * 10) / 10;
  return daily >= 0.1 ? t('budget {0} a day', `${daily}%`) : undefined;
}
