import type { Snapshot } from '../../src/core/quota/snapshot.ts';

export const NOW = Date.UTC(2026, 9, 1, 12);
export const ORIGIN = 'https://api.kimi.com';

/** A snapshot of the usual size: three windows, a plan, a parallel limit. */
export function snapshotAt(at: number, origin = ORIGIN): Snapshot {
  return {
    kind: 'snapshot',
    at,
    origin,
    clockSkewMs: -120,
    windows: [
      { id: '5h', usedPercent: 12.5, resetsAt: at + 3_600_000 },
      { id: 'week', usedPercent: 33, resetsAt: at + 86_400_000 },
      { id: 'month', usedPercent: 64, resetsAt: at + 1_000_000_000, codeUsedPercent: 40 },
    ],
    parallelLimit: 30,
    plan: 'Allegretto',
  };
}
