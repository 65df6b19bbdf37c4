// `node test/support/recordedVerdicts.ts` records what the judge says today about fixed inputs, so
// that a change of a verdict is seen in a diff and reviewed, whatever other tests say.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import type { Incident } from '../../src/core/incidents/incident.ts';
import { judge } from '../../src/core/incidents/judge.ts';
import type { Evidence, Verdict, VerdictInput } from '../../src/core/incidents/verdict.ts';
import { arbitraryVerdictInput } from './arbitraryVerdictInput.ts';
import { simulate } from './simulator/simulate.ts';
import { tellOf } from './simulator/verdicts.ts';

const FOLDER = path.resolve(import.meta.dirname, '../fixtures/recorded');

/** Seeds of the simulator. */
export const SEEDS = Array.from({ length: 60 }, (_, index) => 7_001 + index);
const INPUTS = { numRuns: 600, seed: 2026 };

/** Inputs of the judge, always the same ones. */
export const inputs = (): VerdictInput[] => fc.sample(arbitraryVerdictInput, INPUTS);

/** The first and the last verdict on each incident of a simulated run, in a line. */
export const simulatedLine = (seed: number): string =>
  JSON.stringify([
    seed,
    ...tellOf(simulate(seed)).map(({ first, last }) => [
      verdictOf(first.verdict, first.from),
      incidentOf(last),
    ]),
  ]);

/** The verdict on one input, in a line. */
export const judgedLine = (input: VerdictInput): string =>
  JSON.stringify(verdictOf(judge(input), input.from));

function incidentOf(incident: Incident) {
  const { provider, category, from, to, count, sideCount, placeCount, state, waitUntil } = incident;
  return {
    is: [provider, category, state].join(' '),
    lasts: to - from,
    count,
    ...(sideCount > 0 ? { sideCount } : {}),
    places: [placeCount, ...incident.places.map(place => place.count)].join(' '),
    ...(waitUntil === undefined ? {} : { waits: waitUntil - from }),
    course: incident.course
      .map(({ at, failed, succeeded, inFlight }) => [at - from, failed, succeeded, inFlight].join())
      .join(' '),
    ...(incident.shape ? { shape: incident.shape } : {}),
    verdict: verdictOf(incident.verdict, from),
  };
}

/** Times count from `from`. */
function verdictOf(verdict: Verdict, from: number): string {
  const { cause, certainty, alternatives, evidence, retry, retryAt, steps } = verdict;
  return [
    `${certainty} ${cause}`,
    ...(alternatives.length > 0 ? [`or ${alternatives.join(', ')}`] : []),
    `retry ${retry}${retryAt === undefined ? '' : ` ${retryAt - from}`}`,
    steps.map(({ id, agent, count }) => [id, agent, count].filter(Boolean).join(' ')).join(', '),
    evidence.map(evidenceOf(from)).join(', '),
    [verdict.isSettled && 'settled', verdict.isRunaway && 'runaway'].filter(Boolean).join(' '),
  ].join(' | ');
}

const evidenceOf =
  (from: number) =>
  ({ kind, source: _source, ...fields }: Evidence): string =>
    [
      kind,
      ...Object.entries(fields).map(([name, value]: [string, unknown]) =>
        name === 'resetsAt' ? Number(value) - from : JSON.stringify(value),
      ),
    ].join(' ');

/** The recorded lines of a file. */
export const recorded = (file: 'simulated' | 'judged'): string[] =>
  readFileSync(path.join(FOLDER, `${file}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n');

if (import.meta.main) {
  const write = (file: string, lines: readonly string[]): void =>
    writeFileSync(path.join(FOLDER, `${file}.jsonl`), `${lines.join('\n')}\n`);
  write('simulated', SEEDS.map(simulatedLine));
  write('judged', inputs().map(judgedLine));
}
