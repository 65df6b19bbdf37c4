// Counts the past of a home folder in a process of its own, for tests that kill it.
import { claudeCode } from '../../src/core/agents/claudeCode/claudeCode.ts';
import { countPast } from '../../src/node/ledgerBackfill.ts';
import { SqliteArchive } from '../../src/node/sqliteArchive.ts';
import { SystemClock } from '../../src/node/systemClock.ts';
import { FakeLog } from './fakeLog.ts';

const [path = '', home = ''] = process.argv.slice(2);
const clock = new SystemClock({ keepsAlive: true });
const log = new FakeLog();
const archive = new SqliteArchive({ path, clock, log });
const sources = claudeCode
  .sources({ home, tmp: home, platform: 'linux', env: {} })
  .map(source => ({ agent: claudeCode, source }));

const options = {
  ...{ sources, home, clock, log, hasProjects: true, coreShare: 1 },
  archive,
  noteIn: async (batch: Parameters<SqliteArchive['commitTail']>[0]) => {
    process.send?.('batch');
    return batch;
  },
};

process.once('disconnect', () => process.exit());
await countPast(options, new AbortController().signal);
archive.dispose();
process.send?.('done', () => process.disconnect());
