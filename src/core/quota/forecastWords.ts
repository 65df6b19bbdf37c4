import type { Locale } from '../ports.ts';
import { clockWords, momentWords } from '../words.ts';
import type { Forecast } from './forecast.ts';
import { windowName } from './windowWords.ts';

/** A moment to the next five minutes: a forecast knows no minute. */
const ROUND_MS = 5 * 60_000;

/** A forecast as one sentence, which never states a straight line as a fact; empty for a spent window. */
export function forecastWords(forecast: Forecast, now: number, locale: Locale): string {
  const { t } = locale;
  const name = windowName({ id: forecast.windowId, isResetting: false }, t);
  switch (forecast.kind) {
    case 'spent':
      return '';
    case 'notEnoughData':
      return t('{0}: not enough numbers yet for a forecast.', name);
    case 'idle':
      return t('{0}: at this pace it lasts until its reset.', name);
    case 'resetsFirst':
    case 'maybe':
    case 'runsOut':
      return rangeWords(forecast, name, now, locale);
  }
}

type Range = Extract<Forecast, { readonly from: number }>;

function rangeWords(
  { kind, from, to, resetsAt }: Range,
  name: string,
  now: number,
  locale: Locale,
) {
  const { t } = locale;
  const early = clockWords(Math.floor(from / ROUND_MS) * ROUND_MS, now, locale);
  const late = to === undefined ? '' : clockWords(Math.ceil(to / ROUND_MS) * ROUND_MS, now, locale);
  const reset = momentWords(resetsAt, now, locale);
  if (kind === 'runsOut')
    return t(
      '{0}: at this pace it is used up between {1} and {2}, before the reset, {3}.',
      name,
      early,
      late,
      reset,
    );
  if (kind === 'resetsFirst')
    return late === ''
      ? t(
          '{0}: at this pace it lasts at least until {1}; the reset is {2}: fine.',
          name,
          early,
          reset,
        )
      : t(
          '{0}: at this pace it lasts until {1} to {2}; the reset is {3}: fine.',
          name,
          early,
          late,
          reset,
        );
  return late === ''
    ? t(
        '{0}: at this pace it lasts at least until {1}; the reset is {2}: it may not last.',
        name,
        early,
        reset,
      )
    : t(
        '{0}: at this pace it lasts until {1} to {2}; the reset is {3}: it may not last.',
        name,
        early,
        late,
        reset,
      );
}
