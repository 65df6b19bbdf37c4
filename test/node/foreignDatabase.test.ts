import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { readLogsOnce } from '../../src/node/logTailer.ts';
import { SystemClock } from '../../src/node/systemClock.ts';
import { useFolder } from '../support/archiveFixture.ts';
import { CREATE, NAME, TABLE } from '../support/messageTable.ts';
import { hintlessFiles, RecordingSink, TailFixture, testAgent } from '../support/tailFixture.ts';

describe('databases: what stays unchanged', () => {
  const inFolder = useFolder();
  const read = async (table = TABLE, sink = new RecordingSink()) => {
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    const quiet = () => undefined;
    const source = {
      root: inFolder(),
      files: /\.db$/,
      depth: 0,
      growth: 'database',
      tables: [table],
    } as const;
    await readLogsOnce({
      sources: [{ agent: testAgent, source: { ...source, format: 'x' } }],
      clock: new SystemClock(),
      log: { trace: quiet, debug: quiet, info: quiet, warn, error: warn },
      sink,
      home: inFolder(),
      since: 0,
    });
    return { keys: sink.keys, warnings };
  };
  const make = (
    mode: string,
    sql = `${CREATE}; INSERT INTO message VALUES ('1', 1, '429 1', NULL)`,
  ) => {
    const db = new DatabaseSync(inFolder(NAME));
    db.exec(`PRAGMA journal_mode = ${mode}; ${sql}`);
    return db;
  };
  /** Every file with its bytes, except the index, in which readers note where they read. */
  const bytes = () =>
    readdirSync(inFolder())
      .filter(name => !name.endsWith('-shm'))
      .map(name => [name, readFileSync(inFolder(name)).toString('base64')]);

  for (const mode of ['WAL', 'DELETE'])
    it(`${mode}: a closed file is read, and nothing is created next to it`, async () => {
      make(mode).close();
      const before = bytes();
      assert.deepEqual(await read(), { keys: ['1'], warnings: [] });
      assert.deepEqual([bytes(), readdirSync(inFolder())], [before, [NAME]]);
    });

  it('a file that its owner has open is read with its log, and both stay as they are', async () => {
    const owner = make('WAL');
    const before = bytes();
    assert.deepEqual((await read()).keys, ['1']);
    assert.deepEqual(bytes(), before);
    owner.exec("INSERT INTO message VALUES ('2', 1, '429 2', NULL)");
    assert.deepEqual((await read()).keys, ['1', '2']);
    owner.close();
  });

  it('a log without its index, as in a copy of a home, is read in a copy', async () => {
    const owner = make('WAL');
    for (const end of ['', '-wal']) copyFileSync(inFolder(NAME + end), inFolder(`copied${end}`));
    owner.close();
    rmSync(inFolder(NAME));
    for (const end of ['', '-wal']) renameSync(inFolder(`copied${end}`), inFolder(NAME + end));
    const before = bytes();
    const copies = () => readdirSync(tmpdir()).filter(name => /^kimi-quota-\w{6}$/.test(name));
    const others = copies();
    assert.deepEqual(await read(), { keys: ['1'], warnings: [] });
    assert.deepEqual(bytes(), before);
    assert.deepEqual(
      copies().filter(
        name => !others.includes(name) && readdirSync(`${tmpdir()}/${name}`).includes('copy.db'),
      ),
      [],
    );
  });

  it('an owner that writes in parallel loses nothing and never waits', async function () {
    make('WAL', CREATE).close();
    const writer = fork(new URL('../support/databaseWriter.ts', import.meta.url), [inFolder(NAME)]);
    const ended = once(writer, 'exit');
    let most = 0;
    while (writer.exitCode === null) most = Math.max(most, (await read()).keys.length);
    assert.deepEqual(await ended, [0, null]);
    assert.equal((await read()).keys.length, 500);
    assert.ok(most > 0);
  });

  it('an exclusive lock of the owner is reported once, and waited for', async () => {
    const owner = make('DELETE');
    owner.exec('BEGIN EXCLUSIVE');
    const tail = await new TailFixture(inFolder(), {
      source: { files: /\.db$/, growth: 'database', tables: [TABLE] },
    }).start();
    await tail.look();
    assert.deepEqual(
      [tail.keys, tail.log.lines.length, tail.tailer.health.unreadableCount],
      [[], 1, 1],
    );
    assert.match(tail.log.lines[0]!, /agent\.db cannot be read: SQLITE_BUSY/);
    owner.exec('COMMIT');
    await tail.look();
    await tail.look();
    assert.deepEqual([tail.keys, tail.tailer.health.unreadableCount], [['1'], 0]);
    tail.tailer.dispose();
    owner.close();
  });

  it('a damaged file is reported once, and read after its repair', async () => {
    make(
      'DELETE',
      `${CREATE}; INSERT INTO message VALUES ('1', 1, '429 1', zeroblob(20000))`,
    ).close();
    const whole = readFileSync(inFolder(NAME));
    writeFileSync(
      inFolder(NAME),
      Buffer.concat([whole.subarray(0, 100), Buffer.alloc(whole.length - 100, 7)]),
    );
    const tail = await new TailFixture(inFolder(), {
      source: { files: /\.db$/, growth: 'database', tables: [TABLE] },
    }).start();
    await tail.look();
    assert.deepEqual([tail.keys, tail.log.lines.length], [[], 1]);
    assert.match(tail.log.lines[0]!, /cannot be read: SQLITE_(?:CORRUPT|NOTADB)/);
    writeFileSync(inFolder(NAME), whole);
    for (let i = 0; i < 4; i++) await tail.look();
    assert.deepEqual(tail.keys, ['1']);
    tail.tailer.dispose();
  });

  const unknown: [fact: string, sql: string][] = [
    ['no such table', 'CREATE TABLE other (a)'],
    ['a column less', 'CREATE TABLE message (id TEXT, error TEXT)'],
    [
      'a view',
      `CREATE VIEW message AS WITH RECURSIVE n(version) AS (VALUES (1) UNION ALL SELECT version + 1 FROM n)
        SELECT version AS rowid, version, '429 1' AS error FROM n`,
    ],
    ['a virtual table', 'CREATE VIRTUAL TABLE message USING rtree(version, error, other)'],
    [
      'no row numbers',
      'CREATE TABLE message (version INTEGER PRIMARY KEY, error TEXT) WITHOUT ROWID',
    ],
    [
      'a column that is computed',
      "CREATE TABLE message (version INTEGER, error TEXT AS ('429 ' || version))",
    ],
  ];
  for (const [fact, sql] of unknown)
    it(`${fact}: nothing is read, and one message is logged`, async () => {
      make('DELETE', sql).close();
      const { keys, warnings } = await read();
      assert.deepEqual([keys, warnings.length], [[], 1]);
    });

  it('a log that is no file is never opened', async () => {
    make('WAL').close();
    symlinkSync(inFolder('elsewhere'), inFolder(`${NAME}-wal`));
    const { keys, warnings } = await read();
    assert.deepEqual([keys, warnings.length], [[], 1]);
  });

  const nothing: [fact: string, bytes: string][] = [
    ['an empty file', ''],
    ['a text', 'just a text, and one that is longer than the header of a database: '.repeat(9)],
    ['the beginning of a header', 'SQLite format 3\0'],
  ];
  for (const [fact, text] of nothing)
    it(`${fact} is nothing, without a word`, async () => {
      writeFileSync(inFolder(NAME), text);
      assert.deepEqual(await read(), { keys: [], warnings: [] });
    });

  it('a database whose tables are not made yet is nothing, and is read later', async () => {
    const owner = make('WAL', 'PRAGMA user_version = 1');
    const tail = await new TailFixture(inFolder(), {
      files: hintlessFiles,
      source: { files: /\.db$/, growth: 'database', tables: [TABLE] },
    }).start();
    assert.deepEqual(tail.log.lines, []);
    owner.exec(`${CREATE}; INSERT INTO message VALUES ('1', 1, '429 1', NULL)`);
    await tail.look();
    assert.deepEqual([tail.keys, tail.log.lines], [['1'], []]);
    tail.tailer.dispose();
    owner.close();
  });

  it('without a database, SQLite is not even loaded', async () => {
    const sink = new RecordingSink();
    await sink.readCheckpoints();
    const { getBuiltinModule } = process;
    const asked: string[] = [];
    process.getBuiltinModule = (id: string) => {
      asked.push(id);
      return getBuiltinModule(id);
    };
    try {
      writeFileSync(inFolder('other.txt'), '');
      await read(TABLE, sink);
      assert.deepEqual(asked, []);
      make('WAL').close();
      await read(TABLE, sink);
      assert.deepEqual(asked, ['node:sqlite']);
    } finally {
      process.getBuiltinModule = getBuiltinModule;
    }
  });
});
