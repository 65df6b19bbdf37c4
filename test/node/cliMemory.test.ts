import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCli, runCli } from '../support/cliProcess.ts';
import { disguisesOf } from '../support/disguises.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

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

  const check = (key: string) =>
    runCli(['check', '--line', '--max-age', '300'], {
      KIMI_API_KEY: key,
      KIMI_CODE_BASE_URL: kimi.baseUrl,
      XDG_CACHE_HOME: home,
      LOCALAPPDATA: home,
      HOME: home,
    });

  it('asks Kimi once for three calls, and each prints the numbers', async () => {
    for (let call = 0; call < 3; call++) {
      const { stdout, code } = await check(kimi.key);
      assert.deepEqual([stdout, code], ['5h 84% · wk 67% · mo 81%\n', 0]);
    }
    assert.equal(kimi.requests.length, 1);
  });

  it('remembers nothing of one key for another', async () => {
    const { stdout, code } = await check('sk-kimi-another');
    assert.deepEqual([stdout, code], ['Kimi: key refused\n', 4]);
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
