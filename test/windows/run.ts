// `npm run test:windows [-- FILE...]`: the tests without an editor, and the packaged extension, with
// the Windows build of Node.js: on Windows directly, on Linux on x64 under Wine, which is installed
// for root on Debian. Elsewhere one line names what is missing; with `--required` that is a failure.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { countsVariable, type TestCounts } from '../editor/countingSpec.ts';
import { vsixPath } from '../editor/paths.ts';
import { PlainError, runCommand, runProgram, say, secondsSince } from '../editor/program.ts';
import { readVsix } from '../package/vsix.ts';
import { PROGRAMS_VARIABLE } from '../support/builtProgram.ts';
import { LEFT_OUT_VARIABLE, type LeftOutCount, REASONS } from './leftOut.ts';
import { buildPrograms } from './programs.ts';
import { Missing, prepareWine, type Wine } from './wine.ts';

const MOCHA = ['node_modules/mocha/bin/mocha.js', '--config', 'test/.mocharc.json'];
const TESTS = ['test/core/**/*.test.ts', 'test/node/**/*.test.ts', 'test/surfaces/**/*.test.ts'];
const EXTENSION = 'test/windows/extension.test.ts';
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

async function runUnderWine(wine: Wine, files: readonly string[]): Promise<number> {
  const beganAtMs = Date.now();
  const hasExtension = files.length === 0 || files.includes(EXTENSION);
  await mkdir(path.join(wine.drive, 'programs'));
  await buildPrograms(path.join(wine.drive, 'programs'));
  if (hasExtension) await unpackExtension(path.join(wine.drive, 'package'));
  const env = {
    [countsVariable]: 'T:\\counts.jsonl',
    [LEFT_OUT_VARIABLE]: 'T:\\leftOut.jsonl',
    [PROGRAMS_VARIABLE]: 'T:\\programs',
    ...(hasExtension && { [EXTENSION_VARIABLE]: 'T:\\package\\extension' }),
  };
  const mocha = ['--no-warnings', ...MOCHA, '--require', './test/windows/leaveOut.ts'];
  const specs = files.length === 0 ? [...TESTS, EXTENSION] : files;
  const exitCode = await wine.run([...mocha, ...specs], env);
  const leftOut = await readLines<LeftOutCount>(path.join(wine.drive, 'leftOut.jsonl'));
  for (const { file, test, why, count } of leftOut)
    say(`left out under Wine: ${count} of ${file}, "${test}" (${why})`);
  for (const why of new Set(leftOut.map(it => it.why))) say(`${why}: ${REASONS[why]}`);
  const [counts] = await readLines<TestCounts>(path.join(wine.drive, 'counts.jsonl'));
  const { passed, failed } = counts ?? { passed: 0, failed: 1 };
  const count = leftOut.reduce((sum, it) => sum + it.count, 0);
  say(`${passed} passed, ${failed} failed, ${count} left out (${secondsSince(beganAtMs)})`);
  return exitCode === 0 && counts && failed === 0 ? 0 : 1;
}

async function runOnWindows(files: readonly string[]): Promise<number> {
  const unitCode = await runCommand([process.execPath, 'test/editor/unit.ts', ...files]);
  if (files.length > 0) return unitCode;
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
