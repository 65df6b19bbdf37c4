import assert from 'node:assert/strict';
import { parse } from 'smol-toml';
import type { Environment } from '../../../src/core/accounts/foundKey.ts';
import { parseKimiHome } from '../../../src/core/accounts/keyPlaces.ts';

const KEY = 'sk-kimi-stand-in';
const TOKEN = { token: 'eyJ.example.token', expiresAt: 1_900_000_000_000 };
const GLOBAL_FILE = 'credentials/kimi-code-env-0e4f99c69cc27850.json';
const CODE = 'https://api.kimi.com/coding/v1';
const GLOBAL = 'https://api.kimi.ai/coding/v1';
const RELAY = 'https://relay.example/coding/v1';

interface Home {
  readonly toml?: string;
  readonly region?: string;
  readonly logins?: readonly string[];
  readonly environment?: Environment;
  readonly program?: 'kimiCode' | 'kimiCli';
}

/** Each key or sign-in in short: its file, its secret and its base URL. */
function assertFound(home: Home, expected: readonly string[]): void {
  const contents = new Map<string, unknown>();
  if (home.toml !== undefined) contents.set('config.toml', parse(home.toml));
  if (home.region !== undefined) contents.set('region', home.region);
  for (const path of home.logins ?? []) contents.set(path, TOKEN);
  const found = parseKimiHome(contents, home.environment ?? {}, home.program ?? 'kimiCode');
  const inShort = found.map(({ file, entry = '-', baseUrl = 'no host', secret }) =>
    [file, entry, secret.kind === 'key' ? secret.key : secret.link.slot, baseUrl].join(' | '),
  );
  assert.deepEqual(inShort, expected);
}

const managed = (more: string): string => `[providers."managed:kimi-code"]\ntype = "kimi"\n${more}`;

const keyCases: [fact: string, home: Home, expected: string[]][] = [
  [
    'of the managed provider, for its base URL',
    { toml: managed(`api_key = "${KEY}"\nbase_url = "${CODE}"`) },
    [`config.toml | managed kimi-code | ${KEY} | ${CODE}`],
  ],
  [
    'of the managed provider without a base URL, for the default host',
    { toml: managed(`api_key = "${KEY}"`) },
    [`config.toml | managed kimi-code | ${KEY} | ${CODE}`],
  ],
  [
    'of the managed provider in the global region',
    { toml: managed(`api_key = "${KEY}"`), region: 'global\n' },
    [`config.toml | managed kimi-code | ${KEY} | ${GLOBAL}`],
  ],
  [
    'for another host only',
    { toml: managed(`api_key = "${KEY}"\nbase_url = "${RELAY}"`), region: 'global' },
    [`config.toml | managed kimi-code | ${KEY} | ${RELAY}`],
  ],
  [
    'of both regions of the open platform',
    {
      toml: '[providers.moonshot-cn]\napi_key = "sk-cn"\n[providers.moonshot-ai]\napi_key = "sk-ai"\ntype="openai"',
    },
    [
      'config.toml | moonshot-cn | sk-cn | https://api.moonshot.cn/v1',
      'config.toml | moonshot-ai | sk-ai | https://api.moonshot.ai/v1',
    ],
  ],
  [
    'of a provider of any type at a Moonshot host',
    {
      toml: `[providers.mine]\ntype = "anthropic"\napi_key = "${KEY}"\nbase_url = "https://api.kimi.com/coding/"`,
    },
    [`config.toml | mine | ${KEY} | https://api.kimi.com/coding/`],
  ],
  [
    'in a variable that api_key_env names',
    { toml: managed('api_key_env = "MINE"'), environment: { MINE: KEY, OTHER: 'sk-other' } },
    [`config.toml | managed kimi-code | ${KEY} | ${CODE}`],
  ],
  [
    "in the provider's env, whose base URL wins over base_url",
    {
      toml: managed(
        `base_url = "${CODE}"\nenv = { KIMI_API_KEY = "${KEY}", KIMI_BASE_URL = "${RELAY}" }`,
      ),
    },
    [`config.toml | managed kimi-code | ${KEY} | ${RELAY}`],
  ],
  [
    'of the new program, whose default host is the open platform',
    { toml: '[providers.mine]\ntype = "kimi"\napi_key = "sk-mine"' },
    ['config.toml | mine | sk-mine | https://api.moonshot.ai/v1'],
  ],
  [
    'not of the older program without a base URL, which has no default',
    { toml: '[providers.mine]\ntype = "kimi"\napi_key = "sk-mine"', program: 'kimiCli' },
    [],
  ],
  [
    'not of other companies',
    {
      toml: '[providers.openai]\ntype = "openai"\napi_key = "sk-other"\nbase_url = "https://api.openai.com/v1"',
    },
    [],
  ],
  [
    'not of a host that only looks like Moonshot’s',
    {
      toml: '[providers.a]\ntype = "openai"\napi_key = "sk-other"\nbase_url = "https://api.kimi.com.evil.example/v1"',
    },
    [],
  ],
  ['not an empty key', { toml: managed('api_key = ""') }, []],
  ['not text that a header may not contain', { toml: managed('api_key = "two words"') }, []],
  ['not a variable that is not set', { toml: managed('api_key_env = "MINE"') }, []],
  ['not of a provider that is not a table', { toml: '[providers]\na = 1\nb = "x"\nc = [1]' }, []],
  ['not of an empty file', { toml: '' }, []],
  ['not without a file', {}, []],
];

