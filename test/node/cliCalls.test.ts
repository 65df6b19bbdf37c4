import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { COMMANDS } from '../../src/cli/commands.ts';
import { displayWidth } from '../../src/cli/displayWidth.ts';
import { userCacheFolder } from '../../src/cli/environment.ts';
import { languageOf } from '../../src/cli/language.ts';
import { english } from '../../src/core/base/format.ts';
import { buildCli, runCli, type Run, useStayingCli } from '../support/cliProcess.ts';
import { assertNoKey, checkAgainst, reportOf } from '../support/cliReport.ts';
import { KIMI_CODE_KEY, PLATFORM_KEY } from '../support/kimiService/keys.ts';
import { type KimiService, startKimiService } from '../support/kimiService/kimiService.ts';
import { readFixture } from '../support/quotaFixtures.ts';

const build = async (): Promise<void> => void (await buildCli());
const key = { KIMI_API_KEY: KIMI_CODE_KEY };
const a = { raw: readFixture('a') };

describe('cli: formats', () => {
  before(build);

  it('writes one short line with --line', async () => {
    const { stdout, code } = await checkAgainst(a, '--line');
    assert.match(stdout, /^5h 98% · wk 67% · resets in [\d hmin]+\n$/);
    assert.equal(code, 0);
  });

  it('writes what is wrong on the line, without an error: a status line would show nothing', async () => {
    const { stdout, code } = await checkAgainst({ error: 'keyInvalid' }, '--line');
    assert.deepEqual([stdout, code], ['Kimi: key rejected\n', 0]);
  });

  it('writes sentences without a flag', async () => {
    const { stdout, stderr } = await checkAgainst(a);
    const lines = stdout.split('\n');
    assert.equal(lines[0], 'Kimi Code, Allegro');
    assert.match(lines[1] ?? '', /^ {2}5-hour quota: 98% left, resets .+ \(in 3 h 20 min\)$/);
    assert.match(lines[2] ?? '', /^ {2}Weekly quota: 67% left, resets .+ \(in 5 d 21 h\)$/);
    assert.equal(lines[3], '  Parallel limit: 30.');
    assert.equal(stderr, '');
  });

  it('prefers JSON to the line', async () => {
    assert.equal(reportOf(await checkAgainst(a, '--line', '--json')).state, 'ok');
  });
});

describe('cli: help and version', () => {
  before(build);

  for (const flag of ['--help', '-h'])
    it(`explains itself with ${flag}, without a key`, async () => {
      const { code, stdout, stderr } = await runCli([flag], {});
      assert.match(stdout, /^Usage: kimi-quota COMMAND \[options\]/);
      for (const word of ['KIMI_API_KEY', 'KIMI_CODE_BASE_URL', 'Exit codes'])
        assert.ok(stdout.includes(word), word);
      assert.deepEqual([code, stderr], [0, '']);
    });
  for (const flag of ['--version', '-v'])
    it(`prints its version with ${flag}`, async () => {
      assert.match((await runCli([flag], {})).stdout, /^\d+\.\d+\.\d+\n$/);
    });
});

