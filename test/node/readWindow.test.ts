import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type ByteSource, ReadWindow, SpareBuffer } from '../../src/node/lineScanner.ts';

const MB = 1024 * 1024;

/** No two parts of it are alike, so that a byte in a wrong place is seen. */
const CONTENT = Buffer.from(
  Uint32Array.from({ length: 3 * MB }, (_, i) => Math.imul(i, 2_654_435_761)).buffer,
);

/** What is left of `CONTENT` before `to`, in pieces of these lengths by turns. */
function sourceOf(to: number, pieces: readonly number[]): ByteSource {
  let readCount = 0;
  return {
    read: async (into: Buffer, at: number, length: number, position: number) => {
      assert.ok(at + length <= into.length, 'no more than there is room for');
      const piece = pieces[readCount++ % pieces.length] ?? Infinity;
      await new Promise(resolve => setImmediate(resolve));
      const end = Math.min(to, position + Math.min(length, piece));
      return position < end ? CONTENT.copy(into, at, position, end) : 0;
    },
  };
}

describe('ReadWindow', () => {
  it('shows all bytes in their order, whatever pieces they come in and whatever is kept', async () => {
    const piece = fc.constantFrom(Infinity, Infinity, 3 * MB, MB, 700_001);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(CONTENT.length / 4),
        fc.nat(CONTENT.length),
        fc.array(piece, { maxLength: 5 }),
        fc.array(fc.nat(MB), { minLength: 1, maxLength: 5 }),
        async (from, length, pieces, keeps) => {
          const to = Math.min(CONTENT.length, from + length);
          const source = sourceOf(to, pieces);
          const window = new ReadWindow({ source, from, to });
          let seenTo = from;
          for (let i = 0; !window.isAtEnd; i++) {
            const kept = Math.max(0, window.bytes.length - keeps[i % keeps.length]!);
            const base = window.base;
            const dropped = await window.readOn(kept);
            assert.equal(window.base, base + dropped);
            assert.ok(dropped <= kept && (window.base - from) % 2 === 0);
            const end = window.base + window.bytes.length;
            assert.ok(end > seenTo || window.isAtEnd);
            assert.ok(CONTENT.subarray(window.base, end).equals(window.bytes));
            seenTo = end;
          }
          assert.equal(seenTo, to);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('has the buffer of a window that was closed, unless another has it or is smaller', async () => {
    const spare = new SpareBuffer();
    const open = (to: number): ReadWindow =>
      new ReadWindow({ source: sourceOf(to, []), from: 0, to, spare });
    const bufferOf = async (window: ReadWindow): Promise<ArrayBufferLike> => {
      await window.readOn(0);
      assert.ok(CONTENT.subarray(0, window.bytes.length).equals(window.bytes));
      return window.bytes.buffer;
    };
    const first = open(9 * MB);
    const buffer = await bufferOf(first);
    assert.notEqual(await bufferOf(open(9 * MB)), buffer);
    first.close();
    assert.notEqual(await bufferOf(open(MB)), buffer);
    assert.equal(await bufferOf(open(9 * MB)), buffer);
    assert.notEqual(await bufferOf(open(9 * MB)), buffer);
  });

  it('ends where the source does, though more was promised', async () => {
    const window = new ReadWindow({ source: sourceOf(5 * MB, []), from: 0, to: 9 * MB });
    while (!window.isAtEnd) await window.readOn(window.bytes.length);
    assert.equal(window.base + window.bytes.length, 5 * MB);
  });

  it('ends where it should, though the source has more', async () => {
    const window = new ReadWindow({ source: sourceOf(5 * MB, []), from: 0, to: 3 * MB + 1 });
    let readCount = 0;
    for (; !window.isAtEnd; readCount++) await window.readOn(window.bytes.length);
    assert.deepEqual([window.base + window.bytes.length, readCount], [3 * MB + 1, 4]);
  });

  it('rejects when it reaches a failing read, and not earlier', async () => {
    const source = sourceOf(9 * MB, []);
    const read: ByteSource['read'] = (into, at, length, position) =>
      position >= 5 * MB
        ? Promise.reject(new Error('EIO'))
        : source.read(into, at, length, position);
    const window = new ReadWindow({ source: { read }, from: 0, to: 9 * MB });
    let readCount = 0;
    const readAll = async (): Promise<void> => {
      for (; !window.isAtEnd; readCount++) await window.readOn(window.bytes.length);
    };
    await assert.rejects(readAll, /EIO/);
    assert.ok(readCount >= 2);
  });
});
