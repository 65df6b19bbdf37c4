import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { IncidentReport } from '../../src/core/explain/incidentReport.ts';
import { buildCli, INTERRUPTED, runCli } from '../support/cliProcess.ts';

const FIXTURES = new URL('../fixtures/logs/kimi-code/', import.meta.url);
const SESSION =
  '.kimi-code/sessions/wd_demo-app_0a1b2c3d4e5f/session_00000000-0000-4000-8000-000000000001';
const AGENTS = ['main', 'agent-0', 'agent-3', 'agent-4'];

describe('cli: incidents', () => {
  let home: string;

  before(buildCli);
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'kimi-quota-incidents-'));
    await mkdir(join(home, SESSION, 'logs'), { recursive: true });
  });
  afterEach(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));

  /** The burst of three sub-agents above a limit of three, in all of its files. */
  async function bringBurst(): Promise<void> {
    await cp(new URL('parallel.log', FIXTURES), join(home, SESSION, 'logs/kimi-code.log'));
    for (const agent of AGENTS)
      await cp(
        new URL(`parallel.${agent}.wire.jsonl`, FIXTURES),
        join(home, SESSION, `agents/${agent}/wire.jsonl`),
      );
  }

  it('scan prints the incident after its failures, with the next steps', async () => {
    await bringBurst();
    const { stdout } = await runCli(['scan', '--json', '--since', 'all', '--home', home], {});
    const lines = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as IncidentReport);
    assert.deepEqual(
      lines.map(({ kind }) => kind).filter((kind, i, all) => kind !== all[i - 1]),
      ['event', 'incident'],
    );
    const [report = assert.fail(), ...others] = lines.filter(({ kind }) => kind === 'incident');
    assert.equal(others.length, 0);
    const { id, from, to, verdict, ...rest } = report;
    assert.match(id, /^[\da-f]{16}$/);
    assert.deepEqual(rest, {
      kind: 'incident',
      count: 6,
      agents: ['kimi-code'],
      provider: 'kimi-code',
      state: 'recovered',
      category: 'concurrency',
    });
    assert.ok(from < to && from === new Date(from).toISOString());
    const { cause, confidence, evidence, retryAt, nextSteps } = verdict;
    assert.deepEqual([cause, confidence], ['own_concurrency', 'certain']);
    assert.ok(
      evidence.some(fact => /At least [34] requests were in flight/.test(fact)),
      evidence.join('\n'),
    );
    assert.ok(retryAt === null || retryAt === new Date(retryAt).toISOString());
    assert.match(nextSteps.join('\n'), /KIMI_CODE_AGENT_SWARM_MAX_CONCURRENCY/);
  });

  it('scan prints an incident as a sentence', async () => {
    await bringBurst();
    const { stdout } = await runCli(['scan', '--since', 'all', '--home', home], {});
    assert.match(
      stdout,
      /^\S+Z {2}incident {2}Too many parallel requests: Kimi Code had \d requests in flight.*\n$/m,
    );
  });

  it('scan gives an incident the same id whenever it is read', async () => {
    await bringBurst();
    const ids = [];
    for (let i = 0; i < 2; i++) {
      const { stdout } = await runCli(['scan', '--json', '--since', 'all', '--home', home], {});
      ids.push((JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as IncidentReport).id);
    }
    assert.equal(ids[0], ids[1]);
  });

  it('watch prints an incident when it is new, and again when it changes', async () => {
    const child = spawn(process.execPath, [await buildCli(), 'watch', '--json', '--home', home], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let written = 0;
    const writing = setInterval(() => {
      const at = new Date().toISOString();
      const words = `errorMessage="403 You've reached your weekly (7-day) usage limit."`;
      void appendFile(
        join(home, SESSION, 'logs/kimi-code.log'),
        `${at} WARN  llm request failed  turnStep=0.${++written} model=kimi-code/k ${words} statusCode=403\n`,
      );
    }, 200);
    const reports: IncidentReport[] = [];
    try {
      for await (const line of createInterface({ input: child.stdout })) {
        const report = JSON.parse(line) as IncidentReport;
        if (report.kind === 'incident') reports.push(report);
        if ((reports.at(-1)?.count ?? 0) > (reports[0]?.count ?? Infinity)) break;
      }
    } finally {
      clearInterval(writing);
      child.kill('SIGINT');
    }
    assert.deepEqual(await once(child, 'exit'), INTERRUPTED);
    assert.equal(new Set(reports.map(({ id }) => id)).size, 1);
    const { state, category, verdict } = reports[0] ?? assert.fail();
    assert.deepEqual([state, category, verdict.cause], ['running', 'quota_weekly', 'quota_weekly']);
  });
});
