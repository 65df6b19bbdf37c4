import assert from 'node:assert/strict';
import type { Endpoint, Product } from '../../src/core/accounts/endpoint.ts';
import { keyMistake, type KeyMistake } from '../../src/core/accounts/key.ts';
import { explainState } from '../../src/core/status/explainState.ts';
import { viewQuota } from '../../src/core/quota/quotaView.ts';
import { ENGLISH, NOW } from '../support/quotaViews.ts';

type Place = Pick<Endpoint, 'origin' | 'product' | 'isMoonshot'>;
const at = (origin: string, product: Product): Place => ({
  origin,
  product,
  isMoonshot: !origin.includes('relay'),
});
const CODE = at('https://api.kimi.com', 'kimiCode');
const CODE_GLOBAL = at('https://api.kimi.ai', 'kimiCode');
const RELAY = at('https://relay.example', 'kimiCode');
const MONEY = at('https://api.moonshot.ai', 'openPlatform');
const MONEY_CN = at('https://api.moonshot.cn', 'openPlatform');
const MONEY_RELAY = at('https://relay.example', 'openPlatform');

const cases: [key: string, endpoint: Place, mistake: KeyMistake | undefined, words: RegExp][] = [
  [
    'sk-platform',
    CODE,
    'platformKeyForKimiCode',
    /is an open platform key, .* is Kimi Code.*starts with sk-kimi-/,
  ],
  ['sk-platform', CODE_GLOBAL, 'platformKeyForKimiCode', /is an open platform key/],
  ['sk-kimi-code', MONEY, 'kimiCodeKeyForPlatform', /is a Kimi Code key, .* is the open platform/],
  ['sk-kimi-code', MONEY_CN, 'kimiCodeKeyForPlatform', /but not with sk-kimi-/],
  ['sk-platform', RELAY, undefined, /may be wrong, deleted/],
  ['sk-kimi-code', MONEY_RELAY, undefined, /may be wrong, deleted/],
  [
    'sk-platform',
    MONEY,
    'perhapsOfMoonshotCn',
    /platform\.kimi\.com.* only works at api\.moonshot\.cn/,
  ],
  [
    'sk-platform',
    MONEY_CN,
    'perhapsOfMoonshotAi',
    /platform\.kimi\.ai.* only works at api\.moonshot\.ai/,
  ],
  ['sk-kimi-code', CODE_GLOBAL, 'perhapsOfKimiCom', /www\.kimi\.com.*region/],
  ['sk-kimi-code', CODE, 'perhapsOfKimiAi', /www\.kimi\.ai.*region/],
  ['sk-kimi-code', RELAY, undefined, /may be wrong, deleted, or for another host/],
  ['sk-platform', MONEY_RELAY, undefined, /may be wrong, deleted/],
  ['relay-key', RELAY, undefined, /may be wrong/],
  ['relay-key', MONEY, undefined, /may be wrong/],
  ['eyJ.a.b', CODE, undefined, /may be wrong/],
];

describe('keyMistake', () => {
  for (const [key, endpoint, mistake, words] of cases) {
    const where = `${key} at ${endpoint.origin} (${endpoint.product})`;
    it(`finds ${mistake ?? 'no mistake'} for ${where}`, () =>
      assert.equal(keyMistake(key, endpoint), mistake));
    it(`explains the rejection of ${where}`, () => {
      const outcome = { kind: 'unauthorized', ...(mistake ? { mistake } : {}) } as const;
      const { happened, toDo } = explainState(viewQuota({ access: 'key', outcome }, NOW), ENGLISH);
      assert.match(happened, /^\S+ rejected the key.*\.$/);
      assert.match(`${happened} ${toDo}`, words);
    });
  }
});
