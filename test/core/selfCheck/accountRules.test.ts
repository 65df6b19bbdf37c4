import assert from 'node:assert/strict';
import type { EndpointProblem } from '../../../src/core/accounts/endpoint.ts';
import { classify } from '../../../src/core/errors/classify.ts';
import type { QuotaOutcome, UnreachableCause } from '../../../src/core/quota/outcome.ts';
import type { AccountFacts } from '../../../src/core/selfCheck/facts.ts';
import { ACCOUNT_RULES } from '../../../src/core/selfCheck/selfCheckReport.ts';
import { parseBaseUrl } from '../../../src/node/parseBaseUrl.ts';
import { snapshotOf } from '../../support/fakeQuotaClient.ts';
import { assertCase, NOW, rowsOf, well, type RuleCase } from '../../support/selfCheckFacts.ts';

const platform = parseBaseUrl('https://api.moonshot.cn/v1', 'openPlatform');
const relay = parseBaseUrl('https://relay.example/coding/v1', 'kimiCode');
const local = parseBaseUrl('http://127.0.0.1:8080/coding/v1', 'kimiCode');

const at = (endpoint: AccountFacts['account']['endpoint'], more: Partial<AccountFacts> = {}) => ({
  ...well,
  account: { ...well.account, endpoint },
  ...more,
});
const answering = (quota: QuotaOutcome, more: Partial<AccountFacts> = {}): AccountFacts => ({
  ...well,
  answers: { quota, hasProxyVariable: false },
  ...more,
});
const lost = (cause: UnreachableCause, detail?: string): AccountFacts =>
  answering({ kind: 'unreachable', cause, ...(detail === undefined ? {} : { detail }) });
const withKey = (key: AccountFacts['key'], more: Partial<AccountFacts> = {}): AccountFacts =>
  answering({ kind: 'unauthorized' }, { key, ...more });
const listing = (models: NonNullable<AccountFacts['answers']>['models']): AccountFacts => ({
  ...well,
  answers: { ...well.answers!, ...(models ? { models } : {}) },
});
const chatting = (chat: AccountFacts['chat']): AccountFacts => {
  const { chat: _, ...rest } = well;
  return chat ? { ...rest, chat } : rest;
};
const refusedWith = (text: string): AccountFacts =>
  chatting({
    kind: 'refused',
    status: 403,
    form: 'kimi',
    text,
    classification: classify(text, { baseUrl: 'https://api.kimi.com' }),
  });
const { answers: _, ...unasked } = at({ problem: 'notHttps' });
const platformKey = { kind: 'key', product: 'openPlatform', isLinked: false } as const;
const otherKey = { kind: 'key', product: undefined, isLinked: false } as const;

