import * as z from 'zod/mini';
import { Label } from '../base/fields.ts';
import {
  MOST_MACHINES,
  type OtherMachine,
  SILENT_MS,
  type TeamAccount,
  teamAccount,
  type TeamReading,
  type TeamTotals,
} from '../quota/team.ts';
import type { MachineReport } from './metrics.ts';

/** The names that a query needs of this machine's own reports. */
export type OwnNames = Pick<MachineReport, 'account' | 'machine' | 'provider'>;

/** A machine that left is shown for this long. */
const LEFT = '10m';
/** The engine repeats a series that ended for minutes: only what was reported lately counts. */
const RECENT = `${SILENT_MS / 1000}s`;

/** Numbers that change slowly enough for one reading a minute. */
const RATES = {
  requestsLastMinute: (of: string) => `increase(kimi_quota_requests_total{${of}}[1m])`,
  tokensLastMinute: (of: string) => `increase(kimi_quota_tokens_total{${of}}[1m])`,
  tokensLastDay: (of: string) => `last_over_time(kimi_quota_tokens_last_day{${of}}[${RECENT}])`,
} as const;

const RATE_NAMES = Object.keys(RATES) as (keyof typeof RATES)[];
const REPORT = 'kimi_quota_report_timestamp_seconds';

/** What a query asks for: an engine spends some 30 microseconds on each series. */
export interface TeamAsk {
  /** Also rates, costs and ages: once a minute. Default: requests in flight and failures. */
  readonly isWhole: boolean;
  /** The team has more than `MOST_MACHINES`: their sums are not those of the rows. */
  readonly isLarge: boolean;
}

/**
 * The PromQL query for the other machines of these accounts. A report counts while its time changes:
 * that holds for a machine with a wrong clock, and for a Pushgateway, which repeats the last report of
 * a machine that left. The size of the response doesn't depend on the size of the team. `own` has at
 * least one element. Pure.
 */
export function teamQuery(own: readonly OwnNames[], { isWhole, isLarge }: TeamAsk): string {
  const accounts = own.map(({ account }) => account.replaceAll(/[^\w-]/g, '.')).join('|');
  const names = `account=~${quoted(accounts)}`;
  const machine = quoted(own[0]!.machine);
  const of = `${names},machine!=${machine}`;
  const isAlive = `(max by (account, machine) (changes(${REPORT}{${of}}[${RECENT}])) > 0)`;
  const alive = (expression: string): string =>
    `(${expression}) and on (account, machine) ${isAlive}`;
  const top = (expression: string): string =>
    `topk by (account) (${MOST_MACHINES}, ${alive(expression)})`;
  const rows = (name: string, expression: string): string[] => {
    const sums = `sum by (account, machine) (${expression})`;
    const all = named(`total ${name}`, `sum by (account) (${alive(sums)})`);
    return [named(name, top(sums)), ...(isLarge ? [all] : [])];
  };
  const inFlight = `last_over_time(kimi_quota_requests_in_flight{${of}}[${RECENT}])`;
  const failing = `max by (account, machine, cause) (last_over_time(kimi_quota_incident_open{${of}}[${RECENT}])) > 0`;
  return [
    ...rows('inFlight', inFlight),
    named('failing', top(failing)),
    named('own', `max by (account, machine) (${REPORT}{${names},machine=${machine}})`),
    ...(isLarge ? [named('total count', `count by (account) (${isAlive})`)] : []),
    ...(isWhole
      ? [...RATE_NAMES.flatMap(rate => rows(rate, RATES[rate](of))), ...slowRows(of, top)]
      : []),
  ].join(' or ');
}

function slowRows(of: string, top: (expression: string) => string): string[] {
  const costs = `max by (account, machine, window) (last_over_time(kimi_quota_window_cost{${of}}[${RECENT}]))`;
  const last = `max by (account, machine) (max_over_time(${REPORT}{${of}}[${LEFT}]))`;
  return [
    named('cost', top(costs)),
    named('age', `topk by (account) (${2 * MOST_MACHINES}, time() - ${last})`),
  ];
}

/** A string of PromQL, which has the escapes of Go. */
const quoted = (text: string): string => JSON.stringify(text);

const named = (name: string, expression: string): string =>
  `label_replace(${expression}, "metric", "${name}", "", "")`;

const Answer = z.object({
  status: z.literal('success'),
  data: z.object({
    result: z.array(
      z.object({
        metric: z.object({
          account: z.string(),
          machine: z.exactOptional(z.string()),
          metric: z.string(),
          cause: z.exactOptional(z.string()),
          window: z.exactOptional(z.string()),
        }),
        value: z.tuple([z.number(), z.string()]),
      }),
    ),
  }),
});

type Row = z.infer<typeof Answer>['data']['result'][number];

/** What `parseTeamAnswer` compares the response with. */
export interface TeamAsker {
  readonly own: readonly OwnNames[];
  /** Epoch milliseconds, by the local clock. */
  readonly at: number;
  /** Times of this machine's own reports, in epoch milliseconds: others have its name. */
  readonly sentAt?: ReadonlySet<number>;
  /** The last whole reading: what a short query leaves out is taken from it. */
  readonly before?: TeamReading;
}

