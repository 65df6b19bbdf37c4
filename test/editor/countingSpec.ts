import { appendFileSync } from 'node:fs';
import { type MochaOptions, reporters, Runner, type Test } from 'mocha';

/** How many tests a mocha run ended with. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  /** Title and stack of each failed test and hook. */
  readonly failures: readonly string[];
}

/** The sum of several runs. */
export const sumOf = (runs: readonly TestCounts[]): TestCounts => ({
  passed: runs.reduce((sum, run) => sum + run.passed, 0),
  failed: runs.reduce((sum, run) => sum + run.failed, 0),
  failures: runs.flatMap(run => run.failures),
});

/** The variable that names the file to which each run appends its counts, one JSON line each. */
export const countsVariable = 'KIMI_QUOTA_COUNTS';

const LONG_HOOK_MS = 30_000;

/**
 * Mocha's usual reporter, which also leaves the counts in a file: an exit code alone cannot tell
 * "all passed" from "nothing ran", nor be summed over runs. It ends with the tests that were tried
 * twice, and why: a retry must not stay hidden.
 */
class CountingSpec extends reporters.Spec {
  constructor(runner: Runner, options?: MochaOptions) {
    super(runner, options);
    nameSecondTries(runner);
    nameLongHooks(runner);
    const file = process.env[countsVariable];
    if (!file) return;
    const failures: string[] = [];
    runner.on(Runner.constants.EVENT_TEST_FAIL, (test, error: Error) =>
      failures.push(`${test.fullTitle()}\n${error.stack ?? error.message}`),
    );
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes: passed, failures: failed } = this.stats;
      const counts: TestCounts = { passed, failed, failures };
      appendFileSync(file, `${JSON.stringify(counts)}\n`);
    });
  }
}

/** A hook prints nothing, and the runner ends what prints nothing for long. */
function nameLongHooks(runner: Runner): void {
  runner.on(Runner.constants.EVENT_HOOK_END, ({ title, duration = 0 }) => {
    if (duration > LONG_HOOK_MS) console.log(`${title} took ${Math.round(duration / 1000)} s`);
  });
}

function nameSecondTries(runner: Runner): void {
  const { EVENT_TEST_RETRY, EVENT_TEST_PASS, EVENT_RUN_END } = Runner.constants;
  const reasons = new Map<string, string>();
  const passed = new Set<string>();
  runner.on(EVENT_TEST_RETRY, (test: Test, error: Error) => {
    const reason = error.message.split('\n', 1)[0] ?? '';
    reasons.set(test.fullTitle(), reason);
    console.log(`trying again: ${test.title} (${reason})`);
  });
  runner.on(EVENT_TEST_PASS, (test: Test) => passed.add(test.fullTitle()));
  runner.once(EVENT_RUN_END, () => {
    for (const [title, reason] of reasons) {
      const outcome = passed.has(title) ? 'passed at the second try' : 'failed at both tries';
      console.log(`${outcome}: ${title} (at first: ${reason})`);
    }
  });
}

// Mocha asks for the default export of a reporter's file.
export { CountingSpec, CountingSpec as default };
