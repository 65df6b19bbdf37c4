import { unreachableSentences } from '../status/explainState.ts';
import type { Unreachable, UnreachableCause } from '../quota/outcome.ts';
import type { AccountFacts, Rule } from './facts.ts';
import { isReached } from './lookAtAccount.ts';

const failureOf = ({ answers }: AccountFacts): Unreachable | undefined =>
  answers?.quota.kind === 'unreachable' ? answers.quota : undefined;
const isCause = (facts: AccountFacts, cause: UnreachableCause): boolean =>
  failureOf(facts)?.cause === cause;
const hasAnswered = ({ answers }: AccountFacts): boolean => !!answers && isReached(answers.quota);
const isPlainHttp = ({ account: { endpoint } }: AccountFacts): boolean =>
  'origin' in endpoint && endpoint.origin.startsWith('http:');

/** No request was sent: the base URL is invalid. */
const notAsked = (check: 'network' | 'proxy' | 'certificate'): Rule<AccountFacts> => ({
  check,
  finding: `${check}NotTried`,
  state: 'notTried',
  when: ({ answers }) => answers === undefined,
  words: (_, { locale: { t } }) => [t('There is no host to check.'), ''],
});

const lost = (cause: UnreachableCause, finding: string): Rule<AccountFacts> => ({
  check: 'network',
  finding,
  state: 'broken',
  when: facts => isCause(facts, cause),
  words: (facts, { locale: { t } }) => unreachableSentences(failureOf(facts)!, t),
});

/** Rules for the connection to the host. */
export const NETWORK_RULES: readonly Rule<AccountFacts>[] = [
  notAsked('network'),
  lost('dns', 'hostNotFound'),
  lost('refused', 'connectionRefused'),
  lost('timeout', 'noAnswerInTime'),
  lost('network', 'connectionCut'),
  lost('webPage', 'webPageInstead'),
  {
    check: 'network',
    finding: 'notBeyondTheProxy',
    state: 'unknown',
    when: facts => isCause(facts, 'proxy'),
    words: (_, { locale: { t } }) => [t("The connection beyond the proxy can't be checked."), ''],
  },
  {
    check: 'network',
    finding: 'reached',
    state: 'ok',
    when: () => true,
    words: (_, { locale: { t } }) => [t('The host can be reached.'), ''],
  },
];

/** Editor settings don't apply in a terminal. */
export const PROXY_RULES: readonly Rule<AccountFacts>[] = [
  notAsked('proxy'),
  {
    check: 'proxy',
    finding: 'proxyRefuses',
    state: 'broken',
    when: facts => isCause(facts, 'proxy'),
    words: (_, { locale: { t }, surface }) => [
      t('The proxy blocked the request.'),
      t(
        'Check {0}: is the proxy running, and does it need a sign-in?',
        surface === 'editor' ? 'http.proxy' : 'HTTPS_PROXY',
      ),
    ],
  },
  {
    check: 'proxy',
    finding: 'noProxy',
    state: 'ok',
    when: ({ hasProxy }) => !hasProxy,
    words: (_, { locale: { t }, surface }) => [
      surface === 'editor'
        ? t('No proxy in the settings or the environment.')
        : t('No proxy in the environment.'),
      '',
    ],
  },
  {
    check: 'proxy',
    finding: 'proxyPasses',
    state: 'ok',
    when: facts => hasAnswered(facts) || isCause(facts, 'tls'),
    words: (_, { locale: { t } }) => [t('A proxy is set, and requests get through.'), ''],
  },
  {
    check: 'proxy',
    finding: 'proxyUnknown',
    state: 'unknown',
    when: () => true,
    words: (_, { locale: { t } }) => [
      t('A proxy is set; whether requests get through is unknown.'),
      t('Try once without it.'),
    ],
  },
];

/** Rules for the host's certificate. */
export const CERTIFICATE_RULES: readonly Rule<AccountFacts>[] = [
  notAsked('certificate'),
  {
    check: 'certificate',
    finding: 'certificateOutOfTime',
    state: 'broken',
    when: facts =>
      isCause(facts, 'tls') &&
      /EXPIRED|NOT_YET_VALID|DATE_INVALID/.test(failureOf(facts)?.detail ?? ''),
    words: (facts, { locale: { t } }) => [
      t("The host's certificate isn't valid today ({0}).", failureOf(facts)?.detail ?? '?'),
      t("Check this machine's date and time first."),
    ],
  },
  {
    check: 'certificate',
    finding: 'certificateRefused',
    state: 'broken',
    when: facts => isCause(facts, 'tls'),
    words: (facts, { locale: { t }, surface }) => [
      t("The host's certificate was not accepted ({0}).", failureOf(facts)?.detail ?? '?'),
      surface === 'editor'
        ? t('If a company proxy signs it, make the system trust it (http.systemCertificates).')
        : t('If a company proxy signs it, set its certificate in NODE_EXTRA_CA_CERTS.'),
    ],
  },
  {
    check: 'certificate',
    finding: 'noCertificate',
    state: 'ok',
    when: isPlainHttp,
    words: (_, { locale: { t } }) => [t('Not needed: the host is on this machine.'), ''],
  },
  {
    check: 'certificate',
    finding: 'certificateAccepted',
    state: 'ok',
    when: hasAnswered,
    words: (_, { locale: { t } }) => [t("The host's certificate is accepted."), ''],
  },
  {
    check: 'certificate',
    finding: 'certificateNotSeen',
    state: 'notTried',
    when: () => true,
    words: (_, { locale: { t } }) => [t('The host was not reached.'), ''],
  },
];
