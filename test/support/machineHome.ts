import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Incident } from '../../src/core/incidents/incident.ts';
import { saveSharedStatus } from '../../src/core/quota/accountStore.ts';
import { type Guard, saveGuard } from '../../src/core/status/guard.ts';
import { saveInFlight } from '../../src/core/quota/activity.ts';
import type { QuotaWindow, Snapshot } from '../../src/core/quota/snapshot.ts';
import { SqliteArchive } from '../../src/node/sqliteArchive.ts';
import { SystemClock } from '../../src/node/systemClock.ts';
import { FakeLog } from './fakeLog.ts';

/** What a window of this machine has stored. */
export interface StoredMachine {
  readonly windows: readonly QuotaWindow[];
  /** Default: Kimi Code. */
  readonly origin?: string;
  readonly more?: Partial<Snapshot>;
  readonly inFlight?: number;
  readonly incidents?: readonly Incident[];
  /** Of the editor's settings. */
  readonly guard?: Guard;
  /** Earlier snapshots, the oldest first. */
  readonly history?: readonly Snapshot[];
}

/** A home folder with an archive, as the calls of the command line see it. */
export interface MachineHome {
  readonly home: string;
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  dispose(): Promise<void>;
}

/** Creates a home folder; with `stored`, a window has stored this just now. */
export async function createMachineHome(stored?: StoredMachine): Promise<MachineHome> {
  const home = await mkdtemp(join(tmpdir(), 'kimi-quota-machine-'));
  const path = join(home, 'kimi-quota.db');
  if (stored) await storeMachine(path, stored);
  const env = { HOME: home, USERPROFILE: home, APPDATA: home, LOCALAPPDATA: home };
  return {
    home,
    path,
    env: { ...env, KIMI_QUOTA_ARCHIVE: path },
    dispose: () => rm(home, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** Writes an archive as a window of this machine does. */
export async function storeMachine(path: string, stored: StoredMachine): Promise<void> {
  const { windows, more, inFlight, incidents = [], history = [], guard } = stored;
  const { origin = 'https://api.kimi.com' } = stored;
  const at = Date.now();
  const clock = new SystemClock({ keepsAlive: true });
  const archive = new SqliteArchive({ path, clock, log: new FakeLog() });
  for (const snapshot of history) await archive.appendSnapshot(snapshot);
  const snapshot: Snapshot = { kind: 'snapshot', at, origin, clockSkewMs: 0, windows, ...more };
  await saveSharedStatus(archive, origin, {
    snapshot,
    outcome: { kind: 'fresh', snapshot },
    lastReadAt: at,
    failureCount: 0,
    jitter: 1,
  });
  if (inFlight !== undefined) {
    const byAgent = inFlight > 0 ? [{ agent: 'claude-code' as const, count: inFlight }] : [];
    await saveInFlight(archive, { at, total: inFlight, byAgent });
  }
  await archive.saveIncidents(incidents);
  if (guard) await saveGuard(archive, guard);
  archive.dispose();
  await archive.get('closed');
}
