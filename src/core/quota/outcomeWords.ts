import type { QuotaOutcome } from './outcome.ts';
import type { Snapshot } from './snapshot.ts';

/** A line of the log is read by people: a strange answer has thousands of fields. */
const LONGEST_SHAPE = 1000;

function snapshotWords({ windows, balance }: Snapshot): string {
  // How much money somebody has is no matter of a log.
  if (balance) return `the balance is ${balance.available > 0 ? 'sufficient' : 'insufficient'}`;
  return windows
    .map(({ id, usedPercent }) => `${id} ${usedPercent?.toFixed(1) ?? '?'}% used`)
    .join(', ');
}

/** An outcome for the log: kinds, codes, hosts and statuses only. */
export function outcomeWords(outcome: QuotaOutcome): string {
  switch (outcome.kind) {
    case 'fresh':
      return snapshotWords(outcome.snapshot);
    case 'malformed': {
      const shape = outcome.shape?.slice(0, LONGEST_SHAPE) ?? 'unknown';
      return `malformed: ${outcome.issues.join('; ')}; shape ${shape}`;
    }
    case 'unreachable':
      return `unreachable: ${outcome.cause}${outcome.detail ? ` (${outcome.detail})` : ''}`;
    case 'forbidden':
      return `forbidden: ${outcome.reason}`;
    case 'gone':
      return `gone: HTTP ${outcome.status}`;
    case 'rateLimited':
      return `limited by the endpoint, Retry-After ${outcome.retryAfterMs ?? 'not told'}`;
    case 'noPlan':
      return 'no Kimi Code plan';
    case 'unauthorized':
      return 'key refused';
  }
}
