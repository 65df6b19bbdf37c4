import * as z from 'zod/mini';
import { Label, lenient } from '../quota/readField.ts';
import type { StatusOutcome } from './facts.ts';

/** The component that is about us (kimi.md section 10). */
const OPEN_API = /open ?api/i;

const Summary = z.object({
  status: z.object({ indicator: z.string() }),
  components: lenient(
    z.array(z.object({ name: lenient(z.string()), status: lenient(z.string()) })),
  ),
  incidents: lenient(z.array(z.object({ name: lenient(Label), status: lenient(z.string()) }))),
});

type Level = Extract<StatusOutcome, { kind: 'read' }>['level'];

/** The words of Statuspage's API, version 2: of a component, and of the page as a whole. */
const LEVELS: Readonly<Record<string, Level>> = {
  operational: 'well',
  degraded_performance: 'degraded',
  partial_outage: 'degraded',
  under_maintenance: 'degraded',
  major_outage: 'down',
  none: 'well',
  minor: 'degraded',
  maintenance: 'degraded',
  major: 'down',
  critical: 'down',
};

/** Reads `/api/v2/summary.json` of the status page: its API component, else the page as a whole. */
export function readStatusSummary(body: unknown): StatusOutcome {
  const { data } = Summary.safeParse(body);
  if (!data) return { kind: 'malformed' };
  const component = data.components?.find(({ name }) => OPEN_API.test(name ?? ''));
  const level = LEVELS[component?.status ?? ''] ?? LEVELS[data.status.indicator];
  if (level === undefined) return { kind: 'malformed' };
  const incident = data.incidents?.find(({ status }) => status !== 'resolved')?.name;
  return { kind: 'read', level, ...(incident === undefined ? {} : { incident }) };
}
