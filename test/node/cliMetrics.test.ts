import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saveTeam } from '../../src/core/quota/teamRows.ts';
import { SqliteArchive } from '../../src/node/sqliteArchive.ts';
import { SystemClock } from '../../src/node/systemClock.ts';
import { runCli } from '../support/cliProcess.ts';
import { FakeLog } from '../support/fakeLog.ts';
import { teamOf } from '../support/team.ts';

const KEY = `sk-kimi-${'FAKE'.repeat(10)}`;

describe('kimi-quota metrics and team', () => {
  let folder: string;
  let env: Record<string, string>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kq-metrics-'));
    const path = join(folder, 'kimi-quota.db');
    env = { KIMI_QUOTA_ARCHIVE: path };
    const archive = new SqliteArchive({ path, clock: new SystemClock(), log: new FakeLog() });
    const at = Date.now();
    await archive.appendSnapshot({
      kind: 'snapshot',
      at,
      origin: 'https://api.kimi.com',
      clockSkewMs: 0,
      windows: [{ id: '5h', usedPercent: 16 }],
      parallelLimit: 10,
    });
    const machines = [
      { machine: 'ci-box\u001b[2J', inFlight: 7, failing: ['own_concurrency'], ageMs: 4000 },
    ];
    const silent = [{ machine: 'server', ageMs: 180_000 }];
    const reading = { at, accounts: [teamOf(machines, { silent })] };
    await saveTeam(archive, { reading, faults: { push: 'unreachable' } }, at);
    archive.dispose();
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it('prints what would leave: numbers and two names', async () => {
    const { code, stdout } = await runCli(
      ['metrics', '--account', 'acme', '--machine', 'laptop'],
      env,
    );
    assert.equal(code, 0);
    assert.match(
      stdout,
      /kimi_quota_window_remaining_ratio\{account="acme",machine="laptop",window="5h"\} 0\.84\n/,
    );
  });

  it('names the account by a hash that is not the key', async () => {
    const { stdout } = await runCli(['metrics'], { ...env, KIMI_API_KEY: KEY });
    assert.match(stdout, /account="[\da-f]{12}",machine="machine-[\da-f]{6}"/);
    assert.ok(!stdout.includes(KEY.slice(8, 24)));
  });

  it('says what is missing without a name and a key', async () => {
    const { code, stdout, stderr } = await runCli(['metrics'], env);
    assert.deepEqual([code, stdout], [5, '']);
    assert.match(stderr, /use --account/);
  });

  it('writes a file that is whole at any time', async () => {
    const file = join(folder, 'kimi.prom');
    const { code } = await runCli(['metrics', '--account', 'acme', '--textfile', file], env);
    assert.equal(code, 0);
    assert.match(await readFile(file, 'utf8'), /kimi_quota_parallel_limit/);
    assert.deepEqual(
      (await readdir(folder)).filter(name => name.endsWith('.tmp')),
      [],
    );
  });

  it('reports a file that cannot be written', async () => {
    const file = join(folder, 'missing', 'kimi.prom');
    const { code, stderr } = await runCli(['metrics', '--account', 'a', '--textfile', file], env);
    assert.equal(code, 1);
    assert.match(stderr, /could not be written/);
  });

  it('shows the other machines, and no escape sequence of theirs', async () => {
    const { code, stdout } = await runCli(['team'], env);
    assert.equal(code, 0);
    assert.match(stdout, /7 of 10 in flight: 0 here, 7 on ci-box/);
    assert.match(stdout, /ci-box\S* +7 .*parallel limit +just now/);
    assert.match(stdout, /numbers aren't sent: the metrics store doesn't respond\./);
    assert.match(stdout, /server +silent .* 3 min ago/);
    assert.ok(!stdout.includes('\u001b'));
  });

  it('is known to have no archive', async () => {
    const { code, stderr } = await runCli(['team'], {
      KIMI_QUOTA_ARCHIVE: join(folder, 'none.db'),
    });
    assert.equal(code, 5);
    assert.match(stderr, /Nothing is stored/);
  });
});
