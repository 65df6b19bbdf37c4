import type { EndpointProblem } from '../accounts/endpoint.ts';
import type { KeyMistake } from '../accounts/key.ts';
import { ageWords, durationWords, moneyWords } from '../base/format.ts';
import type { Locale, Translate } from '../base/ports.ts';
import type { ForbiddenReason, Unreachable } from '../quota/outcome.ts';
import type { QuotaView } from '../quota/quotaView.ts';
import { clampRetryAfter, READ_INTERVAL_MS } from '../quota/readRhythm.ts';
import { windowName } from './windowWords.ts';

/** Says which key was mistaken for which, and what to do about it. */
export function mistakeSentences(
  mistake: KeyMistake,
  t: Translate,
): readonly [happened: string, toDo: string] {
  switch (mistake) {
    case 'platformKeyForKimiCode':
      return [
        t(
          'Kimi did not accept the key: it is one of the open platform, and this host is Kimi Code.',
        ),
        t('Set a key of the Kimi Code console, which begins with sk-kimi-.'),
      ];
    case 'kimiCodeKeyForPlatform':
      return [
        t(
          'Kimi did not accept the key: it is one of Kimi Code, and this host is the open platform.',
        ),
        t('Set a key of the open platform, which begins with sk- but not with sk-kimi-.'),
      ];
    case 'perhapsOfMoonshotCn':
      return [
        t('Kimi did not accept the key at api.moonshot.ai.'),
        t('If it was made at platform.kimi.com, it is for api.moonshot.cn alone: set it there.'),
      ];
    case 'perhapsOfMoonshotAi':
      return [
        t('Kimi did not accept the key at api.moonshot.cn.'),
        t('If it was made at platform.kimi.ai, it is for api.moonshot.ai alone: set it there.'),
      ];
    case 'perhapsOfKimiCom':
      return [
        t('Kimi did not accept the key at api.kimi.ai.'),
        t('It may be deleted. If it was made at www.kimi.com, change the setting of the region.'),
      ];
    case 'perhapsOfKimiAi':
      return [
        t('Kimi did not accept the key at api.kimi.com.'),
        t('It may be deleted. If it was made at www.kimi.ai, change the setting of the region.'),
      ];
  }
}

/** A state in words: what happened, what is still true, and what to do. Each may be empty. */
export interface StateExplanation {
  readonly happened: string;
  readonly stillTrue: string;
  readonly toDo: string;
}

/** Says a state in sentences for people. Nothing of the endpoint's own words is repeated. */
export function explainState(view: QuotaView, locale: Locale): StateExplanation {
  const { t } = locale;
  const [happened, toDo] = sentences(view, locale);
  const hasNumbers = view.windows.length > 0 || view.snapshot?.balance !== undefined;
  return {
    happened,
    stillTrue:
      view.isOld && hasNumbers && view.ageMs !== undefined
        ? t('The numbers shown are the last known ones ({0}).', ageWords(view.ageMs, t))
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
      return [t('Asking Kimi for the first time.'), ''];
    case 'unknown':
      return [t('Kimi answered, but said no share for any window.'), ''];
    case 'low':
      return [t('Little is left: {0}.', name), ''];
    case 'exhausted':
      return exhaustedSentences(view, name, t);
    case 'extraUsage':
      return [
        t('Used up: {0}. Requests go on and are paid from Extra Usage.', name),
        extraLeft(view, locale),
      ];
    case 'resetting':
      return [t('A window has just been reset; the new number is not known yet.'), ''];
    case 'stale':
      return [t('Kimi was not asked for a while.'), t('Refresh to see the present state.')];
    case 'badBaseUrl':
      return [baseUrlProblem(view.endpointProblem, t), t('Change the setting, or empty it.')];
    case 'signedOut':
      // Whatever the last answer was, it was not about this.
      return [t('No key is set.'), t('Set a Kimi Code key to see what is left of your quota.')];
    case 'tokenExpired':
      return [
        t('The log-in of the Kimi CLI has ended for now, as it does after 15 minutes.'),
        t('It renews when you next use the CLI. A key from the console does not end.'),
      ];
    case 'noKeyRing':
      return [
        t('The secret storage of this system did not answer.'),
        t('If its key ring is locked, unlock it. It is asked again by itself.'),
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
      t('The balance is insufficient. Requests are refused until it is recharged.'),
      t('Recharge it in the console of the open platform.'),
    ];
  }
  const wait = binding?.resetsInMs === undefined ? '' : durationWords(binding.resetsInMs, t);
  return [
    t('Used up: {0}. Requests are refused until it resets.', name),
    wait === '' ? '' : t('It works again in {0}, or at once with Extra Usage.', wait),
  ];
}

