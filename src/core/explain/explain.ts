import type { CodeRegion } from '../base/kimiHosts.ts';
import { type KimiPage, pageUrl, type Site, siteOf } from '../accounts/links.ts';
import type { Locale, Translate } from '../base/ports.ts';
import type { Category } from '../errors/category.ts';
import { RULES } from '../errors/rules.ts';
import { productOfIncident } from '../incidents/accountOfIncident.ts';
import type { Incident } from '../incidents/incident.ts';
import { judge } from '../incidents/judge.ts';
import type { Verdict, VerdictInput } from '../incidents/verdict.ts';
import { causeSentences, type SentenceInput } from './causeSentence.ts';
import { type CauseWords, certaintyWord, openWords, problemWords } from './causeWords.ts';
import { evidenceWords } from './evidenceWords.ts';
import {
  codeOfStep,
  pageOfStep,
  retryInWords,
  retryWords,
  shortRetry,
  type StepContext,
  stepWords,
} from './stepWords.ts';
import type { ExplainedWords } from '../errors/wordsOfText.ts';

/**
 * An explained incident or error text: plain text in the editor's language, without HTML or Markdown.
 * Each surface decides on the layout.
 */
export interface Explanation {
  /** A few words: `Too many parallel requests`. */
  readonly title: string;
  /** At most 27 characters, for the status bar: `parallel limit · retry now`. */
  readonly short: string;
  /** The cause in one sentence, with its certainty. */
  readonly cause: string;
  /** `certain`, `likely` or `unsure` in the user's language. */
  readonly certainty: string;
  readonly evidence: readonly string[];
  /** When to retry, in one sentence. */
  readonly retry: string;
  /** For a countdown: epoch milliseconds. Absent if unknown, or if waiting is useless. */
  readonly retryAt?: number;
  readonly steps: readonly ExplainedStep[];
  /** Only Kimi's pages (docs/kimi.md 10). */
  readonly links: readonly ExplainedLink[];
  /** The error text, redacted; empty if the agent logs none. Hostile text. */
  readonly original: string;
  /** The matched rule, and when it was last confirmed: ISO date. */
  readonly rule?: { readonly id: string; readonly lastConfirmed?: string };
}

/** One next step. */
export interface ExplainedStep {
  readonly text: string;
  readonly link?: ExplainedLink;
  /** An environment variable or a command to copy. */
  readonly code?: string;
}

/** A page of Kimi. */
export interface ExplainedLink {
  readonly label: string;
  readonly url: string;
}

/** Language, and the current time in epoch milliseconds. */
export interface ExplainOptions {
  readonly locale: Locale;
  readonly now: number;
  /** Region of linked pages if the host doesn't determine it. Default: kimi.com. */
  readonly region?: CodeRegion;
  /** `quotaNow`, for an error text without an incident. Default: unknown. */
  readonly quota?: string;
}

/** Explains an incident. Pure. */
export function explain(incident: Incident, { locale, now, region }: ExplainOptions): Explanation {
  const provider = productOfIncident(incident);
  const { verdict, rule, example } = incident;
  const { t } = locale;
  const { evidence, retryAt } = verdict;
  const host = evidence.find(one => one.kind === 'host')?.host ?? example.signal.evidence.host;
  return {
    title: problemOf(verdict, incident, t).title,
    short: shortOf(verdict, incident, { locale, now }),
    cause: causeSentences({ verdict, incident, now, locale }),
    certainty: certaintyWord(verdict.certainty, t),
    evidence: evidence.map(one => evidenceWords(one, now, locale)),
    retry: retryWords(verdict, now, locale),
    ...(retryAt === undefined || verdict.retry === 'useless' ? {} : { retryAt }),
    ...pagesOf(verdict, { provider }, { locale, site: siteOf(host, region) }),
    original: example.signal.text,
    ...ruleOf(rule),
  };
}

/** Explains an error text and the quota left now; without numbers, it says so. Pure. */
export function explainWords(words: ExplainedWords, options: ExplainOptions): Explanation {
  const { locale, now, region } = options;
  const { t } = locale;
  const { category, fields } = words;
  const input = inputOf(words, now);
  const verdict = judge(input);
  if (category === 'not_an_error') return noError(words, verdict, t);
  const incident: SentenceInput['incident'] = { ...input, places: [] };
  const { title, short } = problemOf(verdict, words, t);
  const waitMs = (fields.retryAfterSeconds ?? 0) * 1000;
  return {
    title,
    short,
    cause: causeSentences({ verdict: withoutTime(verdict), incident, now, locale }),
    certainty: certaintyWord(verdict.certainty, t),
    evidence: [
      options.quota && words.isKimi !== false ? options.quota : t('Based on the error text only.'),
      ...quotedSentence(words, t),
      ...verdict.evidence.map(one => evidenceWords(one, now, locale)),
    ],
    retry: retryInWords(verdict, waitMs, t),
    ...pagesOf(verdict, incident, { locale, site: siteOf(undefined, region) }),
    original: words.text,
    ...ruleOf(words.rule ?? null),
  };
}

