// A test runner for Stryker that loads mocha and the tests once and then runs, for each change, only
// the tests that reach it. The official runner doesn't load mocha 12 yet.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { InstrumenterContext, StrykerOptions } from '@stryker-mutator/api/core';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import {
  DryRunStatus,
  TestStatus,
  toMutantRunResult,
  type DryRunOptions,
  type DryRunResult,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
} from '@stryker-mutator/api/test-runner';
import Mocha from 'mocha';

/** What the instrumented source shares with the runner. */
const context = ((globalThis as { __stryker__?: InstrumenterContext }).__stryker__ ??= {});

/**
 * A slower test isn't run for each change: what only such tests detect counts as undetected, so the
 * score is a lower bound.
 */
const SLOW_MS = 250;

/** A change may make a test wait for ever. */
const HANG_MS = 5000;

class MochaRunner implements TestRunner {
  static readonly inject = tokens(commonTokens.options);

  readonly #specs: readonly string[];
  #loaded: Promise<Mocha> | undefined;

  constructor(options: StrykerOptions) {
    this.#specs = options['mochaSpecs'] as readonly string[];
  }

  capabilities(): { reloadEnvironment: boolean } {
    return { reloadEnvironment: false };
  }

  async dryRun({ coverageAnalysis }: DryRunOptions): Promise<DryRunResult> {
    const all = await this.#run(await this.#load(), false);
    const { mutantCoverage } = context;
    const tests = all.filter(({ timeSpentMs }) => timeSpentMs <= SLOW_MS);
    for (const { id, timeSpentMs } of all)
      if (timeSpentMs > SLOW_MS) delete mutantCoverage?.perTest[id];
    const isComplete = coverageAnalysis !== 'off' && mutantCoverage !== undefined;
    return { status: DryRunStatus.Complete, tests, ...(isComplete && { mutantCoverage }) };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, hitLimit, mutantActivation, testFilter } = options;
    if (mutantActivation === 'static') context.activeMutant = activeMutant.id;
    const mocha = await this.#load();
    Object.assign(context, { activeMutant: activeMutant.id, hitLimit });
    if (hitLimit === undefined) delete context.hitCount;
    else context.hitCount = 0;
    mocha.suite.eachTest(test => test.timeout(HANG_MS));
    mocha.grep(testFilter ? anyOf(testFilter) : /^/);
    const tests = await this.#run(mocha, !options.disableBail);
    return toMutantRunResult({ status: DryRunStatus.Complete, tests });
  }

  async #load(): Promise<Mocha> {
    return (this.#loaded ??= loadTests(this.#specs));
  }

  async #run(mocha: Mocha, bail: boolean): Promise<TestResult[]> {
    const results: TestResult[] = [];
    setBail(mocha.suite, bail);
    await new Promise<unknown>(resolve => {
      const runner = mocha.run(resolve);
      runner.on('test', test => (context.currentTestId = test.fullTitle()));
      runner.on('pass', test => results.push({ ...resultOf(test), status: TestStatus.Success }));
      runner.on('fail', (test, error: unknown) =>
        results.push({
          ...resultOf(test),
          status: TestStatus.Failed,
          failureMessage: error instanceof Error ? error.message : String(error),
        }),
      );
    });
    delete context.currentTestId;
    return results;
  }
}

async function loadTests(specs: readonly string[]): Promise<Mocha> {
  const mocha = new Mocha({ timeout: 240_000, reporter: Mocha.reporters.Base });
  await import(pathToFileURL(path.resolve('test/support/vscode/register.ts')).href);
  const hooks = (await import(
    pathToFileURL(path.resolve('test/support/unhandledRejections.ts')).href
  )) as { mochaHooks: Mocha.RootHookObject };
  mocha.rootHooks(hooks.mochaHooks);
  mocha.cleanReferencesAfterRun(false);
  for (const spec of specs) mocha.addFile(spec);
  await mocha.loadFilesAsync();
  return mocha;
}

/** A suite takes the setting of its parent only when it is created. */
function setBail(suite: Mocha.Suite, bail: boolean): void {
  suite.bail(bail);
  for (const child of suite.suites) setBail(child, bail);
}

function resultOf(test: Mocha.Runnable): { id: string; name: string; timeSpentMs: number } {
  return { id: test.fullTitle(), name: test.fullTitle(), timeSpentMs: test.duration ?? 0 };
}

function anyOf(titles: readonly string[]): RegExp {
  return new RegExp(
    `^(?:${titles.map(title => title.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|')})$`,
  );
}

/** Stryker loads this. */
export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'mocha12', MochaRunner)];
