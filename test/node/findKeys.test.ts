import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findKeys, readLogin } from '../../src/node/findKeys.ts';
import { MAX_FILE_BYTES } from '../../src/node/fileSystem.ts';

const KEY = 'sk-kimi-stand-in-abcd';
const REFRESH = 'refresh-canary';
const TOML = `[providers."managed:kimi-code"]\ntype = "kimi"\napi_key = "${KEY}"\n`;
const LINK = { program: 'kimiCode', slot: 'kimi-code' } as const;
const login = (more: object = {}): string =>
  JSON.stringify({ access_token: 'eyJ.a.b', refresh_token: REFRESH, expires_at: 1.9e9, ...more });

let home: string;
function useHome(): void {
  beforeEach(async () => (home = await mkdtemp(path.join(tmpdir(), 'kq-home-'))));
  afterEach(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));
}

async function write(file: string, text: string | Buffer): Promise<void> {
  await mkdir(path.dirname(path.join(home, file)), { recursive: true });
  await writeFile(path.join(home, file), text);
}

const find = (environment: Record<string, string> = {}) => findKeys({ home, environment });

/** What is found, each in short. */
async function assertFound(expected: readonly string[], environment = {}): Promise<void> {
  const { keys, problems } = await find(environment);
  const inShort = keys.map(({ program, source, endpoint, secret }) => {
    const host = !endpoint ? 'no host' : 'problem' in endpoint ? endpoint.problem : endpoint.origin;
    return `${program} ${source} ${secret.kind} ${host}`;
  });
  assert.deepEqual(inShort, expected);
  assert.deepEqual(problems, []);
}

async function assertProblem(source: string, problem: string): Promise<void> {
  assert.deepEqual(await find(), { keys: [], problems: [{ source, problem }] });
}

describe('findKeys', () => {
  useHome();
  it('finds nothing in an empty home folder', () => assertFound([]));

  it('finds a key in each place', async () => {
    await write('.kimi-code/config.toml', TOML);
    await write('.kimi-code/credentials/kimi-code.json', login());
    await write(
      '.kimi/config.json',
      JSON.stringify({ providers: { 'moonshot-cn': { api_key: 'sk-cn' } } }),
    );
    const env = { ANTHROPIC_BASE_URL: 'https://api.kimi.ai/coding/', ANTHROPIC_AUTH_TOKEN: KEY };
    await write('.claude/settings.json', JSON.stringify({ env }));
    await write(
      '.local/share/opencode/auth.json',
      JSON.stringify({ moonshotai: { key: 'sk-ai' } }),
    );
    await assertFound(
      [
        'kimiCode ~/.kimi-code/credentials/kimi-code.json login https://api.kimi.com',
        'kimiCode ~/.kimi-code/config.toml key https://api.kimi.com',
        'kimiCli ~/.kimi/config.json key https://api.moonshot.cn',
        'claudeCode ~/.claude/settings.json key https://api.kimi.ai',
        'openCode ~/.local/share/opencode/auth.json key https://api.moonshot.ai',
        'environment $KIMI_CODE_API_KEY key https://api.kimi.com',
        'environment $KIMI_API_KEY key no host',
      ],
      { KIMI_API_KEY: KEY, KIMI_CODE_API_KEY: KEY },
    );
  });

  for (const [folder, environment] of [
    ['Library/Application Support', {}],
    ['.config', {}],
    ['AppData/Roaming', {}],
    ['data', { APPDATA: 'data' }],
  ] as const)
    it(`finds Kimi Work's key below ${folder}`, async () => {
      const file = `${folder}/kimi-desktop/daimon-share/daimon/kimi-code-key.json`;
      await write(file, JSON.stringify({ v: 2, keys: [{ userId: 'u', apiKey: KEY, keyId: 'k' }] }));
      const variables = Object.entries(environment).map(([name, below]) => [
        name,
        path.join(home, below),
      ]);
      await assertFound([`kimiWork ~/${file} key no host`], Object.fromEntries(variables));
    });

  it('follows the variables that move a folder', async () => {
    await write('elsewhere/config.toml', TOML);
    await write('.kimi-code/config.toml', TOML);
    await assertFound(['kimiCode ~/elsewhere/config.toml key https://api.kimi.com'], {
      KIMI_CODE_HOME: path.join(home, 'elsewhere'),
    });
  });

  it('takes no relative path from a variable', async () => {
    await write('.kimi-code/config.toml', TOML);
    await assertFound(['kimiCode ~/.kimi-code/config.toml key https://api.kimi.com'], {
      KIMI_CODE_HOME: '..',
    });
  });

  it('reports why a base URL is invalid', async () => {
    await write('.kimi-code/config.toml', `${TOML}base_url = "http://relay.example/coding"`);
    await assertFound(['kimiCode ~/.kimi-code/config.toml key notHttps']);
  });
});

