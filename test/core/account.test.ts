import assert from 'node:assert/strict';
import {
  accountName,
  accountsOf,
  areSameAccounts,
  type Account,
} from '../../src/core/accounts/endpoint.ts';
import { Settings } from '../../src/core/settings.ts';
import { english } from '../../src/core/base/format.ts';
import { parseBaseUrl } from '../../src/node/parseBaseUrl.ts';

const accounts = (some: Record<string, unknown> = {}): readonly Account[] =>
  accountsOf(Settings.parse(some), parseBaseUrl);

function assertEndpoints(some: Record<string, unknown>, expected: readonly string[]): void {
  const urls = accounts(some).map(({ endpoint }) =>
    'problem' in endpoint ? endpoint.problem : endpoint.quotaUrl,
  );
  assert.deepEqual(urls, expected);
}

const CODE = 'https://api.kimi.com/coding/v1/usages';
const AI = 'https://api.moonshot.ai/v1/users/me/balance';
const CN = 'https://api.moonshot.cn/v1/users/me/balance';

describe('accountsOf', () => {
  const cases: [fact: string, some: Record<string, unknown>, expected: string[]][] = [
    ['checks the default hosts', {}, [CODE, AI, CN]],
    ['follows the region', { region: 'kimi.ai' }, [CODE.replace('.com', '.ai'), AI, CN]],
    [
      'prefers a base URL over the region',
      { region: 'kimi.ai', baseUrl: 'https://relay.example' },
      ['https://relay.example/coding/v1/usages', AI, CN],
    ],
    [
      'moves only the first platform account by its setting',
      { openPlatformBaseUrl: 'https://relay.example/v1' },
      [CODE, 'https://relay.example/v1/users/me/balance', CN],
    ],
    [
      'checks the other region once if a setting leads there too',
      { openPlatformBaseUrl: 'https://api.moonshot.cn/v1' },
      [CODE, CN],
    ],
    [
      'checks only the plan at a relay that both settings name',
      { baseUrl: 'https://relay.example', openPlatformBaseUrl: 'https://relay.example/v1' },
      ['https://relay.example/coding/v1/usages', CN],
    ],
    ['checks the balance of the open platform, whatever the settings', { baseUrl: AI }, [AI, CN]],
    [
      'reports an invalid base URL as its problem',
      { baseUrl: 'http://api.kimi.com' },
      ['notHttps', AI, CN],
    ],
  ];
  for (const [fact, some, expected] of cases) it(fact, () => assertEndpoints(some, expected));

  it('names them in a fixed order, the plan first', () =>
    assert.deepEqual(
      accounts().map(({ id }) => id),
      ['kimiCode', 'moonshot.ai', 'moonshot.cn'],
    ));
});

describe('areSameAccounts', () => {
  const cases: [some: Record<string, unknown>, others: Record<string, unknown>, same: boolean][] = [
    [{}, { 'statusBar.show': 'used' }, true],
    [{}, { baseUrl: 'https://api.kimi.com/coding/' }, true],
    [{}, { region: 'kimi.ai' }, false],
    [{}, { baseUrl: 'nothing' }, false],
    [{ baseUrl: 'nothing' }, { baseUrl: 'nothing at all' }, true],
    [{ baseUrl: 'nothing' }, { baseUrl: 'http://api.kimi.com' }, false],
  ];
  for (const [some, others, same] of cases)
    it(`${same ? 'are' : 'are not'} ${JSON.stringify(some)} and ${JSON.stringify(others)}`, () =>
      assert.equal(areSameAccounts(accounts(some), accounts(others)), same));

  it('are not lists of different length', () =>
    assert.equal(areSameAccounts(accounts(), accounts().slice(1)), false));
});

describe('accountName', () => {
  it('names the plan and each platform', () => {
    assert.equal(accountName('kimiCode', english), 'Kimi Code');
    assert.equal(accountName('moonshot.cn', english), 'Open platform (moonshot.cn)');
  });
});
