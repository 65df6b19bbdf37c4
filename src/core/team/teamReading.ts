import * as z from 'zod/mini';
import { Label } from '../base/fields.ts';
import { SILENT_MS, type TeamReading } from '../incidents/team.ts';
import type { OtherMachine } from '../incidents/verdict.ts';
import { type MachineReport, METRICS } from './metrics.ts';

/** Most machines that are kept from a response. */
const MOST_MACHINES = 200;

const METRIC_FIELDS = {
  kimi_quota_requests_in_flight: 'inFlight',
  kimi_quota_tokens_total: 'tokensLastMinute',
  kimi_quota_tokens_last_day: 'tokensLastDay',
  kimi_quota_incident_open: 'openIncidents',
} as const;

/** The names that a query needs of this machine's own reports. */
export type OwnNames = Pick<MachineReport, 'account' | 'machine' | 'provider'>;

/**
 * The PromQL query for the other machines of these accounts. A report counts while its time changes:
 * that holds for a machine with a wrong clock, and for a Pushgateway, which repeats the last report of
 * a machine that left. `own` has at least one element. Pure.
 */
export function teamQuery(own: readonly OwnNames[]): string {
  const accounts = own.map(({ account }) => account.replaceAll(/[^\w-]/g, '.')).join('|');
  const of = `account=~${quoted(accounts)},machine!=${quoted(own[0]!.machine)}`;
  const seconds = SILENT_MS / 1000;
  const isAlive = `changes(kimi_quota_report_timestamp_seconds{${of}}[${seconds}s]) > 0`;
  const sums = (Object.keys(METRIC_FIELDS) as (keyof typeof METRIC_FIELDS)[]).map(name => {
    const numbers =
      METRICS[name].type === 'counter' ? `increase(${name}{${of}}[1m])` : `${name}{${of}}`;
    const sum = `sum by (account, machine) (${numbers})`;
    return `label_replace(${sum}, "metric", "${name}", "", "")`;
  });
  const all = sums.join(' or ');
  return `(${all}) and on (account, machine) (max by (account, machine) (${isAlive}))`;
}

/** A string of PromQL, which has the escapes of Go. */
const quoted = (text: string): string => JSON.stringify(text);

const Answer = z.object({
  status: z.literal('success'),
  data: z.object({
    result: z.array(
      z.object({
        metric: z.object({ account: z.string(), machine: z.string(), metric: z.string() }),
        value: z.tuple([z.number(), z.string()]),
      }),
    ),
  }),
});

/**
 * Parses the response to `teamQuery`; undefined if it is none. `at`: epoch milliseconds. Names are
 * reduced to plain text.
 */
export function parseTeamAnswer(
  body: unknown,
  own: readonly OwnNames[],
  at: number,
): TeamReading | undefined {
  const { data } = Answer.safeParse(body);
  if (!data) return undefined;
  const accounts = own.map(({ account, provider }) => {
    const machines = new Map<string, OtherMachine>();
    for (const { metric, value } of data.data.result)
      if (metric.account === account) takeNumber(machines, metric, Number(value[1]));
    return { provider, machines: [...machines.values()].sort((a, b) => b.inFlight - a.inFlight) };
  });
  return { at, accounts };
}

function takeNumber(
  machines: Map<string, OtherMachine>,
  metric: { readonly machine: string; readonly metric: string },
  value: number,
): void {
  const machine = Label.safeParse(metric.machine).data;
  const field = METRIC_FIELDS[metric.metric as keyof typeof METRIC_FIELDS];
  if (machine === undefined || !field || !Number.isFinite(value) || value < 0) return;
  if (machines.size >= MOST_MACHINES && !machines.has(machine)) return;
  const known = machines.get(machine) ?? { machine, inFlight: 0 };
  machines.set(machine, { ...known, [field]: value });
}
