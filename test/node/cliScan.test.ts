import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventReport } from '../../src/core/agents/eventReport.ts';
import { buildCli, INTERRUPTED, runCli } from '../support/cliProcess.ts';
import { startKimiService } from '../support/kimiService/kimiService.ts';

const FIXTURES = new URL('../fixtures/logs/kimi-code/', import.meta.url);
const SESSION =
  '.kimi-code/sessions/wd_demo-app_0a1b2c3d4e5f/session_00000000-0000-4000-8000-000000000001';

describe('cli: scan', () => {
  let home: string;

  before(buildCli);
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'kimi-quota-scan-'));
    await mkdir(join(home, SESSION, 'logs'), { recursive: true });
  });
  afterEach(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));

  const bring = (name: string, to: string) => cp(new URL(name, FIXTURES), join(home, SESSION, to));
  const scan = async (...more: string[]) => {
    const { stdout, stderr, code } = await runCli(['scan', '--json', '--home', home, ...more], {});
    assert.deepEqual([stderr, code], ['', 0]);
    return stdout
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line) as EventReport)
      .filter(({ kind }) => kind === 'event');
  };

  it('finds every failure once, with its words, its meaning, its account and its place', async () => {
    await bring('parallel.log', 'logs/kimi-code.log');
    const events = await scan('--since', 'all');
    assert.ok(events.length > 1);
    for (const event of events) {
      assert.equal(event.kind, 'event');
      assert.equal(event.agent, 'kimi-code');
      assert.equal(event.status, 429);
      assert.equal(event.category, 'concurrency');
      assert.equal(event.provider, 'kimi-code');
      assert.equal(event.file, `${SESSION}/logs/kimi-code.log`);
      assert.ok(!/ak-[a-z0-9]{6}|org-[0-9a-f]{6}/.test(JSON.stringify(event)), event.text);
    }
    const offsets = events.map(({ offset }) => offset);
    assert.equal(new Set(offsets).size, offsets.length);
  });

  it('reads other files, and reports a glob that it does not read', async () => {
    const line =
      "openai.RateLimitError: Error code: 429 - {'error': {'message': 'Slow down', 'type': 'rate_limit_reached_error'}}\n";
    await mkdir(join(home, 'runs/a'), { recursive: true });
    await writeFile(join(home, 'runs/a/out.log'), line);
    await writeFile(join(home, 'runs/run.json'), JSON.stringify([{ error: '429 Slow down' }]));
    const all = await scan('--file', '~/runs/**/*.log', '--file', join(home, 'runs/*.json'));
    const events = all.filter(({ kind }) => kind === 'event');
    assert.deepEqual(
      events.map(({ agent, status, text, file }) => [agent, status, text, file]).sort(),
      [
        ['other', 429, 'Slow down', 'runs/a/out.log'],
        ['other', 429, 'Slow down', 'runs/run.json'],
      ],
    );
    const { code, stderr } = await runCli(['scan', '--home', home, '--file', '~/**/*.log'], {});
    assert.equal(code, 2);
    assert.match(stderr, /is not read: it would search the whole home folder\.$/m);
  });

  it('reads the logs of Crush in the folders that it lists', async () => {
    const log = new URL('../fixtures/logs/crush/crush.log', import.meta.url);
    const list = join(home, '.local/share/crush');
    await mkdir(list, { recursive: true });
    await cp(log, join(home, 'work/.crush/logs/crush.log'));
    const projects = [{ path: join(home, 'work'), data_dir: join(home, 'work/.crush') }];
    await writeFile(join(list, 'projects.json'), JSON.stringify({ projects }));
    const events = (await scan('--since', 'all')).filter(({ kind }) => kind === 'event');
    assert.equal(events.length, process.platform === 'win32' ? 0 : 4);
  });

  it('takes a quotation for none', async () => {
    await mkdir(join(home, SESSION, 'agents/main'), { recursive: true });
    await bring('mention.wire.jsonl', 'agents/main/wire.jsonl');
    assert.deepEqual(await scan('--since', 'all'), []);
  });

  it('leaves out what is older than it was asked for', async () => {
    const failed = (hoursAgo: number) =>
      `${new Date(Date.now() - hoursAgo * 3_600_000).toISOString()} WARN  llm request failed  turnStep=0.1 errorMessage="429 x" statusCode=429\n`;
    await appendFile(join(home, SESSION, 'logs/kimi-code.log'), [200, 30, 1].map(failed).join(''));
    assert.equal((await scan()).length, 1);
    assert.equal((await scan('--since', '7d')).length, 2);
    assert.equal((await scan('--since', 'all')).length, 3);
  });

  it('keeps in memory nothing that is much older', async () => {
    const line = (i: number, at: number) =>
      `${new Date(at).toISOString()} WARN  llm request failed  turnStep=${i}.1 errorMessage="429 x" statusCode=429\n`;
    const now = Date.now();
    const old = Array.from({ length: 60_000 }, (_, i) => line(i, now - 26 * 3_600_000 - i * 7));
    await appendFile(join(home, SESSION, 'logs/kimi-code.log'), old.join('') + line(0, now));
    const env = { NODE_OPTIONS: '--max-old-space-size=48' };
    const { stdout, code } = await runCli(['scan', '--json', '--home', home], env);
    assert.equal(code, 0);
    assert.equal(stdout.match(/"kind":"event"/g)?.length, 1);
  });

  it('leaves out what a wrong clock has dated years ahead', async () => {
    const failed = (at: string) =>
      `${at} WARN  llm request failed  turnStep=0.1 errorMessage="429 x" statusCode=429\n`;
    const times = ['2099-01-01T00:00:00.000Z', new Date().toISOString()];
    await appendFile(join(home, SESSION, 'logs/kimi-code.log'), times.map(failed).join(''));
    assert.deepEqual(
      (await scan()).map(({ at }) => at),
      times.slice(1),
    );
  });

  it('reads all other agents when the places of one are impossible', async () => {
    await bring('parallel.log', 'logs/kimi-code.log');
    for (const path of ['/var/log/cline/', '/', '/a\nb/c.log']) {
      const env = { HOME: home, USERPROFILE: home, CLINE_LOG_PATH: path };
      const { stdout, stderr, code } = await runCli(['scan', '--json', '--since', 'all'], env);
      assert.deepEqual([stderr, code], ['', 0], path);
      assert.match(stdout, /"agent":"kimi-code"/);
    }
  });

  it('prints a sentence without failures, and nothing as JSON', async () => {
    const { stdout } = await runCli(['scan', '--home', home], {});
    assert.equal(stdout, 'No failed requests found.\n');
    assert.deepEqual(await scan(), []);
  });

  it('takes no other span', async () => {
    const { code, stderr } = await runCli(['scan', '--since', 'yesterday'], {});
    assert.equal(code, 2);
    assert.match(stderr, /--since takes 24h, 7d or all\./);
  });

  it('as watch prints a failure when it happens', async () => {
    const cli = await buildCli();
    const child = spawn(process.execPath, [cli, 'watch', '--json', '--home', home], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const log = join(home, SESSION, 'logs/kimi-code.log');
    // From the first line on: failures before the start are not printed.
    const output = once(child.stdout, 'data');
    let written = 0;
    const writing = setInterval(() => {
      // Of an agent in a container whose clock is behind.
      const at = new Date(Date.now() - 600_000).toISOString();
      const words = `errorMessage="429 The engine is currently overloaded, please try again later"`;
      void appendFile(
        log,
        `${at} WARN  llm request failed  turnStep=0.${++written} ${words} statusCode=429\n`,
      );
    }, 100);
    try {
      const [first] = (await output) as [Buffer];
      const event = JSON.parse(first.toString().split('\n')[0] ?? '') as EventReport;
      assert.deepEqual([event.status, event.category], [429, 'overloaded']);
    } finally {
      clearInterval(writing);
      child.kill('SIGINT');
    }
    assert.deepEqual(await once(child, 'exit'), INTERRUPTED);
  });
});

describe('cli: check', () => {
  it('counts the requests that are open now, by agent', async () => {
    await buildCli();
    const home = await mkdtemp(join(tmpdir(), 'kimi-quota-open-'));
    const kimi = await startKimiService();
    for (const agentId of ['main', 'agent-0']) {
      const folder = join(home, SESSION, 'agents', agentId);
      await mkdir(folder, { recursive: true });
      const request = { type: 'llm.request', agentId, kind: 'loop', turnStep: '0.1' };
      await appendFile(
        join(folder, 'wire.jsonl'),
        `${JSON.stringify({ ...request, modelAlias: 'kimi-code/k', time: Date.now() })}\n`,
      );
    }
    const { stdout } = await runCli(['check', '--json'], {
      KIMI_API_KEY: kimi.key,
      KIMI_CODE_BASE_URL: kimi.baseUrl,
      HOME: home,
      USERPROFILE: home,
    });
    await kimi.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
    const report = JSON.parse(stdout) as { inFlight: unknown; parallelLimit: number };
    assert.deepEqual(report.inFlight, { total: 2, byAgent: [{ agent: 'kimi-code', count: 2 }] });
    assert.equal(report.parallelLimit, 20);
  });
});
