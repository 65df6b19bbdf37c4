import type { WatchedFolder } from '../core/agents/watchedLogs.ts';
import type { RootTailOptions } from './rootTail.ts';
import type { TrackedLog } from './trackedLog.ts';

/** What is known of a root, apart from its logs. */
export interface WatchedRoot {
  readonly root: string;
  readonly isPolled: boolean;
}

/**
 * What is there below one root, for each of its agents. A folder that cannot be read may be any
 * agent's: it counts for each.
 */
export function watchedFolders(
  { root, isPolled }: WatchedRoot,
  { context, sources }: Pick<RootTailOptions, 'context' | 'sources'>,
  logs: Iterable<TrackedLog>,
  faultyFolders: Iterable<string>,
): WatchedFolder[] {
  const all = [...logs];
  const faults = [...faultyFolders];
  return [...new Set(sources.map(({ agent }) => agent.id))].flatMap(agent => {
    const own = all.filter(({ from }) => from.agent.id === agent);
    const newest = own.reduce<TrackedLog | undefined>(
      (best, log) => (best && best.modifiedAt >= log.modifiedAt ? best : log),
      undefined,
    );
    // What lies in a folder of others is not there because that folder is.
    const isShared = sources.every(from => from.agent.id !== agent || from.source.folders);
    if (isShared && own.length + faults.length === 0) return [];
    const faulty = own.filter(({ isFaulty }) => isFaulty).map(({ file }) => file.path);
    return {
      agent,
      path: root,
      // Whether an empty one is there is for its teller to find out.
      isThere: own.length + faults.length > 0,
      isPolled,
      fileCount: own.length,
      ...(newest ? { newest: { path: newest.file.path, modifiedAt: newest.modifiedAt } } : {}),
      unreadable: countByCode([...faulty, ...faults].map(path => context.faultOf(path) ?? '')),
    };
  });
}

function countByCode(codes: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  return Object.fromEntries(counts);
}