describe('parseKimiHome: keys', () => {
  for (const [fact, home, expected] of keyCases)
    it(`reads ${fact}`, () => assertFound(home, expected));

  it('keeps a key next to a field of a wrong type', () =>
    assertFound({ toml: managed(`api_key = "${KEY}"\nbase_url = 7\noauth = "none"`) }, [
      `config.toml | managed kimi-code | ${KEY} | ${CODE}`,
    ]));
  it('makes a name inert', () =>
    assertFound({ toml: `[providers."[a](command:b) $(c)"]\ntype="kimi"\napi_key = "${KEY}"` }, [
      `config.toml | a (command b) (c) | ${KEY} | https://api.moonshot.ai/v1`,
    ]));
});

const oauth = (slot: string, base: string): string =>
  managed(`base_url = "${base}"\noauth = { storage = "file", key = "oauth/${slot}" }`);
const LOGIN = 'credentials/kimi-code.json';
const OTHER = 'credentials/kimi-code-env-00000000000000aa.json';

const loginCases: [fact: string, home: Home, expected: string[]][] = [
  [
    'for the base URL of the provider that names it',
    { toml: oauth('kimi-code', RELAY), logins: [LOGIN] },
    [`${LOGIN} | - | kimi-code | ${RELAY}`],
  ],
  [
    'for the default host without a provider',
    { logins: [LOGIN] },
    [`${LOGIN} | - | kimi-code | ${CODE}`],
  ],
  [
    'for the region that the marker names, without a provider',
    { logins: [LOGIN], region: 'global' },
    [`${LOGIN} | - | kimi-code | ${GLOBAL}`],
  ],
  [
    'for the default host with any other marker',
    { logins: [LOGIN], region: 'mainland-cn' },
    [`${LOGIN} | - | kimi-code | ${CODE}`],
  ],
  [
    'of the global region by the name of its file',
    { logins: [GLOBAL_FILE] },
    [`${GLOBAL_FILE} | - | kimi-code-env-0e4f99c69cc27850 | ${GLOBAL}`],
  ],
  [
    'of another host by the provider that names it',
    { toml: oauth('kimi-code-env-00000000000000aa', RELAY), logins: [LOGIN, OTHER] },
    [
      `${LOGIN} | - | kimi-code | ${CODE}`,
      `${OTHER} | - | kimi-code-env-00000000000000aa | ${RELAY}`,
    ],
  ],
  [
    'without a host if no provider names it',
    { logins: [OTHER] },
    [`${OTHER} | - | kimi-code-env-00000000000000aa | no host`],
  ],
  [
    'of the older program',
    { logins: [LOGIN], program: 'kimiCli' },
    [`${LOGIN} | - | kimi-code | ${CODE}`],
  ],
];

describe('parseKimiHome: sign-ins', () => {
  for (const [fact, home, expected] of loginCases)
    it(`reads one ${fact}`, () => assertFound(home, expected));

  it('ignores the host of a provider whose sign-in is in a key ring', () =>
    assertFound(
      {
        toml: managed(
          `base_url = "${RELAY}"\noauth = { storage = "keyring", key = "oauth/kimi-code" }`,
        ),
        logins: [LOGIN],
      },
      [`${LOGIN} | - | kimi-code | ${CODE}`],
    ));
});
