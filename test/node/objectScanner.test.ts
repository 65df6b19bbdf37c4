import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LogRecord } from '../../src/core/agents/agent.ts';
import { AnchorSearch } from '../../src/node/anchorSearch.ts';
import { MAX_LINE_BYTES } from '../../src/node/lineScanner.ts';
import { type ObjectScanResult, scanObjects } from '../../src/node/objectScanner.ts';
import { ANCHORS, endlessSlice, sourceOf } from '../support/scanFixture.ts';

async function scan(
  text: string,
  { pieceBytes = Infinity, from = 0, limit = Infinity } = {},
): Promise<ObjectScanResult & { records: LogRecord[]; texts: string[] }> {
  const bytes = Buffer.from(text);
  const records: LogRecord[] = [];
  const result = await scanObjects({
    source: sourceOf(bytes, pieceBytes),
    from,
    to: bytes.length,
    anchors: new AnchorSearch(ANCHORS),
    onRecord: record => records.push(record) < limit,
    slice: endlessSlice,
  });
  return { ...result, records, texts: records.map(({ text }) => text) };
}

describe('scanObjects', () => {
  const cases: [title: string, text: string, expected: string[]][] = [
    ['nothing where there is no anchor', '[{"a":1},{"a":2}]', []],
    ['the object of an array that contains an anchor', '[{"a":1}, {"a":"429"}]', ['{"a":"429"}']],
    ['the outermost one', '[{"a":[{"b":{"c":429}}]}]', ['{"a":[{"b":{"c":429}}]}']],
    ['one below an object', '{"m":[{"a":"_limit"}],"n":1}', ['{"a":"_limit"}']],
    ['an object once', '[{"a":"429","b":"429"}]', ['{"a":"429","b":"429"}']],
    ['braces and quotes in strings as text', '[{"a":"}\\"{[429"}]', ['{"a":"}\\"{[429"}']],
    ['a string that ends in a backslash', '[{"a":"\\\\"},{"b":429}]', ['{"b":429}']],
    ['JSON in a string', '[{"t":"{\\"m\\":\\"429\\"}"}]', ['{"t":"{\\"m\\":\\"429\\"}"}']],
    ['the whole of a small file otherwise', '\uFEFF{"a":"429"}\n', ['{"a":"429"}']],
    ['nothing that is not complete', '[{"a":1},{"a":"429', []],
    ['nothing of what is no JSON', '429 ]]}} 429 {', []],
  ];
  for (const [title, text, expected] of cases)
    it(`reports ${title}`, async () => assert.deepEqual((await scan(text)).texts, expected));

  it('finds what a parser finds, for every split of the bytes', async () => {
    const anchor = fc.constantFrom('429', '_limit', '"', '\\', '{', ']', 'x', '限');
    const text = fc.array(anchor, { maxLength: 6 }).map(parts => parts.join(''));
    const values = fc.letrec(tie => ({
      value: fc.oneof({ maxDepth: 4 }, text, fc.integer(), tie('object'), tie('array')),
      object: fc.dictionary(text, tie('value'), { maxKeys: 3 }),
      array: fc.array(tie('value'), { maxLength: 4 }),
    }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(values.value),
        fc.integer({ min: 1, max: 30 }),
        async (root, size) => {
          const { texts } = await scan(JSON.stringify(root), { pieceBytes: size });
          const objects = outermost(root).filter(json => ANCHORS.some(it => json.includes(it)));
          const others = texts.filter(it => it !== JSON.stringify(root));
          assert.deepEqual(others, objects);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('reports the text around an anchor in an object that is too long, and continues', async () => {
    const long = JSON.stringify({ a: `${'x'.repeat(MAX_LINE_BYTES)}429${'y'.repeat(9_000)}` });
    for (const pieceBytes of [Infinity, 100_003]) {
      const { records } = await scan(`[${long},{"b":"429"}]`, { pieceBytes });
      assert.deepEqual(
        records.map(({ isWhole }) => isWhole),
        [false, true],
      );
      assert.match(records[0]!.text, /^x+429y+$/);
      assert.equal(records[1]!.text, '{"b":"429"}');
    }
  });

  it('stops on request, and continues from there', async () => {
    const text = '[{"a":"429"},{"b":"429"}]';
    const first = await scan(text, { limit: 1 });
    assert.deepEqual([first.isDone, first.texts], [false, ['{"a":"429"}']]);
    const second = await scan(text, { from: first.consumedTo });
    assert.deepEqual([second.isDone, second.texts], [true, ['{"b":"429"}']]);
  });
});

/** The objects of arrays that lie in no other object of an array. */
function outermost(value: unknown): string[] {
  if (Array.isArray(value))
    return value.flatMap(it => (isObject(it) ? [JSON.stringify(it)] : outermost(it)));
  return isObject(value) ? Object.values(value).flatMap(outermost) : [];
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
