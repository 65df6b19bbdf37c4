import { join, relative, sep } from 'node:path';
import { MutableDisposable } from '../core/disposables.ts';
import type { Clock } from '../core/ports.ts';
import type { FileStat, FileSystem } from './fileSystem.ts';
import { isMissing } from './fileSystem.ts';
import type { AgentSource } from './tailContext.ts';

/** An agent that streams an answer writes many times a second; its last row is what matters. */
const HINT_EVERY_MS = 1_000;

/** What SQLite writes to until it moves it into the database. */
const LOG_END = '-wal';

/**
 * The same files, with databases as one thing with their logs: what happens to `x.db-wal` shows as
 * a change of `x.db`, at most once a second.
 */
export function withDatabaseLogs(
  files: FileSystem,
  sources: readonly AgentSource[],
  clock: Pick<Clock, 'after'>,
): FileSystem {
  const databases = sources.filter(({ source }) => source.growth === 'database');
  const isDatabase = (path: string) =>
    databases.some(
      ({ source: { root, files: names } }) =>
        path.startsWith(root) && names.test(relative(root, path).replaceAll(sep, '/')),
    );
  return {
    ...files,
    lstat: async path => {
      const stat = await files.lstat(path);
      return isDatabase(path) ? withLog(stat, await logOf(files, path)) : stat;
    },
    watch: (folder, listener) => {
      const waiting = new Map<string, MutableDisposable>();
      const watch = files.watch(folder, {
        ...listener,
        onHint: name => {
          const database = name?.endsWith(LOG_END) ? name.slice(0, -LOG_END.length) : name;
          if (database === undefined || !isDatabase(join(folder, database)))
            return listener.onHint(name);
          if (waiting.has(database)) return;
          const timer = new MutableDisposable();
          waiting.set(database, timer);
          timer.value = clock.after(HINT_EVERY_MS, () => {
            waiting.delete(database);
            listener.onHint(database);
          });
        },
      });
      return {
        dispose: () => {
          for (const timer of waiting.values()) timer.dispose();
          watch.dispose();
        },
      };
    },
  };
}

async function logOf(files: FileSystem, path: string): Promise<FileStat | undefined> {
  try {
    return await files.lstat(path + LOG_END);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function withLog(stat: FileStat, log: FileStat | undefined): FileStat {
  if (!log) return stat;
  return {
    ...stat,
    modifiedAt: Math.max(stat.modifiedAt, log.modifiedAt),
    version: `${stat.version} ${log.version}`,
  };
}
