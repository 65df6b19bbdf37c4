import assert from 'node:assert/strict';
import { CONFIG_PLACES, type ConfigForm } from '../../src/core/agents/configPlaces.ts';
import { parseConfig } from '../../src/node/parseConfig.ts';

/** `readSmallFile` reads no longer file. */
const LARGEST = 256 * 1024;

describe('parseConfig', () => {
  const cases: [form: ConfigForm, text: string, expected: unknown][] = [
    ['json', '{"a": [1, true, null]}', { a: [1, true, null] }],
    ['json', '{"a": "https://x//y", /* "b": 1 */ // c\n}', { a: 'https://x//y' }],
    ['json', '{"a": [1, 2, ], // last\n }', { a: [1, 2] }],
    ['json', "{a: 'it\\'s \"b\"', $c_1 : 2}", { a: 'it\'s "b"', $c_1: 2 }],
    ['json', '{"a": ",}", "b": "x: 1"}', { a: ',}', b: 'x: 1' }],
    ['json', '{"a": "\\"//"}', { a: '"//' }],
    ['json', '{a b: 1}', undefined],
    ['yaml', 'a: 1\nb: "two"\nc: \'3\' # three\n', { a: '1', b: 'two', c: '3' }],
    ['yaml', 'a:\n- b: 1\n  c: 2\n- {b: 3}\n', { a: [{ b: '1', c: '2' }, { b: '3' }] }],
    ['yaml', 'a:\n  - x\n  - https://y:1/z', { a: ['x', 'https://y:1/z'] }],
    ['yaml', 'a: &x [1]\nb: *x', { a: ['1'], b: ['1'] }],
    ['yaml', 'a: [', undefined],
    ['env', 'A=1\nexport B = "two # 2"\n#C=3\n D=\'4\' # 4', { A: '1', B: 'two # 2', D: '4' }],
    ['env', 'no line\r\nE=https://x/y?z=1\r\n', { E: 'https://x/y?z=1' }],
    ['toml', 'a = "b"', Object.assign(Object.create(null), { a: 'b' })],
    ['toml', 'a = ', undefined],
  ];
  for (const [form, text, expected] of cases)
    it(`reads ${form}: ${JSON.stringify(text)}`, async () =>
      assert.deepEqual(await parseConfig(form, text), expected));
});

describe('parseConfig: files of a hostile project', () => {
  const parts = ['\\"a', '/*', '//', ', ', 'a', '"', "'", ' ', '[', '{a:', '[{"a":', '\n', '\t'];
  const more = ['a:\n ', '- ', ': ', '-\n', 'a: 1\n', 'a: &x [*x,*x]\n', '---\n', '#\n', 'a.', '='];
  for (const form of ['toml', 'json', 'yaml', 'env'] satisfies ConfigForm[])
    it(`${form}: costs what its length costs`, async () => {
      for (const start of ['', '{"a": "', 'a: ', 'A="'])
        for (const part of [...parts, ...more]) {
          const work = async (length: number): Promise<number> => {
            const text = start + part.repeat(length / part.length);
            const before = process.threadCpuUsage();
            await parseConfig(form, text);
            const { user, system } = process.threadCpuUsage(before);
            return user + system;
          };
          const whole = await work(LARGEST);
          if (whole < 100_000) continue;
          const least = Math.min(whole, await work(LARGEST), await work(LARGEST));
          // A quadratic cost is 16 times that of a quarter, a linear one with any noise far below.
          const quarter = Math.min(await work(LARGEST / 4), await work(LARGEST / 4));
          assert.ok(
            least < quarter * 10,
            `${JSON.stringify(start + part)}: ${quarter}, ${least} µs`,
          );
        }
    });
});

describe('parseConfig: names that every object has', () => {
  const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
  for (const place of CONFIG_PLACES)
    it(`${place.agent} takes them for names`, async () => {
      for (const name of NAMES) {
        const table = `{"${name}": {"type": "kimi"}, "y": {"provider": "${name}", "type": "${name}"}}`;
        const text = `{"providers": ${table}, "models": ${table}, "provider": ${table}, "env": ${table}}`;
        const urls = place.read(await parseConfig('json', text), {});
        for (const { id, url } of urls) {
          assert.ok(id === undefined || typeof id === 'string');
          assert.equal(typeof url, 'string');
        }
      }
    });
});
