import assert from 'node:assert/strict';
import type { Account } from '../../../src/core/accounts/endpoint.ts';
import type { HostAnswers, HostProbe } from '../../../src/core/selfCheck/facts.ts';
import {
  clockFacts,
  lookAtAccount,
  type CheckedKey,
} from '../../../src/core/selfCheck/lookAtAccount.ts';
import { parseBaseUrl } from '../../../src/node/parseBaseUrl.ts';
import { well } from '../../support/selfCheckFacts.ts';

const CODE_KEY = 'sk-kimi-canary-7d1f';
const PLATFORM_KEY = 'sk-canary-9a2e';
const refused: HostAnswers = { quota: { kind: 'unauthorized' }, hasProxyVariable: true };

/** Runs the check with this key; returns the requests and the facts. */
async function look(baseUrl: string, key: CheckedKey, product: 'kimiCode' | 'openPlatform') {
  const sent: (string | undefined)[] = [];
  const probe: HostProbe = {
    look: async with_ => (sent.push(with_), refused),
    chat: () => assert.fail('a chat request'),
    readStatusPage: () => assert.fail('the status page'),
  };
  const account: Account = { id: 'kimiCode', endpoint: parseBaseUrl(baseUrl, product) };
  const options = { key, probe: async () => probe, hasProxySetting: false };
  return { sent, facts: await lookAtAccount(account, options) };
}

const of = (key: string): CheckedKey => ({ kind: 'key', key });

describe('lookAtAccount', () => {
  const cases: [fact: string, baseUrl: string, key: CheckedKey, sent: (string | undefined)[]][] = [
    ['sends a key to its host', 'https://api.kimi.com/coding', of(CODE_KEY), [CODE_KEY]],
    ['sends any key to a relay', 'https://relay.example/', of(PLATFORM_KEY), [PLATFORM_KEY]],
    ['sends the token of a sign-in', 'https://api.kimi.ai/coding', of('eyJ.a.b'), ['eyJ.a.b']],
    [
      'asks without a key that must be refused',
      'https://api.kimi.com/',
      of(PLATFORM_KEY),
      [undefined],
    ],
    [
      'asks without a key where there is none',
      'https://api.kimi.com/',
      { kind: 'none' },
      [undefined],
    ],
    ['asks nobody at a bad address', 'http://api.kimi.com/', of(CODE_KEY), []],
  ];
  for (const [fact, baseUrl, key, sent] of cases)
    it(fact, async () => assert.deepEqual((await look(baseUrl, key, 'kimiCode')).sent, sent));

  it('sends no Kimi Code key to the open platform', async () => {
    const { sent, facts } = await look('https://api.moonshot.cn/v1', of(CODE_KEY), 'openPlatform');
    assert.deepEqual([sent, facts.isMismatched], [[undefined], true]);
  });

  it('reports the kind of key, never the key', async () => {
    const { facts } = await look('https://api.kimi.com/', of(CODE_KEY), 'kimiCode');
    assert.deepEqual(facts.key, { kind: 'key', product: 'kimiCode', isLinked: false });
    assert.ok(!JSON.stringify(facts).includes('canary'));
  });

  it('detects a proxy in the environment too', async () =>
    assert.ok((await look('https://api.kimi.com/', of(CODE_KEY), 'kimiCode')).facts.hasProxy));
});

describe('clockFacts', () => {
  const fact = (answers: Partial<HostAnswers>) => ({
    ...well,
    answers: { quota: { kind: 'unauthorized' } as const, hasProxyVariable: false, ...answers },
  });

  it('uses the time of the first host that sent it', () =>
    assert.deepEqual(
      clockFacts([fact({}), fact({ clockSkewMs: 5000 }), fact({ clockSkewMs: 1 })]),
      {
        isAnswered: true,
        clockSkewMs: 5000,
      },
    ));

  it("ignores the time of a network's sign-in page", () =>
    assert.deepEqual(
      clockFacts([fact({ quota: { kind: 'unreachable', cause: 'webPage' }, clockSkewMs: 9 })]),
      { isAnswered: false },
    ));
});
