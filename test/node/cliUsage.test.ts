import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { HOUR_MS, MINUTE_MS } from '../../src/core/base/time.ts';
import { type Counted, saveLedgerComplete } from '../../src/core/ledger/ledger.ts';
import { SqliteArchive } from '../../src/node/sqliteArchive.ts';
import { SystemClock } from '../../src/node/systemClock.ts';
import { useFolder } from '../support/archiveFixture.ts';
import { runCli } from '../support/cliProcess.ts';
import { FakeLog } from '../support/fakeLog.ts';
import { createMachineHome } from '../support/machineHome.ts';

const AT = Date.now() - 10 * MINUTE_MS;

interface Answer {
  readonly id: string;
  readonly output?: number;
  readonly model?: string;
  readonly cwd?: string;
}

/** One record of a response in a transcript of Claude Code. */
function record({ id, output = 5, model = 'kimi-for-coding', cwd = '/srv/demo' }: Answer) {
  return `${JSON.stringify({
    type: 'assistant',
    timestamp: new Date(AT).toISOString(),
    sessionId: 's1',
    cwd,
    message: {
      id,
      model,
      usage: {
        input_tokens: 30,
        cache_read_input_tokens: 60,
        cache_creation_input_tokens: 10,
        output_tokens: output,
      },
    },
  })}\n`;
}

describe('kimi-quota usage', () => {
  const inFolder = useFolder();
  const write = (path: string, ...answers: Answer[]): void => {
    const file = inFolder('home', '.claude', 'projects', '-srv-demo', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, answers.map(record).join(''));
  };
  const usage = async (...args: string[]) =>
    runCli(['usage', '--home', inFolder('home'), ...args], {});
  beforeEach(() => mkdirSync(inFolder('tmp')));

  it('counts each response once, with its last output, however many records and files have it', async () => {
    const first = { id: 'a', output: 2 };
    write('s1.jsonl', first, { id: 'b' }, { id: 'a', output: 9 }, { id: 'a', output: 9 });
    write('s2.jsonl', first, { id: 'a', output: 9 });
    write('s1/subagents/agent-x.jsonl', { id: 'c' });
    const { stdout, code } = await usage('--json');
    assert.equal(code, 0);
    const { groups, source } = JSON.parse(stdout) as { groups: unknown[]; source: string };
    assert.equal(source, 'logs');
    assert.deepEqual(groups, [
      {
        agent: 'claude-code',
        answers: 3,
        failures: 0,
        retries: 0,
        tokens: { input: 90, cacheRead: 180, cacheWrite: 30, output: 19, total: 319 },
        subagentTokens: 105,
      },
    ]);
  });

  it('groups by project and model, and runs no formula in a spreadsheet', async () => {
    write(
      's1.jsonl',
      { id: 'a', cwd: '/x/=cmd, "1"' },
      { id: 'b', model: 'k3', cwd: 'C:\\y\\项目' },
    );
    const byProject = await usage('--by', 'project', '--csv');
    assert.deepEqual(
      byProject.stdout.split('\n').map(line => line.replace(/,\d.*/, '')),
      [
        'project,answers,input,cache_read,cache_write,output,total,by_subagents,failures,retries',
        `"'=cmd, ""1"""`,
        '项目',
        '',
      ],
    );
    const byModel = await usage('--by', 'model', '--lang', 'zh-cn');
    assert.match(byModel.stdout, /响应 .*合计[^]*k3 .*105[^]*全部 .*210/);
  });

  it('says when nothing is found, and names a wrong value', async () => {
    mkdirSync(inFolder('home'), { recursive: true });
    assert.match((await usage()).stdout, /^No tokens found/);
    const { code, stderr } = await usage('--by', 'hour');
    assert.equal(code, 2);
    assert.match(stderr, /--by takes agent/);
  });
});

const BATCH = { readAt: Date.now(), signals: [], checkpoints: [] };

describe('kimi-quota usage: a balance', () => {
  it('says what went of it, by agent, and what no agent explains', async () => {
    const { env, path, dispose } = await createMachineHome();
    const archive = new SqliteArchive({ path, clock: new SystemClock(), log: new FakeLog() });
    const slotMs = 5 * MINUTE_MS;
    const start = Date.now() - 23 * HOUR_MS;
    // Whatever the time is: the slots of the ledger and the readings agree.
    const from = start - (start % slotMs);
    const counted: Counted[] = [];
    const origin = 'https://api.moonshot.cn';
    let available = 100;
    for (let slot = 0; slot < 22 * 12; slot++) {
      const at = from + slot * slotMs;
      const snapshot = { kind: 'snapshot', at, origin, clockSkewMs: 0, windows: [] } as const;
      await archive.appendSnapshot({
        ...snapshot,
        balance: { available: Math.round(100 * available) / 100, currency: 'CNY' },
      });
      const [input, output] = [40_000 + 9000 * (slot % 7), 3000 + 1700 * (slot % 5)];
      const agent = slot % 12 < 8 ? 'claude-code' : 'codex';
      counted.push({
        at,
        key: `${slot}`,
        row: {
          ...{ from: at - (at % slotMs), spanMs: slotMs, account: 'open-platform moonshot.cn' },
          ...{ agent, isSubagent: false, answers: 1, failures: 0, retries: 0 },
          tokens: { input, cacheRead: 0, cacheWrite: 0, output },
        },
      });
      available -= (4 * input + 16 * output) / 1e6 + (slot > 200 ? 0.3 : 0);
    }
    await archive.addToLedger(BATCH, counted);
    await saveLedgerComplete(archive, Date.now());
    archive.dispose();
    await archive.get('closed');
    const text = await runCli(['usage'], env);
    assert.match(text.stdout, /^api\.moonshot\.cn: CN¥\d+\.\d\d of the balance used\.$/m);
    assert.match(text.stdout, /^ {2}Claude Code: CN¥[\d.]+ \(CN¥[\d.]+ to CN¥[\d.]+\)$/m);
    assert.match(text.stdout, /^ {2}No agent on this machine explains at least CN¥\d+\.\d\d\.$/m);
    assert.match(text.stdout, /^ {2}Price of a million tokens: Input CN¥[345]\.\d\d/m);
    const json = JSON.parse((await runCli(['usage', '--json'], env)).stdout) as {
      balances: { host: string; agents: { agent: string; amount: number }[] }[];
    };
    const [{ host, agents } = { host: '', agents: [] }] = json.balances;
    assert.equal(host, 'api.moonshot.cn');
    assert.deepEqual(
      agents.map(({ agent }) => agent),
      ['claude-code', 'codex'],
    );
    await dispose();
  });
});
