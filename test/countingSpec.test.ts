import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { countsVariable, type TestCounts } from './editor/countingSpec.ts';
import { root } from './editor/paths.ts';

const SUITE = `
let tries = 0;
describe('a suite', () => {
  it('is well', () => {});
  it('stumbles', () => { if (tries++ === 0) throw new Error('not yet\\nand more'); });
  it('is broken', () => { throw new Error('never'); });
});
`;

describe('the reporter of all tests', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'kimi-quota-reporter-'));
    await writeFile(path.join(folder, 'suite.cjs'), SUITE);
  });
  after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

  it('counts a test once, and names at the end each that was tried twice or failed', async () => {
    const counts = path.join(folder, 'counts.jsonl');
    const { stdout, status } = spawnSync(
      process.execPath,
      [
        'node_modules/mocha/bin/mocha.js',
        ...['--no-config', '--retries', '1', '--reporter', 'test/editor/countingSpec.ts'],
        path.join(folder, 'suite.cjs'),
      ],
      { cwd: root, encoding: 'utf8', env: { ...process.env, [countsVariable]: counts } },
    );
    assert.equal(status, 1);
    assert.deepEqual(stdout.trimEnd().split('\n').slice(-2), [
      'passed at the second try: a suite stumbles (at first: not yet)',
      'failed at both tries: a suite is broken (at first: never)',
    ]);
    const { failures, ...numbers } = JSON.parse(await readFile(counts, 'utf8')) as TestCounts;
    assert.deepEqual(numbers, { passed: 2, failed: 1 });
    assert.equal(failures.length, 1);
    assert.match(failures[0] ?? '', /^a suite is broken\nError: never\n +at .*suite\.cjs/);
  });
});
