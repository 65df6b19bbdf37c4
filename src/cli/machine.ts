import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Account, baseUrlOf, sourceOf } from '../core/accounts/endpoint.ts';
import { editorStorages } from '../core/agents/editorStorage.ts';
import type { Archive } from '../core/ledger/archive.ts';
import type { Incident } from '../core/incidents/incident.ts';
import { loadSharedStatus } from '../core/quota/accountStore.ts';
import { type Activity, loadActivity } from '../core/quota/activity.ts';
import { loadPlan } from '../core/quota/plan.ts';
import type { AccountView } from '../core/quota/quotaAccounts.ts';
import { viewQuota } from '../core/quota/quotaView.ts';
import type { Snapshot } from '../core/quota/snapshot.ts';
import { DAY_MS } from '../core/base/time.ts';
import { surroundingsOf } from '../node/agentSources.ts';
import { parseBaseUrl } from '../node/parseBaseUrl.ts';
import { IN_MEMORY } from '../node/archiveFile.ts';
import { SqliteArchive } from '../node/sqliteArchive.ts';
import { SystemClock } from '../node/systemClock.ts';
import { accountIdOf, endpointOf, userDataFolder } from './environment.ts';
import { silent } from './output.ts';

const FILE = 'kimi-quota.db';
/** The folder of the extension in an editor's storage. */
const EXTENSION = 'kimi-quota.kimi-quota';

/**
 * The archive of this machine: the editor's that was written last, otherwise the one of the command
 * line. The variable KIMI_QUOTA_ARCHIVE names another. `exists`: false if nothing has created it yet.
 */
export function archivePath(): { readonly path: string; readonly exists: boolean } {
  const named = process.env.KIMI_QUOTA_ARCHIVE;
  if (named) return { path: named, exists: existsSync(named) };
  const editors = editorStorages(surroundingsOf()).map(root => join(root, EXTENSION, FILE));
  const own = join(userDataFolder(process.platform, process.env), FILE);
  const [newest] = editors
    .filter(path => existsSync(path))
    .sort((a, b) => writtenAt(b) - writtenAt(a));
  return newest ? { path: newest, exists: true } : { path: own, exists: existsSync(own) };
}

/** A write may so far only be in the log of the database. */
const writtenAt = (path: string): number =>
  Math.max(
    ...[path, `${path}-wal`].map(file => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0),
  );

/** Longer than a write of another window; after it, the numbers are read without the archive. */
const LOCK_WAIT_MS = 2_000;

/** Opens the archive for reading; undefined if there is none on this machine. */
export function openArchive(): Archive | undefined {
  return archivePath().exists ? openStore('read') : undefined;
}

/**
 * The same without undefined. Where there is none, `write` creates it, and `read` opens an empty one
 * in memory.
 */
export function openStore(use: 'read' | 'write'): Archive {
  const { path, exists } = archivePath();
  return new SqliteArchive({
    path: exists || use === 'write' ? path : IN_MEMORY,
    clock: new SystemClock({ keepsAlive: true }),
    log: silent,
    lockWaitMs: LOCK_WAIT_MS,
  });
}

/** The state that the windows of this machine have stored. */
export interface MachineState {
  /** Accounts with numbers or a failure; the plan first. */
  readonly accounts: readonly AccountView[];
  readonly activity: Activity;
  /** Incidents of the last 24 hours, the newest first. */
  readonly incidents: readonly Incident[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Reads the stored state. Sends no request. */
export async function readMachine(archive: Archive, now: number): Promise<MachineState> {
  const [accounts, activity, incidents] = await Promise.all([
    readAccounts(archive, now),
    loadActivity(archive, now),
    archive.readIncidents({ since: now - DAY_MS, limit: 50 }),
  ]);
  return { accounts, activity, incidents: incidents.toReversed(), now };
}

/** The stored numbers of every account that has any. */
export async function readAccounts(archive: Archive, now: number): Promise<readonly AccountView[]> {
  const accounts = accountsIn(await archive.readLatest());
  const views = await Promise.all(
    accounts.map(async ({ id, endpoint }) => {
      if ('problem' in endpoint) return [];
      const source = sourceOf(endpoint);
      const [{ snapshot, outcome }, known] = await Promise.all([
        loadSharedStatus(archive, source),
        loadPlan(archive, source),
      ]);
      if (!snapshot && !outcome) return [];
      const status = { access: 'key', plan: known?.plan?.levelName } as const;
      const view = viewQuota(
        { ...status, ...(snapshot && { snapshot }), ...(outcome && { outcome }) },
        now,
      );
      return [{ account: { id, endpoint }, view }];
    }),
  );
  return views.flat();
}

/** The newest source of each account: other hosts may be from earlier settings. */
function accountsIn(latest: readonly Snapshot[]): readonly Account[] {
  const defaults = (['kimi.com', 'moonshot.ai', 'moonshot.cn'] as const).map(region =>
    parseBaseUrl(baseUrlOf(region), region === 'kimi.com' ? 'kimiCode' : 'openPlatform'),
  );
  const stored = latest
    .toSorted((a, b) => b.at - a.at)
    .map(({ origin, balance }) =>
      balance
        ? parseBaseUrl(`${origin}/v1`, 'openPlatform')
        : parseBaseUrl(`${origin}/coding/v1`, 'kimiCode'),
    );
  const configured = process.env.KIMI_CODE_BASE_URL ? [endpointOf(process.env)] : [];
  const accounts = new Map<string, Account>();
  for (const endpoint of [...configured, ...stored, ...defaults]) {
    const id = accountIdOf(endpoint);
    if (!accounts.has(id)) accounts.set(id, { id, endpoint });
  }
  const order = ['kimiCode', 'moonshot.ai', 'moonshot.cn'];
  return [...accounts.values()].sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
}
