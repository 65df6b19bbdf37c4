import { startOfDay } from '../../core/team/machineReport.ts';
import { METRICS, type MetricName, type Sample } from '../../core/team/metrics.ts';

/** `AGGREGATION_TEMPORALITY_CUMULATIVE` of the protocol. */
const CUMULATIVE = 2;

/**
 * An `ExportMetricsServiceRequest` of OTLP 1 as JSON (opentelemetry-proto, metrics/v1). Counters are
 * cumulative since midnight UTC. `now`: epoch milliseconds.
 */
export function otlpRequest(
  samples: readonly Sample[],
  { machine, now }: { readonly machine: string; readonly now: number },
): object {
  const names = Object.keys(METRICS) as MetricName[];
  const metrics = names.flatMap(name => {
    const own = samples.filter(sample => sample.name === name);
    return own.length > 0 ? [metricOf(name, own, now)] : [];
  });
  const resource = {
    attributes: attributesOf({ 'service.name': 'kimi-quota', 'service.instance.id': machine }),
  };
  return {
    resourceMetrics: [{ resource, scopeMetrics: [{ scope: { name: 'kimi-quota' }, metrics }] }],
  };
}

function metricOf(name: MetricName, samples: readonly Sample[], now: number): object {
  const { help: description, type, unit } = METRICS[name];
  const dataPoints = samples.map(({ labels, value }) => ({
    startTimeUnixNano: nanoOf(type === 'counter' ? startOfDay(now) : now),
    timeUnixNano: nanoOf(now),
    attributes: attributesOf(labels),
    asDouble: value,
  }));
  const data =
    type === 'counter'
      ? { sum: { dataPoints, aggregationTemporality: CUMULATIVE, isMonotonic: true } }
      : { gauge: { dataPoints } };
  return { name, description, unit, ...data };
}

/** Beyond the exact integers of a number. */
const nanoOf = (ms: number): string => `${BigInt(Math.round(ms)) * 1_000_000n}`;

const attributesOf = (labels: Readonly<Record<string, string>>): object[] =>
  Object.entries(labels)
    .filter(([, text]) => text !== '')
    .map(([key, stringValue]) => ({ key, value: { stringValue } }));
