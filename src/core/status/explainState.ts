import type { EndpointProblem } from '../accounts/endpoint.ts';
import type { KeyMistake } from '../accounts/key.ts';
import { ageWords, durationWords, moneyWords } from '../base/format.ts';
import type { Locale, Translate } from '../base/ports.ts';
import type { ForbiddenReason, Unreachable } from '../quota/outcome.ts';
import type { QuotaView } from '../quota/quotaView.ts';
import { clampRetryAfter, READ_INTERVAL_MS } from '../quota/readRhythm.ts';
import { windowName } from './windowWords.ts';

/** Explains a key for the wrong product or region, and what to do. */
export function mistakeSentences(
  mistake: KeyMistake,
  t: Translate,
): readonly [happened: string, toDo: string] {
  switch (mistake) {
    case 'platformKeyForKimiCode':
      return [
        t('Kimi rejected the key: it is an open platform key, and this host is Kimi Code.'),
        t('Set a key from the Kimi Code console (it starts with sk-kimi-).'),
      ];
    case 'kimiCodeKeyForPlatform':
      return [
        t('Kimi rejected the key: it is a Kimi Code key, and this host is the open platform.'),
        t('Set a key from the open platform (it starts with sk-, but not with sk-kimi-).'),
      ];
    case 'perhapsOfMoonshotCn':
      return [
        t('api.moonshot.ai rejected the key.'),
        t(
          'If you created it at platform.kimi.com, it only works at api.moonshot.cn: set it for that host.',
        ),
      ];
    case 'perhapsOfMoonshotAi':
      return [
        t('api.moonshot.cn rejected the key.'),
        t(
          'If you created it at platform.kimi.ai, it only works at api.moonshot.ai: set it for that host.',
        ),
      ];
    case 'perhapsOfKimiCom':
      return [
        t('api.kimi.ai rejected the key.'),
        t(
          'It may have been deleted. If you created it at www.kimi.com, change the region setting.',
        ),
      ];
    case 'perhapsOfKimiAi':
      return [
        t('api.kimi.com rejected the key.'),
        t('It may have been deleted. If you created it at www.kimi.ai, change the region setting.'),
      ];
  }
}

/** A state in words: what happened, what is still valid, and what to do. Each may be empty. */
export interface StateExplanation {
  readonly happened: string;
  readonly stillTrue: string;
  readonly toDo: string;
}

/** Explains a state. Contains no text from the endpoint. */
export function explainState(view: QuotaView, locale: Locale): StateExplanation {
  const { t } = locale;
  const [happened, toDo] = sentences(view, locale);
  const hasNumbers = view.windows.length > 0 || view.snapshot?.balance !== undefined;
  return {
    happened,
    stillTrue:
      view.isOld && hasNumbers && view.ageMs !== undefined
        ? t('These are the last known numbers ({0}).', ageWords(view.ageMs, t))
        : '',
    toDo,
  };
}

function sentences(view: QuotaView, locale: Locale): readonly [happened: string, toDo: string] {
  const { t } = locale;
  const name = view.binding ? windowName(view.binding, t) : '';
  switch (view.state) {
    case 'ok':
      return ['', ''];
    case 'loading':
      return [t('Checking your quota for the first time.'), ''];
    case 'unknown':
      return [t('Kimi returned no percentages.'), ''];
    case 'low':
      return [t('Running low: {0}.', name), ''];
    case 'exhausted':
      return exhaustedSentences(view, name, t);
    case 'extraUsage':
      return [
        t('Used up: {0}. Requests continue on paid Extra Usage.', name),
        extraLeft(view, locale),
      ];
    case 'resetting':
      return [t("A quota has just reset; the new value isn't known yet."), ''];
    case 'stale':
      return [t("Your quota hasn't been checked recently."), t('Refresh for the current state.')];
    case 'badBaseUrl':
      return [baseUrlProblem(view.endpointProblem, t), t('Change or clear the setting.')];
    case 'signedOut':
      // The last outcome is unrelated.
      return [t('No API key.'), t('Set a Kimi Code key to see your quota.')];
    case 'tokenExpired':
      return [
        t('The Kimi CLI sign-in has expired (it lasts 15 minutes).'),
        t("It renews when you next use the CLI. API keys don't expire."),
      ];
    case 'noKeyRing':
      return [
        t("The system's secret storage did not respond."),
        t('If the key ring is locked, unlock it. It will be read again automatically.'),
      ];
    default:
      return failureSentences(view, t);
  }
}

function exhaustedSentences(
  { binding, snapshot }: QuotaView,
  name: string,
  t: Translate,
): readonly [happened: string, toDo: string] {
  if (snapshot?.balance) {
    return [
      t('Out of credit. Requests are rejected until you top up.'),
      t('Top up in the open platform console.'),
    ];
  }
  const wait = binding?.resetsInMs === undefined ? '' : durationWords(binding.resetsInMs, t);
  return [
    t('Used up: {0}. Requests are rejected until the reset.', name),
    wait === '' ? '' : t('Resets in {0}. Extra Usage works right away.', wait),
  ];
}

