import { regionOfApi } from '../base/kimiHosts.ts';
import { dateFormat, english, remainingWords } from '../base/format.ts';
import type { Locale, Translate } from '../base/ports.ts';
import { pageUrl, siteOf } from '../accounts/links.ts';
import { afterTest } from '../diagnosis/afterTest.ts';
import { checklistsOf } from '../diagnosis/checklist.ts';
import type { ChecklistFacts } from '../diagnosis/checklistFacts.ts';
import type { DirectResult } from '../diagnosis/directResults.ts';
import { directText } from '../diagnosis/directWords.ts';
import type { StepId } from '../incidents/verdict.ts';
import { RULES_VERSION } from '../errors/rules.ts';
import { certaintyWord, problemWords } from '../explain/causeWords.ts';
import { stepWords } from '../explain/stepWords.ts';
import { windowName } from '../status/windowWords.ts';
import { type KeyKind, ticketFacts, type TicketFacts, type TicketInput } from './ticketFacts.ts';
import { agentName } from '../agents/signal.ts';

/** Local time and UTC: `2026-10-01 14:32:05 GMT+08:00 = 2026-10-01T06:32:05Z`. */
function zonedMoment(at: number, { timeZone }: Pick<Locale, 'timeZone'>): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  const local = dateFormat('sv-SE', {
    ...zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(at);
  const offset = dateFormat('en', { ...zone, timeZoneName: 'longOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value;
  const utc = new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
  return `${local} ${offset ?? ''} = ${utc}`;
}

/** Options of `supportTicket`. */
export interface TicketOptions {
  readonly locale: Locale;
  /** The version of Kimi Quota. */
  readonly version: string;
}

/**
 * A ticket for Kimi support as plain text: in English, followed by the user's language if there is
 * a translation. Contains no secret (see `TicketFacts`). Pure.
 */
export function supportTicket(input: TicketInput, { locale, version }: TicketOptions): string {
  const incident = afterTest(input.incident, input.checklist?.direct);
  const facts = ticketFacts({ ...input, incident });
  const { timeZone } = locale;
  const inEnglish = { language: 'en', t: english, ...(timeZone === undefined ? {} : { timeZone }) };
  const tickets = [inEnglish, ...(/^zh/i.test(locale.language) ? [locale] : [])];
  const { checklist } = input;
  return tickets
    .map(each => ticketText(facts, checklist, { locale: each, version }))
    .join('\n\n---\n\n');
}

function ticketText(
  facts: TicketFacts,
  checklist: ChecklistFacts | undefined,
  { locale, version }: TicketOptions,
): string {
  const { t } = locale;
  const head = t('Kimi support ticket (Kimi Quota {0})', version);
  const lines = [
    ...problemLines(facts, locale),
    ...accountLines(facts, t),
    ...requestLines(facts, t),
    ...quotaLines(facts, locale),
    ...countLines(facts, t),
    t('Matched rule: {0}, rules version {1}', facts.rule ?? '-', RULES_VERSION),
  ];
  const blocks = [
    head,
    lines.join('\n'),
    wordsBlock(facts, t),
    checklist?.direct ? directBlock(checklist.direct, locale) : '',
    stepsBlock(facts, checklist, locale),
    screenshotsBlock(facts, t),
    addressBlock(facts, locale),
  ];
  return `${blocks.filter(block => block !== '').join('\n\n')}\n`;
}

function problemLines({ cause, category, certainty, ...facts }: TicketFacts, locale: Locale) {
  const { t } = locale;
  const { from, to, count } = facts;
  const { title } = problemWords({ cause, category, ...facts }, t);
  return [
    t('Problem: {0} ({1})', title, certaintyWord(certainty, t)),
    t('From: {0}', zonedMoment(from, locale)),
    t('To: {0}', zonedMoment(to, locale)),
    t('Failed requests: {0}', count),
  ];
}

function accountLines(facts: TicketFacts, t: Translate): string[] {
  const { provider, host, keyKind, keyId, organization, project } = facts;
  return [
    t('Product: {0}', productName(provider, t)),
    host === undefined
      ? t('Host: not a Kimi host, or unknown')
      : t('Host: {0} ({1})', host, regionName(host, t)),
    ...(host === undefined ? [] : [t('Base URL: {0}', `https://${host}${pathOf(host)}`)]),
    ...(keyKind === undefined ? [] : [t('Key: {0}', keyName(keyKind, t))]),
    ...(keyId === undefined ? [] : [t('Key ID: {0}', keyId)]),
    ...organizationLines(provider, organization, t),
    ...(project === undefined ? [] : [t('Project ID: {0}', project)]),
  ];
}

/** Only open platform accounts have an organization. */
function organizationLines(
  provider: TicketFacts['provider'],
  organization: string | undefined,
  t: Translate,
): string[] {
  if (organization !== undefined) return [t('Organization ID: {0}', organization)];
  if (provider === 'kimi-code') return [];
  return [t('Organization ID: not in the log; add it from the console')];
}

const pathOf = (host: string): string =>
  regionOfApi(host)?.product === 'kimi-code' ? '/coding/v1' : '/v1';

function productName(provider: TicketFacts['provider'], t: Translate): string {
  if (provider === 'kimi-code') return t('Kimi Code');
  return provider === 'open-platform' ? t('Open platform') : t('unknown');
}

const regionName = (host: string, t: Translate): string =>
  regionOfApi(host)?.isMainland ? t('mainland China') : t('global');

function keyName(kind: KeyKind, t: Translate): string {
  switch (kind) {
    case 'kimi-code':
      return t('sk-kimi-… (Kimi Code)');
    case 'open-platform':
      return t('sk-… (open platform)');
    case 'sign-in':
      return t('the Kimi CLI sign-in');
  }
}

function requestLines(facts: TicketFacts, t: Translate): string[] {
  const { status, errorType, requestIds, agents, model, inFlight, parallelLimit } = facts;
  return [
    ...(status === undefined ? [] : [t('HTTP status: {0}', status)]),
    ...(errorType === undefined ? [] : [t('Error type: {0}', errorType)]),
    requestIds.length > 0
      ? t('Request and trace IDs: {0}', requestIds.join(t(', ')))
      : t('Request and trace IDs: not in the log'),
    ...agents.map(({ agent, version, count }) => {
      const name = [agentName(agent, t), version].filter(Boolean).join(' ');
      return t('Agent: {0}, failed requests: {1}', name, count);
    }),
    t('Model: {0}', model ?? t('unknown')),
    ...(inFlight === undefined ? [] : [t('Requests in flight: at least {0}', inFlight)]),
    ...(parallelLimit === undefined ? [] : [t('Parallel limit of the plan: {0}', parallelLimit)]),
  ];
}

function quotaLines({ before, after }: TicketFacts, locale: Locale): string[] {
  const { t } = locale;
  const share = (snapshot: NonNullable<TicketFacts['before']>): string =>
    [
      ...snapshot.windows.map(({ id, remainingPercent }) =>
        t(
          '{0}: {1}',
          windowName({ id, isResetting: false }, t),
          remainingPercent === undefined
            ? t('unknown')
            : t('{0} left', remainingWords(remainingPercent)),
        ),
      ),
      ...(snapshot.available === undefined ? [] : [t('balance {0}', snapshot.available)]),
    ].join(t(', '));
  return [
    ...(before
      ? [t('Quota before ({0}): {1}', zonedMoment(before.at, locale), share(before))]
      : []),
    ...(after ? [t('Quota after ({0}): {1}', zonedMoment(after.at, locale), share(after))] : []),
  ];
}

function countLines({ counts }: TicketFacts, t: Translate): string[] {
  if (counts.length === 0) return [];
  const list = counts.map(({ category, count }) => `${category ?? '-'} ${count}`).join(t(', '));
  return [t('Failed requests in 24 hours, by category: {0}', list)];
}

function wordsBlock({ words }: TicketFacts, t: Translate): string {
  return words === '' ? '' : `${t('Error text (private parts are replaced with …):')}\n  ${words}`;
}

/** What a request without the agent showed. */
function directBlock(result: DirectResult, locale: Locale): string {
  const { t } = locale;
  const { answer, at, host, model } = result;
  const { title, outcome } = directText(result, at, locale);
  const requests = answer.kind === 'unreachable' ? [] : (answer.support?.requests ?? []);
  const lines = [
    t('Direct request without the agent: {0}. {1}', title, outcome),
    t('Sent: {0}, to {1}, model {2}', zonedMoment(at, locale), host, model),
    ...(answer.kind === 'refused' ? [t('HTTP status: {0}', answer.status)] : []),
    ...(requests.length > 0 ? [t('Request and trace IDs: {0}', requests.join(t(', ')))] : []),
  ];
  return lines.join('\n');
}

/** Done: found done, or ticked by the user. What was found isn't copied: it may be a path. */
function stepsBlock(
  { steps, cause, provider }: TicketFacts,
  checklist: ChecklistFacts | undefined,
  locale: Locale,
): string {
  const isOpenPlatform = provider === 'open-platform';
  const checks = checklist ? checklistsOf(checklist, locale).flatMap(({ rows }) => rows) : [];
  const lines = [
    ...checks.map(({ text, state, isTicked }) => {
      const mark = isTicked || state === 'done' ? 'x' : ' ';
      return `  [${mark}] ${text}`;
    }),
    ...steps
      .filter(({ id }) => !NO_STEPS.includes(id))
      .map(step => `  [ ] ${stepWords(step, { cause, isOpenPlatform, locale })}`),
  ];
  return lines.length === 0
    ? ''
    : [locale.t('Steps tried (mark with x):'), ...new Set(lines)].join('\n');
}

/** The ticket itself, and the test that has its own block. */
const NO_STEPS: readonly StepId[] = ['copyTicket', 'contactSupport', 'testDirectly'];

function screenshotsBlock(facts: TicketFacts, t: Translate): string {
  const { provider, keyKind, organization, category } = facts;
  const isMoney =
    provider === 'open-platform' ||
    keyKind === 'open-platform' ||
    organization !== undefined ||
    category === 'balance' ||
    category === 'tpd';
  return [
    t('Screenshots to add (hide every key):'),
    `  - ${t('the error in the agent, with its time')}`,
    `  - ${t("the console's usage page for the time above")}`,
    isMoney
      ? `  - ${t("the console's billing page, with voucher, cash and organization")}`
      : `  - ${t("the console's page with plan and quota")}`,
    `  - ${t('the list of keys: names and dates only')}`,
  ].join('\n');
}

function addressBlock({ host }: TicketFacts, { language, t }: Locale): string {
  const site = siteOf(host);
  return [
    t('Send it to Kimi: {0}', pageUrl('contact', site, language)),
    t('Ask in the forum without the IDs: {0}', pageUrl('forum', site)),
  ].join('\n');
}
