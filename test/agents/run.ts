// `npm run agents -- AGENT…`: installs the newest version of coding agents, runs each against the
// mock of the Kimi API, and compares what is read of its logs with what the mock answered. Writes
// the table in docs/agents.md. Not part of `npm test`: it needs the npm registry and some minutes.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { PlainError, runProgram, say, withProgress } from '../editor/program.ts';
import { root } from '../editor/paths.ts';
import { AGENT_RUNS, type AgentRun } from './agentRuns.ts';
import { install } from './install.ts';
import { observe, type Observation, SCENARIOS } from './observe.ts';
import { driftsOf, rowOf, withRow } from './report.ts';

const DOCUMENT = path.join(root, 'docs/agents.md');

/** `isOffline`: uses what is installed. `isKept`: leaves the home folders of the agents. */
interface Options {
  readonly isOffline: boolean;
  readonly isKept: boolean;
}

async function check(run: AgentRun, options: Options): Promise<boolean> {
  const { bin, version, newest } = await withProgress(`installing ${run.package}`, () =>
    install(run, options),
  );
  if (newest !== undefined) say(`${run.id} ${newest} has no program for this system on npm.`);
  else say(`${run.id} ${version} is ${options.isOffline ? 'what is installed' : 'the newest'}.`);
  const seen: Observation[] = [];
  for (const scenario of SCENARIOS) {
    const title = `${run.id} ${version}: ${scenario.title}`;
    const observation = await withProgress(title, () =>
      observe(run, bin, scenario, options.isKept),
    );
    const { output, latenciesMs: _, ...figures } = observation;
    say(JSON.stringify(figures));
    if (observation.answered + observation.rejected === 0) say(`it printed:\n${output}`);
    seen.push(observation);
  }
  const drifts = driftsOf(run, seen);
  for (const drift of drifts) say(`${run.id} ${version} drifts: ${drift}`);
  const row = rowOf({ run, version, newest, seen, drifts, date: new Date() });
  const style = { ...(await resolveConfig(DOCUMENT)), parser: 'markdown' };
  writeFileSync(DOCUMENT, await format(withRow(readFileSync(DOCUMENT, 'utf8'), row), style));
  return drifts.length === 0;
}

await runProgram(async () => {
  const args = process.argv.slice(2);
  const options = { isOffline: args.includes('--offline'), isKept: args.includes('--keep') };
  const names = args.filter(arg => !arg.startsWith('--'));
  const unknown = names.find(name => !AGENT_RUNS.some(({ id }) => id === name));
  if (unknown !== undefined)
    throw new PlainError(
      `There is no agent ${unknown}. Known: ${AGENT_RUNS.map(({ id }) => id).join(', ')}.`,
    );
  let isFine = true;
  for (const run of AGENT_RUNS.filter(({ id }) => names.length === 0 || names.includes(id))) {
    try {
      isFine = (await check(run, options)) && isFine;
    } catch (error) {
      if (!(error instanceof PlainError)) throw error;
      say(error.message);
      isFine = false;
    }
  }
  return isFine ? 0 : 1;
});
