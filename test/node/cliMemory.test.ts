import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { buildCli, runCli } from '../support/cliProcess.ts';
import { reportOf } from '../support/cliReport.ts';
import { disguisesOf } from '../support/disguises.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

const LINE = /^5h 84% · wk 67% · mo 81% · resets in [\d hmin]+\n$/;

describe('cli: --max-age', () => {
  let kimi: KimiService;
  let home: string;

  before(async () => {
    await buildCli();
    kimi = await startKimiService();
    home = await mkdtemp(join(tmpdir(), 'kimi-quota-cli-home-'));
  });
  after(async () => {
    await kimi.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  const check = (key: string, more: Record<string, string> = {}) =>
    runCli(['check', '--line', '--max-age', '300'], {
      KIMI_API_KEY: key,
      KIMI_CODE_BASE_URL: kimi.baseUrl,
      XDG_CACHE_HOME: home,
      LOCALAPPDATA: home,
      HOME: home,
      ...more,
    });

  it('sends one request for three calls, and each prints the numbers', async () => {
    for (let call = 0; call < 3; call++) {
      const { stdout, code } = await check(kimi.key);
      assert.match(stdout, LINE);
      assert.equal(code, 0);
    }
    assert.equal(kimi.requests.length, 1);
  });

  it('remembers nothing of one key for another', async () => {
    const { stdout, code } = await check('sk-kimi-another');
    assert.deepEqual([stdout, code], ['Kimi: key rejected\n', 0]);
  });

  it('keeps no key in what it remembers', async () => {
    const entries = await readdir(home, { recursive: true, withFileTypes: true });
    const files = entries.filter(entry => entry.isFile());
    assert.ok(files.some(({ name }) => /^check-[0-9a-f]{12}\.db$/.test(name)));
    const needles = [kimi.key, 'sk-kimi-another'].flatMap(disguisesOf);
    for (const { parentPath, name } of files) {
      const bytes = await readFile(join(parentPath, name));
      assert.ok(!needles.some(needle => bytes.includes(needle)), name);
    }
  });

  it('keeps two base URLs of one host apart, though the key is the same', async () => {
    const relay = createServer(({ url = '' }, response) => {
      const used = url.startsWith('/a/') ? 0.1 : 0.95;
      response.end(JSON.stringify({ usages: { limit_5h: { used_ratio: used } } }));
    }).listen(0, '127.0.0.1');
    await once(relay, 'listening');
    const at = `http://127.0.0.1:${(relay.address() as AddressInfo).port}`;
    const lines = [];
    for (const tenant of ['a', 'b', 'a', 'b'])
      lines.push((await check(kimi.key, { KIMI_CODE_BASE_URL: `${at}/${tenant}` })).stdout);
    relay.close();
    assert.deepEqual(lines, ['5h 90%\n', '5h 5%\n', '5h 90%\n', '5h 5%\n']);
  });

  for (const [age, ratio, state, code] of [
    ['0', 0.1, 'ok', 0],
    ['1200', 0.1, 'stale', 0],
    ['1200', 1, 'stale', 3],
  ] as const)
    it(`is ${state} with exit code ${code} for an answer of the Age ${age} with ${ratio} used`, async () => {
      const cache = createServer((_, response) => {
        response.setHeader('age', age);
        response.end(JSON.stringify({ usages: { limit_5h: { used_ratio: ratio } } }));
      }).listen(0, '127.0.0.1');
      await once(cache, 'listening');
      const baseUrl = `http://127.0.0.1:${(cache.address() as AddressInfo).port}`;
      const env = { KIMI_API_KEY: kimi.key, KIMI_CODE_BASE_URL: baseUrl };
      const run = await runCli(['check', '--json'], env);
      cache.close();
      const report = reportOf(run);
      assert.deepEqual([report.state, run.code, run.stderr], [state, code, '']);
    });

  it('sends one request for four parallel first calls, and each prints the numbers', async () => {
    const before = kimi.requests.length;
    const empty = join(home, 'empty');
    const runs = await Promise.all(
      Array.from({ length: 4 }, () =>
        check(kimi.key, { XDG_CACHE_HOME: empty, LOCALAPPDATA: empty, HOME: empty }),
      ),
    );
    for (const { stdout, code } of runs) {
      assert.match(stdout, LINE);
      assert.equal(code, 0);
    }
    assert.equal(kimi.requests.length - before, 1);
  });

  it('prints a result while another program locks the file', async () => {
    const entries = await readdir(home, { recursive: true, withFileTypes: true });
    const { parentPath, name } = entries.find(entry => entry.name.endsWith('.db')) ?? assert.fail();
    const database = new DatabaseSync(join(parentPath, name));
    database.exec('BEGIN IMMEDIATE');
    const running = check(kimi.key);
    setTimeout(() => database.close(), 700);
    const { stdout, code } = await running;
    assert.match(stdout, LINE);
    assert.equal(code, 0);
  });

  for (const age of ['', '-1', '5m', '1e3', '99999999']) {
    it(`takes no ${JSON.stringify(age)} for an age`, async () => {
      const { code, stderr } = await runCli(['check', `--max-age=${age}`], {
        KIMI_API_KEY: kimi.key,
      });
      assert.equal(code, 2);
      assert.match(stderr, /--max-age takes whole seconds\./);
    });
  }
});
