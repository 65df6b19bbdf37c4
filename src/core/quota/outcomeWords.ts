import type { QuotaOutcome } from './outcome.ts';

/** A line of the log is read by people: a strange answer has thousands of fields. */
const LONGEST_SHAPE = 1000;

/** An outcome for the log: kinds, codes, hosts and statuses only. */
export function outcomeWords(outcome: QuotaOutcome): string {
  switch (outcome.kind) {
    case 'fresh':
      return outcome.snapshot.windows
        .map(({ id, usedPercent }) => `${id} ${usedPercent?.toFixed(1) ?? '?'}% used`)
        .join(', ');
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
    case 'unauthorized':
      return 'key refused';
  }
}
