import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { machineFiles } from '../../src/node/fileSystem.ts';
import { SystemClock } from '../../src/node/systemClock.ts';
import { useFolder } from '../support/archiveFixture.ts';
import { CREATE, NAME, TABLE } from '../support/messageTable.ts';
import { RecordingSink, TailFixture, type TailFixtureOptions } from '../support/tailFixture.ts';

describe('databases: rows', () => {
  const inFolder = useFolder();
  let owner: DatabaseSync;
  let tail: TailFixture;

  const add = (...keys: (string | number)[]) => {
    const insert = owner.prepare('INSERT INTO message VALUES (?, 1, ?, NULL)');
    for (const key of keys) insert.run(String(key), `429 ${key}`);
  };
  const begin = async (options: TailFixtureOptions = {}, table = TABLE) => {
    const source = {
      files: /\.db$/,
      growth: 'database',
      tables: [table],
      ...options.source,
    } as const;
    tail = await new TailFixture(inFolder(), { ...options, source }).start();
  };
  const assertKeys = (...keys: (string | number)[]) =>
    assert.deepEqual(tail.keys, keys.map(String));
  const open = (mode = 'WAL') => {
    owner = new DatabaseSync(inFolder(NAME));
    owner.exec(`PRAGMA journal_mode = ${mode}; ${CREATE}`);
  };
  const close = () => owner.isOpen && owner.close();

  beforeEach(() => open());
  afterEach(() => {
    tail?.tailer.dispose();
    close();
  });

  it('are read in their order, and those added later once', async () => {
    add(1, 2);
    await begin();
    assertKeys(1, 2);
    add(3);
    await tail.look();
    await tail.look();
    assertKeys(1, 2, 3);
    assert.deepEqual(tail.log.lines, []);
  });

  it('that were rewritten are read again, others not', async () => {
    add(1, 2);
    await begin();
    owner.exec("UPDATE message SET version = 2, error = '429 b' WHERE id = '1'");
    await tail.look();
    assertKeys(1, 2, 'b');
  });

  it('that were there at the start are known as such, however old their file is', async () => {
    add(1, 2);
    const time = new Date(Date.now() - 3 * 86_400_000);
    utimesSync(inFolder(NAME), time, time);
    if (existsSync(inFolder(`${NAME}-wal`))) utimesSync(inFolder(`${NAME}-wal`), time, time);
    await begin();
    add(3);
    for (let i = 0; i < 10; i++) await tail.look();
    const ages = tail.sink.batches.flatMap(({ signals }) => signals.map(it => it.isBacklog));
    assert.deepEqual(ages, [true, true, undefined]);
  });

  it('that do not meet the condition are left out until they do', async () => {
    owner.exec("INSERT INTO message VALUES ('1', 1, NULL, NULL)");
    add(2);
    await begin();
    assertKeys(2);
    owner.exec("UPDATE message SET version = 2, error = '429 late' WHERE id = '1'");
    await tail.look();
    assertKeys(2, 'late');
  });

  it('after a restart are read on from there, and nothing is stored twice', async () => {
    add(1, 2);
    await begin();
    await tail.look();
    tail.tailer.dispose();
    add(3);
    const { sink } = tail;
    await begin({ sink });
    assert.deepEqual(await sink.stored(), ['1', '2', '3']);
  });

  it('of a table that only grows are not even read again after a restart', async () => {
    const { version: _, ...table } = TABLE;
    add(1, 2);
    await begin({}, table);
    tail.tailer.dispose();
    add(3);
    await begin({ sink: tail.sink }, table);
    assertKeys(1, 2, 3);
  });

  it('of two tables in one file are read, each from where it was left', async () => {
    const other = { ...TABLE, name: 'session_message' };
    owner.exec(CREATE.replace('message', 'session_message'));
    const addOther = (key: string) =>
      owner.exec(`INSERT INTO session_message VALUES ('${key}', 1, '429 ${key}', NULL)`);
    add(1, 2);
    addOther('a');
    await begin({ source: { tables: [TABLE, other] } });
    assertKeys(1, 2, 'a');
    tail.tailer.dispose();
    add(3);
    addOther('b');
    await begin({ source: { tables: [TABLE, other] }, sink: tail.sink });
    const stored = await tail.sink.stored();
    assert.deepEqual(stored.toSorted(), ['1', '2', '3', 'a', 'b']);
  });

  it('of a file with one of two tables are read without a warning', async () => {
    add(1);
    await begin({ source: { tables: [{ ...TABLE, name: 'session_message' }, TABLE] } });
    assertKeys(1);
    assert.deepEqual(tail.log.lines, []);
  });

  it('are read again when they could not be stored', async () => {
    add(1, 2);
    const sink = new RecordingSink();
    const commit = sink.commit.bind(sink);
    let isFirst = true;
    sink.commit = async batch => {
      if (isFirst) {
        isFirst = false;
        throw new Error('full');
      }
      await commit(batch);
    };
    await begin({ sink });
    await tail.look(2_000);
    assertKeys(1, 2);
  });

  it('of a file that was compacted are read on, though their numbers are others', async () => {
    add(...Array.from({ length: 50 }, (_, i) => i));
    await begin();
    owner.exec('DELETE FROM message WHERE rowid <= 40; VACUUM');
    add('new');
    await tail.look();
    assert.deepEqual([tail.keys.length >= 51, tail.keys.at(-1)], [true, 'new']);
    assert.equal((await tail.sink.stored()).length, 51);
  });

  it('of another file of that name are read from the first', async () => {
    add(1);
    await begin();
    close();
    for (const name of readdirSync(inFolder())) rmSync(inFolder(name));
    open();
    owner.exec("INSERT INTO message VALUES ('a', 2, '429 a', NULL)");
    await tail.look();
    assertKeys(1, 'a');
  });

  it('of before are read up to a bound, in a scan all', async () => {
    owner.exec(`WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 20100)
      INSERT INTO message SELECT i, 1, '429 ' || i, NULL FROM n`);
    await begin();
    assert.deepEqual([tail.keys.length, tail.keys[0]], [20_000, '101']);
    tail.tailer.dispose();
    await begin({ reading: { maxBacklogBytes: Infinity } });
    assert.deepEqual([tail.keys.length, new Set(tail.keys).size], [20_100, 20_100]);
  });

  it('with the system’s hints show within about a second, though only the log has changed', async () => {
    add(1);
    const clock = new SystemClock();
    await begin({ clock, files: machineFiles });
    const before = readFileSync(inFolder(NAME));
    add(2, 3);
    await tail.sink.whenCommitted(3);
    assert.deepEqual(readFileSync(inFolder(NAME)), before);
    assertKeys(1, 2, 3);
  });
});
