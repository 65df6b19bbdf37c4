import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Encoding, encodeText, fileKindOf } from '../../src/node/fileKind.ts';
import {
  type ByteSource,
  MAX_LINE_BYTES,
  SEARCH_BYTES,
  WINDOW_BYTES,
} from '../../src/node/lineScanner.ts';
import { ANCHORS, scan, sourceOf } from '../support/scanFixture.ts';

const hasAnchor = (text: string): boolean => ANCHORS.some(anchor => text.includes(anchor));

/** What a scan must report of lines that are not too long, found the slow way. */
function expectedOf(text: string): string[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map(line => line.replace(/\r$/, '').replace(/^\uFEFF/, '')).filter(hasAnchor);
}

describe('scanLines', () => {
  const cases: [title: string, text: string, expected: string[]][] = [
    ['nothing in an empty file', '', []],
    ['the lines with an anchor', 'a\nb 429 c\nd\n_limit\n', ['b 429 c', '_limit']],
    ['a line with several anchors once', '429 _limit 429\n', ['429 _limit 429']],
    ['no line that has not ended', '429 a\n429 b', ['429 a']],
    ['L8: lines that end in CRLF without the CR', '429 a\r\n\r\n429 b\r\n', ['429 a', '429 b']],
    ['L8: a lone CR as part of its line', 'x\r429 y\rz\n', ['x\r429 y\rz']],
    ['L8: a byte order mark not as text', '\uFEFF429 a\nb\n', ['429 a']],
    ['L8: NULs as they are', '\0\0\x00429 a\0\n', ['\0\0\x00429 a\0']],
    ['L8: a byte order mark within the file as text', 'a\n\uFEFF429\n', ['\uFEFF429']],
    ['characters of several bytes', '429 – 限额 🙂\n', ['429 – 限额 🙂']],
  ];
  for (const [title, text, expected] of cases)
    it(`reports ${title}`, async () => {
      const { records } = await scan(Buffer.from(text));
      assert.deepEqual(
        records.map(record => record.text),
        expected,
      );
      assert.ok(records.every(({ isWhole }) => isWhole));
    });

  it('L8: reports invalid UTF-8 as U+FFFD', async () => {
    const { records } = await scan(Buffer.from([0x34, 0x32, 0x39, 0xff, 0xc3, 10]));
    assert.deepEqual(records, [{ text: '429\uFFFD\uFFFD', byteOffset: 0, isWhole: true }]);
  });

  it('reports where a record begins, and where to continue', async () => {
    const { records, consumedTo } = await scan(Buffer.from('ä\n429\nrest'));
    assert.deepEqual(records, [{ text: '429', byteOffset: 3, isWhole: true }]);
    assert.equal(consumedTo, 7);
  });

  it('reports every line when asked to, but no empty one', async () => {
    const { records } = await scan(Buffer.from('\na\n\r\nb\nc'), { isEveryLine: true });
    assert.deepEqual(
      records.map(({ text }) => text),
      ['a', 'b'],
    );
  });

  it('reports the last line of what will not grow', async () => {
    for (const isEveryLine of [false, true]) {
      const options = { isEveryLine, isLastLineWhole: true };
      const { records } = await scan(Buffer.from('429 a\n429 b'), options);
      assert.equal(records.at(-1)?.text, '429 b');
    }
  });

  it('ends after the record that stops it, and continues from there', async () => {
    const bytes = Buffer.from('429 a\nb\n429 c\n');
    const first = await scan(bytes, { onRecord: () => false });
    assert.equal(first.consumedTo, 6);
    const second = await scan(bytes, { from: 6 });
    assert.equal(second.records[0]?.text, '429 c');
  });

  it('reports hits far apart, the first in the first byte', async () => {
    const filler = 'x'.repeat(99).concat('\n').repeat(4_000);
    const bytes = Buffer.from(`429 a\n${filler}429 b\n${filler}429 c\n`);
    const { records } = await scan(bytes);
    assert.deepEqual(
      records.map(({ text }) => text),
      ['429 a', '429 b', '429 c'],
    );
  });

  it('looks at the clock after every record, and every 256 KB without one', async () => {
    let restCount = 0;
    const slice = { isOver: () => true, rest: async () => void restCount++ };
    await scan(Buffer.from('429\n'.repeat(20)), { slice });
    assert.ok(restCount >= 20, `${restCount}`);
    restCount = 0;
    await scan(Buffer.alloc(8 * SEARCH_BYTES, 'a\n'), { slice });
    assert.ok(restCount >= 8, `${restCount}`);
  });

  it('reads nothing after its end, and a small file with one call', async () => {
    const source = sourceOf(Buffer.from('429 a\n429 b\n'));
    let readCount = 0;
    const read: ByteSource['read'] = (...args) => (readCount++, source.read(...args));
    const bytes = Buffer.from('429 a\n');
    const { records } = await scan(bytes, { source: { read }, isLastLineWhole: true });
    assert.equal(records.length, 1);
    assert.equal(readCount, 1);
  });

  it('reports nothing when what is before is not accepted', async () => {
    let seen = '';
    const accept = (before: Buffer): boolean => {
      seen = before.toString();
      return false;
    };
    const { records, consumedTo } = await scan(Buffer.from('old\n429\n'), { from: 4, accept });
    assert.deepEqual([seen, records, consumedTo], ['old\n', [], -1]);
  });

  for (const encoding of ['utf16le', 'utf16be'] as const)
    it(`takes no two bytes of other characters for a line feed (${encoding})`, async () => {
      const lines = ['ੁ一', 'a ੁ一 429 ੁ一 b', '一ੁ一ੁ', 'x', '', '一ੁ 429', '429 一ੁ', 'ੁ一ੁ'];
      const text = `\uFEFF${lines.join('\n')}\n`;
      const bytes = encodeText(text, encoding);
      for (const pieceBytes of [1, 2, 3, 5, 7, 16, Infinity]) {
        for (const isEveryLine of [false, true]) {
          const { records, consumedTo } = await scan(bytes, { pieceBytes, encoding, isEveryLine });
          const texts = records.map(record => record.text);
          assert.deepEqual(texts, isEveryLine ? lines.filter(Boolean) : expectedOf(text));
          assert.equal(consumedTo, bytes.length);
        }
      }
    });

  it('S9: the same for every split of the bytes', async () => {
    const word = fc.constantFrom(
      '429',
      '_limit',
      'overload',
      '42',
      '_lim',
      '限',
      // In UTF-16, two of their bytes look like a line feed.
      'ੁ一',
      '一ੁ',
      '🙂',
      '\r',
      '\0',
      ' ',
    );
    const text = fc.array(fc.oneof(word, fc.constant('\n')), { maxLength: 60 });
    const encodings = fc.constantFrom<Encoding>('utf8', 'utf16le', 'utf16be');
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.integer({ min: 1, max: 40 }),
        encodings,
        async (parts, size, to) => {
          const written = `\uFEFF${parts.join('')}`;
          const bytes = encodeText(written, to);
          const { records } = await scan(bytes, { pieceBytes: size, encoding: to });
          const texts = records.map(record => record.text);
          assert.deepEqual(texts, expectedOf(written));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('S7: the same when the bytes come one scan after the other', async () => {
    const line = fc.constantFrom('a 429\n', 'b\n', 'c _limit\r\n', '\n', 'd over');
    const lines = fc.array(line, { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(lines, fc.array(fc.nat(120)), async (parts, stops) => {
        const bytes = Buffer.from(parts.join(''));
        const texts: string[] = [];
        let from = 0;
        for (const to of [...stops.sort((a, b) => a - b), bytes.length]) {
          if (to < from || to > bytes.length) continue;
          const { records, consumedTo } = await scan(bytes.subarray(0, to), { from });
          texts.push(...records.map(({ text }) => text));
          from = consumedTo;
        }
        assert.deepEqual(texts, expectedOf(parts.join('')));
      }),
      { numRuns: 300 },
    );
  });
});

describe('scanLines, in too long a line', () => {
  const filler = (length: number): string => 'x'.repeat(length);

  it('L7: reports the text around a hit, and continues after the line', async () => {
    const start = filler(2 * MAX_LINE_BYTES);
    const text = `a\n${start}429${filler(MAX_LINE_BYTES)}\nb 429\n`;
    const { records, consumedTo } = await scan(Buffer.from(text));
    assert.equal(records.length, 2);
    const [window, line] = records;
    assert.ok(window?.text.startsWith(`${filler(WINDOW_BYTES)}429xxx`));
    assert.equal(window?.text.length, 2 * WINDOW_BYTES + 'overload'.length);
    assert.equal(window?.byteOffset, 2 + start.length - WINDOW_BYTES);
    assert.equal(window?.isWhole, false);
    assert.equal(line?.text, 'b 429');
    assert.equal(consumedTo, text.length);
  });

  for (const isEveryLine of [false, true])
    it(`a line of 1 MB is whole, and one byte more is not${isEveryLine ? ' (every line)' : ''}`, async () => {
      for (const [length, isWhole] of [
        [MAX_LINE_BYTES, true],
        [MAX_LINE_BYTES + 1, false],
      ] as const) {
        const text = `${filler(length - 3)}429\nb\n`;
        for (const pieceBytes of [Infinity, 65_537]) {
          const { records } = await scan(Buffer.from(text), { pieceBytes, isEveryLine });
          assert.equal(records[0]?.isWhole, isWhole);
          assert.ok(records[0]?.text.endsWith('429'));
        }
      }
    });

  it('an offset within a line makes it too long, however short it is', async () => {
    const { records } = await scan(Buffer.from('ab 429 c\n429 d\n'), { from: 3 });
    assert.deepEqual(
      records.map(({ text, isWhole }) => [text, isWhole]),
      [
        ['ab 429 c', false],
        ['429 d', true],
      ],
    );
  });

  it('a hit is reported before its line ends, once the text around it is there', async () => {
    const start = filler(2 * MAX_LINE_BYTES);
    const after = 'overload'.length - '429'.length + WINDOW_BYTES;
    const cases: [length: number, isLastLineWhole: boolean, count: number][] = [
      [after + 100, false, 1],
      [after, false, 1],
      [after - 1, false, 0],
      [after - 1, true, 1],
    ];
    for (const [length, isLastLineWhole, count] of cases) {
      const bytes = Buffer.from(`${start}429${filler(length)}`);
      const { records, consumedTo } = await scan(bytes, { isLastLineWhole });
      assert.equal(records.length, count, `${length} ${isLastLineWhole}`);
      if (count === 0) assert.equal(consumedTo, start.length, 'the next scan finds it');
    }
  });

  for (const encoding of ['utf8', 'utf16le'] as const)
    it(`what the end of a window cuts is reported, and nothing twice (${encoding})`, async () => {
      const width = encoding === 'utf8' ? 1 : 2;
      const between = WINDOW_BYTES / width + 'overload'.length - '429'.length;
      // How far the second anchor is beyond the end of the first window.
      for (const beyond of [-1, 0, 1, 7, 8]) {
        const gap = filler(between + beyond - 'overload'.length);
        const text = `${filler(MAX_LINE_BYTES)}429${gap}overload${filler(9_000)}\n`;
        const { records } = await scan(encodeText(text, encoding), { encoding });
        const count = records.filter(record => record.text.includes('overload')).length;
        assert.equal(count, 1, `${beyond}`);
        assert.equal(records.length, beyond > 0 ? 2 : 1, `${beyond}`);
      }
    });

  it('the window ends where the line does', async () => {
    const text = `${filler(MAX_LINE_BYTES)}429yy\n${filler(50)}\n`;
    const { records } = await scan(Buffer.from(text));
    assert.ok(records[0]?.text.endsWith('x429yy'));
  });

  it('L7: the same for every split and every stop, also without a line end at all', async () => {
    const hits = fc.array(fc.integer({ min: 0, max: 3 * MAX_LINE_BYTES }), { maxLength: 6 });
    const stops = fc.array(fc.nat(3 * MAX_LINE_BYTES + 9_000), { maxLength: 5 });
    const pieces = fc.constantFrom(4_099, 65_536, 300_007);
    await fc.assert(
      fc.asyncProperty(
        hits,
        stops,
        pieces,
        fc.boolean(),
        async (at, until, pieceBytes, isEnded) => {
          const bytes = Buffer.alloc(3 * MAX_LINE_BYTES + 9_000, 'x');
          for (const index of at) bytes.write('429', index);
          if (isEnded) bytes.write('\n', bytes.length - 1);
          const whole = await scan(bytes);
          const texts: string[] = [];
          let from = 0;
          for (const to of [...until.sort((a, b) => a - b), bytes.length]) {
            if (to < from) continue;
            const { records, consumedTo } = await scan(bytes.subarray(0, to), { from, pieceBytes });
            texts.push(...records.map(({ text, byteOffset }) => `${byteOffset} ${text}`));
            from = consumedTo;
          }
          assert.deepEqual(
            texts,
            whole.records.map(({ text, byteOffset }) => `${byteOffset} ${text}`),
          );
          const shown = whole.records.map(({ text }) => text).join('');
          assert.equal(shown.includes('429'), at.length > 0);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('L7: a chunk full of anchors is reported once over, not once per anchor', async () => {
    const bytes = Buffer.from('429 '.repeat(MAX_LINE_BYTES));
    const { records } = await scan(bytes, { isLastLineWhole: true });
    const shown = records.reduce((sum, { text }) => sum + text.length, 0);
    assert.ok(shown < 2.1 * bytes.length, `${shown} of ${bytes.length}`);
    assert.ok(records.length > bytes.length / (2 * WINDOW_BYTES + 8) - 2);
  });

  it('finds the same in short lines that are full of anchors', async () => {
    const count = 100_000;
    const { records } = await scan(Buffer.from('a 429\nb\n'.repeat(count)));
    assert.equal(records.length, count);
    assert.equal(records.at(-1)?.byteOffset, (count - 1) * 8);
  });
});

describe('fileKindOf', () => {
  const kinds: [title: string, head: Buffer, kind: string][] = [
    ['L9: UTF-16LE by its mark', encodeText('\uFEFFa', 'utf16le'), 'utf16le'],
    ['L9: UTF-16BE by its mark', encodeText('\uFEFFa', 'utf16be'), 'utf16be'],
    ['L9: UTF-16 without a mark, which is not read', encodeText('abcd', 'utf16le'), 'binary'],
    ['L10: gzip', Buffer.from([0x1f, 0x8b, 8, 0, 0]), 'binary'],
    ['L10: SQLite', Buffer.from('SQLite format 3\0'), 'binary'],
    ['text', Buffer.from('{"a":1}\n'), 'utf8'],
    ['text with a mark', Buffer.from('\uFEFF{"a":1}\n'), 'utf8'],
    ['a gap of NULs, as a crash leaves it', Buffer.alloc(64), 'utf8'],
    ['nothing yet', Buffer.alloc(0), 'utf8'],
  ];
  for (const [title, head, kind] of kinds)
    it(`knows ${title}`, () => assert.equal(fileKindOf(head), kind));

  it('the fixture reads in pieces', async () => {
    const into = Buffer.alloc(8);
    assert.equal(await sourceOf(Buffer.from('abcdef'), 2).read(into, 0, 8, 5), 1);
  });
});
