import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import type { TerminalError } from '../../src/core/agents/terminalError.ts';
import { appendTerminalError } from '../../src/node/terminalErrors.ts';

const WORDS = 'slow down';
const errorAt = (at: number, text = WORDS): TerminalError => ({
  at,
  agent: 'kimi-code',
  status: 429,
  text,
});

describe('appendTerminalError', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(os.tmpdir(), 'kimi-quota-terminals-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

  const append = (error: TerminalError) => appendTerminalError(join(folder, 'terminals'), error);
  const path = (name: string): string => join(folder, 'terminals', name);
  const linesOf = async (name: string): Promise<unknown[]> =>
    (await readFile(path(name), 'utf8'))
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as unknown);

  it('adds a line for each error, which no other user may read', async () => {
    await append(errorAt(1));
    await append(errorAt(2));
    assert.deepEqual(await linesOf('errors.jsonl'), [errorAt(1), errorAt(2)]);
    if (process.platform !== 'win32')
      assert.equal((await stat(path('errors.jsonl'))).mode & 0o077, 0);
  });

  it('begins a new file above 1 MB, and keeps one of before', async () => {
    const large = 'x'.repeat(4000);
    for (let at = 0; at < 800; at++) await append(errorAt(at, large));
    assert.deepEqual((await readdir(path(''))).toSorted(), ['errors.jsonl', 'errors.old.jsonl']);
    for (const name of ['errors.jsonl', 'errors.old.jsonl'])
      assert.ok((await stat(path(name))).size < 1.1 * 1024 * 1024);
    const kept = [...(await linesOf('errors.old.jsonl')), ...(await linesOf('errors.jsonl'))];
    assert.deepEqual(kept.at(-1), errorAt(799, large));
  });

  it('passes over a place that cannot be written', async () => {
    await writeFile(path('').replace(/[\\/]$/, ''), 'a file, no folder');
    await append(errorAt(1));
  });
});
