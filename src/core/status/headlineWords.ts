import { durationWords, remainingWords, shortMoment } from '../base/format.ts';
import type { CodeRegion } from '../base/kimiHosts.ts';
import type { Locale } from '../base/ports.ts';
import { explain } from '../explain/explain.ts';
import type { Incident } from '../incidents/incident.ts';
import type { QuotaView, WindowView } from '../quota/quotaView.ts';
import { explainState } from './explainState.ts';
import { type Headline, headlineOf, type Situation } from './headline.ts';
import { hasNumbers } from './statusText.ts';
import { quotaShort, stateWord, windowName } from './windowWords.ts';

/** A headline in words: plain text, sentences of at most 14 words; parts without content are empty. */
export interface HeadlineWords {
  readonly headline: Headline;
  /** For the status bar; empty where only numbers are shown: `5h used up · resets 21:48`. */
  readonly short: string;
  /** The cause, without a full stop. */
  readonly title: string;
  /** The numbers that decide the cause, in the past tense: `22 were in flight; your plan allows 20.` */
  readonly numbers: string;
  /** What is true now, and what to do. */
  readonly now: string;
  /** How to avoid it next time, or how to fix it. */
  readonly next: string;
  /** A setting or command to copy. */
  readonly code?: string;
  /** The end of the wait, for a countdown. Absent where the end is not a moment. */
  readonly until?: number;
  /** The most useful action. */
  readonly action?: 'explain' | 'connect' | 'enterKey' | 'troubleshoot' | 'refresh' | 'settings';
}

/** Language, and the region of linked pages. */
export interface HeadlineOptions {
  readonly locale: Locale;
  readonly region?: CodeRegion;
}

/** The headline of a situation, in words. Pure. */
export function headlineWords(situation: Situation, options: HeadlineOptions): HeadlineWords {
  const headline = headlineOf(situation);
  const words = wordsOf(headline, situation, options);
  const until = headline.until === undefined ? {} : { until: headline.until };
  return { headline, ...EMPTY, ...words, ...until };
}

type Words = Partial<Omit<HeadlineWords, 'headline' | 'until'>>;

const EMPTY = { short: '', title: '', numbers: '', now: '', next: '' };

function wordsOf(headline: Headline, situation: Situation, options: HeadlineOptions): Words {
  switch (headline.kind) {
    case 'state':
      return stateWords(situation.account.view, options.locale);
    case 'usedUp':
      return usedUpWords(headline, situation, options.locale);
    case 'slots':
      return { ...causeOf(headline.incident, situation, options), ...slotWords(headline, options) };
    case 'failing':
      return failingWords(headline, situation, options);
  }
}

type Of<Kind> = Extract<Headline, { readonly kind: Kind }>;

function usedUpWords({ window, until }: Of<'usedUp'>, { now }: Situation, locale: Locale): Words {
  const { t } = locale;
  const name = window ? windowName(window, t) : t('Quota');
  const short = window ? quotaShort(window, t) : t('Quota');
  const title = t('{0} used up', name);
  const next = t('Extra Usage works right away.');
  if (until === undefined)
    return {
      title,
      short: t('{0} used up', short),
      now: t('Requests are rejected until it resets.'),
      next,
      action: 'explain',
    };
  const moment = shortMoment(until, now, locale);
  return {
    title,
    short: t('{0} used up · resets {1}', short, moment),
    now: t('Resets in {0} ({1}).', durationWords(until - now, t), moment),
    next,
    action: 'explain',
  };
}

function slotWords(
  { inFlight = 0, limit = 0, isFull }: Of<'slots'>,
  { locale: { t } }: HeadlineOptions,
): Words {
  if (isFull === undefined)
    return { short: t('Too many parallel'), now: t('Retry when another request has ended.') };
  return isFull
    ? {
        short: t('Too many parallel · {0}/{1}', inFlight, limit),
        now: t('Waiting for a free slot: {0} of {1} in flight.', inFlight, limit),
      }
    : {
        short: t('Slot free · retry'),
        now: t('A slot is free: {0} of {1} in flight. Retry now.', inFlight, limit),
      };
}

