import type { Locale, Translate } from '../base/ports.ts';
import { dateFormat, durationWords, momentWords } from '../base/format.ts';
import { spanWords } from './evidenceWords.ts';
import type { Cause, Verdict } from '../incidents/verdict.ts';
import { MINUTE_MS, DAY_MS } from '../base/time.ts';

/** What is said of trying again, as of `now`. */
export function retryWords(
  { retry, retryAt, cause }: Verdict,
  now: number,
  locale: Locale,
): string {
  const { t } = locale;
  if (retry === 'useless') return uselessWords(cause, t);
  if (retryAt === undefined) return unknownWords(cause, t);
  const waitMs = retryAt - now;
  if (waitMs <= 0) return t('Safe to retry now.');
  if (waitMs < MINUTE_MS) return t('Try again in {0}.', spanWords(waitMs, t));
  return t(
    'Try again after {0} (in {1}).',
    momentWords(retryAt, now, locale),
    durationWords(waitMs, t),
  );
}

/** `retry now`, `retry soon`, `14:32`, `Wed 14:32`, `Oct 12`; empty where nothing can be said. */
export function shortRetry({ retry, retryAt }: Verdict, now: number, locale: Locale): string {
  if (retry === 'useless' || retryAt === undefined) return '';
  const waitMs = retryAt - now;
  if (waitMs <= 0) return locale.t('retry now');
  if (waitMs < MINUTE_MS) return locale.t('retry soon');
  return shortMoment(retryAt, now, locale);
}

function shortMoment(at: number, now: number, { language, timeZone }: Locale): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  const day = (time: number): string =>
    dateFormat('en-CA', { ...zone, dateStyle: 'short' }).format(time);
  // After six days the name of the day may be that of today.
  const date =
    at - now > 6 * DAY_MS
      ? { month: 'short', day: 'numeric' }
      : {
          ...(day(at) === day(now) ? {} : { weekday: 'short' }),
          hour: '2-digit',
          minute: '2-digit',
          hourCycle: 'h23',
        };
  const options = { ...zone, ...date } as Intl.DateTimeFormatOptions;
  return dateFormat(language, options).format(at);
}

function uselessWords(cause: Cause, t: Translate): string {
  switch (cause) {
    case 'balance':
    case 'gateway_balance':
      return t('Retrying is useless until money is added.');
    case 'wrong_key':
      return t('Retrying is useless until the key is changed.');
    case 'context_length':
      return t('Retrying is useless until the request is shorter.');
    default:
      return t('Retrying is useless until something is changed.');
  }
}

function unknownWords(cause: Cause, t: Translate): string {
  switch (cause) {
    case 'tpd':
      return t('It works again as the last 24 hours move on, usually within a day.');
    case 'quota_5h':
      return t('It works again when the 5-hour window resets; Kimi did not say when.');
    case 'quota_weekly':
    case 'quota_monthly':
    case 'quota_unspecified':
      return t('It works again when the window resets; Kimi did not say when.');
    case 'disguised_overload':
      return t('Waiting alone may not help.');
    case 'other_provider':
      return t('Only the other provider can tell when it works again.');
    default:
      return t('Wait a minute, then try once.');
  }
}

/** What a text alone allows to say of trying again: nobody knows when it was written. */
export function retryInWords({ retry, cause }: Verdict, waitMs: number, t: Translate): string {
  if (retry === 'useless') return uselessWords(cause, t);
  if (waitMs > 0) return t('The text asks to wait {0}.', spanWords(waitMs, t));
  if (retry === 'unknown') return unknownWords(cause, t);
  return t('It usually passes within a minute.');
}
