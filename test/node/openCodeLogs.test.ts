import assert from 'node:assert/strict';
import { appendFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { EventReport } from '../../src/core/agents/eventReport.ts';
import { openMemoryArchive } from '../support/memoryArchive.ts';
import type { SqliteArchive } from '../../src/node/sqliteArchive.ts';
import type { TailedFailure } from '../../src/core/agents/tail.ts';
import { AgentLogs } from '../../src/node/agentLogs.ts';
import { SystemClock } from '../../src/node/systemClock.ts';
import { fixtureLines } from '../support/agentLogs.ts';
import { buildCli, runCli } from '../support/cliProcess.ts';
import { FakeLog } from '../support/fakeLog.ts';

const DATA = '.local/share/opencode';

describe('OpenCode: log and database together', () => {
  const { HOME, USERPROFILE, XDG_DATA_HOME } = process.env;
  let home: string;

  beforeEach(async () => {
    home = await mkdtemp(join(os.tmpdir(), 'kimi-quota-opencode-'));
    Object.assign(process.env, { HOME: home, USERPROFILE: home });
    delete process.env['XDG_DATA_HOME'];
    await mkdir(join(home, DATA, 'log'), { recursive: true });
  });
  afterEach(async () => {
    for (const [name, value] of Object.entries({ HOME, USERPROFILE, XDG_DATA_HOME })) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  /** Lines of a recording, moved in time by so much. */
  const write = async (name: string, byMs = 0): Promise<void> => {
    const moved = fixtureLines(`opencode/${name}`).map(line =>
      line.replace(/^timestamp=(\S+)/, (_, time: string) => {
        return `timestamp=${new Date(Date.parse(time) + byMs).toISOString()}`;
      }),
    );
    await appendFile(join(home, DATA, 'log/opencode.log'), `${moved.join('\n')}\n`);
  };
  const openDatabase = (): DatabaseSync => {
    const db = new DatabaseSync(join(home, DATA, 'opencode.db'));
    db.exec(`PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS message (
      id TEXT PRIMARY KEY, session_id TEXT NOT NULL, time_created INTEGER NOT NULL,
      time_updated INTEGER NOT NULL, data TEXT NOT NULL)`);
    return db;
  };
  const store = (db: DatabaseSync, name: string, byMs = 0): void => {
    const insert = db.prepare('INSERT INTO message VALUES (?, ?, ?, ?, ?)');
    for (const row of fixtureLines(`opencode/${name}`).map(line => JSON.parse(line))) {
      const data = JSON.parse(row.data);
      if (data.time.completed) data.time.completed += byMs;
      const times = [row.time_created + byMs, row.time_updated + byMs];
      insert.run(row.id, row.session_id, ...times, JSON.stringify(data));
    }
  };

  describe('scan', () => {
    before(buildCli);

    it('has the failure that the log lost, once, with its status, and creates nothing', async () => {
      await write('gave-up.log');
      const db = openDatabase();
      store(db, 'gave-up.rows.jsonl');
      db.close();
      const { stdout, code } = await runCli(
        ['scan', '--json', '--since', 'all', '--home', home],
        {},
      );
      const events = stdout
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line) as EventReport)
        .filter(({ kind }) => kind === 'event');
      assert.equal(code, 0);
      assert.deepEqual(
        events.map(({ status, category, provider, final }) => [status, category, provider, final]),
        [
          ...Array(5).fill([null, 'balance', 'kimi-code', false]),
          [429, 'balance', 'kimi-code', true],
        ],
      );
      assert.equal(events.at(-1)?.file, `${DATA}/opencode.db`);
      assert.deepEqual((await readdir(join(home, DATA))).sort(), ['log', 'opencode.db']);
    });
  });

  describe('followed', () => {
    const byMs = Date.now() - Date.parse('2026-11-21T21:51:15.417Z');
    let archive: SqliteArchive;
    let logs: AgentLogs | undefined;

    const start = (): void => {
      logs?.dispose();
      logs = new AgentLogs({
        archive,
        clock: new SystemClock(),
        log: new FakeLog(),
        isWatched: ({ id }) => id === 'opencode',
        places: () => ({}),
        otherLogs: [],
      });
      logs.start();
    };
    /** Waits until the archive has events that are as they should be; else what it has. */
    const events = async (
      isThere: (failures: readonly TailedFailure[]) => boolean,
    ): Promise<readonly TailedFailure[]> => {
      for (const until = Date.now() + 120_000; ;) {
        const failures = await archive.readEvents();
        if (isThere(failures) || Date.now() > until) return failures;
        await new Promise(resolve => setTimeout(resolve, 20));
      }
    };

    beforeEach(() => {
      archive = openMemoryArchive();
    });
    afterEach(() => logs?.dispose());

    for (const order of ['the log first', 'the row first'] as const)
      it(`a failure in both is stored once, ${order}, and a restart adds nothing`, async () => {
        const db = openDatabase();
        start();
        const tellers = [
          () => write('gave-up-logged.log', byMs),
          async () => store(db, 'gave-up-logged.rows.jsonl', byMs),
        ];
        const [first, second] = order === 'the log first' ? tellers : tellers.toReversed();
        await first!();
        await events(({ length }) => length > 0);
        await second!();
        const logged = fixtureLines('opencode/gave-up-logged.log').filter(line =>
          line.includes('"stream error"'),
        ).length;
        const whole = await events(
          failures =>
            failures.length === logged && failures.some(({ signal }) => signal.status === 429),
        );
        assert.equal(whole.length, logged);
        assert.equal(whole.at(-1)?.signal.status, 429);
        start();
        db.exec("UPDATE message SET time_updated = time_updated + 1, data = data || ' '");
        store(db, 'gave-up.rows.jsonl', byMs);
        const later = await events(({ length }) => length > logged);
        assert.equal(later.length, logged + 1);
        db.close();
      });
  });
});
