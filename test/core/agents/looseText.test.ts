import assert from 'node:assert/strict';
import { parseBlockYaml, parseDotenv, parseLooseJson } from '../../../src/core/agents/looseText.ts';

describe('parseLooseJson', () => {
  const cases: [text: string, expected: unknown][] = [
    ['{"a": [1, true, null]}', { a: [1, true, null] }],
    ['{"a": "https://x//y", /* "b": 1 */ // c\n}', { a: 'https://x//y' }],
    ['{"a": 1, // last\n}', { a: 1 }],
    ['{"a": [1, 2, ], }', { a: [1, 2] }],
    ["{a: 'it\\'s \"b\"', $c_1 : 2}", { a: 'it\'s "b"', $c_1: 2 }],
    ['{"a": ",}", "b": "x: 1"}', { a: ',}', b: 'x: 1' }],
    ['{"a": "\\"//"}', { a: '"//' }],
  ];
  for (const [text, expected] of cases)
    it(`reads ${text}`, () => assert.deepEqual(parseLooseJson(text), expected));

  for (const text of ['', '{', '{"a": ', '{a b: 1}', "{'a", '/*'])
    it(`throws at ${JSON.stringify(text)}`, () => assert.throws(() => parseLooseJson(text)));

  it('takes a hostile file in its stride', () => {
    for (const part of ['/*', '//', ', ', 'a', '"', "'", ' ', '[', '{a:'])
      assert.throws(() => parseLooseJson(part.repeat(262_144 / part.length)));
  });
});

describe('parseDotenv', () => {
  const cases: [text: string, expected: object][] = [
    ['A=1\nexport B = "two # 2"\n#C=3\n D=\'4\' # four', { A: '1', B: 'two # 2', D: '4' }],
    ['no line\r\nE=https://x/y?z=1\r\n', { E: 'https://x/y?z=1' }],
    ['\n'.repeat(262_144), {}],
  ];
  for (const [text, expected] of cases)
    it(`reads ${JSON.stringify(text.slice(0, 40))}`, () =>
      assert.deepEqual(parseDotenv(text), expected));
});

describe('parseBlockYaml', () => {
  const cases: [text: string, expected: unknown][] = [
    ['a: 1\nb: "two"\nc: \'3\' # three\n', { a: '1', b: 'two', c: '3' }],
    ['---\n# c\na:\n  b:\n    c: x\n  d: y', { a: { b: { c: 'x' }, d: 'y' } }],
    ['a:\n- b: 1\n  c: 2\n- b: 3\n', { a: [{ b: '1', c: '2' }, { b: '3' }] }],
    ['a:\n  - x\n  - https://y:1/z\nb: 2', { a: ['x', 'https://y:1/z'], b: '2' }],
    ['a:\n  -\n    b: 1\n', { a: [{ b: '1' }] }],
    ['a: [x, y]\nb: |\n  long: text\nc: 1', { a: '[x, y]', b: '|', c: '1' }],
    ['"q k": 1\na: # later\n  b: 2\r\n', { 'q k': '1', a: { b: '2' } }],
    ['', undefined],
    ['word', 'word'],
  ];
  for (const [text, expected] of cases)
    it(`reads ${JSON.stringify(text)}`, () => assert.deepEqual(parseBlockYaml(text), expected));

  it('takes a hostile file in its stride', () => {
    for (const part of ['- ', 'a:\n ', ' ', '\n', 'a', ': ', '-\n'])
      parseBlockYaml(part.repeat(262_144 / part.length));
    parseBlockYaml(Array.from({ length: 700 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'));
  });
});
