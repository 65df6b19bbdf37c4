import assert from 'node:assert/strict';
import { accountsOf } from '../../../src/core/accounts/endpoint.ts';
import { keyOwners } from '../../../src/core/quota/quotaAccounts.ts';
import { Settings } from '../../../src/core/settings.ts';
import { parseBaseUrl } from '../../../src/node/parseBaseUrl.ts';

const AI = 'https://api.kimi.ai';
const COM = 'https://api.kimi.com';
const MONEY = ['https://api.moonshot.ai', 'https://api.moonshot.cn'];

describe('keyOwners', () => {
  const cases: [fact: string, settings: object, expected: string[]][] = [
    ['those in use first, then the other region', {}, [COM, ...MONEY, AI]],
    ['the previous region', { region: 'kimi.ai' }, [AI, ...MONEY, COM]],
    [
      'both regions next to a relay',
      { baseUrl: 'https://relay.example' },
      ['https://relay.example', ...MONEY, COM, AI],
    ],
    ['all of Kimi if no setting is valid', { baseUrl: 'nothing' }, [...MONEY, COM, AI]],
  ];
  for (const [fact, settings, expected] of cases)
    it(`are ${fact}`, () => {
      const usable = accountsOf(Settings.parse(settings), parseBaseUrl).flatMap(
        ({ id, endpoint }) => ('problem' in endpoint ? [] : [{ id, endpoint }]),
      );
      const owners = keyOwners(usable, [COM]);
      assert.deepEqual(
        owners.map(({ origin }) => origin),
        expected,
      );
      assert.ok(owners.every(({ id, origin }) => (id === 'kimiCode') !== /moonshot/.test(origin)));
    });

  it('include hosts that only earlier settings named, without an owner', () => {
    const owners = keyOwners([], ['https://old.example', COM]);
    assert.deepEqual(
      owners.filter(({ id }) => id === undefined),
      [{ origin: 'https://old.example' }],
    );
    assert.equal(owners.length, 5);
  });
});
