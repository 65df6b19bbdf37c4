import type { AgentId } from '../agents/signal.ts';
import type { Cause } from '../incidents/verdict.ts';

/** What one machine reports about one account: numbers, codes and two names that the user chose. */
export interface MachineReport {
  /** The team's name of the account, or a keyed hash (docs/team.md 2). */
  readonly account: string;
  readonly provider: 'kimi-code' | 'open-platform';
  /** The user's alias of this machine. */
  readonly machine: string;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Time of the newest response of the quota endpoint: epoch milliseconds. */
  readonly checkedAt?: number;
  readonly windows: readonly {
    readonly id: string;
    readonly remainingPercent: number;
    /** Epoch milliseconds. */
    readonly resetsAt?: number;
    /** What this machine used, in tokens by the usual proportions of prices. */
    readonly cost?: number;
  }[];
  /** Ceiling of the account's parallel requests. */
  readonly parallelLimit?: number;
  readonly balance?: { readonly available: number; readonly currency: string };
  readonly inFlight: readonly { readonly agent: AgentId; readonly count: number }[];
  /** Since midnight UTC, as are `failures` and `tokens`: counters that start again every day. */
  readonly answers: readonly { readonly agent: AgentId; readonly count: number }[];
  readonly failures: readonly { readonly cause: Cause; readonly count: number }[];
  readonly tokens: readonly {
    readonly agent: AgentId;
    readonly class: TokenClass;
    readonly count: number;
  }[];
  /** Of the last 24 hours, for limits per day. */
  readonly tokensLastDay: number;
  /** The causes of running incidents. */
  readonly open: readonly Cause[];
}

/** A class of tokens with a price of its own. */
export type TokenClass = 'input' | 'cache_read' | 'cache_write' | 'output';

