import { baseUrlOf } from '../accounts/endpoint.ts';
import { baseUrlProblem, mistakeSentences } from '../status/explainState.ts';
import type { AccountFacts, Rule } from './facts.ts';

const isKey = ({ key }: AccountFacts): boolean => key.kind === 'key';
const productOf = ({ key }: AccountFacts) => (key.kind === 'key' ? key.product : undefined);
const endpointOf = ({ account: { endpoint } }: AccountFacts) =>
  'problem' in endpoint ? undefined : endpoint;
const isMoonshot = (facts: AccountFacts): boolean => endpointOf(facts)?.isMoonshot ?? false;
const isRefused = ({ answers }: AccountFacts): boolean => answers?.quota.kind === 'unauthorized';
const mistakeOf = ({ answers }: AccountFacts) =>
  answers?.quota.kind === 'unauthorized' ? answers.quota.mistake : undefined;
const isTaken = ({ answers }: AccountFacts): boolean =>
  ['fresh', 'forbidden', 'noPlan', 'rateLimited'].includes(answers?.quota.kind ?? '');

/** Rules for the kind of key. The first matching rule of a check produces its row. */
export const KEY_RULES: readonly Rule<AccountFacts>[] = [
  {
    check: 'key',
    finding: 'noKey',
    state: 'broken',
    when: ({ key }) => key.kind === 'none' || (key.kind === 'refused' && key.problem === 'empty'),
    words: (_, { locale: { t }, surface }) => [
      t('No API key.'),
      surface === 'editor'
        ? t('Run Set API Key, or Import Key.')
        : t('Set KIMI_API_KEY to a key of the Kimi Code console (sk-kimi-…).'),
    ],
  },
  {
    check: 'key',
    finding: 'logInToken',
    state: 'broken',
    when: ({ key }) => key.kind === 'refused' && key.problem === 'token',
    words: (_, { locale: { t } }) => [
      t('This is a sign-in token, which expires after 15 minutes.'),
      t('Use an API key from the console instead.'),
    ],
  },
  {
    check: 'key',
    finding: 'notAKey',
    state: 'broken',
    when: ({ key }) => key.kind === 'refused',
    words: (_, { locale: { t } }) => [
      t(
        "The value isn't a valid key: it has a space, a line break or an invalid character, or is too long.",
      ),
      t('Copy the whole key again.'),
    ],
  },
  {
    check: 'key',
    finding: 'keyNotRead',
    state: 'unknown',
    when: ({ key }) => key.kind === 'unanswered',
    words: (_, { locale: { t } }) => [
      t("The system's secret storage did not respond."),
      t('If the key ring is locked, unlock it. It will be read again automatically.'),
    ],
  },
  {
    check: 'key',
    finding: 'logInEnded',
    state: 'attention',
    when: ({ key }) => key.kind === 'tokenExpired',
    words: (_, { locale: { t } }) => [
      t('The Kimi CLI sign-in has expired (it lasts 15 minutes).'),
      t("It renews when you next use the CLI. API keys don't expire."),
    ],
  },
  {
    check: 'key',
    finding: 'logIn',
    state: 'ok',
    when: ({ key }) => key.kind === 'key' && key.isLinked,
    words: (_, { locale: { t } }) => [t('The Kimi CLI sign-in is used while it is valid.'), ''],
  },
  {
    check: 'key',
    finding: 'kimiCodeKey',
    state: 'ok',
    when: facts => productOf(facts) === 'kimiCode',
    words: (_, { locale: { t } }) => [t('A Kimi Code key (sk-kimi-…).'), ''],
  },
  {
    check: 'key',
    finding: 'openPlatformKey',
    state: 'ok',
    when: facts => productOf(facts) === 'openPlatform',
    words: (_, { locale: { t } }) => [t('An open platform key (sk-…).'), ''],
  },
  {
    check: 'key',
    finding: 'foreignKey',
    state: 'broken',
    when: isMoonshot,
    words: (_, { locale: { t } }) => [
      t('Not a Kimi key: those start with sk-.'),
      t('Use an API key from the console instead.'),
    ],
  },
  {
    check: 'key',
    finding: 'keyOfARelay',
    state: 'ok',
    when: () => true,
    words: (_, { locale: { t } }) => [t("A key in a custom form, such as a relay's."), ''],
  },
];

