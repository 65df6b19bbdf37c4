import assert from 'node:assert/strict';
import { accountsOf } from '../../src/core/accounts/endpoint.ts';
import { consoleUrl, isKimiPage } from '../../src/core/accounts/links.ts';
import { Settings } from '../../src/core/settings.ts';
import { parseBaseUrl } from '../../src/node/parseBaseUrl.ts';

describe('consoleUrl', () => {
  const cases: [fact: string, settings: object, url: string][] = [
    ['of the region', {}, 'https://www.kimi.com/code/console'],
    ['of the other region', { region: 'kimi.ai' }, 'https://www.kimi.ai/code/console'],
    [
      'of the host of a base URL',
      { baseUrl: 'https://api.kimi.ai/coding/v1' },
      'https://www.kimi.ai/code/console',
    ],
    [
      'of that host, whatever the region setting',
      { region: 'kimi.ai', baseUrl: 'https://api.kimi.com/coding/v1' },
      'https://www.kimi.com/code/console',
    ],
    [
      'of the region for a relay',
      { region: 'kimi.ai', baseUrl: 'https://relay.example' },
      'https://www.kimi.ai/code/console',
    ],
    [
      'of the region for an invalid base URL',
      { region: 'kimi.ai', baseUrl: 'nothing' },
      'https://www.kimi.ai/code/console',
    ],
  ];
  for (const [fact, values, url] of cases)
    it(`is that ${fact}`, () => {
      const settings = Settings.parse(values);
      const [account] = accountsOf(settings, parseBaseUrl);
      assert.equal(consoleUrl(account!, settings.region), url);
    });

  it('is a Kimi page for every account', () => {
    const settings = Settings.parse({});
    for (const account of accountsOf(settings, parseBaseUrl))
      assert.ok(isKimiPage(consoleUrl(account, settings.region)), account.id);
  });
});
