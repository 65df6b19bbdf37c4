import assert from 'node:assert/strict';
import { COMMANDS } from '../../src/cli/commands.ts';
import { displayWidth } from '../../src/cli/displayWidth.ts';
import { english } from '../../src/core/base/format.ts';
import { buildCli, runCli } from '../support/cliProcess.ts';
import { incidentOf } from '../support/incidents.ts';
import { startKimiService } from '../support/kimiService/kimiService.ts';
import { createMachineHome, type MachineHome } from '../support/machineHome.ts';
import { HOUR_MS, snapshotOf } from '../support/quotaViews.ts';
import { readText } from '../support/tidy/files.ts';

const HOSTILE = 'x\u001b[2J\u202e\r\nKimi Quota: fine';

async function createMachine(): Promise<MachineHome> {
  const now = Date.now();
  const resetsAt = now + 2 * HOUR_MS;
  return createMachineHome({
    windows: [
      { id: '5h', usedPercent: 16, resetsAt },
      { id: 'week', usedPercent: 33, resetsAt: now + 90 * HOUR_MS },
    ],
    more: { parallelLimit: 20, plan: 'Allegretto' },
    inFlight: 17,
    incidents: [
      incidentOf('aaaa-1', { from: now - HOUR_MS, to: now - HOUR_MS, state: 'recovered' }),
      incidentOf('bbbb-2', { from: now - 60_000, to: now, state: 'running' }),
    ],
    history: Array.from({ length: 20 }, (_, index) =>
      snapshotOf([{ id: '5h', usedPercent: index * 3, label: HOSTILE, resetsAt }], {
        at: now - (20 - index) * HOUR_MS,
      }),
    ),
  });
}

describe('cli: what a window has stored', () => {
  let machine: MachineHome;
  before(async () => {
    await buildCli();
    machine = await createMachine();
  });
  after(() => machine.dispose());
  const run = (...args: string[]) => runCli(args, machine.env);

  it('check needs no key, and sends no request', async () => {
    // Requests fail right now: that matters more than numbers.
    assert.equal((await run('check', '--line')).stdout, 'rate limited\n');
    const { stdout } = await run('check', '--json');
    const report = JSON.parse(stdout) as { state: string; origin: string };
    assert.deepEqual([report.state, report.origin], ['ok', 'https://api.kimi.com']);
  });

  it('status prints once where the output is no terminal', async () => {
    const { code, stdout, stderr } = await run('status');
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /5-hour quota +█+░+ +84% {2}/);
    assert.match(stdout, /Requests in flight: 17 \(claude-code 17\)/);
    assert.ok(!stdout.includes('\u001b'));
    for (const line of stdout.split('\n')) assert.ok(displayWidth(line) <= 80, line);
  });

  it('status keeps to 80 columns in Chinese', async () => {
    const { stdout } = await run('status', '--lang', 'zh-cn');
    assert.match(stdout, /5 小时额度/);
    for (const line of stdout.split('\n')) assert.ok(displayWidth(line) <= 80, line);
  });

  it('why shows the newest incident, one by its id, and all', async () => {
    assert.match((await run('why')).stdout, /ID: bbbb-2/);
    assert.match((await run('why', 'aaaa')).stdout, /ID: aaaa-1/);
    assert.equal((await run('why', '--all')).stdout.trimEnd().split('\n').length, 2);
    const [first = ''] = (await run('why', '--json')).stdout.split('\n');
    assert.equal((JSON.parse(first) as { id: string }).id, 'bbbb-2');
    assert.equal((await run('why', 'zzzz')).code, 2);
  });

  it('limits has the parallel limit next to what is in flight', async () => {
    const { code, stdout } = await run('limits');
    assert.equal(code, 0);
    assert.match(stdout, /^Kimi Code\n {2}Parallel requests: 20, at least 17 now \(Kimi, /);
    const empty = await createMachineHome();
    const none = await runCli(['limits'], empty.env);
    await empty.dispose();
    assert.deepEqual([none.code, none.stdout], [5, 'No limit is known yet.\n']);
  });

  it('history draws a chart, and prints JSON and CSV', async () => {
    const { stdout } = await run('history');
    assert.match(stdout, /^5-hour quota: 84% left\n100% │/);
    for (const line of stdout.split('\n')) assert.ok(displayWidth(line) <= 80, line);
    const report = JSON.parse((await run('history', '--json')).stdout) as { points: unknown[] };
    const csv = (await run('history', '--csv')).stdout.trimEnd().split('\n');
    assert.equal(csv[0], 'at,window,remainingPercent,resetsAt');
    assert.equal(csv.length - 1, report.points.length);
    assert.ok(report.points.length >= 20);
  });

  it('wait ends now, and runs the command with its exit code', async () => {
    assert.equal((await run('wait')).stdout, 'Requests pass.\n');
    const script = 'process.stdout.write("ran"); process.exit(9)';
    const { code, stdout } = await run('wait', '--', process.execPath, '-e', script);
    assert.deepEqual([code, stdout], [9, 'ran']);
    assert.equal((await run('wait', '--', '/no/such/program')).code, 127);
  });

  it('wait with nothing stored ends with exit code 5', async () => {
    const empty = await createMachineHome();
    const { code } = await runCli(['wait', '--max', '0s'], empty.env);
    await empty.dispose();
    assert.ok(code === 5 || code === 6, String(code));
  });

  for (const shell of ['bash', 'zsh', 'fish'])
    it(`completion ${shell} names every command and option`, async () => {
      const { stdout } = await run('completion', shell);
      for (const { name, options } of COMMANDS) {
        assert.ok(stdout.includes(name), name);
        for (const option of Object.keys(options)) assert.ok(stdout.includes(option), option);
      }
    });
});

describe('cli: examples', () => {
  const examples = COMMANDS.flatMap(({ texts }) => texts(english).examples.map(([call]) => call));
  const documented = readText('docs/cli.md')
    .split('\n')
    .flatMap(line => /^(?:[a-z]+ \| )?(kimi-quota [^#&]+)/.exec(line)?.[1]?.trim() ?? []);

  it('docs/cli.md has a section for every command', () => {
    const text = readText('docs/cli.md');
    const missing = COMMANDS.filter(
      ({ name }) => !new RegExp(`## .*\`kimi-quota ${name}\\b`).test(text),
    );
    assert.deepEqual(
      missing.map(({ name }) => name),
      [],
    );
  });

  const LONG_RUNNING = /^kimi-quota (?:watch|hook)|--listen/;
  const calls = [...new Set([...examples, ...documented])]
    .flatMap(call => /kimi-quota (?!-- npx)[^|)&>]+/.exec(call)?.[0].trim() ?? [])
    .filter(call => !LONG_RUNNING.test(call));
  for (const call of calls)
    it(`runs: ${call}`, async () => {
      const kimi = await startKimiService();
      const machine = await createMachine();
      const words = call.split(' ').slice(1);
      const args = words
        .slice(0, words.includes('--') ? words.indexOf('--') : undefined)
        .map(word =>
          word
            .replaceAll(/^['"]|['"]$/g, '')
            .replace('error.txt', machine.path)
            .replace('6h', '0s'),
        );
      const env = { ...machine.env, KIMI_API_KEY: kimi.key, KIMI_CODE_BASE_URL: kimi.baseUrl };
      const { code, stderr } = await runCli(args, env, { input: '' });
      await kimi.close();
      await machine.dispose();
      assert.ok(code <= 6 && code !== 2, `${code}: ${stderr}`);
    });
});
