import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadDirectResults } from '../../src/core/diagnosis/directResults.ts';
import { changeChecklist, loadChecklist } from '../../src/core/diagnosis/checklistState.ts';
import type { Incident } from '../../src/core/incidents/incident.ts';
import type { ValueRows } from '../../src/core/base/store.ts';
import { SqliteArchive } from '../../src/node/sqliteArchive.ts';
import { SystemClock } from '../../src/node/systemClock.ts';
import { buildCli, runCli } from '../support/cliProcess.ts';
import { assertNoKey } from '../support/cliReport.ts';
import { FakeLog } from '../support/fakeLog.ts';
import { incidentOf } from '../support/incidents.ts';
import { KimiCodeBurst } from '../support/kimiCodeBurst.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';
import { createMachineHome, type MachineHome, type StoredMachine } from '../support/machineHome.ts';
import { HOUR_MS, MINUTE_MS, snapshotOf } from '../support/quotaViews.ts';

const FIVE_HOURS = "You've reached your 5-hour usage limit.";

describe('cli: test, why and ticket share one store', () => {
  let kimi: KimiService;
  let machine: MachineHome;
  before(buildCli);
  beforeEach(async () => {
    kimi = await startKimiService();
    machine = await createMachineHome();
  });
  afterEach(async () => {
    await kimi.close();
    await machine.dispose();
  });

  async function run(...args: string[]): Promise<string> {
    const key = { KIMI_API_KEY: kimi.key, KIMI_CODE_BASE_URL: kimi.baseUrl };
    const isTest = args[0] === 'test';
    const result = await runCli(args, { ...machine.env, ...(isTest ? key : {}) });
    assertNoKey(result, kimi.key);
    assert.equal(result.stderr, '');
    return result.stdout;
  }
  async function stored(values: StoredMachine): Promise<void> {
    await machine.dispose();
    machine = await createMachineHome(values);
  }
  /** As a window of an editor reads it. */
  async function inArchive<T>(read: (archive: ValueRows) => Promise<T>): Promise<T> {
    const clock = new SystemClock({ keepsAlive: true });
    const archive = new SqliteArchive({ path: machine.path, clock, log: new FakeLog() });
    const value = await read(archive);
    archive.dispose();
    return value;
  }
  const failedNow = (id: string): Incident =>
    incidentOf(id, {
      from: Date.now() - 2 * MINUTE_MS,
      to: Date.now() - MINUTE_MS,
      state: 'over',
    });

  it('a test is in the checklist and in the ticket, also where no window ever ran', async () => {
    const burst = new KimiCodeBurst(machine.home);
    await burst.start(1);
    await burst.fail(1, FIVE_HOURS, 403);
    kimi.account.windows.fiveHour.usedPercent = 100;
    assert.match(await run('why'), /\n {3}\d \[!\] Send one request directly/);
    assert.match(await run('test', '--yes'), /The support ticket of this incident includes/);
    const why = await run('why');
    assert.match(why, /\nDirect test: The account\. Kimi also rejects this account directly/);
    assert.match(why, /\[x\] Send one request directly, without the agent\. .+: The account\./);
    const ticket = await run('ticket');
    assert.match(ticket, /\nDirect request without the agent: The account\. Kimi also rejects/);
    assert.match(ticket, /\n {2}\[x\] Send one request directly/);
    assert.equal(kimi.requests.length, 1);
  });

  it('a step that is ticked in the terminal is ticked in the dashboard and the ticket', async () => {
    await stored({ windows: [], inFlight: 0, incidents: [failedNow('aaaa-1')] });
    const number = /\n +(\d+) \[.\] Check the requests in flight/.exec(await run('why'))?.[1] ?? '';
    const ticked = await run('why', 'aaaa', '--done', number, '--done', 'askForum');
    assert.match(ticked, /\[x\] Look for the same report in the forum/);
    const { ticks } = await inArchive(archive => loadChecklist(archive, 'aaaa-1'));
    assert.deepEqual(ticks, ['belowLimit', 'askForum']);
    assert.match(await run('ticket'), /\[x\] Look for the same report in the forum/);
    assert.match(await run('why', '--undo', 'askForum'), /\[ \] Look for the same report/);
  });

  it('a step that is ticked in the dashboard is ticked in the terminal', async () => {
    await stored({ windows: [], inFlight: 0, incidents: [failedNow('aaaa-1')] });
    await inArchive(archive =>
      changeChecklist(archive, 'aaaa-1', { at: Date.now(), ticks: ['fewerAgents'] }),
    );
    assert.match(await run('why'), /\[x\] Run fewer agents/);
  });

  it('programs with the key of the environment are found, and the key is not stored', async () => {
    const incident = { ...failedNow('aaaa-1'), category: 'tpd' as const };
    const verdict = { ...incident.verdict, cause: 'tpd' as const };
    await stored({ windows: [], inFlight: 0, incidents: [{ ...incident, verdict }] });
    const folder = join(machine.home, '.local/share/opencode');
    await mkdir(folder, { recursive: true });
    const entry = { type: 'api', key: kimi.platformKey };
    await writeFile(join(folder, 'auth.json'), JSON.stringify({ moonshotai: entry }));
    assert.match(await run('why'), /\[!\] Find the programs .+\(kimi-quota why --find-programs\)/);
    const none = await runCli(['why', '--find-programs'], machine.env);
    assert.deepEqual([none.code, none.stderr], [2, 'kimi-quota: KIMI_API_KEY has no key.\n']);
    const env = { ...machine.env, MOONSHOT_API_KEY: kimi.platformKey };
    const found = await runCli(['why', '--find-programs'], env);
    assertNoKey(found, kimi.platformKey);
    assert.match(found.stdout, /\[x\] Find the programs .+Found in: OpenCode \(.+auth\.json\)/);
    const { places = [] } = await inArchive(archive => loadChecklist(archive, 'aaaa-1'));
    assert.ok(places.length > 0 && !places.join().includes(kimi.platformKey));
    assert.equal(kimi.requests.length, 0);
  });

  it('files that the user names are searched too, in any encoding', async () => {
    const incident = { ...failedNow('aaaa-1'), category: 'tpd' as const };
    const verdict = { ...incident.verdict, cause: 'tpd' as const };
    await stored({ windows: [], inFlight: 0, incidents: [{ ...incident, verdict }] });
    const line = `KIMI_API_KEY=${kimi.key}\r\n`;
    const [utf8, utf16, other] = ['a.env', 'b.env', 'c.env'].map(name => join(machine.home, name));
    await writeFile(utf8 ?? '', line);
    await writeFile(utf16 ?? '', `\uFEFF${line}`, 'utf16le');
    await writeFile(other ?? '', 'KIMI_API_KEY=');
    const env = { ...machine.env, KIMI_API_KEY: kimi.key };
    const files = [utf8, utf16, other].flatMap(file => ['--in-file', file ?? '']);
    const found = await runCli(['why', ...files], env);
    assertNoKey(found, kimi.key);
    assert.match(found.stdout, /\[x\] Find the programs .+Found in: .+\/a\.env, .+\/b\.env/);
    assert.doesNotMatch(found.stdout, /c\.env/);
    const missing = await runCli(['why', '--in-file', join(machine.home, 'd.env')], env);
    assert.deepEqual([missing.code, /d\.env can't be read\./.test(missing.stderr)], [2, true]);
    assert.equal(kimi.requests.length, 0);
  });

  it('an old key is seen to be rejected by one request without tokens', async () => {
    const incident = { ...failedNow('aaaa-1'), category: 'tpd' as const };
    const verdict = { ...incident.verdict, cause: 'tpd' as const };
    await stored({ windows: [], inFlight: 0, incidents: [{ ...incident, verdict }] });
    const folder = join(machine.home, '.kimi-code');
    await mkdir(folder, { recursive: true });
    const test = async (key: string) => {
      const env = { ...machine.env, KIMI_API_KEY: key, KIMI_CODE_BASE_URL: kimi.baseUrl };
      const result = await runCli(['test', '--old-key'], env);
      assertNoKey(result, key);
      const { oldKey } = await inArchive(archive => loadChecklist(archive, 'aaaa-1'));
      return [result.code, oldKey?.result, result.stdout.split('\n')[0]];
    };
    assert.deepEqual(await test(kimi.key), [
      1,
      'accepted',
      'Kimi Code: Kimi still accepts the old key.',
    ]);
    const old = `sk-kimi-${'o'.repeat(48)}`;
    assert.deepEqual(await test(old), [0, 'refused', 'Kimi Code: Kimi rejects the old key.']);
    assert.deepEqual(
      new Set(kimi.requests.map(({ path }) => path)),
      new Set(['/coding/v1/usages']),
    );
    assert.match(await run('why'), /\[x\] .*Kimi rejects the old key\./);
  });

  it('a step that the incident does not have changes nothing', async () => {
    await stored({ windows: [], inFlight: 0, incidents: [failedNow('aaaa-1')] });
    const { code, stderr } = await runCli(['why', '--done', 'revokeKey'], machine.env);
    assert.deepEqual([code, stderr.includes('no step revokeKey')], [2, true]);
    assert.deepEqual(await inArchive(archive => archive.get('checklists')), undefined);
  });

  it('why has the quota that is left and the requests in flight', async () => {
    const windows = [{ id: '5h', usedPercent: 16 }];
    await stored({ windows, inFlight: 3, incidents: [failedNow('aaaa-1')] });
    const why = await run('why');
    assert.match(why, /\[x\] Check which quota is left\. 5-hour quota: 84% left\./);
    const runaway = failedNow('bbbb-2');
    const incident = { ...runaway, verdict: { ...runaway.verdict, isRunaway: true } };
    await stored({ windows, inFlight: 3, incidents: [incident] });
    assert.match(await run('why'), /\[!\] Stop agents that .+In flight: Claude Code 3\./);
  });

  it('the ticket has the quota around the failure', async () => {
    const now = Date.now();
    const history = [snapshotOf([{ id: '5h', usedPercent: 60 }], { at: now - HOUR_MS })];
    const incidents = [failedNow('aaaa-1')];
    await stored({ windows: [{ id: '5h', usedPercent: 61 }], inFlight: 0, incidents, history });
    const ticket = await run('ticket', 'aaaa');
    assert.match(ticket, /\nQuota before \(.+\): 5-hour quota: 40% left/);
    assert.match(ticket, /\nQuota after \(.+\): 5-hour quota: 39% left/);
  });

  it('a failure that no window has stored is newer than the stored ones', async () => {
    const [from, to] = [Date.now() - 3 * HOUR_MS, Date.now() - 2 * HOUR_MS];
    await stored({ windows: [], incidents: [incidentOf('old', { from, to, state: 'over' })] });
    const burst = new KimiCodeBurst(machine.home);
    await burst.fail(2, FIVE_HOURS, 403);
    assert.match(await run('why'), /^5-hour quota used up/);
    assert.equal((await run('why', '--all')).trimEnd().split('\n').length, 2);
    await run('test', 'old', '--yes');
    const results = await inArchive(loadDirectResults);
    assert.deepEqual([...results.keys()], ['old']);
  });
});
