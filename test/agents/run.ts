// `npm run agents -- AGENT…`: installs the newest version of coding agents, runs each against the
// mock of the Kimi API, and compares what is read of its logs with what the mock answered. Writes
// the table in docs/agents.md. Not part of `npm test`: it needs the npm registry and some minutes.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { npmCommand, PlainError, runProgram, say, withProgress } from '../editor/program.ts';
import { startLeashed } from '../editor/leash.mjs';
import { cacheFolder, root } from '../editor/paths.ts';
import { AGENT_RUNS, type AgentRun } from './agentRuns.ts';
import { observe, type Observation, SCENARIOS } from './observe.ts';
import { driftsOf, rowOf, withRow } from './report.ts';

const DOCUMENT = path.join(root, 'docs/agents.md');

interface Installed {
  readonly bin: string;
  readonly version: string;
}

/** `isOffline`: uses what is installed. `isKept`: leaves the home folders of the agents. */
interface Options {
  readonly isOffline: boolean;
  readonly isKept: boolean;
}

/** Installs into a cache that all clones share. */
async function install(run: AgentRun, { isOffline }: Options): Promise<Installed> {
  const folder = path.join(cacheFolder(), 'agents', run.id);
  mkdirSync(folder, { recursive: true });
  const own = path.join(folder, 'package.json');
  if (!existsSync(own)) writeFileSync(own, '{ "name": "kimi-quota-agents", "private": true }\n');
  if (!isOffline) {
    const wanted = `${run.package}@${run.version ?? 'latest'}`;
    const command = npmCommand('install', '--prefix', folder, '--no-audit', '--no-fund', wanted);
    let output = '';
    const npm = startLeashed(command, {
      cwd: folder,
      onOutput: chunk => void (output += String(chunk)),
    });
    if ((await npm.exited) !== 0) throw new PlainError(`npm can't install ${wanted}:\n${output}`);
  }
  const manifest = path.join(folder, 'node_modules', run.package, 'package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  return { bin: path.join(folder, 'node_modules/.bin', run.bin), version };
}

async function check(run: AgentRun, options: Options): Promise<boolean> {
  const { bin, version } = await withProgress(`installing ${run.package}`, () =>
    install(run, options),
  );
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
  const row = rowOf({ run, version, seen, drifts, date: new Date() });
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