describe('cli: wrong usage', () => {
  before(build);
  const code = { KIMI_CODE_BASE_URL: 'https://api.kimi.com/coding/v1' };
  const cases: [fact: string, args: string[], env: Record<string, string>, words: RegExp][] = [
    ['no command', [], key, /The commands are: check, /],
    [
      'another command',
      ['chek'],
      key,
      /chek isn't a command\. Did you mean check\? The commands are/,
    ],
    ['a second word', ['check', 'now'], key, /check takes no file\. See kimi-quota check --help/],
    ['an unknown option', ['check', '--nothing'], key, /Unknown option '--nothing'/],
    ['a misspelt option', ['check', '--jsn'], key, /Did you mean --json\? See kimi-quota check/],
    ['an option without its value', ['scan', '--since'], key, /--since <SPAN> needs a value/],
    ['another language', ['check', '--lang', 'fr'], key, /--lang takes en or zh-cn/],
    [
      'a key on the command line',
      ['check', `--key=${KIMI_CODE_KEY}`],
      {},
      /Unknown option '--key'/,
    ],
    ['no key', ['check'], {}, /No key: set KIMI_API_KEY/],
    ['an empty key', ['check'], { KIMI_API_KEY: ' ' }, /No key/],
    ['a key with a space', ['check'], { KIMI_API_KEY: `${KIMI_CODE_KEY} x` }, /isn't a key/],
    [
      'a key with a line break',
      ['check'],
      { KIMI_API_KEY: `${KIMI_CODE_KEY}\nX: y` },
      /isn't a key/,
    ],
    ['a sign-in token', ['check'], { KIMI_API_KEY: 'eyJh.eyJz.c2ln' }, /sign-in token/],
    ['plain http', ['check'], { ...key, KIMI_CODE_BASE_URL: 'http://192.0.2.1' }, /https:/],
    ['no URL', ['check'], { ...key, KIMI_CODE_BASE_URL: 'api.kimi.com' }, /isn't a web address/],
    ['a password', ['check'], { ...key, KIMI_CODE_BASE_URL: 'https://a:b@192.0.2.1' }, /password/],
    ['a query', ['check'], { ...key, KIMI_CODE_BASE_URL: 'https://192.0.2.1/?a' }, /without \?/],
    [
      'a platform key for Kimi Code',
      ['check'],
      { ...code, KIMI_API_KEY: PLATFORM_KEY },
      /open platform/,
    ],
    [
      'a Kimi Code key for the platform',
      ['check'],
      { ...key, KIMI_CODE_BASE_URL: 'https://api.moonshot.cn/v1' },
      /Unset KIMI_CODE_BASE_URL/,
    ],
  ];
  for (const [fact, args, env, words] of cases)
    it(`refuses ${fact} with exit code 2, and sends no request`, async () => {
      const run = await runCli(args, env);
      assert.deepEqual([run.code, run.stdout], [2, '']);
      assert.match(run.stderr, /^kimi-quota: .+\n$/);
      assert.match(run.stderr, words);
      for (const each of [KIMI_CODE_KEY, PLATFORM_KEY]) assertNoKey(run, each);
    });
});

describe('cli: options of other commands', () => {
  const run = useStayingCli();
  const tables = COMMANDS.map(({ name, options }) => ({ name, options }));
  const all = tables.flatMap(({ options }) => Object.entries(options));
  for (const { name, options } of tables)
    it(`${name} refuses options of other commands, and names those commands`, async () => {
      for (const [option, { kind }] of all.filter(([each]) => !Object.hasOwn(options, each))) {
        const value = kind === 'flag' ? [] : ['1'];
        const { code, stdout, stderr } = await run([name, `--${option}`, ...value], key);
        const owners = tables.filter(each => Object.hasOwn(each.options, option));
        const taken = Object.keys(options).map(each => `--${each}`);
        assert.deepEqual([code, stdout], [name === 'hook' ? 1 : 2, '']);
        assert.equal(
          stderr,
          `kimi-quota: --${option} is an option of ${owners.map(each => each.name).join(', ')}, not of ${name}, which takes ${taken.join(', ') || 'none'}. See kimi-quota ${name} --help.\n`,
        );
      }
    });
});

describe('cli: help of a command', () => {
  const run = useStayingCli();
  for (const { name, options, texts } of COMMANDS)
    it(`${name} --help lists every option and example`, async () => {
      const { code, stdout, stderr } = await run([name, '--help'], {});
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, new RegExp(`^Usage: kimi-quota ${name} `));
      for (const option of Object.keys(options)) assert.ok(stdout.includes(`--${option}`), option);
      const { examples } = texts(english);
      assert.ok(examples.length > 0);
      for (const [call] of examples) assert.ok(stdout.includes(call), call);
    });

  it('keeps to 80 columns', async () => {
    const { stdout } = await run(['--help'], {});
    assert.deepEqual(
      stdout.split('\n').filter(line => displayWidth(line) > 80),
      [],
    );
  });
});

describe('cli: languages', () => {
  const rows: [args: string[], env: Record<string, string>, language: string][] = [
    [[], {}, 'en'],
    [[], { LANG: 'C.UTF-8' }, 'en'],
    [[], { LANG: 'zh_CN.UTF-8' }, 'zh-cn'],
    [[], { LANG: 'zh_TW.UTF-8' }, 'en'],
    [[], { LANG: 'zh_CN.UTF-8', LC_ALL: 'en_US.UTF-8' }, 'en'],
    [[], { LANG: 'en_US.UTF-8', LC_MESSAGES: 'zh_CN' }, 'zh-cn'],
    [['check', '--lang', 'zh-cn'], { LC_ALL: 'en_US' }, 'zh-cn'],
    [['--lang=en', 'check'], { LANG: 'zh_CN.UTF-8' }, 'en'],
    [['wait', '--', 'make', '--lang', 'zh-cn'], {}, 'en'],
  ];
  const isWindows = process.platform === 'win32';
  for (const [args, env, language] of rows)
    (isWindows && args.length === 0 ? it.skip : it)(
      `is ${language} with ${JSON.stringify([args, env])}`,
      () => assert.equal(languageOf(args, env), language),
    );

  it('is Chinese in the help, in results and in mistakes', async () => {
    const chinese = { LANG: 'zh_CN.UTF-8' };
    assert.match((await runCli(['--help'], chinese)).stdout, /用法： kimi-quota/);
    assert.match((await runCli(['check', '--nothing'], chinese)).stderr, /未知选项/);
    assert.match((await checkAgainst(a, '--lang', 'zh-cn')).stdout, /5 小时额度/);
  });
});

describe('cli: paths of the environment', () => {
  before(build);
  let service: KimiService;
  let folder: string;
  beforeEach(async () => {
    service = await startKimiService();
    folder = await mkdtemp(join(tmpdir(), 'kimi-quota-paths-'));
  });
  afterEach(async () => {
    await service.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const isWindows = process.platform === 'win32';
  const rows: [env: Record<string, string>, stderr: string][] = [
    [
      { XDG_CACHE_HOME: 'here' },
      'kimi-quota: XDG_CACHE_HOME is not an absolute path and is ignored.\n',
    ],
    [{ HOME: '/proc' }, ''],
    [{ HOME: '/dev/null' }, ''],
  ];
  for (const [env, expected] of rows)
    (isWindows ? it.skip : it)(
      `answers with ${JSON.stringify(env)}, and leaves nothing here`,
      async () => {
        const cache = 'HOME' in env ? {} : { HOME: folder };
        const { stdout, stderr, code } = await runCli(
          ['check', '--line', '--max-age', '60'],
          {
            KIMI_API_KEY: service.key,
            KIMI_CODE_BASE_URL: service.baseUrl,
            ...cache,
            ...env,
          },
          { cwd: folder },
        );
        assert.match(stdout, /^5h 84% · wk 67% · mo 81% · resets in [\d hmin]+\n$/);
        assert.deepEqual([stderr, code], [expected, 0]);
        const here = await readdir(folder);
        assert.deepEqual(here, 'HOME' in env ? [] : ['.cache']);
      },
    );
});

describe('cli: defects', () => {
  before(build);

  it('ends with a message and exit code 70, without the error text', async () => {
    const broken = join(dirname(await buildCli()), 'broken.cjs');
    await writeFile(
      broken,
      `process.stdout.write = () => { throw new RangeError('sk-kimi-secret'); };\n`,
    );
    const { code, stdout, stderr } = await runCli(['--version'], {
      NODE_OPTIONS: `--require ${broken}`,
    });
    assert.deepEqual([code, stdout], [70, '']);
    assert.match(stderr, /^kimi-quota: Internal error \(RangeError.*\)\. Please report it.*\n$/);
    assert.ok(!stderr.includes('secret'));
  });

  it('does not end silently when nothing is left to wait for', async () => {
    const idle = join(dirname(await buildCli()), 'idle.cjs');
    await writeFile(
      idle,
      `globalThis.setTimeout = () => ({ unref() {} });\nglobalThis.fetch = undefined;\nprocess.stdin.__proto__[Symbol.asyncIterator] = () => ({ next: () => new Promise(() => {}) });\n`,
    );
    const { code, stderr } = await runCli(['explain'], { NODE_OPTIONS: `--require ${idle}` });
    assert.equal(code, 70);
    assert.match(stderr, /^kimi-quota: Internal error/);
  });
});

describe('userCacheFolder', () => {
  const home = userInfo().homedir;
  const rows: [platform: NodeJS.Platform, env: Record<string, string>, folder: string][] = [
    ['linux', { HOME: '/home/me' }, '/home/me/.cache'],
    ['linux', { HOME: '/home/me', XDG_CACHE_HOME: '/cache' }, '/cache'],
    ['linux', { HOME: '/home/me', XDG_CACHE_HOME: 'cache' }, '/home/me/.cache'],
    ['linux', { HOME: '/home/me', XDG_CACHE_HOME: '' }, '/home/me/.cache'],
    ['linux', { HOME: '', XDG_CACHE_HOME: '' }, `${home}/.cache`],
    ['linux', { HOME: 'here' }, `${home}/.cache`],
    ['linux', {}, `${home}/.cache`],
    ['darwin', { HOME: '/Users/me', XDG_CACHE_HOME: '/cache' }, '/Users/me/Library/Caches'],
    ['darwin', { HOME: '.' }, `${home}/Library/Caches`],
    ['win32', { USERPROFILE: '/me', LOCALAPPDATA: '/local' }, '/local'],
    ['win32', { USERPROFILE: '/me', LOCALAPPDATA: 'local' }, '/me/AppData/Local'],
  ];
  for (const [platform, env, folder] of rows)
    it(`is ${folder} on ${platform} with ${JSON.stringify(env)}`, () =>
      assert.equal(userCacheFolder(platform, env), join(folder, 'kimi-quota')));
});

/** `check --json` at an address, with more variables; the report's one problem and the exit code. */
async function problemAt(baseUrl: string, env = {}): Promise<[string | undefined, number]> {
  const run: Run = await runCli(['check', '--json'], {
    ...key,
    KIMI_CODE_BASE_URL: baseUrl,
    ...env,
  });
  assertNoKey(run, KIMI_CODE_KEY);
  return [reportOf(run).problems[0], run.code];
}

describe('cli: the way to the host', () => {
  before(build);

  it('reports a refused connection', async () => {
    const service = await startKimiService();
    await service.close();
    const expected = ['unreachable: refused (ECONNREFUSED)', 5];
    assert.deepEqual(await problemAt(service.baseUrl), expected);
  });

  it('reports a TLS failure', async () => {
    const service = await startKimiService();
    const [problem, code] = await problemAt(service.baseUrl.replace('http:', 'https:'));
    await service.close();
    assert.match(problem ?? '', /^unreachable: tls/);
    assert.equal(code, 5);
  });

  it('reports a rejected key', async () => {
    const service = await startKimiService();
    const env = { KIMI_API_KEY: 'sk-kimi-another' };
    assert.deepEqual(await problemAt(service.baseUrl, env), ['unauthorized', 4]);
    await service.close();
  });

  it('uses no proxy for this machine, whatever the environment', async () => {
    const service = await startKimiService();
    const seen: string[] = [];
    const proxy = createServer((request, response) => {
      seen.push(JSON.stringify(request.headers));
      response.end('{"usages":{"limit_5h":{"used_ratio":0.99}}}');
    }).listen(0, '127.0.0.1');
    proxy.on('connect', (_request, socket) => {
      seen.push('CONNECT');
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    });
    await once(proxy, 'listening');
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    for (const name of ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY'])
      assert.deepEqual(await problemAt(service.baseUrl, { [name]: address }), [undefined, 0], name);
    assert.deepEqual(seen, []);
    assert.equal(service.requests.length, 5);
    proxy.close();
    await service.close();
  });
});
