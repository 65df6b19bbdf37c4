import assert from 'node:assert/strict';
import { lastFour, type PlacedKey } from '../../../src/core/accounts/foundKey.ts';
import {
  parseClaudeSettings,
  parseEnvironmentKeys,
  parseKimiWorkKeys,
  parseOpenCodeAuth,
} from '../../../src/core/accounts/keyPlaces.ts';

const KEY = 'sk-kimi-stand-in';

function assertFound(found: readonly PlacedKey[], expected: readonly string[]): void {
  const inShort = found.map(({ file, entry = '-', baseUrl = 'no host', secret }) =>
    [file, entry, secret.kind === 'key' ? secret.key : '', baseUrl].join(' | '),
  );
  assert.deepEqual(inShort, expected);
}

describe('parseClaudeSettings', () => {
  const read = (settings: unknown) => parseClaudeSettings(new Map([['settings.json', settings]]));
  const base = (ANTHROPIC_BASE_URL: unknown, more: object = { ANTHROPIC_API_KEY: KEY }) =>
    read({ env: { ANTHROPIC_BASE_URL, ...more } });

  for (const url of ['https://api.kimi.com/coding/', 'https://api.kimi.ai/coding'])
    it(`reads a key for ${url}`, () =>
      assertFound(base(url), [`settings.json | ANTHROPIC_API_KEY | ${KEY} | ${url}`]));

  it('reads a token next to a key', () =>
    assertFound(
      base('https://api.kimi.com/coding/', { ANTHROPIC_API_KEY: '', ANTHROPIC_AUTH_TOKEN: KEY }),
      [`settings.json | ANTHROPIC_AUTH_TOKEN | ${KEY} | https://api.kimi.com/coding/`],
    ));

  const others = [
    'https://api.anthropic.com',
    'https://api.kimi.com.evil.example/coding/',
    'https://api.kimi.com@evil.example/coding/',
    'https://api.kimi.com:443@evil.example/coding/',
    'https://evil.example/?https://api.kimi.com/',
    'http://api.kimi.com/coding/',
    'http://127.0.0.1:8080/coding/',
    '',
    7,
  ];
  for (const url of others)
    it(`ignores a key for ${url || 'no host'}`, () => assertFound(base(url), []));
  for (const settings of [undefined, null, [], 'x', {}, { env: 'x' }, { env: null }])
    it(`finds nothing in ${JSON.stringify(settings)}`, () => assertFound(read(settings), []));
});

describe('parseKimiWorkKeys', () => {
  const file = 'kimi-desktop/daimon-share/daimon/kimi-code-key.json';
  const read = (content: unknown) => parseKimiWorkKeys(new Map([[file, content]]));

  it('reads the key of each user, for no host', () =>
    assertFound(
      read({ v: 2, keys: [{ userId: 'u1', apiKey: KEY, keyId: 'k1' }, { apiKey: '' }, 7, null] }),
      [`${file} | - | ${KEY} | no host`],
    ));
  for (const content of [undefined, null, [], 'x', { keys: 'x' }, { v: 1 }])
    it(`finds nothing in ${JSON.stringify(content)}`, () => assertFound(read(content), []));
});

describe('parseOpenCodeAuth', () => {
  const read = (auth: unknown) => parseOpenCodeAuth(new Map([['opencode/auth.json', auth]]));
  const cases: [provider: string, baseUrl: string][] = [
    ['kimi-for-coding', 'https://api.kimi.com/coding/v1'],
    ['kimi-code-plan-cn', 'https://api.kimi.com/coding/v1'],
    ['kimi-code-plan-global', 'https://api.kimi.ai/coding/v1'],
    ['moonshotai', 'https://api.moonshot.ai/v1'],
    ['moonshotai-cn', 'https://api.moonshot.cn/v1'],
  ];
  for (const [provider, baseUrl] of cases)
    it(`reads the key of ${provider}`, () =>
      assertFound(read({ [provider]: { type: 'api', key: KEY }, anthropic: { key: 'sk-ant' } }), [
        `opencode/auth.json | ${provider} | ${KEY} | ${baseUrl}`,
      ]));
  const nothing: unknown[] = [
    undefined,
    null,
    [],
    'x',
    { anthropic: { type: 'api', key: 'sk-ant' } },
    { 'kimi-for-coding': { type: 'oauth', access: 'a', refresh: 'b' } },
    { 'kimi-for-coding': { type: 'api', key: '' } },
    { 'kimi-for-coding': 'x' },
  ];
  for (const auth of nothing)
    it(`finds nothing in ${JSON.stringify(auth)}`, () => assertFound(read(auth), []));
});

describe('parseEnvironmentKeys', () => {
  const cases: [environment: Record<string, string>, expected: string[]][] = [
    [{ KIMI_API_KEY: KEY }, [`KIMI_API_KEY | - | ${KEY} | no host`]],
    [
      { KIMI_API_KEY: KEY, KIMI_BASE_URL: 'https://relay.example/v1' },
      [`KIMI_API_KEY | - | ${KEY} | https://relay.example/v1`],
    ],
    [
      { KIMI_API_KEY: KEY, KIMI_CODE_BASE_URL: 'https://relay.example/coding/v1' },
      [`KIMI_API_KEY | - | ${KEY} | https://relay.example/coding/v1`],
    ],
    [
      {
        KIMI_API_KEY: KEY,
        KIMI_BASE_URL: 'https://one.example',
        KIMI_CODE_BASE_URL: 'https://two.example',
      },
      [`KIMI_API_KEY | - | ${KEY} | https://one.example`],
    ],
    [
      {
        KIMI_API_KEY: 'sk-a',
        KIMI_CODE_API_KEY: KEY,
        KIMI_CODE_BASE_URL: 'https://relay.example',
      },
      [
        `KIMI_CODE_API_KEY | - | ${KEY} | https://relay.example`,
        'KIMI_API_KEY | - | sk-a | no host',
      ],
    ],
    [{ MOONSHOT_API_KEY: 'sk-a' }, ['MOONSHOT_API_KEY | - | sk-a | no host']],
    [
      { KIMI_CODE_API_KEY: KEY },
      [`KIMI_CODE_API_KEY | - | ${KEY} | https://api.kimi.com/coding/v1`],
    ],
    [
      { KIMI_CODE_API_KEY: KEY, KIMI_CODE_BASE_URL: 'https://relay.example/coding/v1' },
      [`KIMI_CODE_API_KEY | - | ${KEY} | https://relay.example/coding/v1`],
    ],
    [{ KIMI_BASE_URL: 'https://relay.example', KIMI_API_KEY: ' ' }, []],
    [{ OPENAI_API_KEY: 'sk-other', ANTHROPIC_API_KEY: 'sk-ant' }, []],
    [{}, []],
  ];
  for (const [environment, expected] of cases)
    it(`reads ${Object.keys(environment).join(' and ') || 'an empty one'}`, () =>
      assertFound(parseEnvironmentKeys(environment), expected));
});

describe('lastFour', () => {
  it('shows four characters of a key', () => assert.equal(lastFour(`${KEY}-1234`), '…1234'));
  it('shows nothing of a short key', () => assert.equal(lastFour('sk-12345'), '…'));
});
