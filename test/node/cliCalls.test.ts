import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildCli, runCli, type Run } from '../support/cliProcess.ts';
import { assertNoKey, checkAgainst, reportOf } from '../support/cliReport.ts';
import { KIMI_CODE_KEY, PLATFORM_KEY } from '../support/kimiService/keys.ts';
import { startKimiService } from '../support/kimiService/kimiService.ts';
import { readFixture } from '../support/quotaFixtures.ts';

const build = async (): Promise<void> => void (await buildCli());
const key = { KIMI_API_KEY: KIMI_CODE_KEY };
const a = { raw: readFixture('a') };

describe('cli: formats', () => {
  before(build);

  it('writes one short line with --line', async () => {
    const { stdout, code } = await checkAgainst(a, '--line');
    assert.deepEqual([stdout, code], ['5h 98% · wk 67%\n', 0]);
  });

  it('writes what is wrong on the line', async () => {
    const { stdout, code } = await checkAgainst({ error: 'keyInvalid' }, '--line');
    assert.deepEqual([stdout, code], ['Kimi: key refused\n', 4]);
  });

  it('writes sentences without a flag', async () => {
    const { stdout, stderr } = await checkAgainst(a);
    const lines = stdout.split('\n');
    assert.equal(lines[0], 'Kimi Code, Allegro');
    assert.match(lines[1] ?? '', /^ {2}5-hour window: 98% left, resets .+ \(in 3 h 20 min\)$/);
    assert.match(lines[2] ?? '', /^ {2}Week: 67% left, resets .+ \(in 5 d 21 h\)$/);
    assert.equal(lines[3], '  Up to 30 requests at the same time.');
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
      assert.match(stdout, /^Usage: kimi-quota check \[--json \| --line\]/);
      for (const word of ['KIMI_API_KEY', 'KIMI_CODE_BASE_URL', 'Exit codes'])
        assert.ok(stdout.includes(word), word);
      assert.deepEqual([code, stderr], [0, '']);
    });
  for (const flag of ['--version', '-v'])
    it(`says its version with ${flag}`, async () => {
      assert.match((await runCli([flag], {})).stdout, /^\d+\.\d+\.\d+\n$/);
    });
});

describe('cli: wrong usage', () => {
  before(build);
  const code = { KIMI_CODE_BASE_URL: 'https://api.kimi.com/coding/v1' };
  const cases: [fact: string, args: string[], env: Record<string, string>, words: RegExp][] = [
    ['no command', [], key, /The commands are check, doctor, explain, scan and watch/],
    ['another command', ['quota'], key, /The commands are/],
    ['a second word', ['check', 'now'], key, /The commands are/],
    ['an unknown option', ['check', '--nothing'], key, /Unknown option '--nothing'/],
    [
      'a key on the command line',
      ['check', `--key=${KIMI_CODE_KEY}`],
      {},
      /Unknown option '--key'/,
    ],
    ['no key', ['check'], {}, /No key: set KIMI_API_KEY/],
    ['an empty key', ['check'], { KIMI_API_KEY: ' ' }, /No key/],
    [
      'a key with a space',
      ['check'],
      { KIMI_API_KEY: `${KIMI_CODE_KEY} x` },
      /does not hold a key/,
    ],
    ['a key with a line break', ['check'], { KIMI_API_KEY: `${KIMI_CODE_KEY}\nX: y` }, /not hold/],
    ['a log-in token', ['check'], { KIMI_API_KEY: 'eyJh.eyJz.c2ln' }, /log-in token/],
    ['plain http', ['check'], { ...key, KIMI_CODE_BASE_URL: 'http://192.0.2.1' }, /https:/],
    ['no URL', ['check'], { ...key, KIMI_CODE_BASE_URL: 'api.kimi.com' }, /not a web address/],
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
    it(`refuses ${fact} with exit code 2, and asks nobody`, async () => {
      const run = await runCli(args, env);
      assert.deepEqual([run.code, run.stdout], [2, '']);
      assert.match(run.stderr, /^kimi-quota: .+\n$/);
      assert.match(run.stderr, words);
      for (const each of [KIMI_CODE_KEY, PLATFORM_KEY]) assertNoKey(run, each);
    });
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

  it('says that the connection was refused', async () => {
    const service = await startKimiService();
    await service.close();
    const expected = ['unreachable: refused (ECONNREFUSED)', 5];
    assert.deepEqual(await problemAt(service.baseUrl), expected);
  });

  it('says that TLS failed', async () => {
    const service = await startKimiService();
    const [problem, code] = await problemAt(service.baseUrl.replace('http:', 'https:'));
    await service.close();
    assert.match(problem ?? '', /^unreachable: tls/);
    assert.equal(code, 5);
  });

  it('says that the key was refused', async () => {
    const service = await startKimiService();
    const env = { KIMI_API_KEY: 'sk-kimi-another' };
    assert.deepEqual(await problemAt(service.baseUrl, env), ['unauthorized', 4]);
    await service.close();
  });

  it('takes no proxy to this machine, whatever the environment says', async () => {
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
