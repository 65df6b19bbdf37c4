import type { OtherMachine } from '../quota/team.ts';
import type { Facts } from './facts.ts';
import type { Cause, Evidence } from './verdict.ts';

/** Nobody reads a longer list of machines. */
const MOST_NAMED = 3;

/** Requests in flight of the other machines, if there are any. */
export function otherMachines({ input: { others }, elsewhere, parallelLimit }: Facts): Evidence[] {
  if (!others || !elsewhere) return [];
  return [
    {
      kind: 'otherMachines',
      count: elsewhere,
      machines: busiest(others.machines, ({ inFlight }) => inFlight).map(
        ({ machine, count: inFlight }) => ({ machine, inFlight }),
      ),
      ...(parallelLimit === undefined ? {} : { limit: parallelLimit }),
      source: 'team',
    },
  ];
}

const busiest = (
  machines: readonly OtherMachine[],
  countOf: (machine: OtherMachine) => number | undefined,
) =>
  machines
    .map(one => ({ machine: one.machine, count: Math.round(countOf(one) ?? 0) }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, MOST_NAMED);

/** Which number of other machines counts for a limit, and of which time. */
const RATES = {
  rpm: { rate: 'requestsLastMinute', unit: 'requests', span: 'minute' },
  tpm: { rate: 'tokensLastMinute', unit: 'tokens', span: 'minute' },
  tpd: { rate: 'tokensLastDay', unit: 'tokens', span: 'day' },
} as const;

const ratesOf = (cause: Cause) => (cause in RATES ? RATES[cause as keyof typeof RATES] : undefined);

/** What the other machines sent, for a limit per minute or day. */
export function otherRates(cause: Cause, { input: { others } }: Facts): Evidence[] {
  const known = ratesOf(cause);
  const count = known && others && Math.round(others.totals[known.rate] ?? 0);
  if (!known || !others || !count) return [];
  const { rate, unit, span } = known;
  const machines = busiest(others.machines, one => one[rate]);
  return [{ kind: 'otherRates', unit, span, count, machines, source: 'team' }];
}

/** What this machine sent in the same time; undefined if unknown. */
function ownOf(cause: Cause, { input: { shape, use } }: Facts): number | undefined {
  if (cause === 'rpm') return shape?.requestsLastMinute;
  return cause === 'tpm' ? shape?.tokensLastMinute : use?.tokensLastDay;
}

/** The machine that has, or sent, more than this one: where to look first. */
export function busierMachine(cause: Cause, facts: Facts): string | undefined {
  const { others } = facts.input;
  if (!others) return undefined;
  if (cause === 'foreign_concurrency')
    return busiest(others.machines, ({ inFlight }) => inFlight)[0]?.machine;
  const rate = ratesOf(cause)?.rate;
  if (!rate || (others.totals[rate] ?? 0) <= (ownOf(cause, facts) ?? 0)) return undefined;
  return busiest(others.machines, one => one[rate])[0]?.machine;
}
