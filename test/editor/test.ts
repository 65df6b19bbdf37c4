// `npm test`: every check in order. A failing step does not hide the ones after it. The last line
// is the sum over all tests, where a step without tests (such as lint) counts as one; before it,
// everything that failed is repeated.
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { countsVariable, sumOf, type TestCounts } from './countingSpec.ts';
import { outputFolder, vsixPath } from './paths.ts';
import { npmCommand, runCommand, runProgram, say, secondsSince } from './program.ts';
import { hasServerBuild } from './serverBuild.ts';

interface Step {
  readonly title: string;
  readonly command: readonly string[];
  /** Whether it runs tests and must report their counts. */
  readonly hasTests?: boolean;
  /** It runs nothing where its programs can't be installed. */
  readonly mayBeLeftOut?: boolean;
  /** Titles of steps that must succeed first. */
  readonly needs?: readonly string[];
}

const node = process.execPath;
const reporter = ['--reporter', 'test/editor/countingSpec.ts'];
const mocha = [node, 'node_modules/mocha/bin/mocha.js', ...reporter];

const steps: readonly Step[] = [
  { title: 'types', command: npmCommand('run', '--silent', 'typecheck') },
  { title: 'lint', command: npmCommand('run', '--silent', 'lint') },
  { title: 'unit tests', command: npmCommand('run', '--silent', 'test:unit'), hasTests: true },
  {
    title: 'the metrics stores',
    command: npmCommand('run', '--silent', 'test:team', '--', ...reporter),
    hasTests: true,
    mayBeLeftOut: true,
  },
  { title: 'build', command: [node, 'esbuild.mjs', '--tests'] },
  { title: 'package', command: [node, 'test/editor/package.ts', vsixPath], needs: ['build'] },
  {
    title: 'the package',
    command: [
      ...mocha,
      ...['--config', 'test/editor/e2e.mocharc.json', '--retries', '0'],
      'test/package/**/*.test.ts',
    ],
    hasTests: true,
    needs: ['package'],
  },
  {
    title: 'in the oldest VS Code',
    command: [node, 'test/editor/inEditor.ts', 'oldest'],
    hasTests: true,
    needs: ['build'],
  },
  {
    title: 'in the newest VS Code',
    command: [node, 'test/editor/inEditor.ts', 'newest'],
    hasTests: true,
    needs: ['build'],
  },
  {
    title: 'end to end',
    command: npmCommand('run', '--silent', 'test:e2e', '--', ...reporter),
    hasTests: true,
    needs: ['build', 'package'],
  },
];

const failedStep: TestCounts = { passed: 0, failed: 1, failures: [] };

/** The summed counts of the runs of one step; undefined if no run ended. */
async function readCounts(file: string): Promise<TestCounts | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const runs = text.split('\n').filter(Boolean);
  if (runs.length === 0) return undefined;
  return sumOf(runs.map(line => JSON.parse(line) as TestCounts));
}

/** Runs one step. Tests that report nothing have failed, whatever the exit code. */
async function runStep(step: Step): Promise<TestCounts> {
  const countsPath = path.join(outputFolder, 'counts.jsonl');
  await rm(countsPath, { force: true });
  const exitCode = await runCommand(step.command, { env: { [countsVariable]: countsPath } });
  const hasSucceeded = exitCode === 0;
  if (!step.hasTests)
    return { passed: Number(hasSucceeded), failed: Number(!hasSucceeded), failures: [] };
  const counts = await readCounts(countsPath);
  if (!counts) say(`${step.title} reported no result, which counts as a failure`);
  const { passed, failed, failures } = counts ?? failedStep;
  const isEmpty = passed + failed === 0 && !step.mayBeLeftOut;
  const hasUncountedFailure = !hasSucceeded || isEmpty;
  return { passed, failed: Math.max(failed, Number(hasUncountedFailure)), failures };
}

async function test(): Promise<number> {
  await mkdir(outputFolder, { recursive: true });
  const failedSteps = new Set<string>();
  const results: TestCounts[] = [];
  for (const step of steps) {
    console.log(`\n▶ ${step.title}`);
    if (step.title === 'end to end' && !hasServerBuild) {
      say('not run, and not counted: it needs the server build of VS Code, which Windows lacks');
      continue;
    }
    const missing = step.needs?.find(it => failedSteps.has(it));
    const beganAtMs = Date.now();
    if (missing) say(`not run, because "${missing}" failed`);
    const counts = missing ? failedStep : await runStep(step);
    results.push(counts);
    if (counts.failed > 0) failedSteps.add(step.title);
    const verdict = counts.failed > 0 ? `✗ ${step.title} failed` : `✓ ${step.title}`;
    console.log(`${verdict} (${secondsSince(beganAtMs)})`);
  }
  const { passed, failed, failures } = sumOf(results);
  for (const failure of failures) console.log(`\n✗ ${failure}`);
  for (const title of failedSteps) console.log(`\n✗ ${title}`);
  console.log(`\n${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

await runProgram(test);
