import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FOLLOW_MS } from '../../src/core/base/store.ts';
import { LEASE_MS } from '../../src/core/base/lease.ts';
import { fill, openArchive } from '../support/archiveFixture.ts';
import { NOW, ORIGIN, snapshotAt } from '../support/snapshots.ts';
import { type BenchRow, median, timeMs } from './benchRow.ts';

const DAY_MS = 86_400_000;
const READ_EVERY_MS = 300_000;

/** A long working day: ten hours with the editor in front. */
const READS_A_DAY = (10 * 3_600_000) / READ_EVERY_MS;

/** The archive's figures, on a database in the system's folder for temporary files. */
export async function benchArchive(): Promise<BenchRow[]> {
  const path = join(mkdtempSync(join(tmpdir(), 'kimi-quota-bench-')), 'archive.db');
  try {
    await live90Days(path);
    return [
      {
        name: 'archive: open and read 90 days of history',
        figure: median(await repeat(15, () => timeMs(() => openAndRead(path)))),
        unit: 'ms',
        limit: 50,
      },
      { name: 'archive: 90 days of history', figure: sizeOf(path), unit: 'MB', limit: 5 },
      ...(await benchOpened(path)),
    ];
  } finally {
    rmSync(dirname(path), { recursive: true });
  }
}

async function benchOpened(path: string): Promise<BenchRow[]> {
  const { archive } = openArchive(path);
  let now = NOW + 90 * DAY_MS;
  const roundTrip = async (): Promise<void> => {
    await archive.appendSnapshot(snapshotAt(now++));
    await archive.readLatest();
  };
  const look = async (): Promise<void> => {
    await archive.readChangeCount();
    await archive.takeLease({ owner: 'another', now, leaseMs: LEASE_MS });
  };
  await archive.takeLease({ owner: 'holder', now, leaseMs: LEASE_MS });
  const roundTripMs = median(await repeat(500, () => timeMs(roundTrip)));
  const lookMs = median(await repeat(500, () => timeMs(look)));
  archive.dispose();
  return [
    { name: 'archive: write and read a snapshot', figure: roundTripMs, unit: 'ms', limit: 2 },
    {
      name: 'archive: follow it and try for the lease',
      figure: (100 * lookMs) / FOLLOW_MS,
      unit: '% CPU',
      limit: 0.1,
    },
  ];
}

async function live90Days(path: string): Promise<void> {
  const { archive } = openArchive(path);
  for (let day = 0; day < 90; day++) {
    const morning = NOW + day * DAY_MS;
    fill(path, READS_A_DAY, i => morning + i * READ_EVERY_MS);
    await archive.prune(morning + DAY_MS);
  }
  archive.dispose();
}

async function openAndRead(path: string): Promise<void> {
  const { archive } = openArchive(path);
  await archive.readLatest();
  await archive.readHistory({ origin: ORIGIN });
  archive.dispose();
}

function sizeOf(path: string): number {
  const folder = dirname(path);
  const sizes = readdirSync(folder).map(name => statSync(join(folder, name)).size);
  return sizes.reduce((a, b) => a + b, 0) / 1e6;
}

async function repeat<T>(count: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let i = 0; i < count; i++) results.push(await work());
  return results;
}