/** Why a base URL is refused, before anything is sent to it. */
export function baseUrlProblem(
  problem: EndpointProblem['problem'] | undefined,
  t: Translate,
): string {
  switch (problem) {
    case 'notHttps':
      return t(
        'The base URL must begin with https://, so that nobody on the way can read the key.',
      );
    case 'hasCredentials':
      return t('The base URL must not hold a user name or password.');
    case 'hasQuery':
      return t('The base URL must end with its path, without ? or #.');
    default:
      return t('The base URL is not a web address.');
  }
}

function extraLeft({ snapshot }: QuotaView, locale: Locale): string {
  const extra = snapshot?.extraUsage;
  if (!extra) return '';
  return locale.t('{0} of it is left.', moneyWords(extra.leftCents / 100, extra.currency, locale));
}

function failureSentences(
  { outcome }: QuotaView,
  t: Translate,
): readonly [happened: string, toDo: string] {
  switch (outcome?.kind) {
    case 'unauthorized':
      if (outcome.mistake) return mistakeSentences(outcome.mistake, t);
      return [
        t('Kimi did not accept the key.'),
        t('It may be wrong, deleted, or belong to another host or region. Set it anew.'),
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
        t('The usage endpoint itself is limiting us. This says nothing about your quota.'),
        outcome.retryAfterMs === undefined
          ? t('It may answer again later.')
          : t('It wants no request for at least {0}.', waitWords(outcome.retryAfterMs, t)),
      ];
    case 'gone':
      return [
        t(
          'The usage endpoint is not there (HTTP {0}). Kimi may have moved or removed it.',
          outcome.status,
        ),
        t('Check the base URL setting, or look for an update of this extension.'),
      ];
    case 'malformed':
      return [
        t('Kimi answered in a form that this version does not know.'),
        t('Look for an update of this extension. The log names the fields, without values.'),
      ];
    case 'unreachable':
      return unreachableSentences(outcome, t);
    default:
      return ['', ''];
  }
}

/** What the rhythm makes of `Retry-After`: 0 is not "now", and 10^9 s is not 30 years. */
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
        t('Kimi refused because a usage limit is reached.'),
        t('The console tells which one, and when it resets.'),
      ];
    case 'concurrency':
      return [t('Kimi refused because too many requests are running.'), t('Try again shortly.')];
    case 'membership':
      return [
        t('Kimi could not verify your membership.'),
        t('See in the console whether the plan is active.'),
      ];
    case 'clientNotAccepted':
      return [t('Kimi does not accept this program as a client.'), t('The key is not the cause.')];
    case 'accountClosed':
      return [t('Kimi has closed the access of this account.'), t('Only its support can help.')];
    case 'unknown':
      return [
        t('Kimi refused the request and gave no reason that we know. It need not be the key.'),
        t('The console may tell more.'),
      ];
  }
}

/** Says why no usable answer came, and what to do. */
export function unreachableSentences(
  { cause, detail }: Unreachable,
  t: Translate,
): readonly [happened: string, toDo: string] {
  switch (cause) {
    case 'dns':
      return [t('The name of the host was not found.'), t('Check the network or the base URL.')];
    case 'refused':
      return [t('The host refused the connection.'), t('Check the base URL and the firewall.')];
    case 'tls':
      return [
        t('The certificate of the host was not accepted ({0}).', detail ?? '?'),
        t('If a company proxy signs it, the system must trust it (http.systemCertificates).'),
      ];
    case 'proxy':
      return [t('The proxy did not let the request through.'), t('Check the setting http.proxy.')];
    case 'timeout':
      return [t('Kimi did not answer in time.'), t('This may pass by itself.')];
    case 'network':
      return [t('The connection was cut.'), t('This may pass by itself.')];
    case 'server':
      return [
        t('Kimi has a fault of its own (HTTP {0}).', detail ?? '5xx'),
        t('This may pass by itself.'),
      ];
    case 'redirect':
      return [
        t('Kimi sent us to another address ({0}); the key was not sent there.', detail ?? '?'),
        t('Check the base URL setting.'),
      ];
    case 'webPage':
      return [
        t('A web page answered in place of Kimi: perhaps the log-in page of this network.'),
        t('Open a browser, log in to the network, then refresh.'),
      ];
  }
}
