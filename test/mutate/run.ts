// `npm run mutate -- AREA… [FILE…]`: changes the source in small ways, one at a time, runs the unit
// tests of the area against each change, and lists the changes that no test detects. Not part of
// `npm test`, because each change starts mocha once (docs/development.md 5).
import { globSync } from 'node:fs';
import path from 'node:path';
import { Stryker } from '@stryker-mutator/core';
import { PlainError, runProgram } from '../editor/program.ts';

interface Area {
  readonly mutate: readonly string[];
  /** The tests that must detect a change, as mocha takes them. */
  readonly tests: readonly string[];
}

/** Decisions about errors and quota, and what two processes or a restart depend on. */
const AREAS: Readonly<Record<string, Area>> = {
  lease: { mutate: ['src/core/base/lease.ts'], tests: ['test/core/lease.test.ts'] },
  quota: { mutate: ['src/core/quota/**/*.ts'], tests: ['test/core/quota/**/*.test.ts'] },
  incidents: {
    mutate: ['src/core/incidents/**/*.ts'],
    tests: ['test/core/incidents/**/*.test.ts'],
  },
  tailer: {
    mutate: ['src/node/{logTailer,rootTail,tailedFile,trackedLog,tailContext,lineScanner}.ts'],
    tests: [
      'test/node/{logTailer*,tailContext,lineScanner,readWindow,objectScanner,rewrittenTasks,databaseTail,foreignDatabase}.test.ts',
    ],
  },
  archive: {
    mutate: ['src/node/{archive*,sqlite*}.ts'],
    tests: ['test/node/{archive*,sqliteArchive,secretsInArchive}.test.ts'],
  },
};

/**
 * The areas that are named. Arguments with `/` are paths: they replace the sources, or the tests.
 * A source may end in lines, as `:20-40`.
 */
function targetOf(args: readonly string[]): Area {
  const paths = args.filter(arg => arg.includes('/'));
  const names = args.filter(arg => !arg.includes('/'));
  const areas = names.map(name => AREAS[name]);
  const known = areas.filter(area => area !== undefined);
  if (known.length === 0 || known.length < areas.length)
    throw new PlainError(
      `npm run mutate -- AREA… [FILE…]; areas: ${Object.keys(AREAS).join(', ')}`,
    );
  const sources = paths.filter(path => !path.includes('.test.ts'));
  const tests = paths.filter(path => path.includes('.test.ts'));
  return {
    mutate: sources.length > 0 ? sources : known.flatMap(({ mutate }) => mutate),
    tests: tests.length > 0 ? tests : known.flatMap(area => area.tests),
  };
}

async function mutate(): Promise<number> {
  const { mutate: sources, tests } = targetOf(process.argv.slice(2));
  await new Stryker({
    mutate: [...sources],
    testRunner: 'mocha12',
    plugins: [path.resolve('test/mutate/mochaRunner.ts')],
    mochaSpecs: globSync(tests),
    coverageAnalysis: 'perTest',
    // A table that is evaluated once, at load, would need a new process for each change.
    ignoreStatic: true,
    // The compiler detects a changed name of a kind; other texts are for people.
    mutator: { excludedMutations: ['StringLiteral'] },
    concurrency: 1,
    // A change that is only slow on a busy machine must not count as detected.
    timeoutMS: 30_000,
    reporters: ['clear-text', 'progress-append-only', 'json'],
    jsonReporter: { fileName: '.vscode-test/mutation.json' },
    clearTextReporter: { allowColor: false, reportTests: false },
    tempDirName: '.vscode-test/stryker',
    ignorePatterns: ['dist', '.vscode-test', 'media'],
  }).runMutationTest();
  return 0;
}

await runProgram(mutate);
