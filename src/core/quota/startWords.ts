import type { Locale } from '../ports.ts';
import { momentWords } from '../words.ts';
import type { StartAdvice } from './safeToStart.ts';
import { shareWords, windowName } from './windowWords.ts';

const MINUTE_MS = 60_000;

/** The advice in one or two short sentences; it answers "Safe to start?". */
export function startWords(advice: StartAdvice, now: number, locale: Locale): string {
  const { t } = locale;
  switch (advice.kind) {
    case 'unknown':
      return t('Safe to start? Not known: there are no numbers of now.');
    case 'go':
      return goWords(advice, locale);
    case 'fewer':
      return fewerWords(advice, locale);
    case 'wait':
      return waitWords(advice, now, locale);
  }
}

type Of<Kind> = Extract<StartAdvice, { readonly kind: Kind }>;

function goWords({ reason, agents }: Of<'go'>, { t }: Locale): string {
  if (reason === 'extraUsage') return t('Safe to start? Yes: paid Extra Usage carries on.');
  // Other machines and agents without logs are not seen: a number, and no promise.
  return agents === undefined
    ? t('Safe to start? Yes.')
    : t('Safe to start? Yes: up to {0} more requests fit at once.', agents);
}

function fewerWords({ agents, window }: Of<'fewer'>, { t }: Locale): string {
  if (!window)
    return agents === 1
      ? t('Safe to start? One agent: only one more request fits at once.')
      : t('Safe to start? At most {0} agents: no more requests fit at once.', agents);
  const left = t('{0}: {1}', windowName(window, t), shareWords(window, 'remaining', t));
  return agents === 1
    ? t('Safe to start? One agent. {0}.', left)
    : t('Safe to start? At most {0} agents. {1}.', agents, left);
}

function waitWords({ reason, until, window }: Of<'wait'>, now: number, locale: Locale): string {
  const { t } = locale;
  if (reason === 'balance') return t('Safe to start? No: the balance is used up.');
  if (reason === 'concurrency')
    return t('Safe to start? Wait until a request has ended: no more fit at once.');
  if (until === undefined)
    return window
      ? t('Safe to start? No: {0} is used up.', windowName(window, t))
      : t('Safe to start? No: requests are failing, and waiting does not help.');
  // The clock may show that minute already.
  if (!window && until - now < MINUTE_MS)
    return t('Safe to start? Wait a minute: requests are failing now.');
  const when = momentWords(until, now, locale);
  if (!window) return t('Safe to start? Wait until {0}: requests are failing now.', when);
  return t(
    'Safe to start? Wait until {0}. {1}: {2}.',
    when,
    windowName(window, t),
    shareWords(window, 'remaining', t),
  );
}
