import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
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

  it('counts a byte order mark as nothing, and each kind of line end as one', async () => {
    const lines = ['\uFEFFone', '\r\n', 'two', '\n', 'three', '\r', 'four', '\n\r', 'six', '\r\n'];
    await writeFile(join(home, 'mixed.log'), lines.join(''));
    const { placeOf } = logPlaces(home, home);
    const text = Buffer.from(lines.join(''));
    const found = async (word: string): Promise<number | undefined> =>
      (await placeOf({ file: 'mixed.log', byteOffset: text.indexOf(word) }))?.line;
    for (const [word, line] of [
      ['six', 5],
      ['two', 1],
      ['four', 3],
      ['three', 2],
      ['six', 5],
    ] as const)
      assert.equal(await found(word), line, word);
  });

  for (const encoding of ['utf16le', 'utf16be'])
    it(`counts in ${encoding}, where half a letter may look like a line end`, async () => {
      // U+0A0D and U+0D0A are letters, and so is U+010A.
      const little = Buffer.from('\uFEFF\u0A0D\u0D0A\u010A\r\n\u0A00two\nthree', 'utf16le');
      await writeFile(
        join(home, 'wide.log'),
        encoding === 'utf16le' ? little : Buffer.from(little).swap16(),
      );
      const { placeOf } = logPlaces(home, home);
      for (const [byteOffset, line] of [
        [0, 0],
        [8, 0],
        [12, 1],
        [little.length, 2],
      ] as const)
        assert.equal(
          (await placeOf({ file: 'wide.log', byteOffset }))?.line,
          line,
          `${byteOffset}`,
        );
    });

  it('counts on in a log that grows, between two bytes of one line end too', async () => {
    const path = join(home, 'grows.log');
    await writeFile(path, 'one\r');
    const { placeOf } = logPlaces(home, home);
    const lineAt = async (byteOffset: number): Promise<number | undefined> =>
      (await placeOf({ file: 'grows.log', byteOffset }))?.line;
    assert.equal(await lineAt(4), 1);
    await appendFile(path, '\ntwo\n');
    assert.deepEqual([await lineAt(5), await lineAt(9), await lineAt(4)], [1, 2, 1]);
  });

  it('starts over in a log that a shorter one replaced', async () => {
    const path = join(home, 'replaced.log');
    await writeFile(path, '1\n2\n3\n4\n5\n6\n');
    const { placeOf } = logPlaces(home, home);
    assert.equal((await placeOf({ file: 'replaced.log', byteOffset: 10 }))?.line, 5);
    await writeFile(path, 'two lines\n\n');
    assert.equal((await placeOf({ file: 'replaced.log', byteOffset: 10 }))?.line, 1);
  });
});
