import type { Clock } from '../../src/core/base/ports.ts';
import { IN_MEMORY } from '../../src/node/archiveFile.ts';
import { SqliteArchive } from '../../src/node/sqliteArchive.ts';
import { FakeClock } from './fakeClock.ts';
import { FakeLog } from './fakeLog.ts';

/** The real archive without a file. Share it between "windows". */
export function openMemoryArchive(clock: Clock = new FakeClock()): SqliteArchive {
  return new SqliteArchive({ path: IN_MEMORY, clock, log: new FakeLog() });
}