/** One number of a metric. */
export interface Sample {
  readonly name: MetricName;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Metric {
  readonly type: 'gauge' | 'counter';
  /** UCUM unit, as OpenTelemetry wants it. */
  readonly unit: string;
  readonly help: string;
}

/**
 * Every metric that leaves, named by the conventions of Prometheus: base units, `_total` for
 * counters, times as Unix timestamps. docs/team.md 2 lists the labels.
 */
export const METRICS = {
  kimi_quota_report_timestamp_seconds: {
    type: 'gauge',
    unit: 's',
    help: 'Time of this report, by the clock of the machine.',
  },
  kimi_quota_check_timestamp_seconds: {
    type: 'gauge',
    unit: 's',
    help: 'Time of the newest response of the quota endpoint.',
  },
  kimi_quota_window_remaining_ratio: {
    type: 'gauge',
    unit: '1',
    help: 'Quota left of a window, 0 to 1.',
  },
  kimi_quota_window_reset_timestamp_seconds: {
    type: 'gauge',
    unit: 's',
    help: 'When a window resets.',
  },
  kimi_quota_window_cost: {
    type: 'gauge',
    unit: '{token}',
    help: 'Tokens of this machine in the window: input and cache writes 1, cache reads 0.25, output 4.2.',
  },
  kimi_quota_requests_in_flight: {
    type: 'gauge',
    unit: '{request}',
    help: 'Requests in flight, from the logs of agents. A lower bound.',
  },
  kimi_quota_parallel_limit: {
    type: 'gauge',
    unit: '{request}',
    help: 'Ceiling of requests in flight of the account.',
  },
  kimi_quota_requests_total: {
    type: 'counter',
    unit: '{request}',
    help: 'Answered requests since midnight UTC.',
  },
  kimi_quota_failures_total: {
    type: 'counter',
    unit: '{request}',
    help: 'Failed requests since midnight UTC, by cause.',
  },
  kimi_quota_tokens_total: {
    type: 'counter',
    unit: '{token}',
    help: 'Tokens since midnight UTC, by class.',
  },
  kimi_quota_tokens_last_day: {
    type: 'gauge',
    unit: '{token}',
    help: 'Tokens of the last 24 hours, to compare with a limit per day.',
  },
  kimi_quota_balance: {
    type: 'gauge',
    unit: '{currency}',
    help: 'Balance of the open platform, in whole units of the currency.',
  },
  kimi_quota_incident_open: {
    type: 'gauge',
    unit: '',
    help: '1 while requests fail for this cause.',
  },
} as const satisfies Record<string, Metric>;

/** The name of a metric. */
export type MetricName = keyof typeof METRICS;

/** Labels with more values than this are cut: a series costs memory in every engine. */
const MOST_VALUES = 11;
const MOST_WINDOWS = 5;

/** The numbers of a report; at most 120 series (docs/team.md 6). Pure. */
export function samplesOf(report: MachineReport): Sample[] {
  const { account, machine } = report;
  const sample = (name: MetricName, value: number | undefined, labels = {}): Sample[] =>
    value === undefined || !Number.isFinite(value)
      ? []
      : [{ name, labels: { account, machine, ...labels }, value }];
  const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);
  const windows = report.windows.slice(0, MOST_WINDOWS);
  return [
    sample('kimi_quota_report_timestamp_seconds', seconds(report.at)),
    sample('kimi_quota_check_timestamp_seconds', seconds(report.checkedAt)),
    windows.flatMap(({ id: window, remainingPercent, resetsAt, cost }) => [
      ...sample('kimi_quota_window_remaining_ratio', remainingPercent / 100, { window }),
      ...sample('kimi_quota_window_reset_timestamp_seconds', seconds(resetsAt), { window }),
      ...sample('kimi_quota_window_cost', cost, { window }),
    ]),
    inFlightSamples(report),
    sample('kimi_quota_parallel_limit', report.parallelLimit),
    report.answers
      .slice(0, MOST_VALUES)
      .flatMap(({ agent, count }) => sample('kimi_quota_requests_total', count, { agent })),
    report.failures
      .slice(0, MOST_VALUES)
      .flatMap(({ cause, count }) => sample('kimi_quota_failures_total', count, { cause })),
    report.tokens
      .slice(0, 4 * MOST_VALUES)
      .flatMap(({ agent, class: of, count }) =>
        sample('kimi_quota_tokens_total', count, { agent, class: of }),
      ),
    sample('kimi_quota_tokens_last_day', report.tokensLastDay),
    sample('kimi_quota_balance', report.balance?.available, {
      currency: report.balance?.currency ?? '',
    }),
    [...new Set(report.open)]
      .slice(0, MOST_VALUES)
      .flatMap(cause => sample('kimi_quota_incident_open', 1, { cause })),
  ].flat();
}

/** Without an agent, a machine that has none in flight reports 0: silence is not zero. */
function inFlightSamples({ account, machine, inFlight }: MachineReport): Sample[] {
  const name = 'kimi_quota_requests_in_flight';
  const counts = inFlight.length > 0 ? inFlight : [{ agent: '', count: 0 }];
  return counts
    .slice(0, MOST_VALUES)
    .map(({ agent, count }) => ({ name, labels: { account, machine, agent }, value: count }));
}

/**
 * The text format of Prometheus (exposition format 0.0.4), as scrapers, Pushgateway and
 * VictoriaMetrics take it. Pure.
 */
export function prometheusText(samples: readonly Sample[]): string {
  const lines = (Object.keys(METRICS) as MetricName[]).flatMap(name => {
    const own = samples.filter(sample => sample.name === name);
    const { help, type } = METRICS[name];
    if (own.length === 0) return [];
    return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...own.map(lineOf)];
  });
  return lines.map(line => `${line}\n`).join('');
}

function lineOf({ name, labels, value }: Sample): string {
  const inner = Object.entries(labels)
    .filter(([, text]) => text !== '')
    .map(([label, text]) => `${label}="${escaped(text)}"`);
  return `${name}{${inner.join(',')}} ${value}`;
}

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
