import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logPlaces } from '../../src/node/logPlaces.ts';

describe('logPlaces', () => {
  let home: string;

  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'kimi-quota-place-'));
    await writeFile(join(home, 'a.log'), 'one\r\nzwei ä\nthree\n');
  });
  after(() => rm(home, { recursive: true, force: true, maxRetries: 5 }));

  const cases: [name: string, file: string, byteOffset: number, line: number | undefined][] = [
    ['the first line', 'a.log', 0, 0],
    ['the second, after a carriage return', 'a.log', 5, 1],
    ['the third, after a letter of two bytes', 'a.log', 13, 2],
    ['the end', 'a.log', 19, 3],
    ['nothing beyond the end: the file is another one', 'a.log', 100, undefined],
    ['nothing where the file is gone', 'b.log', 0, undefined],
  ];
  for (const [name, file, byteOffset, line] of cases)
    it(`finds ${name}`, async () => {
      const expected = line === undefined ? undefined : { path: join(home, file), line };
      assert.deepEqual(await logPlaces(home, home).placeOf({ file, byteOffset }), expected);
    });
});
