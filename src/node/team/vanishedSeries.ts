import type { MetricName, Sample } from '../../core/team/metrics.ts';

/** Engines repeat the last value of a series for this long. */
const REPEATED_MS = 5 * 60_000;
/** Numbers of what is going on now: no sample means zero. */
const CURRENT: ReadonlySet<MetricName> = new Set([
  'kimi_quota_requests_in_flight',
  'kimi_quota_incident_open',
]);

/**
 * A pushed series that ends keeps its last value in an engine for minutes: an agent without requests
 * in flight would still have 7. Adds a zero for each such series that was sent before and is gone.
 */
export class VanishedSeries {
  readonly #sentAt = new Map<string, { readonly sample: Sample; readonly at: number }>();

  /** `now`: epoch milliseconds. */
  withZeros(samples: readonly Sample[], now: number): Sample[] {
    const current = samples.filter(({ name }) => CURRENT.has(name));
    const present = new Set(current.map(keyOf));
    const zeros: Sample[] = [];
    for (const [key, { sample, at }] of this.#sentAt) {
      if (Math.abs(now - at) > REPEATED_MS) this.#sentAt.delete(key);
      else if (!present.has(key)) zeros.push({ ...sample, value: 0 });
    }
    for (const sample of current)
      if (sample.value > 0) this.#sentAt.set(keyOf(sample), { sample, at: now });
    return [...samples, ...zeros];
  }
}

const keyOf = ({ name, labels }: Sample): string =>
  JSON.stringify([name, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
