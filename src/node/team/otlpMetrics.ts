import { ValueType, type HrTime } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type DataPoint,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { startOfDay } from '../../core/team/machineReport.ts';
import { METRICS, type MetricName, type Sample } from '../../core/team/metrics.ts';

/** Samples as OpenTelemetry's data model. Counters are cumulative since midnight UTC. */
export function resourceMetrics(
  samples: readonly Sample[],
  { machine, now }: { readonly machine: string; readonly now: number },
): ResourceMetrics {
  const names = Object.keys(METRICS) as MetricName[];
  const metrics = names.flatMap(name => {
    const own = samples.filter(sample => sample.name === name);
    return own.length > 0 ? [metricOf(name, own, now)] : [];
  });
  return {
    resource: resourceFromAttributes({
      'service.name': 'kimi-quota',
      'service.instance.id': machine,
    }),
    scopeMetrics: [{ scope: { name: 'kimi-quota' }, metrics }],
  };
}

function metricOf(name: MetricName, samples: readonly Sample[], now: number): MetricData {
  const { help: description, type, unit } = METRICS[name];
  const descriptor = { name, description, unit, valueType: ValueType.DOUBLE };
  const aggregationTemporality = AggregationTemporality.CUMULATIVE;
  const dataPoints = samples.map(({ labels, value }): DataPoint<number> => ({
    startTime: timeOf(type === 'counter' ? startOfDay(now) : now),
    endTime: timeOf(now),
    attributes: Object.fromEntries(Object.entries(labels).filter(([, text]) => text !== '')),
    value,
  }));
  const base = { descriptor, aggregationTemporality, dataPoints };
  return type === 'counter'
    ? { ...base, dataPointType: DataPointType.SUM, isMonotonic: true }
    : { ...base, dataPointType: DataPointType.GAUGE };
}

const timeOf = (ms: number): HrTime => [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)];