/** Why a base URL is invalid. Nothing is sent to it. */
export function baseUrlProblem(
  problem: EndpointProblem['problem'] | undefined,
  t: Translate,
): string {
  switch (problem) {
    case 'notHttps':
      return t("The base URL must start with https://, so that your key can't be read on the way.");
    case 'hasCredentials':
      return t('The base URL must not contain a user name or password.');
    case 'hasQuery':
      return t('The base URL must end with its path, without ? or #.');
    default:
      return t("The base URL isn't a web address.");
  }
}

function extraLeft({ snapshot }: QuotaView, locale: Locale): string {
  const extra = snapshot?.extraUsage;
  if (!extra) return '';
  return locale.t(
    '{0} of Extra Usage left.',
    moneyWords(extra.leftCents / 100, extra.currency, locale),
  );
}

function failureSentences(
  { outcome }: QuotaView,
  t: Translate,
): readonly [happened: string, toDo: string] {
  switch (outcome?.kind) {
    case 'unauthorized':
      if (outcome.mistake) return mistakeSentences(outcome.mistake, t);
      return [
        t('Kimi rejected the key.'),
        t('It may be wrong, deleted, or for another host or region. Enter it again.'),
      ];
    case 'forbidden':
      return forbiddenSentences(outcome.reason, t);
    case 'noPlan':
      return [
        t('The key is accepted, but its account has no Kimi Code plan.'),
        t('Renew the plan, or choose one that includes Kimi Code.'),
      ];
    case 'rateLimited':
      return [
        t("Kimi is rate limiting quota checks. Your quota isn't affected."),
        outcome.retryAfterMs === undefined
          ? t('It may respond again later.')
          : t('Kimi asks clients to wait at least {0}.', waitWords(outcome.retryAfterMs, t)),
      ];
    case 'gone':
      return [
        t(
          'The usage endpoint was not found (HTTP {0}). Kimi may have moved or removed it.',
          outcome.status,
        ),
        t('Check the base URL setting, or update this extension.'),
      ];
    case 'malformed':
      return [
        t("Kimi's usage API returned an unknown format."),
        t('Update this extension. The log lists the field names, without values.'),
      ];
    case 'unreachable':
      return unreachableSentences(outcome, t);
    default:
      return ['', ''];
  }
}

/** The actual wait after `Retry-After`: 0 is not "now", and 10^9 s is not 30 years. */
function waitWords(retryAfterMs: number, t: Translate): string {
  return durationWords(Math.max(READ_INTERVAL_MS, clampRetryAfter(retryAfterMs)), t);
}

function forbiddenSentences(
  reason: ForbiddenReason,
  t: Translate,
): readonly [happened: string, toDo: string] {
  switch (reason) {
    case 'quota':
      return [
        t('Kimi rejected the request because a usage limit is reached.'),
        t('The console shows which one, and when it resets.'),
      ];
    case 'concurrency':
      return [
        t('Kimi rejected the request because too many requests are in flight.'),
        t('Try again shortly.'),
      ];
    case 'membership':
      return [
        t('Kimi could not verify your membership.'),
        t('Check in the console whether your plan is active.'),
      ];
    case 'clientNotAccepted':
      return [t("Kimi doesn't accept this program as a client."), t("The key isn't the cause.")];
    case 'accountClosed':
      return [t("Kimi has closed this account's access."), t('Only Kimi support can help.')];
    case 'unknown':
      return [
        t('Kimi rejected the request for an unknown reason. Your key may be fine.'),
        t('The console may show more.'),
      ];
  }
}

/** Explains why there is no usable response, and what to do. */
export function unreachableSentences(
  { cause, detail }: Unreachable,
  t: Translate,
): readonly [happened: string, toDo: string] {
  switch (cause) {
    case 'dns':
      return [t('The host name was not found.'), t('Check the network or the base URL.')];
    case 'refused':
      return [t('The host refused the connection.'), t('Check the base URL and the firewall.')];
    case 'tls':
      return [
        t("The host's certificate was not accepted ({0}).", detail ?? '?'),
        t('If a company proxy signs it, make the system trust it (http.systemCertificates).'),
      ];
    case 'proxy':
      return [t('The proxy blocked the request.'), t('Check the http.proxy setting.')];
    case 'timeout':
      return [t('Kimi did not respond in time.'), t('It may recover on its own.')];
    case 'network':
      return [t('The connection was interrupted.'), t('It may recover on its own.')];
    case 'server':
      return [
        t('Kimi has a server error (HTTP {0}).', detail ?? '5xx'),
        t('It may recover on its own.'),
      ];
    case 'redirect':
      return [
        t('Kimi redirected to {0}. Your key was not sent there.', detail ?? '?'),
        t('Check the base URL setting.'),
      ];
    case 'webPage':
      return [
        t("A web page responded instead of Kimi, probably this network's sign-in page."),
        t('Open a browser, sign in to the network, then refresh.'),
      ];
  }
}
