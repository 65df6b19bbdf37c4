// `npm run test:unit`: the tests without an editor, in two parallel lanes. The output of the second
// follows that of the first. With arguments, one mocha runs all files, or those that they name.
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { countsVariable, sumOf, type TestCounts } from './countingSpec.ts';
import { runCommand, runProgram, say, secondsSince } from './program.ts';

const MOCHA = [
  process.execPath,
  'node_modules/mocha/bin/mocha.js',
  '--config',
  'test/.mocharc.json',
];
const CORE = 'test/core/**/*.test.ts';
const NODE = 'test/node/**/*.test.ts';
const SURFACES = 'test/surfaces/**/*.test.ts';
const HOUSE = 'test/*.test.ts';
const COMMAND_LINE = 'test/node/cli!(Doctor*).test.ts';

/** Of about equal duration. Globs, so that each new test is in one of them. */
const LANES = [
  [CORE, SURFACES, HOUSE, COMMAND_LINE],
  [NODE, '--ignore', COMMAND_LINE],
];

interface Lane {
  /** All tests ran, and none failed. */
  readonly hasPassed: boolean;
  readonly counts: TestCounts;
}

interface LaneOptions {
  readonly specs: readonly string[];
  /** File for the counts of the reporter. */
  readonly countsPath: string;
  /** Its output is buffered until then. */
  readonly shownAfter: Promise<unknown>;
}

async function runLane({ specs, countsPath, shownAfter }: LaneOptions): Promise<Lane> {
  let keptBack: Buffer[] | undefined = [];
  const shown = shownAfter.then(() => {
    for (const chunk of keptBack ?? []) process.stdout.write(chunk);
    keptBack = undefined;
  });
  const exitCode = await runCommand([...MOCHA, ...specs], {
    env: { [countsVariable]: countsPath },
    onOutput: chunk => (keptBack ? keptBack.push(chunk) : process.stdout.write(chunk)),
  });
  await shown;
  const written = await readFile(countsPath, 'utf8').catch(() => undefined);
  const counts = JSON.parse(written ?? '{"passed":0,"failed":1,"failures":[]}') as TestCounts;
  return { hasPassed: exitCode === 0 && written !== undefined, counts };
}

async function runLanes(folder: string): Promise<number> {
  const beganAtMs = Date.now();
  const running: Promise<Lane>[] = [];
  for (const specs of LANES) {
    const countsPath = path.join(folder, `${running.length}.jsonl`);
    running.push(runLane({ specs, countsPath, shownAfter: Promise.all(running) }));
  }
  const lanes = await Promise.all(running);
  const hasPassed = lanes.every(lane => lane.hasPassed);
  const { passed, failures, ...sum } = sumOf(lanes.map(lane => lane.counts));
  const failed = Math.max(sum.failed, Number(!hasPassed));
  await handOn({ passed, failed, failures });
  say(`${passed} passed, ${failed} failed (${secondsSince(beganAtMs)})`);
  return hasPassed ? 0 : 1;
}

/** Writes the counts where a single mocha would. */
async function handOn(counts: TestCounts): Promise<void> {
  const file = process.env[countsVariable];
  if (file) await appendFile(file, `${JSON.stringify(counts)}\n`);
}

async function unit(): Promise<number> {
  const args = process.argv.slice(2);
  if (args.length > 0) {
    const namesFiles = args.some(arg => arg.endsWith('.test.ts'));
    const specs = namesFiles ? [] : [CORE, NODE, SURFACES, HOUSE];
    return runCommand([...MOCHA, ...args, ...specs]);
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'kimi-quota-lanes-'));
  try {
    return await runLanes(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

await runProgram(unit);