/** Parses the response to `teamQuery`; undefined if it is none. Names are reduced to plain text. */
export function parseTeamAnswer(
  body: unknown,
  { own, at, sentAt = new Set(), before }: TeamAsker,
): TeamReading | undefined {
  const { data } = Answer.safeParse(body);
  if (!data) return undefined;
  const rows = data.data.result.flatMap(row => {
    const { metric, value } = row;
    const number = Number(value[1]);
    const machine = metric.machine === undefined ? '' : Label.safeParse(metric.machine).data;
    if (machine === undefined || !Number.isFinite(number)) return [];
    return [{ ...metric, machine, number }];
  });
  const accounts = own.map(({ account, provider }): TeamAccount => {
    const ofAccount = rows.filter(row => row.account === account);
    const known = teamAccount(before, provider);
    return { provider, ...accountOf(ofAccount, known) };
  });
  const isNameTaken = rows.some(
    row => row.metric === 'own' && isAnothers(Math.round(row.number * 1000), sentAt),
  );
  return { at, accounts, ...(isNameTaken ? { isNameTaken } : {}) };
}

type PlainRow = Omit<Row['metric'], 'machine'> & {
  readonly machine: string;
  readonly number: number;
};

/** A report since this machine's first one that it did not send. */
function isAnothers(time: number, sentAt: ReadonlySet<number>): boolean {
  const [first = Infinity] = sentAt;
  return time > first && !sentAt.has(time);
}

function accountOf(
  rows: readonly PlainRow[],
  before: TeamAccount | undefined,
): Omit<TeamAccount, 'provider'> {
  const totals: Record<string, number> = {};
  const machines = new Map<string, OtherMachine>();
  const ages = new Map<string, number>();
  for (const row of rows) {
    const { machine, metric, number } = row;
    if (metric === 'age') ages.set(machine, number * 1000);
    else if (number < 0) continue;
    else if (metric.startsWith('total ')) totals[metric.slice('total '.length)] = number;
    else if (machine !== '') takeRow(machines, row);
  }
  const isWhole = ages.size > 0;
  const listed = [...machines.values()].map(one => ({
    ...(isWhole ? ageOf(ages.get(one.machine)) : slowOf(before, one.machine)),
    ...one,
  }));
  const silent = [...ages]
    .filter(([machine, age]) => !machines.has(machine) && age > SILENT_MS)
    .map(([machine, ageMs]) => ({ machine, ageMs }))
    .sort((a, b) => a.ageMs - b.ageMs);
  const gone = before?.silent.filter(({ machine }) => !machines.has(machine));
  return {
    totals: { ...sumsOf(listed), ...(isWhole ? {} : ratesOf(before?.totals)), ...totals },
    machines: listed
      .sort((a, b) => b.inFlight - a.inFlight || a.machine.localeCompare(b.machine))
      .slice(0, MOST_MACHINES),
    silent: (isWhole ? silent : (gone ?? [])).slice(0, MOST_MACHINES),
  };
}

/** What a short query leaves out of a machine. */
function slowOf(before: TeamAccount | undefined, name: string): Partial<OtherMachine> {
  const known = before?.machines.find(({ machine }) => machine === name);
  if (!known) return {};
  const { inFlight: _now, failing: _then, ...slow } = known;
  return slow;
}

function ratesOf(totals: TeamTotals | undefined): Partial<TeamTotals> {
  if (!totals) return {};
  const { inFlight: _now, count: _then, ...rates } = totals;
  return rates;
}

/** For a team whose machines are all listed. */
function sumsOf(machines: readonly OtherMachine[]): TeamTotals {
  const sum = (of: keyof TeamTotals & keyof OtherMachine): number =>
    machines.reduce((all, one) => all + (one[of] ?? 0), 0);
  const rates = RATE_NAMES.filter(rate => machines.some(one => one[rate] !== undefined));
  return {
    count: machines.length,
    inFlight: sum('inFlight'),
    ...Object.fromEntries(rates.map(rate => [rate, sum(rate)])),
  };
}

const noneOf = (machine: string): OtherMachine => ({ machine, inFlight: 0 });

/** An engine's clock may be some seconds behind. */
const CLOCK_MS = 10_000;

/** A machine that counts has reported lately: another age is that of its clock. */
const ageOf = (age: number | undefined): Pick<OtherMachine, 'ageMs'> =>
  age === undefined || age < -CLOCK_MS || age > 2 * SILENT_MS ? {} : { ageMs: Math.max(0, age) };

function takeRow(machines: Map<string, OtherMachine>, row: PlainRow): void {
  const { machine, metric, number } = row;
  const known = machines.get(machine) ?? noneOf(machine);
  if (metric === 'failing' && row.cause !== undefined)
    machines.set(machine, { ...known, failing: [...(known.failing ?? []), row.cause] });
  else if (metric === 'cost' && row.window !== undefined)
    machines.set(machine, {
      ...known,
      costs: [...(known.costs ?? []), { windowId: row.window, cost: number }],
    });
  else if (metric === 'inFlight' || (RATE_NAMES as string[]).includes(metric))
    machines.set(machine, { ...known, [metric]: number });
}
