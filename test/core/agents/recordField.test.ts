import assert from 'node:assert/strict';
import * as z from 'zod/mini';
import { parseRecord } from '../../../src/core/agents/recordFields.ts';

const Text = z.object({ text: z.string() });
const FILLER = 'x'.repeat(100_000);

const deep = (levels: number, filler: string): string =>
  JSON.stringify({ text: 'here', filler }).replace(
    /\}$/,
    `,"deep":${'['.repeat(levels)}${']'.repeat(levels)}}`,
  );

describe('parseRecord', () => {
  const cases: readonly [string, string, string | undefined][] = [
    ['a short record', JSON.stringify({ text: 'here' }), 'here'],
    ['no JSON', '{"text":', undefined],
    ['other JSON', '[1]', undefined],
    ['a long record', JSON.stringify({ text: 'here', filler: FILLER }), 'here'],
    ['a long record at the maximum depth', deep(499, FILLER), 'here'],
    ['a long record beyond the maximum depth', deep(500, FILLER), undefined],
    ['a short record beyond the maximum depth', deep(500, ''), 'here'],
    ['a million brackets', '['.repeat(1_000_000), undefined],
    ['a million braces', '{"a":'.repeat(200_000), undefined],
    [
      'brackets in a long text, after a quote and a backslash',
      JSON.stringify({ text: `\\"${'['.repeat(FILLER.length)}\\` }),
      `\\"${'['.repeat(FILLER.length)}\\`,
    ],
    ['an unclosed string', `{"text":"${'\\"'.repeat(FILLER.length)}`, undefined],
  ];
  for (const [title, text, found] of cases)
    it(`${found === undefined ? 'finds nothing in' : 'reads'} ${title}`, () =>
      assert.equal(parseRecord(text, Text)?.text, found));
});