describe('findKeys: what it touches', () => {
  useHome();
  it('reads a file that begins with a byte order mark', async () => {
    await write('.kimi-code/config.toml', `\uFEFF${TOML}`);
    await assertFound(['kimiCode ~/.kimi-code/config.toml key https://api.kimi.com']);
  });

  it('opens no other file than those it knows', async () => {
    await write('.kimi-code/credentials/other.json', login());
    await write('.kimi-code/credentials/kimi-code.json.bak', login());
    await write('.kimi-code/server.token', KEY);
    await assertFound([]);
  });

  it('keeps nothing of a refresh token, and changes no file', async () => {
    const file = '.kimi-code/credentials/kimi-code.json';
    await write(file, login());
    const before = await stat(path.join(home, file));
    const found = await find();
    assert.equal(found.keys.length, 1);
    assert.ok(!JSON.stringify(found).includes(REFRESH));
    assert.equal((await stat(path.join(home, file))).mtimeMs, before.mtimeMs);
    assert.equal(await readFile(path.join(home, file), 'utf8'), login());
    assert.deepEqual(await readdir(path.join(home, '.kimi-code/credentials')), ['kimi-code.json']);
  });
});

const garbage: [fact: string, file: string, text: string | Buffer][] = [
  ['TOML that ends early', '.kimi/config.toml', `${TOML}base_url = "`],
  ['bytes that are no text', '.kimi/config.toml', Buffer.from([0, 255, 254, 1])],
  ['JSON that ends early', '.claude/settings.json', '{"env": {"ANTHROPIC_API_KEY": "sk-'],
  ['TOML in place of JSON', '.local/share/opencode/auth.json', TOML],
  ['200 KB of open brackets', '.kimi/config.toml', `a = ${'['.repeat(200_000)}`],
];

describe('findKeys: files that are not read', () => {
  useHome();
  it('does not follow a symbolic link', async () => {
    await write('secret', TOML);
    await mkdir(path.join(home, '.kimi'));
    await symlink(path.join(home, 'secret'), path.join(home, '.kimi/config.toml'));
    await assertProblem('~/.kimi/config.toml', 'notAFile');
  });

  it('does not wait for a pipe', async function () {
    if (process.platform === 'win32') this.skip();
    await mkdir(path.join(home, '.kimi'));
    execFileSync('mkfifo', [path.join(home, '.kimi/config.toml')]);
    await assertProblem('~/.kimi/config.toml', 'notAFile');
  });

  it('does not take a folder for a file', async () => {
    await mkdir(path.join(home, '.kimi/config.toml'), { recursive: true });
    await assertProblem('~/.kimi/config.toml', 'notAFile');
  });

  it('does not read a file over 256 KB', async () => {
    await write('.kimi/config.toml', TOML + '#'.repeat(MAX_FILE_BYTES));
    await assertProblem('~/.kimi/config.toml', 'tooLarge');
  });

  it('reports an unreadable file', async function () {
    if (process.platform === 'win32') this.skip();
    await symlink('.kimi', path.join(home, '.kimi'));
    const { problems } = await find();
    assert.ok(problems.some(({ problem }) => problem === 'unreadable'));
  });
});

describe('findKeys: odd files', () => {
  useHome();
  for (const [fact, file, text] of garbage)
    it(`reports ${fact}`, async () => {
      await write(file, text);
      await assertProblem(`~/${file}`, 'garbage');
    });

  it('takes an empty file for one without keys', async () => {
    await write('.kimi/config.toml', '');
    await assertFound([]);
  });

  it('ignores a revoked sign-in', async () => {
    await write('.kimi-code/credentials/kimi-code.json', login({ access_token: '' }));
    await assertFound([]);
  });

  it('reads at most 20 sign-ins', async () => {
    for (let n = 10; n < 40; n++)
      await write(`.kimi/credentials/kimi-code-env-00000000000000${n}.json`, login());
    assert.equal((await find()).keys.length, 20);
  });
});

describe('readLogin', () => {
  useHome();
  const read = () => readLogin(LINK, { home, environment: {} });
  const file = '.kimi-code/credentials/kimi-code.json';

  it('gives the token as it is now, with its end and its host', async () => {
    await write(file, login());
    const token = { token: 'eyJ.a.b', expiresAt: 1.9e12, origin: 'https://api.kimi.com' };
    assert.deepEqual(await read(), token);
    await write(file, login({ access_token: 'eyJ.new', expires_at: 2e9 }));
    assert.deepEqual(await read(), { ...token, token: 'eyJ.new', expiresAt: 2e12 });
  });

  it('returns an expired token too, with its expiry', async () => {
    await write(file, login({ expires_at: 1 }));
    assert.equal((await read())?.expiresAt, 1000);
  });

  it('names the host that the configuration leads to now', async () => {
    const provider = `[providers."managed:kimi-code"]\nbase_url = "https://relay.example/coding/v1"\n`;
    await write('.kimi-code/config.toml', `${provider}oauth = { key = "oauth/kimi-code" }`);
    await write(file, login());
    assert.equal((await read())?.origin, 'https://relay.example');
  });

  const none: [fact: string, prepare: () => Promise<void>][] = [
    ['a file that is gone', async () => {}],
    ['a revoked sign-in', () => write(file, login({ access_token: '' }))],
    ['half a file, which is being written', () => write(file, login().slice(0, 50))],
    ['the other program', () => write('.kimi/credentials/kimi-code.json', login())],
    ['another sign-in', () => write(file.replace('.json', '-env-00000000000000aa.json'), login())],
    [
      'a link that took the place of the file',
      async () => {
        await write('.kimi-code/credentials/real.json', login());
        await symlink(path.join(home, '.kimi-code/credentials/real.json'), path.join(home, file));
      },
    ],
  ];
  for (const [fact, prepare] of none)
    it(`gives none of ${fact}`, async () => {
      await prepare();
      assert.equal(await read(), undefined);
    });
});
