import { appendFileSync } from 'node:fs';
import { type MochaOptions, reporters, Runner } from 'mocha';

/** How many tests a mocha run ended with. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
}

/** The variable that names the file to which each run appends its counts, one JSON line each. */
export const countsVariable = 'KIMI_QUOTA_COUNTS';

/**
 * Mocha's usual reporter, which also leaves the counts in a file: an exit code alone cannot tell
 * "all passed" from "nothing ran", nor be summed over runs.
 */
class CountingSpec extends reporters.Spec {
  constructor(runner: Runner, options?: MochaOptions) {
    super(runner, options);
    const file = process.env[countsVariable];
    if (!file) return;
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures } = this.stats;
      const counts: TestCounts = { passed: passes, failed: failures };
      appendFileSync(file, `${JSON.stringify(counts)}\n`);
    });
  }
}

// Mocha asks for the default export of a reporter's file.
export { CountingSpec, CountingSpec as default };
