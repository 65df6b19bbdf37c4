import { durationWords, joinSentences, remainingWords, shortMoment } from '../base/format.ts';
import type { CodeRegion } from '../base/kimiHosts.ts';
import type { Locale, Translate } from '../base/ports.ts';
import { explain } from '../explain/explain.ts';
import type { Incident } from '../incidents/incident.ts';
import type { QuotaView, WindowView } from '../quota/quotaView.ts';
import { explainState } from './explainState.ts';
import { type Headline, headlineOf, type Situation } from './headline.ts';
import { whereWords } from './slots.ts';
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
  /** Like `now`, with the time of day first: for a text that isn't redrawn, like a notification. */
  readonly lasting: string;
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
  return wordsOfHeadline(headlineOf(situation), situation, options);
}

/** A headline of this situation in words, also if another one matters more. Pure. */
export function wordsOfHeadline(
  headline: Headline,
  situation: Situation,
  options: HeadlineOptions,
): HeadlineWords {
  const words = wordsOf(headline, situation, options);
  const until = headline.until === undefined ? {} : { until: headline.until };
  return { headline, ...EMPTY, lasting: words.now ?? '', ...words, ...until };
}

type Words = Partial<Omit<HeadlineWords, 'headline' | 'until'>>;

const EMPTY = { short: '', title: '', numbers: '', now: '', next: '' };

function wordsOf(headline: Headline, situation: Situation, options: HeadlineOptions): Words {
  switch (headline.kind) {
    case 'state':
      return stateWords(situation.account.view, situation.now, options.locale);
    case 'usedUp':
      return usedUpWords(headline, situation, options.locale);
    case 'slots':
      return { ...causeOf(headline.incident, situation, options), ...slotWords(headline, options) };
    case 'failing':
      return failingWords(headline, situation, options);
  }
}

type Of<Kind> = Extract<Headline, { readonly kind: Kind }>;

function usedUpWords(
  { window, until, incident }: Of<'usedUp'>,
  { now }: Situation,
  locale: Locale,
): Words {
  const { t } = locale;
  const name = window ? windowName(window, t) : t('Quota');
  const short = window ? quotaShort(window, t) : t('Quota');
  const isKnown = window?.remainingPercent === 0;
  const title = titleOf(t('{0} used up', name), isKnown ? undefined : incident, t);
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
    lasting: lastingReset(until, now, locale),
    next,
    action: 'explain',
  };
}

/** `Resets at 21:48.`; on another day with its name: `Resets Fri 21:48.` */
export function resetMoment(until: number, now: number, locale: Locale): string {
  const moment = shortMoment(until, now, locale);
  return isToday(moment) ? locale.t('Resets at {0}.', moment) : locale.t('Resets {0}.', moment);
}

const isToday = (moment: string): boolean => /^\d\d:\d\d$/.test(moment);

/** `Resets at 21:48 (in 2 h).`; on another day with its name: `Resets Fri 21:48 (in 2 d 1 h).` */
function lastingReset(until: number, now: number, locale: Locale): string {
  const { t } = locale;
  const [moment, left] = [shortMoment(until, now, locale), durationWords(until - now, t)];
  return isToday(moment)
    ? t('Resets at {0} (in {1}).', moment, left)
    : t('Resets {0} (in {1}).', moment, left);
}

function slotWords(
  { use, limit = 0, isFull }: Of<'slots'>,
  { locale: { t } }: HeadlineOptions,
): Words {
  const inFlight = use?.total ?? 0;
  const where = use ? whereWords(use, t) : '';
  if (isFull === undefined)
    return { short: t('Too many parallel'), now: t('Retry when another request has ended.') };
  return isFull
    ? {
        short: t('Too many parallel · {0}/{1}', inFlight, limit),
        now:
          where === ''
            ? t('Waiting for a free slot: {0} of {1} in flight.', inFlight, limit)
            : t('Waiting for a free slot. {0} of {1} in flight: {2}.', inFlight, limit, where),
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
      return { ...words, now: t("It's unclear when a retry will work.") };
  }
}

/** The cause and the fix of an incident, without time. */
function causeOf(incident: Incident, { now }: Situation, options: HeadlineOptions) {
  const { title, short, steps } = explain(incident, { ...options, now });
  const { t } = options.locale;
  const fix = steps.find(({ code }) => code !== undefined);
  const { code } = fix ?? {};
  return {
    title: titleOf(title, incident, t),
    // Without its retry time, which belongs to the incident and not to the headline.
    short: short.split(' · ')[0] ?? short,
    numbers: numbersOf(incident, options.locale),
    next: code === undefined ? (steps[0]?.text ?? '') : t('Set or run {0}', code),
    action: 'explain' as const,
    ...(code === undefined ? {} : { code }),
  };
}

/** A likely cause isn't a fact; an unsure one is unclear by its title. */
const titleOf = (title: string, incident: Incident | undefined, t: Translate): string =>
  incident?.verdict.certainty === 'likely' ? t('{0} (likely)', title) : title;

function numbersOf({ verdict, count }: Incident, { t }: Locale): string {
  const inFlight = verdict.evidence.find(one => one.kind === 'inFlight');
  if (verdict.cause === 'own_concurrency' && inFlight && inFlight.count > 1)
    return inFlight.limit === undefined
      ? t('{0} requests were in flight.', inFlight.count)
      : t('{0} requests were in flight; your plan allows {1}.', inFlight.count, inFlight.limit);
  return count > 1 ? t('{0} requests failed.', count) : '';
}

function stateWords(view: QuotaView, now: number, locale: Locale): Words {
  const { happened, stillTrue, toDo } = explainState(view, locale);
  if (view.state === 'low' && view.binding) return lowWords(view.binding, now, locale);
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

function lowWords(window: WindowView, now: number, locale: Locale): Words {
  const { t } = locale;
  const { remainingPercent = 0, resetsInMs, isResetting } = window;
  const left = remainingWords(remainingPercent);
  const title = t('{0} is running low', windowName(window, t));
  if (resetsInMs === undefined || isResetting) return { title, now: t('{0} left.', left) };
  return {
    title,
    now: t('{0} left, resets in {1}.', left, durationWords(resetsInMs, t)),
    lasting: t('{0} {1}', t('{0} left.', left), lastingReset(now + resetsInMs, now, locale)),
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

/** The headline as one line, for a terminal or a row: cause, then what to do. */
export function headlineSentence({ title, numbers, now }: HeadlineWords, { t }: Locale): string {
  const head = title === '' ? [] : [t('{0}.', title)];
  return joinSentences([...head, numbers, now], t);
}

/** The headline as one line that stays right for a while: for a notification. */
export const lastingSentence = (words: HeadlineWords, locale: Locale): string =>
  headlineSentence({ ...words, now: words.lasting }, locale);