function quotedSentence({ isQuoted }: ExplainedWords, t: Translate): string[] {
  return isQuoted
    ? [t('The error text may be a quote from a document, source code or a chat.')]
    : [];
}

/** Most selected text is no error: then there are no steps. */
function noError({ text, rule }: ExplainedWords, verdict: Verdict, t: Translate): Explanation {
  const { title, short } = openWords('not_an_error', t);
  return {
    title,
    short,
    cause: t('{0}.', title),
    certainty: certaintyWord(verdict.certainty, t),
    evidence: [],
    retry: '',
    steps: [],
    links: [],
    original: text,
    ...ruleOf(rule ?? null),
  };
}

/** The time of the text is unknown, so no retry time follows. */
function withoutTime({ retryAt, ...verdict }: Verdict): Verdict {
  return retryAt === undefined ? verdict : { ...verdict, retry: 'unknown' };
}

/** Categories of the open platform only; the others default to Kimi Code. */
const OF_PLATFORM: readonly Category[] = ['rpm', 'tpm', 'tpd', 'balance'];

function inputOf(
  { category, says, confidence, fields, isKimi = 'unknown' }: ExplainedWords,
  now: number,
) {
  const isPlatform = OF_PLATFORM.includes(category) || fields.organization !== undefined;
  const product = isPlatform ? 'open-platform' : 'kimi-code';
  const isOpen = isKimi === 'unknown' || category === 'not_an_error';
  return {
    now,
    provider: isOpen ? 'unknown' : isKimi ? product : 'other',
    agents: [],
    category,
    wordsConfidence: confidence,
    fields: category === 'other_provider' && says ? { ...fields, says } : fields,
    from: now,
    to: now,
    count: 1,
    threadCount: 1,
    state: 'over',
    earlier: [],
  } as const satisfies VerdictInput;
}

/** Only the title of `explain`: for long lists. */
export function incidentTitle(incident: Incident, t: Translate): string {
  return problemOf(incident.verdict, incident, t).title;
}

/** The meaning of an error text, and the facts in it. */
type ErrorText = Pick<Incident, 'category' | 'fields'>;

const problemOf = ({ cause }: Verdict, { category, fields }: ErrorText, t: Translate): CauseWords =>
  problemWords({ cause, category, ...fields }, t);

/** More does not fit into the status bar next to the quota. */
const MAX_SHORT = 27;

function shortOf(verdict: Verdict, text: ErrorText, { locale, now }: ExplainOptions): string {
  const cause = problemOf(verdict, text, locale.t).short;
  const retry = shortRetry(verdict, now, locale);
  const both = retry === '' ? cause : locale.t('{0} · {1}', cause, retry);
  return both.length <= MAX_SHORT ? both : cause;
}

interface Pages {
  readonly locale: Locale;
  readonly site: Site;
}

function pagesOf(
  { cause, steps }: Verdict,
  { provider }: Pick<Incident, 'provider'>,
  { locale, site }: Pages,
): { steps: ExplainedStep[]; links: ExplainedLink[] } {
  const context: StepContext = { cause, isOpenPlatform: provider === 'open-platform', locale };
  const link = (page: KimiPage): ExplainedLink => ({
    label: pageName(page, locale.t),
    url: pageUrl(page, site, locale.language),
  });
  const explained = steps.map((step): ExplainedStep => {
    const page = pageOfStep(step.id, context);
    const code = codeOfStep(step);
    return {
      text: stepWords(step, context),
      ...(page ? { link: link(page) } : {}),
      ...(code === undefined ? {} : { code }),
    };
  });
  const isOther = cause === 'other_provider' || cause === 'gateway_balance';
  const errors = context.isOpenPlatform ? 'platformErrors' : 'codeErrors';
  return { steps: explained, links: isOther ? [] : [link(errors)] };
}

function pageName(page: KimiPage, t: Translate): string {
  switch (page) {
    case 'codeConsole':
      return t('Kimi Code console');
    case 'extraUsage':
      return t('Extra Usage');
    case 'plans':
      return t('Plans');
    case 'codeErrors':
      return t('Kimi Code error reference');
    case 'guidelines':
      return t('Community guidelines');
    case 'models':
      return t('Models');
    case 'otherAgents':
      return t('Set up other agents');
    case 'contact':
      return t('Contact');
    case 'platformConsole':
      return t('Open platform console');
    case 'platformLimits':
      return t('Tiers and rate limits');
    case 'platformErrors':
      return t('Open platform errors');
    case 'status':
      return t('Status page');
    case 'forum':
      return t('Kimi forum');
  }
}

function ruleOf(id: string | null): Pick<Explanation, 'rule'> {
  if (id === null) return {};
  const lastConfirmed = RULES.find(rule => rule.id === id)?.lastConfirmed;
  return { rule: { id, ...(lastConfirmed === undefined ? {} : { lastConfirmed }) } };
}
