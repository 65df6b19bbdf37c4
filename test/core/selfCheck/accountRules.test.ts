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
  chatting({ kind: 'refused', said: classify(text, { baseUrl: 'https://api.kimi.com' }) });
const { answers: _, ...unasked } = at({ problem: 'notHttps' });
const platformKey = { kind: 'key', product: 'openPlatform', isLinked: false } as const;
const otherKey = { kind: 'key', product: undefined, isLinked: false } as const;

const CASES: Record<string, RuleCase<AccountFacts>[]> = {
  key: [
    ['noKey', 'broken', withKey({ kind: 'none' }), /^No key is set\. Run Set API Key/],
    ['noKey', 'broken', withKey({ kind: 'refused', problem: 'empty' }), /^No key is set/],
    ['logInToken', 'broken', withKey({ kind: 'refused', problem: 'token' }), /15 minutes/],
    ['notAKey', 'broken', withKey({ kind: 'refused', problem: 'hasSpace' }), /no key: it has a/],
    ['keyNotRead', 'unknown', withKey({ kind: 'unanswered' }), /did not answer/],
    ['logInEnded', 'attention', withKey({ kind: 'tokenExpired' }), /next use the CLI/],
    ['logIn', 'ok', { ...well, key: { ...otherKey, isLinked: true } }, /log-in of the Kimi CLI/],
    ['kimiCodeKey', 'ok', well, /^A key of Kimi Code/],
    ['openPlatformKey', 'ok', { ...well, key: platformKey }, /^A key of the open platform/],
    ['foreignKey', 'broken', { ...well, key: otherKey }, /no key of Kimi/],
    ['keyOfARelay', 'ok', at(relay, { key: otherKey }), /as relays/],
  ],
  host: [
    ['badBaseUrl', 'broken', unasked, /must begin with https:\/\/.* Change the setting/],
    ['redirected', 'broken', lost('redirect', 'https://a to https://b'), /sends us to another/],
    ['nothingToMatch', 'notTried', withKey({ kind: 'none' }), /Only with a key/],
    [
      'platformKeyForKimiCode',
      'broken',
      withKey(platformKey, { isMismatched: true }),
      /^A key of the open platform, for a host of Kimi Code\. It was not sent\. Set a key/,
    ],
    [
      'kimiCodeKeyForPlatform',
      'broken',
      at(platform, { isMismatched: true }),
      /^A key of Kimi Code, for a host of the open platform\. It was not sent/,
    ],
    [
      'perhapsOfAnotherRegion',
      'broken',
      answering({ kind: 'unauthorized', mistake: 'perhapsOfMoonshotAi' }),
      /at api\.moonshot\.cn\. If it was made at platform\.kimi\.ai, it is for api\.moonshot\.ai/,
    ],
    [
      'keyOfTheOtherProduct',
      'broken',
      { ...withKey(platformKey), account: { id: 'kimiCode', endpoint: local } },
      /^Refused: a key of the open platform, at a host of Kimi Code\./,
    ],
    ['keyRefused', 'broken', answering({ kind: 'unauthorized' }), /^The host refused the key\./],
    ['matched', 'ok', well, /^The key is accepted at api\.kimi\.com\. $/],
    ['matchedRelay', 'ok', at(relay), /^The key is accepted at the host that you named\. $/],
    ['matchUnknown', 'unknown', lost('dns'), /No answer tells/],
  ],
  network: [
    ['networkNotTried', 'notTried', unasked, /no host to ask/],
    ['hostNotFound', 'broken', lost('dns'), /name of the host was not found/],
    ['connectionRefused', 'broken', lost('refused'), /refused the connection/],
    ['noAnswerInTime', 'broken', lost('timeout'), /did not answer in time/],
    ['connectionCut', 'broken', lost('network'), /was cut/],
    ['webPageInstead', 'broken', lost('webPage'), /A web page answered/],
    ['notBeyondTheProxy', 'unknown', lost('proxy'), /beyond the proxy/],
    ['reached', 'ok', well, /can be reached/],
    ['reached', 'ok', lost('tls'), /can be reached/],
    ['reached', 'ok', lost('server', '500'), /can be reached/],
  ],
  proxy: [
    ['proxyNotTried', 'notTried', unasked, /no host to ask/],
    ['proxyRefuses', 'broken', lost('proxy'), /Check http\.proxy/],
    ['noProxy', 'ok', well, /Neither the settings nor/],
    ['proxyPasses', 'ok', { ...well, hasProxy: true }, /requests come through/],
    ['proxyUnknown', 'unknown', { ...lost('dns'), hasProxy: true }, /Try once without it/],
  ],
  certificate: [
    ['certificateNotTried', 'notTried', unasked, /no host to ask/],
    [
      'certificateOutOfTime',
      'broken',
      lost('tls', 'CERT_HAS_EXPIRED'),
      /not valid today \(CERT_HAS_EXPIRED\)\. Check date and time/,
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
    ['endpointGone', 'broken', answering({ kind: 'gone', status: 404 }), /not there \(HTTP 404\)/],
    ['serverFault', 'broken', lost('server', '503'), /fault of its own \(HTTP 503\)/],
    ['quotaNotReached', 'notTried', lost('dns'), /no answer that could be read/],
    ['quotaNotReached', 'notTried', unasked, /no answer that could be read/],
    ['quotaNotAsked', 'notTried', answering({ kind: 'unauthorized' }), /a key that fits/],
    ['quotaNotAsked', 'notTried', withKey({ kind: 'none' }), /a key that fits/],
    ['limitReached', 'attention', answering({ kind: 'forbidden', reason: 'quota' }), /limit/],
    ['noPlan', 'broken', answering({ kind: 'noPlan' }), /no Kimi Code plan/],
    [
      'tooManyAtOnce',
      'attention',
      answering({ kind: 'forbidden', reason: 'concurrency' }),
      /too many requests are running/,
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
      /The key is not the cause/,
    ],
    [
      'accountClosed',
      'broken',
      answering({ kind: 'forbidden', reason: 'accountClosed' }),
      /closed the access/,
    ],
    [
      'refusedWithoutReason',
      'broken',
      answering({ kind: 'forbidden', reason: 'unknown' }),
      /gave no reason/,
    ],
    ['endpointLimitsUs', 'attention', answering({ kind: 'rateLimited' }), /limiting us/],
    [
      'answerNotKnown',
      'broken',
      answering({ kind: 'malformed', issues: ['odd'] }),
      /a form that this version does not know/,
    ],
    [
      'spent',
      'attention',
      answering({ kind: 'fresh', snapshot: snapshotOf(NOW, 100) }),
      /Used up: 5-hour window/,
    ],
    [
      'noShares',
      'unknown',
      answering({ kind: 'fresh', snapshot: { ...snapshotOf(NOW, 0), windows: [] } }),
      /said no share/,
    ],
    ['quotaRead', 'ok', well, /^Kimi answered, with 1 windows\. $/],
  ],
  models: [
    ['modelsNotTried', 'notTried', answering({ kind: 'unauthorized' }), /Left out/],
    ['noModels', 'attention', listing({ kind: 'listed', ids: [] }), /is empty/],
    ['modelsListed', 'ok', well, /^2 models are listed\. $/],
    [
      'modelsRefused',
      'broken',
      listing({ kind: 'forbidden', reason: 'membership' }),
      /could not verify your membership/,
    ],
    ['modelsNotListed', 'attention', listing({ kind: 'gone', status: 404 }), /was not given/],
  ],
  chat: [
    ['chatNotOffered', 'notTried', answering({ kind: 'unauthorized' }), /needs a key/],
    ['chatNotOffered', 'notTried', lost('dns'), /needs a key/],
    ['chatNotTried', 'notTried', chatting(undefined), /5 tokens .* Choose this row to send it/],
    ['chatAnswered', 'ok', well, /^A model answers/],
    [
      'chatNotAnswered',
      'broken',
      chatting({ kind: 'unreachable', cause: 'timeout' }),
      /did not answer in time/,
    ],
    [
      'chatNotForUs',
      'attention',
      refusedWith('403 Kimi For Coding is currently only available for Coding Agents such as Kimi'),
      /does not pose as one\. The key is not the cause/,
    ],
    [
      'chatRefusedForNow',
      'attention',
      refusedWith("403 You've reached your 5-hour usage limit. It will be refreshed later."),
      /5-hour/,
    ],
    ['chatRefusedUnread', 'broken', refusedWith('418 teapot'), /does not know/],
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

describe('self-check: the table for an account', () => {
  const findings = ACCOUNT_RULES.map(({ check, finding }) => `${check} ${finding}`);

  it('names each finding once', () => assert.equal(new Set(findings).size, findings.length));

  it('has an example of each rule here, and no other', () => {
    const tested = Object.entries(CASES).flatMap(([check, cases]) =>
      cases.map(([finding]) => `${check} ${finding}`),
    );
    assert.deepEqual([...new Set(tested)].sort(), findings.toSorted());
  });

  it('says of each problem of a base URL what is wrong', () => {
    const problems: EndpointProblem['problem'][] = ['notAUrl', 'hasCredentials', 'hasQuery'];
    for (const problem of problems) {
      const { answers: _none, ...account } = at({ problem });
      const row = rowsOf({ account }).find(({ check }) => check === 'host');
      assert.match(row?.means ?? '', /^The base URL/);
    }
  });
});
