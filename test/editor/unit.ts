// `npm run test:unit`: the tests that need no editor, in two lanes beside each other: the first is
// shown while it runs, the second when both have ended. Arguments go to one mocha instead, with all
// files or those that they name.
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { countsVariable, type TestCounts } from './countingSpec.ts';
import { runProgram, say, secondsSince } from './progress.ts';
import { runCommand } from './runCommand.ts';
import { stopRequest } from './stopRequest.ts';

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

/** Of equal length. Whatever is new is in one of them. */
const LANES = [
  [CORE, SURFACES, HOUSE, COMMAND_LINE],
  [NODE, '--ignore', COMMAND_LINE],
];

interface Lane {
  /** It came to its end, and nothing failed. */
  readonly hasPassed: boolean;
  readonly counts: TestCounts;
  /** What it printed, unless it was shown. */
  readonly output: readonly Buffer[];
}

interface LaneOptions {
  readonly specs: readonly string[];
  /** Where our reporter leaves its word. */
  readonly countsPath: string;
  readonly isShown: boolean;
  readonly signal: AbortSignal;
}

async function runLane({ specs, countsPath, isShown, signal }: LaneOptions): Promise<Lane> {
  const output: Buffer[] = [];
  const color = process.stdout.isTTY ? ['--color'] : [];
  const exitCode = await runCommand([...MOCHA, ...color, ...specs], {
    env: { [countsVariable]: countsPath },
    signal,
    ...(isShown ? {} : { onOutput: chunk => output.push(chunk) }),
  });
  const word = await readFile(countsPath, 'utf8').catch(() => undefined);
  const counts = JSON.parse(word ?? '{"passed":0,"failed":1}') as TestCounts;
  return { hasPassed: exitCode === 0 && word !== undefined, counts, output };
}

async function runLanes(folder: string, signal: AbortSignal): Promise<number> {
  const beganAtMs = Date.now();
  const lanes = await Promise.all(
    LANES.map((specs, index) =>
      runLane({
        specs,
        countsPath: path.join(folder, `${index}.jsonl`),
        isShown: index === 0,
        signal,
      }),
    ),
  );
  for (const chunk of lanes.flatMap(({ output }) => output)) process.stdout.write(chunk);
  if (signal.aborted) return 130;
  const sum = (key: keyof TestCounts): number =>
    lanes.reduce((all, { counts }) => all + counts[key], 0);
  const hasPassed = lanes.every(lane => lane.hasPassed);
  const passed = sum('passed');
  const failed = Math.max(sum('failed'), Number(!hasPassed));
  await handOn({ passed, failed });
  say(`${passed} passed, ${failed} failed (${secondsSince(beganAtMs)})`);
  return hasPassed ? 0 : 1;
}

/** Gives our counts to whoever wants to know them, as one mocha would. */
async function handOn(counts: TestCounts): Promise<void> {
  const file = process.env[countsVariable];
  if (file) await appendFile(file, `${JSON.stringify(counts)}\n`);
}

async function unit(): Promise<number> {
  const stop = new AbortController();
  void stopRequest().then(() => stop.abort());
  const args = process.argv.slice(2);
  if (args.length > 0) {
    const namesFiles = args.some(arg => arg.endsWith('.test.ts'));
    const specs = namesFiles ? [] : [CORE, NODE, SURFACES, HOUSE];
    return runCommand([...MOCHA, ...args, ...specs], { signal: stop.signal });
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'kimi-quota-lanes-'));
  try {
    return await runLanes(folder, stop.signal);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

await runProgram(unit);
