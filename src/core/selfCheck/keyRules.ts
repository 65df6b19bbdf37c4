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

/** What kind of key there is. The first one of a check that holds makes its row. */
export const KEY_RULES: readonly Rule<AccountFacts>[] = [
  {
    check: 'key',
    finding: 'noKey',
    state: 'broken',
    when: ({ key }) => key.kind === 'none' || (key.kind === 'refused' && key.problem === 'empty'),
    words: (_, { locale: { t }, surface }) => [
      t('No key is set.'),
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
      t('This is the token of a log-in, which ends after 15 minutes.'),
      t('Take a key of the console in its place.'),
    ],
  },
  {
    check: 'key',
    finding: 'notAKey',
    state: 'broken',
    when: ({ key }) => key.kind === 'refused',
    words: (_, { locale: { t } }) => [
      t(
        'What is set is no key: it has a space, a line break or a strange character, or is too long.',
      ),
      t('Copy the key again, as a whole.'),
    ],
  },
  {
    check: 'key',
    finding: 'keyNotRead',
    state: 'unknown',
    when: ({ key }) => key.kind === 'unanswered',
    words: (_, { locale: { t } }) => [
      t('The secret storage of this system did not answer.'),
      t('If its key ring is locked, unlock it. It is asked again by itself.'),
    ],
  },
  {
    check: 'key',
    finding: 'logInEnded',
    state: 'attention',
    when: ({ key }) => key.kind === 'tokenExpired',
    words: (_, { locale: { t } }) => [
      t('The log-in of the Kimi CLI has ended for now, as it does after 15 minutes.'),
      t('It renews when you next use the CLI. A key from the console does not end.'),
    ],
  },
  {
    check: 'key',
    finding: 'logIn',
    state: 'ok',
    when: ({ key }) => key.kind === 'key' && key.isLinked,
    words: (_, { locale: { t } }) => [
      t('The log-in of the Kimi CLI is used while it is valid.'),
      '',
    ],
  },
  {
    check: 'key',
    finding: 'kimiCodeKey',
    state: 'ok',
    when: facts => productOf(facts) === 'kimiCode',
    words: (_, { locale: { t } }) => [t('A key of Kimi Code (sk-kimi-…).'), ''],
  },
  {
    check: 'key',
    finding: 'openPlatformKey',
    state: 'ok',
    when: facts => productOf(facts) === 'openPlatform',
    words: (_, { locale: { t } }) => [t('A key of the open platform (sk-…).'), ''],
  },
  {
    check: 'key',
    finding: 'foreignKey',
    state: 'broken',
    when: isMoonshot,
    words: (_, { locale: { t } }) => [
      t('This is no key of Kimi: those begin with sk-.'),
      t('Take a key of the console in its place.'),
    ],
  },
  {
    check: 'key',
    finding: 'keyOfARelay',
    state: 'ok',
    when: () => true,
    words: (_, { locale: { t } }) => [
      t('A key of a form of its own, as relays give them out.'),
      '',
    ],
  },
];

/** Whether key and host belong together. */
export const HOST_RULES: readonly Rule<AccountFacts>[] = [
  {
    check: 'host',
    finding: 'badBaseUrl',
    state: 'broken',
    when: facts => endpointOf(facts) === undefined,
    words: ({ account: { endpoint } }, { locale: { t }, surface }) => [
      baseUrlProblem('problem' in endpoint ? endpoint.problem : undefined, t),
      surface === 'editor'
        ? t('Change the setting, or empty it.')
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
      t('The host sends us to another address. The key was not sent there.'),
      t('Check the base URL: it may be the one of a web site.'),
    ],
  },
  {
    check: 'host',
    finding: 'nothingToMatch',
    state: 'notTried',
    when: facts => !isKey(facts),
    words: (_, { locale: { t } }) => [t('Only with a key can be seen whether it fits.'), ''],
  },
  {
    check: 'host',
    finding: 'platformKeyForKimiCode',
    state: 'broken',
    when: facts => facts.isMismatched && productOf(facts) === 'openPlatform',
    words: (_, { locale: { t }, surface }) => [
      t('A key of the open platform, for a host of Kimi Code. It was not sent.'),
      surface === 'editor'
        ? t('Set a key of the Kimi Code console, which begins with sk-kimi-.')
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
      t('A key of Kimi Code, for a host of the open platform. It was not sent.'),
      surface === 'editor'
        ? t('Set a key of the open platform, which begins with sk- but not with sk-kimi-.')
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
        ? t('Refused: a key of Kimi Code, at a host of the open platform.')
        : t('Refused: a key of the open platform, at a host of Kimi Code.'),
      t('Set a key of the product that this host is for.'),
    ],
  },
  {
    check: 'host',
    finding: 'keyRefused',
    state: 'broken',
    when: isRefused,
    words: (_, { locale: { t } }) => [
      t('The host refused the key.'),
      t('It may be wrong, deleted, or belong to another host or region. Set it anew.'),
    ],
  },
  {
    check: 'host',
    finding: 'matched',
    state: 'ok',
    when: facts => isTaken(facts) && isMoonshot(facts),
    words: (facts, { locale: { t } }) => [
      t('The key is accepted at {0}.', endpointOf(facts)!.origin.replace('https://', '')),
      '',
    ],
  },
  {
    check: 'host',
    finding: 'matchedRelay',
    state: 'ok',
    when: isTaken,
    words: (_, { locale: { t } }) => [t('The key is accepted at the host that you named.'), ''],
  },
  {
    check: 'host',
    finding: 'matchUnknown',
    state: 'unknown',
    when: () => true,
    words: (_, { locale: { t } }) => [t('No answer tells whether the key fits the host.'), ''],
  },
];
