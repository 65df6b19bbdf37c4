// `npm run test:windows [-- FILE...]`: the tests without an editor, and the packaged extension, with
// the Windows build of Node.js: on Windows directly, on Linux on x64 under Wine, which is installed
// for root on Debian. Elsewhere one line names what is missing; with `--required` that is a failure.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { countsVariable, sumOf, type TestCounts } from '../editor/countingSpec.ts';
import { vsixPath } from '../editor/paths.ts';
import { PlainError, runCommand, runProgram, say, secondsSince } from '../editor/program.ts';
import { readVsix } from '../package/vsix.ts';
import { PROGRAMS_VARIABLE } from '../support/builtProgram.ts';
import { LEFT_OUT_VARIABLE, type LeftOutCount, REASONS } from './leftOut.ts';
import { buildPrograms } from './programs.ts';
import { Missing, prepareWine, type Wine } from './wine.ts';

const MOCHA = ['node_modules/mocha/bin/mocha.js', '--config', 'test/.mocharc.json'];
const EXTENSION = 'test/windows/extension.test.ts';
const COMMAND_LINE = 'test/node/cli*.test.ts';

/** Of about equal duration. */
const LANES = [
  ['test/core/**/*.test.ts', 'test/surfaces/**/*.test.ts', COMMAND_LINE, EXTENSION],
  ['test/node/**/*.test.ts', '--ignore', COMMAND_LINE],
];

const EXTENSION_VARIABLE = 'KIMI_QUOTA_EXTENSION';

/** Unpacks a fresh package, as an editor installs it. */
async function unpackExtension(folder: string): Promise<void> {
  const exitCode = await runCommand([process.execPath, 'test/editor/package.ts', vsixPath]);
  if (exitCode !== 0) throw new PlainError('the package could not be built');
  for (const [name, content] of await readVsix(await readFile(vsixPath))) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

async function readLines<T>(file: string): Promise<T[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as T);
}

interface Outcome extends TestCounts {
  readonly leftOut: readonly LeftOutCount[];
}

/** One mocha. What it prints is shown after `shownAfter`. */
async function runLane(
  wine: Wine,
  [name, specs]: readonly [name: string, specs: readonly string[]],
  shownAfter: Promise<unknown>,
): Promise<Outcome> {
  const file = (kind: string): string => `T:\\${name}.${kind}.jsonl`;
  const env = {
    [countsVariable]: file('counts'),
    [LEFT_OUT_VARIABLE]: file('leftOut'),
    [PROGRAMS_VARIABLE]: 'T:\\programs',
    [EXTENSION_VARIABLE]: 'T:\\package\\extension',
  };
  let keptBack: Buffer[] | undefined = [];
  const shown = shownAfter.then(() => {
    for (const chunk of keptBack ?? []) process.stdout.write(chunk);
    keptBack = undefined;
  });
  const onOutput = (chunk: Buffer) =>
    keptBack ? keptBack.push(chunk) : process.stdout.write(chunk);
  const mocha = ['--no-warnings', ...MOCHA, '--require', './test/windows/leaveOut.ts', ...specs];
  const exitCode = await wine.run(name, mocha, { env, onOutput });
  await shown;
  const [counts] = await readLines<TestCounts>(path.join(wine.drive, `${name}.counts.jsonl`));
  const { passed, failed, failures } = counts ?? { passed: 0, failed: 1, failures: [] };
  const leftOut = await readLines<LeftOutCount>(path.join(wine.drive, `${name}.leftOut.jsonl`));
  return { passed, failed: Math.max(failed, Number(exitCode !== 0)), failures, leftOut };
}

async function runUnderWine(wine: Wine, files: readonly string[]): Promise<number> {
  const beganAtMs = Date.now();
  await mkdir(path.join(wine.drive, 'programs'));
  await buildPrograms(path.join(wine.drive, 'programs'));
  await unpackExtension(path.join(wine.drive, 'package'));
  const lanes = files.length > 0 ? [files] : LANES;
  const running: Promise<Outcome>[] = [];
  for (const specs of lanes)
    running.push(runLane(wine, [`lane${running.length}`, specs], Promise.all(running)));
  const outcomes = await Promise.all(running);
  const leftOut = outcomes.flatMap(it => it.leftOut);
  for (const { file, test, why, count } of leftOut)
    say(`left out under Wine: ${count} of ${file}, "${test}" (${why})`);
  for (const why of new Set(leftOut.map(it => it.why))) say(`${why}: ${REASONS[why]}`);
  const { passed, failed, failures } = sumOf(outcomes);
  for (const failure of failures) console.log(`\n✗ ${failure}`);
  const missing = leftOut.reduce((all, { count }) => all + count, 0);
  say(`${passed} passed, ${failed} failed, ${missing} left out (${secondsSince(beganAtMs)})`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

async function runOnWindows(files: readonly string[]): Promise<number> {
  const others = files.filter(file => file !== EXTENSION);
  const hasOthers = files.length === 0 || others.length > 0;
  const unit = [process.execPath, 'test/editor/unit.ts', ...others];
  const unitCode = hasOthers ? await runCommand(unit) : 0;
  if (files.length > 0 && !files.includes(EXTENSION)) return unitCode;
  const folder = await mkdtemp(path.join(tmpdir(), 'kimi-quota-package-'));
  try {
    await unpackExtension(folder);
    const env = { [EXTENSION_VARIABLE]: path.join(folder, 'extension') };
    return unitCode || (await runCommand([process.execPath, ...MOCHA, EXTENSION], { env }));
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function testWindows(): Promise<number> {
  const args = process.argv.slice(2);
  const files = args.filter(arg => arg !== '--required');
  if (process.platform === 'win32') return runOnWindows(files);
  let wine: Wine;
  try {
    wine = await prepareWine();
  } catch (error) {
    if (!(error instanceof Missing) || args.includes('--required')) throw error;
    say(`not run, and not counted: ${error.message}`);
    return 0;
  }
  try {
    return await runUnderWine(wine, files);
  } finally {
    await wine.dispose();
  }
}

await runProgram(testWindows);
