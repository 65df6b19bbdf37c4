import { momentWords } from '../base/format.ts';
import type { Locale, Translate } from '../base/ports.ts';
import { categoryNoun } from '../explain/causeWords.ts';
import type { AnswerForm, DirectAnswer } from './directRequest.ts';
import type { Outcome, Reason } from './directTest.ts';
import type { DirectResult } from './directResults.ts';

/** The result of a direct request in words. */
export interface DirectText {
  /** Where the failure comes from, in a few words: `Gateway or proxy`. */
  readonly title: string;
  /** The outcome in a sentence. */
  readonly outcome: string;
  readonly evidence: readonly string[];
  readonly next: string;
}

/** A direct request in words. `now`: epoch milliseconds. Pure. */
export function directText(result: DirectResult, now: number, locale: Locale): DirectText {
  const { t } = locale;
  const { outcome, reason } = result;
  return {
    title: outcomeTitle(outcome, t),
    outcome: SENTENCES[reason](t),
    evidence: evidenceOf(result, now, locale),
    next: nextStep(outcome, reason, t),
  };
}

/** A few words for an outcome. */
export function outcomeTitle(outcome: Outcome, t: Translate): string {
  switch (outcome) {
    case 'account':
      return t('The account');
    case 'client':
      return t('The agent or its settings');
    case 'gateway':
      return t('A gateway or proxy');
    case 'over':
      return t('Works now');
    case 'otherAccount':
      return t('Another account');
    case 'service':
      return t('Kimi itself');
    case 'network':
      return t('The network');
    case 'unknown':
      return t('Inconclusive');
  }
}

const SENTENCES: Readonly<Record<Reason, (t: Translate) => string>> = {
  sameRefusal: t => t('Kimi also rejects this account directly, for the same reason.'),
  kimiRefuses: t => t('Kimi also rejects this account directly.'),
  keyWorksHere: t => t("Kimi accepts this key, so the agent's key or base URL differs."),
  worksAlone: t => t('A single request works while the agent is refused: it sends too many.'),
  requestDiffers: t => t("A small request works, so the cause is in the agent's request."),
  connectionDiffers: t => t("Kimi responds here, so the cause is the agent's connection."),
  overloadOnlyThere: t => t("Kimi isn't overloaded here: it rejects the agent's request."),
  clientNotAdmitted: t => t('Kimi only accepts known agents with this key.'),
  worksWithoutGateway: t => t('It works without the gateway, so the error is from the gateway.'),
  otherProvider: t => t("The agent doesn't use this Kimi account."),
  notKimisForm: t => t("The answer isn't from Kimi: a program in between wrote it."),
  gatewayRewrites: t => t('Kimi gives a different reason: the gateway rewrites errors.'),
  worksNow: t => t('This account works now.'),
  smallRequestFits: t => t('A small request fits into the daily limit again.'),
  accountIsFine: t => t("This account works, so the agent's key belongs to another account."),
  quotaLeftHere: t => t("This account has quota left, so the agent's key belongs to another."),
  organizationsDiffer: t => t("The error names a different organization than this key's."),
  hostsDiffer: t => t('The error is from another Kimi host, which has accounts of its own.'),
  busyHere: t => t('Kimi is overloaded or has an error, also without the agent.'),
  noConnection: t => t('Kimi is not reachable from this machine either.'),
  testNotAdmitted: t => t('Kimi only accepts known agents, so this test is inconclusive.'),
  keyRejectedHere: t => t('Kimi rejects the key that Kimi Quota has.'),
  testModelMissing: t => t('Kimi rejects the test request itself.'),
  twoProblems: t => t('Kimi reports a different problem here.'),
  answerNotKnown: t => t('Kimi refuses the request for an unknown reason.'),
  noAnswer: t => t('There was no response.'),
};

function nextStep(outcome: Outcome, reason: Reason, t: Translate): string {
  switch (outcome) {
    case 'account':
      return t('Follow the steps of the incident. If they are done, contact Kimi support.');
    case 'client':
      return reason === 'worksAlone'
        ? t('Lower the number of parallel requests in the agent.')
        : t("Compare the agent's key, base URL and model with those of this test.");
    case 'gateway':
      return t('Contact whoever runs the gateway, or set the agent to Kimi directly.');
    case 'over':
      return t('Retry in the agent.');
    case 'otherAccount':
      return t("Open the console that the agent's key was created in.");
    case 'service':
      return t("Check Kimi's status page, and retry later.");
    case 'network':
      return t('Check the network, proxy and VPN.');
    case 'unknown':
      return UNDECIDED[reason]?.(t) ?? t('Test again in a minute.');
  }
}

const UNDECIDED: Partial<Record<Reason, (t: Translate) => string>> = {
  testNotAdmitted: t => t('Test the key in an agent that Kimi supports.'),
  keyRejectedHere: t => t('Set a new API key, then test again.'),
  testModelMissing: t => t('Run the self-check: it lists the models of the account.'),
  twoProblems: t => t('Fix the problem that Kimi reports here, then test again.'),
};

function evidenceOf(result: DirectResult, now: number, locale: Locale): string[] {
  const { answer, at, host, model, failing } = result;
  const { t } = locale;
  const sent = t('Sent {0} to {1}, model {2}.', momentWords(at, now, locale), host, model);
  const lines = [sent, ...answerLines(answer, t)];
  if (failing?.gateway) lines.push(t('In the failure: {0}.', t('a gateway in between')));
  const [one, other] = [failing?.organization, 'support' in answer && answer.support?.organization];
  if (one && other && one !== other) {
    lines.push(t('Organization in the error: {0}', one));
    lines.push(t('Organization of this key: {0}', other));
  }
  return [...lines, ...metaLines(answer, t)];
}

function answerLines(answer: DirectAnswer, t: Translate): string[] {
  switch (answer.kind) {
    case 'answered':
      return [t('A model responded.')];
    case 'unreachable':
      return [t('No response ({0}).', answer.detail ?? answer.cause)];
    case 'refused':
      return [
        t('HTTP status {0}: {1}.', answer.status, categoryNoun(answer.classification.category, t)),
        formWords(answer.form, t),
      ];
  }
}

function formWords(form: AnswerForm, t: Translate): string {
  switch (form) {
    case 'kimi':
      return t("The error has Kimi's own form.");
    case 'errorMessage':
      return t('The error has the field errorMessage, which Kimi never sends.');
    case 'noError':
      return t('The response has no error object, which Kimi always sends.');
    case 'notJson':
      return t("The response isn't JSON, which Kimi always sends.");
  }
}

function metaLines(answer: DirectAnswer, t: Translate): string[] {
  if (answer.kind === 'unreachable') return [];
  const { support, retryAfterSeconds, rateLimits = [] } = answer;
  return [
    ...(retryAfterSeconds === undefined ? [] : [t('Retry-After: {0} s.', retryAfterSeconds)]),
    ...(support?.requests?.[0] === undefined ? [] : [t('Request ID: {0}', support.requests[0])]),
    ...rateLimits.map(({ name, value }) => `${name}: ${value}`),
  ];
}
