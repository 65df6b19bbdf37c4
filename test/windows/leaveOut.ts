// Loaded by the mocha of a run under Wine, before the tests: removes those that LEFT_OUT names, and
// writes how many they were to the file that LEFT_OUT_VARIABLE names. A row that names no test fails.
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import type { Suite } from 'mocha';
import { root } from '../editor/paths.ts';
import { LEFT_OUT, LEFT_OUT_VARIABLE, type LeftOut, type LeftOutCount } from './leftOut.ts';

class Removal {
  readonly counts = new Map<LeftOut, number>();
  readonly #files = new Set<string>();

  /** A suite without tests runs none of its hooks. */
  removeFrom(suite: Suite): void {
    suite.tests = suite.tests.filter(test => {
      const file = path.relative(root, test.file ?? '').replaceAll(path.sep, '/');
      this.#files.add(file);
      const row = LEFT_OUT.find(it => it.file === file && it.test.test(test.fullTitle()));
      if (row) this.counts.set(row, (this.counts.get(row) ?? 0) + 1);
      return row === undefined;
    });
    for (const child of suite.suites) this.removeFrom(child);
  }

  /** Rows about files that were loaded and that name no test of them. */
  get unused(): LeftOut[] {
    return LEFT_OUT.filter(row => this.#files.has(row.file) && !this.counts.has(row));
  }
}

export const mochaHooks = {
  beforeAll(this: Mocha.Context): void {
    const removal = new Removal();
    removal.removeFrom(this.test!.parent!);
    for (const { file, test } of removal.unused) throw new Error(`No such test: ${file} ${test}`);
    const target = process.env[LEFT_OUT_VARIABLE];
    if (target === undefined) return;
    for (const [{ file, test, why }, count] of removal.counts) {
      const line: LeftOutCount = { file, test: test.source, why, count };
      appendFileSync(target, `${JSON.stringify(line)}\n`);
    }
  },
};
