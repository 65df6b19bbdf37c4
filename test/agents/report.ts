import type { AgentRun } from './agentRuns.ts';
import { type Observation, SCENARIOS } from './observe.ts';

/** What differs from docs/agents.md: failures that no request had, and known ones that are missing. */
export function driftsOf({ loses = [] }: AgentRun, seen: readonly Observation[]): string[] {
  return SCENARIOS.flatMap(({ title }, index) => {
    const { rejected, answered, seen: found, right, categorized } = seen[index]!;
    const isKnown = loses.some(loss => loss.scenario === title);
    return [
      ...(rejected + answered === 0 ? [`${title}: it sent no request`] : []),
      ...(found > rejected ? [`${title}: ${found} failures of ${rejected}`] : []),
      ...(found < rejected && !isKnown ? [`${title}: ${found} failures of ${rejected}`] : []),
      ...(right < categorized && !isKnown
        ? [`${title}: ${right} of ${categorized} categories are right`]
        : []),
    ];
  });
}

/** One row of the table. */
interface Row {
  readonly id: string;
  readonly text: string;
}

/** What a run of all scenarios becomes in the table. */
export function rowOf(checked: {
  readonly run: AgentRun;
  readonly version: string;
  /** Set if it is another one. */
  readonly newest?: string | undefined;
  readonly seen: readonly Observation[];
  readonly drifts: readonly string[];
  readonly date: Date;
}): Row {
  const { run, version, newest, seen, drifts, date } = checked;
  const [answered, ...failing] = seen;
  const latencies = seen.flatMap(({ latenciesMs }) => latenciesMs).toSorted((a, b) => a - b);
  const cells = [
    run.id,
    newest === undefined ? version : `${version} (${newest} isn't complete on npm)`,
    date.toISOString().slice(0, 10),
    `${answered!.withTokens} of ${answered!.answered}`,
    ...failing.map(
      ({ seen: found, rejected, states }) =>
        `${found} of ${rejected}${states.length > 0 ? `, ${states.join(', ')}` : ''}`,
    ),
    latencies.length === 0 ? '–' : secondsOf(latencies),
    drifts.length > 0
      ? drifts.join('; ')
      : [...new Set(run.loses?.map(({ reason }) => reason))].join('; ') || '–',
  ];
  return { id: run.id, text: `| ${cells.join(' | ')} |` };
}

/** Median and maximum. */
function secondsOf(sorted: readonly number[]): string {
  const [middle, most] = [sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!];
  return `${(middle / 1000).toFixed(2)} (${(most / 1000).toFixed(2)})`;
}

const BEGIN = '<!-- Table of `npm run agents`. -->';
const END = '<!-- End of the table. -->';
const HEAD = [
  '| Agent | Version | Date | Responses with tokens | Rate limited twice: failures seen, state | Quota used up: failures seen, state | Latency, median (max), s | Drift, or what the agent does not keep |',
  '| --- | --- | --- | --- | --- | --- | --- | --- |',
];

/** The document with the row instead of an older one of the same agent. */
export function withRow(document: string, { id, text }: Row): string {
  const [from, to] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (from < 0 || to < from) throw new Error('docs/agents.md has no place for the table.');
  const rows = document
    .slice(from, to)
    .split('\n')
    .filter(line => /^\| [a-z]/.test(line) && !line.startsWith('| Agent'))
    .filter(line => !new RegExp(`^\\| ${id} +\\|`).test(line));
  const table = [...HEAD, ...[...rows, text].sort()].join('\n');
  return `${document.slice(0, from)}${BEGIN}\n\n${table}\n\n${document.slice(to)}`;
}
