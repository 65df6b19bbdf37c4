import assert from 'node:assert/strict';
import fc from 'fast-check';
import { agents } from '../../src/core/agents/agents.ts';
import { AnchorSearch } from '../../src/node/anchorSearch.ts';
import { type Encoding, encodeText } from '../../src/node/fileKind.ts';

const KB = 1024;

/** All indexes of anchors, found the slow way. */
function expectedOf(bytes: Buffer, anchors: readonly string[], encoding: Encoding): number[] {
  const text = bytes.toString('latin1');
  const indexes = new Set<number>();
  for (const anchor of anchors.map(it => encodeText(it, encoding).toString('latin1')))
    for (let i = text.indexOf(anchor); i >= 0; i = text.indexOf(anchor, i + 1))
      if (encoding === 'utf8' || i % 2 === 0) indexes.add(i);
  return [...indexes].sort((a, b) => a - b);
}

function foundIn(bytes: Buffer, search: AnchorSearch, step: number): number[] {
  search.begin(bytes);
  const indexes: number[] = [];
  for (let i = search.next(0); i >= 0; i = search.next(i + step)) indexes.push(i);
  return indexes;
}

/** No two anchors of a set hold one another. */
const ANCHOR_SETS: readonly (readonly string[])[] = [
  ['429'],
  ['_limit', '429', 'overload'],
  ['rror: ', "rror': ", 'rror code: ', 'xception: ', 'xception - ', '<ak-'],
  ['aab', 'aba', 'baa'],
  ['="x"', '限额', '": '],
];

describe('AnchorSearch', () => {
  it('finds what a slow search finds, in bytes that change their nature', () => {
    const unit = fc.oneof(
      fc.constantFrom('x', 'rror', ': ', 'error: ', '429 ', 'a', 'ab', 'the limit of errors ', '"'),
      fc.stringMatching(/^[ -~]{1,40}$/),
      fc.constant('QUJDREVGRw=='),
    );
    const part = fc.record({ unit, kb: fc.constantFrom(1, 30, 120, 300, 700) });
    fc.assert(
      fc.property(
        fc.array(part, { minLength: 1, maxLength: 4 }),
        fc.constantFrom(...ANCHOR_SETS),
        fc.array(fc.nat(1_000), { maxLength: 8 }),
        fc.constantFrom<Encoding>('utf8', 'utf8', 'utf16le', 'utf16be'),
        (parts, anchors, places, encoding) => {
          const text = parts.map(({ unit, kb }) => unit.repeat((kb * KB) / unit.length)).join('');
          const bytes = encodeText(text, encoding);
          for (const place of places) {
            const anchor = encodeText(anchors[place % anchors.length]!, encoding);
            const index = Math.floor((place * bytes.length) / 1_000);
            anchor.copy(bytes, encoding === 'utf8' ? index : index - (index % 2));
          }
          const step = encoding === 'utf8' ? 1 : 2;
          const found = foundIn(bytes, new AnchorSearch(anchors, encoding), step);
          // As text: to compare a million numbers one by one takes seconds.
          assert.equal(found.join(), expectedOf(bytes, anchors, encoding).join());
        },
      ),
      { numRuns: 60 },
    );
  });

  it('finds each anchor of each agent in bytes in which nothing else is rare', () => {
    for (const { name, failureAnchors } of agents) {
      const noise = `"time":"2026-01-02T03:04:05Z",'error': {"message": "Error"},`.repeat(12 * KB);
      const parts = failureAnchors.map(anchor => `${noise.slice(0, 40 * KB)}${anchor}`);
      const bytes = Buffer.from(noise + parts.join(''));
      const found = foundIn(bytes, new AnchorSearch(failureAnchors), 1);
      // One that holds another counts once; what is around may make one more.
      const needed = failureAnchors.filter(
        it => !failureAnchors.some(other => other !== it && it.includes(other)),
      );
      assert.deepEqual(found, expectedOf(bytes, needed, 'utf8'), name);
      assert.ok(found.length >= failureAnchors.length, name);
    }
  });

  it('goes back where it is asked to', () => {
    const search = new AnchorSearch(['429']);
    search.begin(Buffer.from('429 x 429'));
    assert.deepEqual([search.next(5), search.next(0), search.next(1)], [6, 0, 6]);
  });

  it('has no hit without anchors', () => {
    assert.deepEqual(foundIn(Buffer.from('429'), new AnchorSearch([]), 1), []);
  });
});
