import type { Locale } from '../../src/core/base/ports.ts';
import type { QuotaOutcome } from '../../src/core/quota/outcome.ts';
import { viewQuota, type QuotaStatus, type QuotaView } from '../../src/core/quota/quotaView.ts';
import type { QuotaWindow, Snapshot } from '../../src/core/quota/snapshot.ts';
import { english } from '../../src/core/base/format.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Wednesday 23 September 2026, 02:00 UTC. */
export const NOW = Date.UTC(2026, 8, 23, 2);

/** English words, in a zone without daylight saving. */
export const ENGLISH: Locale = { language: 'en', timeZone: 'Asia/Shanghai', t: english };

export const FIVE_HOURS: QuotaWindow = { id: '5h', usedPercent: 16, resetsAt: NOW + 2 * HOUR_MS };
export const WEEK: QuotaWindow = { id: 'week', usedPercent: 33, resetsAt: NOW + 4 * DAY_MS };
export const MONTH: QuotaWindow = { id: 'month', usedPercent: 19, resetsAt: NOW + 20 * DAY_MS };

/** A good answer as of `NOW`. */
export function snapshotOf(
  windows: readonly QuotaWindow[],
  more: Partial<Snapshot> = {},
): Snapshot {
  const origin = 'https://api.kimi.com';
  return { kind: 'snapshot', at: NOW, origin, clockSkewMs: 0, windows, ...more };
}

/** What is shown `ageMs` after a good answer, if no other came since. */
export function viewOf(snapshot: Snapshot, ageMs = 0, more: Partial<QuotaStatus> = {}): QuotaView {
  const outcome: QuotaOutcome = { kind: 'fresh', snapshot };
  return viewQuota({ access: 'key', snapshot, outcome, ...more }, NOW + ageMs);
}

/** One of each way to fail, by the state that it leads to. */
export const FAILURES: readonly (readonly [state: QuotaView['state'], QuotaOutcome])[] = [
  ['keyRefused', { kind: 'unauthorized' }],
  ['forbidden', { kind: 'forbidden', reason: 'quota' }],
  ['forbidden', { kind: 'forbidden', reason: 'concurrency' }],
  ['forbidden', { kind: 'forbidden', reason: 'membership' }],
  ['forbidden', { kind: 'forbidden', reason: 'clientNotAccepted' }],
  ['forbidden', { kind: 'forbidden', reason: 'accountClosed' }],
  ['forbidden', { kind: 'forbidden', reason: 'unknown' }],
  ['noPlan', { kind: 'noPlan' }],
  ['limited', { kind: 'rateLimited' }],
  ['limited', { kind: 'rateLimited', retryAfterMs: 600_000 }],
  ['endpointChanged', { kind: 'gone', status: 404 }],
  ['endpointChanged', { kind: 'malformed', issues: ['the answer is null'], shape: 'null' }],
  ['offline', { kind: 'unreachable', cause: 'dns', detail: 'ENOTFOUND' }],
  ['offline', { kind: 'unreachable', cause: 'refused', detail: 'ECONNREFUSED' }],
  ['offline', { kind: 'unreachable', cause: 'tls', detail: 'CERT_HAS_EXPIRED' }],
  ['offline', { kind: 'unreachable', cause: 'proxy', detail: 'HTTP 407' }],
  ['offline', { kind: 'unreachable', cause: 'timeout' }],
  ['offline', { kind: 'unreachable', cause: 'network' }],
  ['offline', { kind: 'unreachable', cause: 'server', detail: '503' }],
  ['offline', { kind: 'unreachable', cause: 'redirect', detail: 'evil.example' }],
  ['offline', { kind: 'unreachable', cause: 'webPage' }],
];

/** One status for each state that numbers lead to. */
export const DATA_STATES: readonly (readonly [state: QuotaView['state'], QuotaView])[] = [
  ['ok', viewOf(snapshotOf([FIVE_HOURS, WEEK]))],
  ['low', viewOf(snapshotOf([FIVE_HOURS, { ...WEEK, usedPercent: 80 }]))],
  ['exhausted', viewOf(snapshotOf([FIVE_HOURS, { ...WEEK, usedPercent: 100 }]))],
  [
    'extraUsage',
    viewOf(
      snapshotOf([FIVE_HOURS, { ...WEEK, usedPercent: 100 }], {
        extraUsage: { leftCents: 1234, totalCents: 2000, currency: 'USD' },
      }),
    ),
  ],
  ['resetting', viewOf(snapshotOf([{ ...FIVE_HOURS, resetsAt: NOW - 1 }, WEEK]))],
  ['stale', viewOf(snapshotOf([FIVE_HOURS, WEEK]), 16 * MINUTE_MS)],
  ['unknown', viewOf(snapshotOf([{ id: '5h' }, { id: 'week' }]))],
];
