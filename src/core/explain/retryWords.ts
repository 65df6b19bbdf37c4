import type { Locale, Translate } from '../base/ports.ts';
import { dateFormat, durationWords, momentWords } from '../base/format.ts';
import { spanWords } from './evidenceWords.ts';
import type { Cause, Verdict } from '../incidents/verdict.ts';
import { MINUTE_MS, DAY_MS } from '../base/time.ts';

/** When to retry, in one sentence. */
export function retryWords(
  { retry, retryAt, cause }: Verdict,
  now: number,
  locale: Locale,
): string {
  const { t } = locale;
  if (retry === 'useless') return uselessWords(cause, t);
  if (retryAt === undefined) return unknownWords(cause, t);
  const waitMs = retryAt - now;
  if (waitMs <= 0) return t('You can retry now.');
  if (waitMs < MINUTE_MS) return t('Retry in {0}.', spanWords(waitMs, t));
  return t(
    'Retry after {0} (in {1}).',
    momentWords(retryAt, now, locale),
    durationWords(waitMs, t),
  );
}

/** `retry now`, `retry soon`, `14:32`, `Wed 14:32`, `Oct 12`; empty if unknown or useless. */
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
  // After six days the weekday may be today's.
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
      return t("Retrying won't help until you top up.");
    case 'wrong_key':
      return t("Retrying won't help until you change the key.");
    case 'context_length':
      return t("Retrying won't help until the request is shorter.");
    default:
      return t("Retrying won't help until something changes.");
  }
}

function unknownWords(cause: Cause, t: Translate): string {
  switch (cause) {
    case 'tpd':
      return t('It recovers as the last 24 hours move on, usually within a day.');
    case 'quota_5h':
      return t('It recovers when the 5-hour quota resets; Kimi gave no time.');
    case 'quota_weekly':
    case 'quota_monthly':
    case 'quota_unspecified':
      return t('It recovers when the quota resets; Kimi gave no time.');
    case 'disguised_overload':
      return t('Waiting may not be enough.');
    case 'other_provider':
      return t('Only the other provider knows when it works again.');
    default:
      return t('Wait a minute, then retry once.');
  }
}

/** When to retry, for an error text of unknown time. */
export function retryInWords({ retry, cause }: Verdict, waitMs: number, t: Translate): string {
  if (retry === 'useless') return uselessWords(cause, t);
  if (waitMs > 0) return t('The error asks you to wait {0}.', spanWords(waitMs, t));
  if (retry === 'unknown') return unknownWords(cause, t);
  return t('It usually passes within a minute.');
}
