import assert from 'node:assert/strict';
import { accountsOf, productOfKey } from '../../../src/core/accounts/endpoint.ts';
import { accountsForKey } from '../../../src/core/quota/quotaAccounts.ts';
import { Settings } from '../../../src/core/settings.ts';
import { parseBaseUrl } from '../../../src/node/parseBaseUrl.ts';

const cases: [key: string, baseUrl: string, expected: string[]][] = [
  ['sk-kimi-one', '', ['kimiCode']],
  ['sk-kimi-one', 'https://relay.example', ['kimiCode']],
  ['sk-kimi-one', 'nothing', []],
  ['sk-one', '', ['moonshot.ai', 'moonshot.cn']],
  ['sk-one', 'https://relay.example', ['moonshot.ai', 'moonshot.cn', 'kimiCode']],
  ['sk-one', 'https://api.kimi.ai/coding', ['moonshot.ai', 'moonshot.cn']],
  ['of-a-relay', '', []],
  ['of-a-relay', 'https://relay.example', ['kimiCode']],
];

describe('accountsForKey', () => {
  for (const [key, baseUrl, expected] of cases)
    it(`${key} with the base URL ${baseUrl || 'of Kimi'} is for ${expected.join(' or ') || 'none'}`, () => {
      const usable = accountsOf(Settings.parse({ baseUrl }), parseBaseUrl).flatMap(
        ({ id, endpoint }) => ('problem' in endpoint ? [] : [{ id, endpoint }]),
      );
      const found = accountsForKey(productOfKey(key), usable).map(({ id }) => id);
      assert.deepEqual(found, expected);
    });
});