const CASES: Record<string, RuleCase<AccountFacts>[]> = {
  key: [
    ['noKey', 'broken', withKey({ kind: 'none' }), /^No API key\. Run Set API Key/],
    ['noKey', 'broken', withKey({ kind: 'refused', problem: 'empty' }), /^No API key/],
    ['logInToken', 'broken', withKey({ kind: 'refused', problem: 'token' }), /15 minutes/],
    [
      'notAKey',
      'broken',
      withKey({ kind: 'refused', problem: 'hasSpace' }),
      /isn't a valid key: it has a/,
    ],
    ['keyNotRead', 'unknown', withKey({ kind: 'unanswered' }), /did not respond/],
    ['logInEnded', 'attention', withKey({ kind: 'tokenExpired' }), /next use the CLI/],
    [
      'logIn',
      'ok',
      { ...well, key: { ...otherKey, isLinked: true } },
      /^The Kimi CLI sign-in is used/,
    ],
    ['kimiCodeKey', 'ok', well, /^A Kimi Code key/],
    ['openPlatformKey', 'ok', { ...well, key: platformKey }, /^An open platform key/],
    ['foreignKey', 'broken', { ...well, key: otherKey }, /^Not a Kimi key/],
    ['keyOfARelay', 'ok', at(relay, { key: otherKey }), /such as a relay's/],
  ],
  host: [
    ['badBaseUrl', 'broken', unasked, /must start with https:\/\/.* Change or clear the setting/],
    ['redirected', 'broken', lost('redirect', 'https://a to https://b'), /redirects to another/],
    ['nothingToMatch', 'notTried', withKey({ kind: 'none' }), /^Set a key to check this/],
    [
      'platformKeyForKimiCode',
      'broken',
      withKey(platformKey, { isMismatched: true }),
      /^An open platform key for a Kimi Code host\. It was not sent\. Set a key/,
    ],
    [
      'kimiCodeKeyForPlatform',
      'broken',
      at(platform, { isMismatched: true }),
      /^A Kimi Code key for an open platform host\. It was not sent/,
    ],
    [
      'perhapsOfAnotherRegion',
      'broken',
      answering({ kind: 'unauthorized', mistake: 'perhapsOfMoonshotAi' }),
      /^api\.moonshot\.cn rejected the key\. If you created it at platform\.kimi\.ai, it only works at/,
    ],
    [
      'keyOfTheOtherProduct',
      'broken',
      { ...withKey(platformKey), account: { id: 'kimiCode', endpoint: local } },
      /^Rejected: an open platform key at a Kimi Code host\./,
    ],
    ['keyRefused', 'broken', answering({ kind: 'unauthorized' }), /^The host rejected the key\./],
    ['matched', 'ok', well, /^api\.kimi\.com accepts the key\. $/],
    ['matchedRelay', 'ok', at(relay), /^The host that you set accepts the key\. $/],
    ['matchUnknown', 'unknown', lost('dns'), /^No response shows/],
  ],
  network: [
    ['networkNotTried', 'notTried', unasked, /no host to check/],
    ['hostNotFound', 'broken', lost('dns'), /host name was not found/],
    ['connectionRefused', 'broken', lost('refused'), /refused the connection/],
    ['noAnswerInTime', 'broken', lost('timeout'), /did not respond in time/],
    ['connectionCut', 'broken', lost('network'), /was interrupted/],
    ['webPageInstead', 'broken', lost('webPage'), /A web page responded/],
    ['notBeyondTheProxy', 'unknown', lost('proxy'), /beyond the proxy/],
    ['reached', 'ok', well, /can be reached/],
    ['reached', 'ok', lost('tls'), /can be reached/],
    ['reached', 'ok', lost('server', '500'), /can be reached/],
  ],
  proxy: [
    ['proxyNotTried', 'notTried', unasked, /no host to check/],
    ['proxyRefuses', 'broken', lost('proxy'), /Check http\.proxy/],
    ['noProxy', 'ok', well, /^No proxy in the settings or the environment/],
    ['proxyPasses', 'ok', { ...well, hasProxy: true }, /requests get through/],
    ['proxyUnknown', 'unknown', { ...lost('dns'), hasProxy: true }, /Try once without it/],
  ],
  certificate: [
    ['certificateNotTried', 'notTried', unasked, /no host to check/],
    [
      'certificateOutOfTime',
      'broken',
      lost('tls', 'CERT_HAS_EXPIRED'),
      /isn't valid today \(CERT_HAS_EXPIRED\)\. Check this machine's date and time/,
    ],
    [
      'certificateRefused',
      'broken',
      lost('tls', 'SELF_SIGNED_CERT_IN_CHAIN'),
      /not accepted \(SELF_SIGNED_CERT_IN_CHAIN\)\. .*http\.systemCertificates/,
    ],
    ['noCertificate', 'ok', at(local), /on this machine/],
    ['certificateAccepted', 'ok', well, /is accepted/],
    ['certificateNotSeen', 'notTried', lost('dns'), /was not reached/],
  ],
  quota: [
    ['endpointGone', 'broken', answering({ kind: 'gone', status: 404 }), /not found \(HTTP 404\)/],
    ['serverFault', 'broken', lost('server', '503'), /server error \(HTTP 503\)/],
    ['quotaNotReached', 'notTried', lost('dns'), /could not be read/],
    ['quotaNotReached', 'notTried', unasked, /could not be read/],
    ['quotaNotAsked', 'notTried', answering({ kind: 'unauthorized' }), /needs a key for this host/],
    ['quotaNotAsked', 'notTried', withKey({ kind: 'none' }), /needs a key for this host/],
    ['limitReached', 'attention', answering({ kind: 'forbidden', reason: 'quota' }), /limit/],
    ['noPlan', 'broken', answering({ kind: 'noPlan' }), /no Kimi Code plan/],
    [
      'tooManyAtOnce',
      'attention',
      answering({ kind: 'forbidden', reason: 'concurrency' }),
      /too many requests are in flight/,
    ],
    [
      'membershipNotVerified',
      'broken',
      answering({ kind: 'forbidden', reason: 'membership' }),
      /could not verify your membership/,
    ],
    [
      'clientNotAccepted',
      'attention',
      answering({ kind: 'forbidden', reason: 'clientNotAccepted' }),
      /The key isn't the cause/,
    ],
    [
      'accountClosed',
      'broken',
      answering({ kind: 'forbidden', reason: 'accountClosed' }),
      /closed this account's access/,
    ],
    [
      'refusedWithoutReason',
      'broken',
      answering({ kind: 'forbidden', reason: 'unknown' }),
      /unknown reason/,
    ],
    [
      'endpointLimitsUs',
      'attention',
      answering({ kind: 'rateLimited' }),
      /is rate limiting quota checks/,
    ],
    [
      'answerNotKnown',
      'broken',
      answering({ kind: 'malformed', issues: ['odd'] }),
      /an unknown format/,
    ],
    [
      'spent',
      'attention',
      answering({ kind: 'fresh', snapshot: snapshotOf(NOW, 100) }),
      /Used up: 5-hour quota/,
    ],
    [
      'noShares',
      'unknown',
      answering({ kind: 'fresh', snapshot: { ...snapshotOf(NOW, 0), windows: [] } }),
      /no percentages/,
    ],
    ['quotaRead', 'ok', well, /^Kimi responded\. Quotas: 1\. $/],
  ],
  models: [
    ['modelsNotTried', 'notTried', answering({ kind: 'unauthorized' }), /^Skipped/],
    ['noModels', 'attention', listing({ kind: 'listed', ids: [] }), /is empty/],
    ['modelsListed', 'ok', well, /^Listed models: 2\. $/],
    [
      'modelsRefused',
      'broken',
      listing({ kind: 'forbidden', reason: 'membership' }),
      /could not verify your membership/,
    ],
    ['modelsNotListed', 'attention', listing({ kind: 'gone', status: 404 }), /could not be read/],
  ],
  chat: [
    ['chatNotOffered', 'notTried', answering({ kind: 'unauthorized' }), /^Needs a key/],
    ['chatNotOffered', 'notTried', lost('dns'), /^Needs a key/],
    ['chatNotTried', 'notTried', chatting(undefined), /^Five tokens .* Select this row to send it/],
    ['chatAnswered', 'ok', well, /^A model responds/],
    [
      'chatNotAnswered',
      'broken',
      chatting({ kind: 'unreachable', cause: 'timeout' }),
      /did not respond in time/,
    ],
    [
      'chatNotForUs',
      'attention',
      refusedWith('403 Kimi For Coding is currently only available for Coding Agents such as Kimi'),
      /doesn't impersonate one\. The key isn't the cause/,
    ],
    [
      'chatRefusedForNow',
      'attention',
      refusedWith("403 You've reached your 5-hour usage limit. It will be refreshed later."),
      /5-hour/,
    ],
    ['chatRefusedUnread', 'broken', refusedWith('418 teapot'), /unknown error text/],
    [
      'chatRefused',
      'broken',
      refusedWith(
        '402 {"error":{"message":"We\'re unable to verify your membership benefits at this time.","type":"x"}}',
      ),
      /membership/i,
    ],
  ],
};

describe('self-check: each rule for an account', () => {
  for (const [check, cases] of Object.entries(CASES))
    for (const each of cases)
      it(`${check}: ${each[0]}, ${each[1]}: ${each[3].source}`, () =>
        assertCase(check, each, surface => rowsOf({ account: each[2] }, surface)));
});

describe('self-check: the rules for an account', () => {
  const findings = ACCOUNT_RULES.map(({ check, finding }) => `${check} ${finding}`);

  it('names each finding once', () => assert.equal(new Set(findings).size, findings.length));

  it('has an example of each rule and no other', () => {
    const tested = Object.entries(CASES).flatMap(([check, cases]) =>
      cases.map(([finding]) => `${check} ${finding}`),
    );
    assert.deepEqual([...new Set(tested)].sort(), findings.toSorted());
  });

  it('describes each problem of a base URL', () => {
    const problems: EndpointProblem['problem'][] = ['notAUrl', 'hasCredentials', 'hasQuery'];
    for (const problem of problems) {
      const { answers: _none, ...account } = at({ problem });
      const row = rowsOf({ account }).find(({ check }) => check === 'host');
      assert.match(row?.means ?? '', /^The base URL/);
    }
  });
});