/** Rules for whether key and host match. */
export const HOST_RULES: readonly Rule<AccountFacts>[] = [
  {
    check: 'host',
    finding: 'badBaseUrl',
    state: 'broken',
    when: facts => endpointOf(facts) === undefined,
    words: ({ account: { endpoint } }, { locale: { t }, surface }) => [
      baseUrlProblem('problem' in endpoint ? endpoint.problem : undefined, t),
      surface === 'editor'
        ? t('Change or clear the setting.')
        : t('Change KIMI_CODE_BASE_URL, or unset it.'),
    ],
  },
  {
    check: 'host',
    finding: 'redirected',
    state: 'broken',
    when: ({ answers }) =>
      answers?.quota.kind === 'unreachable' && answers.quota.cause === 'redirect',
    words: (_, { locale: { t } }) => [
      t('The host redirects to another address. The key was not sent there.'),
      t('Check the base URL: it may belong to a website.'),
    ],
  },
  {
    check: 'host',
    finding: 'nothingToMatch',
    state: 'notTried',
    when: facts => !isKey(facts),
    words: (_, { locale: { t } }) => [t('Set a key to check this.'), ''],
  },
  {
    check: 'host',
    finding: 'platformKeyForKimiCode',
    state: 'broken',
    when: facts => facts.isMismatched && productOf(facts) === 'openPlatform',
    words: (_, { locale: { t }, surface }) => [
      t('An open platform key for a Kimi Code host. It was not sent.'),
      surface === 'editor'
        ? t('Set a key from the Kimi Code console (it starts with sk-kimi-).')
        : t(
            'Set KIMI_CODE_BASE_URL to {0} or {1}.',
            baseUrlOf('moonshot.ai'),
            baseUrlOf('moonshot.cn'),
          ),
    ],
  },
  {
    check: 'host',
    finding: 'kimiCodeKeyForPlatform',
    state: 'broken',
    when: facts => facts.isMismatched,
    words: (_, { locale: { t }, surface }) => [
      t('A Kimi Code key for an open platform host. It was not sent.'),
      surface === 'editor'
        ? t('Set a key from the open platform (it starts with sk-, but not with sk-kimi-).')
        : t('Unset KIMI_CODE_BASE_URL.'),
    ],
  },
  {
    check: 'host',
    finding: 'perhapsOfAnotherRegion',
    state: 'broken',
    when: facts => mistakeOf(facts) !== undefined,
    words: (facts, { locale: { t } }) => mistakeSentences(mistakeOf(facts)!, t),
  },
  {
    check: 'host',
    finding: 'keyOfTheOtherProduct',
    state: 'broken',
    when: facts => {
      const product = productOf(facts);
      return isRefused(facts) && product !== undefined && product !== endpointOf(facts)?.product;
    },
    words: (facts, { locale: { t } }) => [
      productOf(facts) === 'kimiCode'
        ? t('Rejected: a Kimi Code key at an open platform host.')
        : t('Rejected: an open platform key at a Kimi Code host.'),
      t("Set a key for this host's product."),
    ],
  },
  {
    check: 'host',
    finding: 'keyRefused',
    state: 'broken',
    when: isRefused,
    words: (_, { locale: { t } }) => [
      t('The host rejected the key.'),
      t('It may be wrong, deleted, or for another host or region. Enter it again.'),
    ],
  },
  {
    check: 'host',
    finding: 'matched',
    state: 'ok',
    when: facts => isTaken(facts) && isMoonshot(facts),
    words: (facts, { locale: { t } }) => [
      t('{0} accepts the key.', endpointOf(facts)!.origin.replace('https://', '')),
      '',
    ],
  },
  {
    check: 'host',
    finding: 'matchedRelay',
    state: 'ok',
    when: isTaken,
    words: (_, { locale: { t } }) => [t('The host that you set accepts the key.'), ''],
  },
  {
    check: 'host',
    finding: 'matchUnknown',
    state: 'unknown',
    when: () => true,
    words: (_, { locale: { t } }) => [t('No response shows whether the key fits this host.'), ''],
  },
];
