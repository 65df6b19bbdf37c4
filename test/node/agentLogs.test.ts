import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { dirname, join } from 'node:path';
import type { EditorPlaces } from '../../src/core/agents/agent.ts';
import type { TailedFailure } from '../../src/core/agents/tail.ts';
import { loadWatchedLogs } from '../../src/core/agents/watchedLogs.ts';
import { openMemoryArchive } from '../support/memoryArchive.ts';
import type { SqliteArchive } from '../../src/node/sqliteArchive.ts';
import { AgentLogs } from '../../src/node/agentLogs.ts';
import { appendTerminalError } from '../../src/node/terminalErrors.ts';
import type { Clock } from '../../src/core/base/ports.ts';
import { loadActivity } from '../../src/core/quota/activity.ts';
import { SystemClock } from '../../src/node/systemClock.ts';
import { FakeLog } from '../support/fakeLog.ts';

const SESSION = '.kimi-code/sessions/wd_a/session_b';
const WORDS = 'slow down';

const started = (time: number): string =>
  JSON.stringify({
    type: 'llm.request',
    ...{ agentId: 'main', kind: 'loop', provider: 'openai', model: 'k', turnStep: '0.1' },
    time,
  });

describe('AgentLogs', () => {
  const clock = new SystemClock();
  const { HOME, USERPROFILE } = process.env;
  let home: string;
  let archive: SqliteArchive;
  let logs: AgentLogs;
  let failed: TailedFailure[];

  beforeEach(async () => {
    home = await mkdtemp(join(os.tmpdir(), 'kimi-quota-logs-'));
    Object.assign(process.env, { HOME: home, USERPROFILE: home });
    archive = openMemoryArchive();
    failed = [];
    logs = start();
  });
  afterEach(async () => {
    logs.dispose();
    for (const [name, value] of Object.entries({ HOME, USERPROFILE })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  function start(places: EditorPlaces = {}, itsClock: Clock = clock): AgentLogs {
    const started = new AgentLogs({
      archive,
      clock: itsClock,
      log: new FakeLog(),
      isWatched: ({ id }) => id === 'kimi-code',
      places: () => places,
      otherLogs: [],
    });
    started.onDidFail(failure => failed.push(failure));
    return started;
  }
  async function append(file: string, text: string): Promise<void> {
    const path = join(home, SESSION, file);
    await mkdir(dirname(path), { recursive: true });
    await appendFile(path, `${text}\n`);
  }
  const logFailure = (at: number): Promise<void> =>
    append(
      'logs/kimi-code.log',
      `${new Date(at).toISOString()} WARN  llm request failed  turnStep=0.2 model=mine/k errorName=X errorMessage="429 ${WORDS}" statusCode=429`,
    );
  const wireFailure = (at: number): Promise<void> =>
    append(
      'agents/agent-1/wire.jsonl',
      JSON.stringify({
        type: 'turn.step.retrying',
        agentId: 'agent-1',
        turnId: 0,
        step: 2,
        failedAttempt: 1,
        delayMs: 540,
        errorName: 'X',
        errorMessage: `429 ${WORDS}`,
        statusCode: 429,
        time: at,
      }),
    );
  /** Waits until the archive has events that are as they should be; else what it has. */
  async function events(
    isThere: (failures: readonly TailedFailure[]) => boolean,
  ): Promise<readonly TailedFailure[]> {
    for (const until = Date.now() + 120_000; ;) {
      const failures = await archive.readEvents();
      if (isThere(failures) || Date.now() > until) return failures;
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  }

  it('replaces a failure by the details from a second file, and reports it once', async () => {
    await mkdir(join(home, SESSION, 'logs'), { recursive: true });
    await mkdir(join(home, SESSION, 'agents/agent-1'), { recursive: true });
    logs.start();
    const at = Date.now();
    await logFailure(at);
    const [first] = await events(({ length }) => length > 0);
    assert.deepEqual([first?.signal.subagent, first?.signal.retryAfterMs], [undefined, undefined]);
    await wireFailure(at + 5);
    const amended = await events(([it]) => it?.signal.subagent !== undefined);
    assert.deepEqual(
      amended.map(({ signal, file }) => [signal.subagent, signal.retryAfterMs, signal.text, file]),
      [['agent-1', 540, WORDS, `${SESSION}/logs/kimi-code.log`]],
    );
    assert.deepEqual(
      failed.map(({ signal }) => signal.contentKey),
      [first?.signal.contentKey],
    );
  });

  it('keeps the request id from the end of the turn, for the support ticket', async () => {
    await mkdir(join(home, SESSION, 'logs'), { recursive: true });
    await mkdir(join(home, SESSION, 'agents/main'), { recursive: true });
    logs.start();
    const at = Date.now();
    const turn = { agentId: 'main', turnId: 0, time: at + 5 };
    const ended = { type: 'turn.step.interrupted', ...turn, reason: 'error' };
    const details = { statusCode: 429, requestId: 'vnwmdk3gjd6vxatgmd6lt', traceId: null };
    await logFailure(at);
    await append('agents/main/wire.jsonl', JSON.stringify({ ...ended, message: `429 ${WORDS}` }));
    await events(([it]) => it?.signal.isFinal === true);
    await append(
      'agents/main/wire.jsonl',
      JSON.stringify({
        ...{ ...turn, type: 'turn.ended', reason: 'failed', time: at + 9 },
        error: { message: `429 ${WORDS}`, details },
      }),
    );
    const ids = { requests: [details.requestId] };
    const [stored, ...others] = await events(([it]) => it?.signal.support !== undefined);
    assert.deepEqual([stored?.signal.support, others], [ids, []]);
    let [incident] = await archive.readIncidents();
    for (const until = Date.now() + 120_000; !incident?.support && Date.now() < until;) {
      await new Promise(resolve => setTimeout(resolve, 20));
      [incident] = await archive.readIncidents();
    }
    assert.deepEqual([incident?.support, incident?.count], [ids, 1]);
  });

  it('counts a terminal error only if no log has it', async () => {
    await mkdir(join(home, SESSION, 'logs'), { recursive: true });
    logs = start({ terminalErrors: join(home, 'terminals') });
    logs.start();
    const show = (ms: number) =>
      appendTerminalError(join(home, 'terminals'), { ...shown, at: at + ms });
    const shown = { agent: 'kimi-code', status: 429, text: WORDS } as const;
    const at = Date.now();
    await logFailure(at);
    await events(({ length }) => length > 0);
    await show(700);
    await show(60_000);
    const failures = await events(({ length }) => length > 1);
    assert.deepEqual(
      failures.map(({ signal, file }) => [signal.at - at, signal.agent, file]),
      [
        [0, 'kimi-code', `${SESSION}/logs/kimi-code.log`],
        [60_000, 'kimi-code', 'terminals/errors.jsonl'],
      ],
    );
  });

  it('keeps with a failure the host that was configured then, whatever is configured later', async () => {
    const config = join(home, '.kimi-code/config.toml');
    const configure = async (url: string, at: number): Promise<void> => {
      const provider = `[providers.own]\ntype = "openai"\nbase_url = "${url}"\n`;
      await mkdir(dirname(config), { recursive: true });
      await writeFile(config, `${provider}[models."mine/k"]\nprovider = "own"\n`);
      await utimes(config, at / 1000, at / 1000);
    };
    const at = Date.now();
    await configure('https://api.moonshot.cn/v1', at - 60_000);
    await logFailure(at - 120_000);
    await logFailure(at);
    logs.start();
    const hosts = (failures: readonly TailedFailure[]): unknown[] =>
      failures.map(({ signal }) => signal.evidence.configuredHost);
    // The log was rewritten since, but the user named this file.
    assert.deepEqual(hosts(await events(({ length }) => length === 2)), [
      'api.moonshot.cn',
      'api.moonshot.cn',
    ]);
    await configure('https://openrouter.ai/api/v1', at);
    logs.dispose();
    logs = start();
    await logFailure(at + 60_000);
    logs.start();
    assert.deepEqual(hosts(await events(({ length }) => length === 3)), [
      'api.moonshot.cn',
      'api.moonshot.cn',
      'openrouter.ai',
    ]);
  });

  it('counts the requests in flight when reading pauses, not in mid-burst', async () => {
    const pauses: (() => void)[] = [];
    const held: Clock = {
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      after: (delayMs, run) => {
        if (delayMs !== 500) return clock.after(delayMs, run);
        pauses.push(run);
        return { dispose: () => undefined };
      },
    };
    await mkdir(join(home, SESSION, 'agents/main'), { recursive: true });
    logs.dispose();
    logs = start({}, held);
    logs.start();
    await append('agents/main/wire.jsonl', started(Date.now()));
    for (const until = Date.now() + 120_000; pauses.length === 0 && Date.now() < until;)
      await new Promise(resolve => setTimeout(resolve, 20));
    const count = async (): Promise<number | undefined> =>
      (await loadActivity(archive, clock.now())).inFlight?.total;
    assert.equal(await count(), undefined);
    pauses[0]?.();
    for (const until = Date.now() + 120_000; !(await count()) && Date.now() < until;)
      await new Promise(resolve => setTimeout(resolve, 20));
    assert.equal(await count(), 1);
  });

  it('stores which logs it follows, for all windows', async () => {
    await logFailure(Date.now());
    logs.start();
    for (const until = Date.now() + 120_000; ;) {
      const watched = await loadWatchedLogs(archive);
      if (watched) {
        assert.equal(watched.home, home);
        const [sessions, ...others] = watched.folders;
        // Those of Kimi Work, which is not here.
        assert.deepEqual(
          others.map(({ agent, isThere }) => [agent, isThere]),
          [['kimi-code', false]],
        );
        assert.deepEqual(
          { ...sessions, newest: sessions?.newest?.path },
          {
            agent: 'kimi-code',
            path: join(home, '.kimi-code/sessions'),
            isThere: true,
            isPolled: false,
            fileCount: 1,
            newest: join(home, SESSION, 'logs/kimi-code.log'),
            unreadable: {},
          },
        );
        return;
      }
      assert.ok(Date.now() < until);
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  });
});