function failingWords(
  { incident, retry, until }: Of<'failing'>,
  situation: Situation,
  options: HeadlineOptions,
): Words {
  const { t } = options.locale;
  const words = causeOf(incident, situation, options);
  const { now } = situation;
  switch (retry) {
    case 'at': {
      const moment = shortMoment(until ?? now, now, options.locale);
      return {
        ...words,
        short: t('{0} · {1}', words.short, moment),
        now: t('Retry in {0} ({1}).', durationWords((until ?? now) - now, t), moment),
      };
    }
    case 'soon':
      return { ...words, now: t('Wait a minute, then retry.') };
    case 'now':
      return {
        ...words,
        short: t('{0} · {1}', words.short, t('retry now')),
        now: t('You can retry now.'),
      };
    case 'useless':
      return { ...words, now: t("Retrying won't help until this is fixed.") };
    case 'unknown':
      return { ...words, now: t("It's unclear when a retry works.") };
  }
}

/** The cause and the fix of an incident, without time. */
function causeOf(incident: Incident, { now }: Situation, options: HeadlineOptions) {
  const { title, short, steps } = explain(incident, { ...options, now });
  const { t } = options.locale;
  const fix = steps.find(({ code }) => code !== undefined);
  const { code } = fix ?? {};
  return {
    title,
    // Without its retry time, which belongs to the incident and not to the headline.
    short: short.split(' · ')[0] ?? short,
    numbers: numbersOf(incident, options.locale),
    next: code === undefined ? (steps[0]?.text ?? '') : t('Set or run {0}', code),
    action: 'explain' as const,
    ...(code === undefined ? {} : { code }),
  };
}

function numbersOf({ verdict, count }: Incident, { t }: Locale): string {
  const inFlight = verdict.evidence.find(one => one.kind === 'inFlight');
  if (verdict.cause === 'own_concurrency' && inFlight && inFlight.count > 1)
    return inFlight.limit === undefined
      ? t('{0} requests were in flight.', inFlight.count)
      : t('{0} requests were in flight; your plan allows {1}.', inFlight.count, inFlight.limit);
  return count > 1 ? t('{0} requests failed.', count) : '';
}

function stateWords(view: QuotaView, locale: Locale): Words {
  const { happened, stillTrue, toDo } = explainState(view, locale);
  if (view.state === 'low' && view.binding) return lowWords(view.binding, locale);
  const action = ACTIONS[view.state];
  return {
    // Old numbers with their age are worth more than the word; the icon shows the fault.
    short: action && !hasNumbers(view) ? stateWord(view.state, locale.t) : '',
    title: happened.replace(/[.。]$/u, ''),
    now: stillTrue,
    next: toDo,
    ...(action ? { action } : {}),
  };
}

function lowWords(window: WindowView, { t }: Locale): Words {
  const { remainingPercent = 0, resetsInMs, isResetting } = window;
  const left = remainingWords(remainingPercent);
  return {
    title: t('{0} is running low', windowName(window, t)),
    now:
      resetsInMs === undefined || isResetting
        ? t('{0} left.', left)
        : t('{0} left, resets in {1}.', left, durationWords(resetsInMs, t)),
  };
}

/** Every fault offers its fix. */
const ACTIONS: Partial<Record<QuotaView['state'], NonNullable<HeadlineWords['action']>>> = {
  signedOut: 'connect',
  keyRefused: 'enterKey',
  tokenExpired: 'troubleshoot',
  noKeyRing: 'troubleshoot',
  forbidden: 'troubleshoot',
  noPlan: 'troubleshoot',
  limited: 'troubleshoot',
  offline: 'troubleshoot',
  endpointChanged: 'troubleshoot',
  badBaseUrl: 'settings',
};

/** The headline as one line, for a notification, a terminal or a row: cause, then what to do. */
export function headlineSentence({ title, numbers, now }: HeadlineWords, { t }: Locale): string {
  const head = title === '' ? [] : [t('{0}.', title)];
  return [...head, numbers, now].filter(part => part !== '').join(' ');
}
