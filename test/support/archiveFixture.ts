import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Disposable } from '../../src/core/base/event.ts';
import type { Clock } from '../../src/core/base/ports.ts';
import { storeSnapshot } from '../../src/core/quota/snapshot.ts';
import { migrate } from '../../src/node/archiveFile.ts';
import { SqliteArchive, type SqliteArchiveOptions } from '../../src/node/sqliteArchive.ts';
import { FakeLog } from './fakeLog.ts';
import { NOW, snapshotAt } from './snapshots.ts';
import type { MemoryReason } from '../../src/core/base/store.ts';

/**
 * Gives each test of a suite a folder. It is removed after the hooks of the test, which close what
 * is open in it: Windows removes no open file.
 */
export function useFolder(): (...names: string[]) => string {
  let folder: string | undefined;
  const remove = (): void => {
    if (folder) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    folder = undefined;
  };
  beforeEach(() => {
    remove();
    folder = mkdtempSync(join(FOLDERS, 'kimi-quota-'));
  });
  after(remove);
  return (...names) => join(folder ?? '', ...names);
}

/** Linux's files in memory, where there is room: hundreds of archives would wait for the disk. */
export const MEMORY = '/dev/shm';
const FOLDERS = hasRoom() ? MEMORY : tmpdir();

export function hasRoom(): boolean {
  if (process.platform !== 'linux' || process.env.TMPDIR) return false;
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize > 512 * 1024 * 1024;
  } catch {
    return false;
  }
}

/** A clock for real disks: who waits on it waits for the event loop only, and the time has passed. */
class HastyClock implements Clock {
  #monotonicMs = 0;

  now(): number {
    return NOW + this.#monotonicMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  after(delayMs: number, callback: () => void): Disposable {
    const handle = setImmediate(() => {
      this.pass(delayMs);
      callback();
    });
    return { dispose: () => clearImmediate(handle) };
  }

  pass(ms: number): void {
    this.#monotonicMs += ms;
  }
}

export interface OpenedArchive {
  readonly archive: SqliteArchive;
  readonly clock: HastyClock;
  readonly log: FakeLog;
}

/** A real archive with a hasty clock, and what it logged. */
export function openArchive(
  path: string,
  options: Partial<SqliteArchiveOptions> = {},
): OpenedArchive {
  const clock = new HastyClock();
  const log = new FakeLog();
  return { archive: new SqliteArchive({ path, clock, log, ...options }), clock, log };
}

/** Writes `count` snapshots as the extension does, in one transaction. */
export function fill(path: string, count: number, at = (i: number) => NOW + i): void {
  const db = new DatabaseSync(path);
  migrate(db);
  const insert = db.prepare('INSERT INTO snapshot (at, origin, json) VALUES (:at, :origin, :json)');
  db.exec('BEGIN');
  for (let i = 0; i < count; i++) insert.run({ ...storeSnapshot(snapshotAt(at(i))) });
  db.exec('COMMIT');
  db.close();
}

/** Does to a database what we never do. */
export function runSql(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

/** Everything works in memory: one message, whatever is asked and however often. */
export async function assertInMemory(opened: OpenedArchive, reason: MemoryReason): Promise<void> {
  const { archive, log, clock } = opened;
  for (let i = 0; i < 5; i++) {
    await archive.appendSnapshot(snapshotAt(NOW + 2_000_000_000));
    assert.ok(await archive.takeLease({ owner: 'a', now: NOW, leaseMs: 1 }));
    clock.pass(61_000);
  }
  assert.equal((await archive.readLatest())[0]?.at, NOW + 2_000_000_000);
  assert.deepEqual(archive.health, { kind: 'memory', reason });
  assert.equal(log.lines.length, 1, log.lines.join('\n'));
  archive.dispose();
}
