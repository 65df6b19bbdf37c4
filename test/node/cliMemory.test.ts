import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { useFolder } from '../support/archiveFixture.ts';
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

  describe('with a cache of its own', () => {
    const inFolder = useFolder();
    const checkHere = (...format: string[]) =>
      runCli(['check', ...format, '--max-age', '300'], {
        KIMI_API_KEY: kimi.key,
        KIMI_CODE_BASE_URL: kimi.baseUrl,
        XDG_CACHE_HOME: inFolder(),
        LOCALAPPDATA: inFolder(),
        HOME: inFolder(),
      });

    it('answers while another program holds its file', async () => {
      await checkHere('--line');
      const [file] = (await readdir(inFolder(), { recursive: true })).filter(it =>
        /\.db$/.test(it),
      );
      const other = new DatabaseSync(inFolder(file ?? ''));
      other.exec('DELETE FROM value; DELETE FROM snapshot; DELETE FROM lastRead; BEGIN IMMEDIATE');
      const [line, json] = await Promise.all([checkHere('--line'), checkHere('--json')]);
      other.close();
      assert.deepEqual([line.stdout, line.code], ['5h 84% · wk 67% · mo 81%\n', 0]);
      assert.deepEqual([JSON.parse(json.stdout).state, json.code], ['ok', 0]);
    });

    it('never ends without a word, though many begin at once', async () => {
      const runs = await Promise.all(Array.from({ length: 6 }, () => checkHere('--line')));
      for (const { stdout, code } of runs) assert.notDeepEqual([stdout, code], ['', 0]);
      assert.ok(runs.some(({ stdout }) => stdout === '5h 84% · wk 67% · mo 81%\n'));
    });
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
