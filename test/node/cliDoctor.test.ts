import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { buildCli, runCli, type Run, systemVariables } from '../support/cliProcess.ts';
import { assertNoKey } from '../support/cliReport.ts';
import { DoctorReport } from '../support/doctorReport.ts';
import { refuseTunnel, startHostileServer } from '../support/hostile/hostileServer.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

const LOG = '.kimi-code/sessions/wd_x_0a1b2c3d4e5f/session_1/logs/kimi-code.log';

describe('cli: doctor', () => {
  let home: string;
  let kimi: KimiService;

  before(async () => {
    await buildCli();
    home = await mkdtemp(path.join(tmpdir(), 'kimi-quota-doctor-'));
    await mkdir(path.dirname(path.join(home, LOG)), { recursive: true });
    await writeFile(path.join(home, LOG), `${new Date().toISOString()} INFO  llm config\n`);
  });
  beforeEach(async () => {
    kimi = await startKimiService();
  });
  afterEach(() => kimi.close());
  after(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));

  const environment = (more: Record<string, string> = {}): Record<string, string> => ({
    HOME: home,
    USERPROFILE: home,
    KIMI_API_KEY: kimi.key,
    KIMI_CODE_BASE_URL: kimi.baseUrl,
    ...more,
  });

  async function run(args: readonly string[], more: Record<string, string> = {}): Promise<Run> {
    const result = await runCli(['doctor', ...args], environment(more));
    for (const key of [kimi.key, kimi.platformKey]) assertNoKey(result, key);
    assert.ok(!result.stdout.includes(home) && !result.stdout.includes('127.0.0.1'));
    assert.equal(result.stderr, '');
    return result;
  }

  /** What `doctor --json` finds that is not well, as `check: finding`, and its exit code. */
  async function findings(
    more: Record<string, string> = {},
    ...args: string[]
  ): Promise<[notWell: string[], code: number]> {
    const { code, stdout } = await run(['--json', ...args], more);
    const { rows } = DoctorReport.parse(JSON.parse(stdout));
    const notWell = rows.filter(({ state }) => ['broken', 'attention'].includes(state));
    return [notWell.map(({ check, finding }) => `${check}: ${finding}`), code];
  }

  it('finds no problem, with requests for the quota and the models only', async () => {
    assert.deepEqual(await findings(), [[], 0]);
    assert.deepEqual(
      kimi.requests.map(({ method, path: asked }) => `${method} ${asked}`),
      ['GET /coding/v1/usages', 'GET /coding/v1/models'],
    );
    for (const { headers } of kimi.requests)
      assert.match(headers['user-agent'] ?? '', /^kimi-quota\/[\d.]+ \(command line\)$/);
  });

  it('prints sentences', async () => {
    const { stdout, code } = await run([]);
    assert.equal(code, 0);
    for (const line of [
      /^Kimi Quota self-check: \d+\.\d+\.\d+, Node\.js [\d.]+, \w+, /,
      /\n {2}Key: works\. A Kimi Code key \(sk-kimi-…\)\.\n/,
      /\n {2}Models: works\. Listed models: 4\.\n/,
      /\n {2}Chat request: not tested\. .+\n {4}→ Send it with --chat\.\n/,
      /\n {2}Agent logs: works\. Found and readable: Kimi Code \(1\)\.\n/,
      /\n {2}Database: works\. /,
      /\nAll completed checks passed\.\n$/,
    ])
      assert.match(stdout, line);
  });

  it('leaves no file behind', async () => {
    await run([]);
    const files = await readdir(home, { recursive: true });
    assert.deepEqual(
      files.filter(name => name.includes('doctor')),
      [],
    );
  });

  it('finds a key of the other product', async () => {
    const [notWell, code] = await findings({ KIMI_API_KEY: kimi.platformKey });
    assert.deepEqual([notWell, code], [['host: keyOfTheOtherProduct'], 1]);
    assert.equal(kimi.requests.length, 1);
  });

  it('finds a clock that is 10 min off', async () => {
    kimi.clock.advance(10 * 60_000);
    assert.deepEqual(await findings(), [['clock: clockFarOff'], 1]);
    const { stdout } = await run([]);
    assert.match(stdout, /Clock: broken\. 10 min slow/);
  });

  it('finds an endpoint that is gone, while the models are there', async () => {
    kimi.setUsages({ status: 404 });
    assert.deepEqual(await findings(), [['quota: endpointGone'], 1]);
    assert.equal(kimi.requests.at(-1)?.path, '/coding/v1/models');
  });

  it('finds a proxy that refuses', async () => {
    const proxy = await startHostileServer(() => undefined);
    proxy.tunnel = refuseTunnel('407 Proxy Authentication Required');
    const HTTPS_PROXY = `http://127.0.0.1:${proxy.port}`;
    const KIMI_CODE_BASE_URL = 'https://relay.example/coding/v1';
    const found = await findings({ HTTPS_PROXY, KIMI_CODE_BASE_URL });
    assert.deepEqual(found, [['proxy: proxyRefuses'], 1]);
    // What is on this machine takes no proxy.
    const HTTP_PROXY = HTTPS_PROXY;
    assert.deepEqual(await findings({ HTTP_PROXY, HTTPS_PROXY }), [[], 0]);
    await proxy.close();
  });

  it('finds a missing key, and still checks the host', async () => {
    assert.deepEqual(await findings({ KIMI_API_KEY: '' }), [['key: noKey'], 1]);
    assert.deepEqual(
      kimi.requests.map(({ headers }) => headers.authorization),
      [undefined],
    );
  });

  it('finds an invalid URL, and sends no request', async () => {
    const [notWell, code] = await findings({ KIMI_CODE_BASE_URL: 'http://192.0.2.1/' });
    assert.deepEqual([notWell, code], [['host: badBaseUrl'], 1]);
  });

  it('finds a refused connection', async () => {
    await kimi.close();
    assert.deepEqual(await findings(), [['network: connectionRefused'], 1]);
  });

  it('finds logs that are not there, which breaks nothing', async () => {
    const empty = path.join(home, 'empty');
    const more = { HOME: empty, USERPROFILE: empty };
    assert.deepEqual(await findings(more), [['logs: noLogs'], 0]);
  });

  describe('one chat request', () => {
    const posts = (): number => kimi.requests.filter(({ method }) => method === 'POST').length;

    /** Answers the question with a line, or ends the input. */
    async function answering(line: string | undefined): Promise<[stdout: string, stderr: string]> {
      const child = spawn(process.execPath, [await buildCli(), 'doctor', '--chat'], {
        env: { ...systemVariables(), TZ: 'UTC', ...environment() },
      });
      child.stdin.end(line);
      return Promise.all([text(child.stdout), text(child.stderr)]);
    }

    it('is sent after a yes to what it costs', async () => {
      const [stdout, stderr] = await answering('y\n');
      assert.match(stderr, /^Send one chat request to kimi-for-coding\? It uses about 15 tokens/);
      assert.match(stdout, /Chat request: works\. A model responds\./);
      assert.equal(posts(), 1);
    });

    for (const [fact, line] of [
      ['a no', 'n\n'],
      ['an empty line', '\n'],
      ['the end of the input', undefined],
    ] as const)
      it(`is not sent after ${fact}`, async () => {
        const [stdout] = await answering(line);
        assert.match(stdout, /Chat request: not tested/);
        assert.equal(posts(), 0);
      });

    it('is sent without a question with --yes', async () => {
      assert.deepEqual(await findings({}, '--chat', '--yes'), [[], 0]);
      assert.equal(posts(), 1);
    });

    it('reports why it was rejected', async () => {
      kimi.behaviour.failures = ['clientNotAccepted'];
      const refused = ['chat: chatNotForUs'];
      assert.deepEqual(await findings({}, '--chat', '--yes'), [refused, 0]);
      kimi.account.windows.fiveHour.usedPercent = 100;
      const [notWell] = await findings({}, '--chat', '--yes');
      assert.deepEqual(notWell, ['quota: spent', 'chat: chatRefusedForNow']);
    });

    it('is not sent with a key that is refused', async () => {
      await findings({ KIMI_API_KEY: 'sk-kimi-another' }, '--chat', '--yes');
      assert.equal(posts(), 0);
    });
  });
});

describe('cli: doctor, wrongly used', () => {
  for (const args of [
    ['doctor', 'now'],
    ['doctor', '--yes'],
    ['doctor', '--fix'],
  ])
    it(`refuses ${args.join(' ')} with exit code 2`, async () => {
      const { code, stdout, stderr } = await runCli(args, {});
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /^kimi-quota: .+\n$/);
    });
});
