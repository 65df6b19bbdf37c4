import assert from 'node:assert/strict';
import {
  cleanText,
  squeeze,
  takeWindow,
  unsqueeze,
  unwrap,
  WINDOW_LENGTH,
} from '../../../src/core/errors/unwrap.ts';

describe('cleanText', () => {
  const cases: [fact: string, text: string, expected: string][] = [
    ['removes colours', '\u001b[31mError\u001b[0m', 'Error'],
    ['removes colours that a log spelled out', '\\u001b[1;31mError\\x1b[0m \\033[2mx', 'Error x'],
    ['removes titles of terminals', '\u001b]0;kimi\u0007Error', 'Error'],
    ['straightens quotes', '\u2018a\u2019 \u201cb\u201d', '\'a\' "b"'],
    ['writes full-width signs narrow', '（429）：', '(429):'],
    ['decodes entities', '&quot;a&#39;s&quot; &lt;ak&gt; &#x27;', '"a\'s" <ak> \''],
    ['decodes entities of entities', '&amp;quot;', '"'],
    ['leaves an unknown entity', '&unknown;', '&unknown;'],
    ['undoes escapes of any depth', 'a \\\\\\"b\\\\\\" \\u003cak\\u003e', 'a "b" <ak>'],
    ['writes line ends alike', 'a\r\nb\rc', 'a\nb\nc'],
    ['takes frames away', '│ a │', '  a  '],
  ];
  for (const [fact, text, expected] of cases)
    it(fact, () => assert.equal(cleanText(text), expected));
});

describe('squeeze', () => {
  it('makes a broken word whole', () =>
    assert.equal(squeeze("the mom\n    ent, we're"), 'themoment,were'));
  it('is undone by unsqueeze', () => {
    const text = ' a "b\u00a0c\u2003d\' e';
    for (const letter of 'abcde') {
      const index = squeeze(text).indexOf(letter);
      assert.deepEqual(unsqueeze(text, index, index), [text.indexOf(letter), text.indexOf(letter)]);
    }
  });
});

describe('takeWindow', () => {
  it('keeps a short text', () => assert.equal(takeWindow('short'), 'short'));
  it('takes a bounded part around the error, and the end', () => {
    const window = takeWindow(
      `${'x'.repeat(100_000)} API Error: 429 ${'y'.repeat(100_000)} the end`,
    );
    assert.ok(window.length <= WINDOW_LENGTH);
    assert.match(window, /API Error: 429/);
    assert.match(window, /the end$/);
  });
});

describe('unwrap', () => {
  const cases: [fact: string, text: string, status: number | undefined, types: string[]][] = [
    [
      'an error in an error',
      '{"error":{"error":{"message":"x","type":"permission_error"}},"status":403}',
      403,
      ['permission_error'],
    ],
    [
      'metadata.raw',
      '{"error":{"code":429,"metadata":{"raw":"{\\"error\\":{\\"type\\":\\"rate_limit_reached_error\\"}}"}}}',
      429,
      ['rate_limit_reached_error'],
    ],
    [
      'a Python dict',
      "Error code: 403 - {'error': {'type': 'access_terminated_error'}}",
      403,
      ['access_terminated_error'],
    ],
    ['a page', '<html><head><title>502 Bad Gateway</title></head></html>', 502, []],
    ['an errorMessage body', '{"errorMessage":"429 Your account is suspended"}', 429, []],
    [
      'a type before its words',
      'rate_limit_reached_error: request reached',
      undefined,
      ['rate_limit_reached_error'],
    ],
    ['a doubled status', 'HTTP 403 Forbidden: 403 You have', 403, []],
    ['a status in brackets', '请求被拒绝（429）：request', 429, []],
    ['a status after the words', 'overloaded (HTTP Status: 429)', 429, []],
    ['a status of a log', 'llm request failed errorMessage="x" statusCode=429', 429, []],
    [
      'both types of the Anthropic route',
      '{"type":"error","error":{"type":"rate_limit_error"}}',
      undefined,
      ['rate_limit_error'],
    ],
    ['no status in a count', '429 passed, 1 failed', undefined, []],
    ['no status in an id', 'call_2eyo0b0ycs429quvuzdehe', undefined, []],
    ['no status in a duration', 'Completed 200 OK in 429ms', undefined, []],
    ['no status in a line number', '    at run (/app/a.ts:429:14)', undefined, []],
    ['no status in a header', 'Content-Length: 429', undefined, []],
    ['no status in token counts', '{"usage":{"input_tokens":429}}', undefined, []],
    ['no status of a web server', '"GET /x HTTP/1.1" 404 -', undefined, []],
    [
      'no status of the agent\u2019s own server',
      'http.status=500 Sent HTTP response',
      undefined,
      [],
    ],
  ];
  for (const [fact, text, status, types] of cases)
    it(`reads ${fact}`, () => {
      const error = unwrap(text);
      assert.deepEqual([error.status, error.types], [status, types]);
    });
});
