import assert from 'node:assert/strict';
import fc from 'fast-check';
import { classify } from '../../../src/core/errors/classify.ts';
import { ERROR_CASES } from '../../support/errorCases.ts';
import { arbitraryText } from '../../support/arbitraryText.ts';

/** Texts that are known by their whole shape: what is put around them changes it. */
const WHOLE =
  /^(?:type|status)-|^(?:agent-rate-limit-text|bare-|internal-fault-short|reason-|no-whole|method-not)/;
const examples = ERROR_CASES.filter(({ name }) => !WHOLE.test(name)).map(({ text }) => text);
const example = fc.constantFrom(...examples);

function assertSame(disguised: string, original: string): void {
  assert.equal(classify(disguised).says, classify(original).says, disguised);
}

/** Positions inside words of letters: a terminal breaks there, and a status stays whole. */
function insideWords(text: string): number[] {
  return [...text.matchAll(/(?<=[a-z])[a-z]/g)].map(({ index }) => index);
}

const curly = (text: string): string =>
  text
    .replace(/(\w)'(\w)/g, '$1’$2')
    .replace(/(^|[\s{[(:,])"/g, '$1“')
    .replace(/"/g, '”');

const entities = (text: string): string =>
  text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/'/g, '&#39;');

const asJson = (message: string): string => JSON.stringify({ error: { message } });
const asPython = (text: string): string =>
  `LLM provider error: {'error': {'message': "${text.replaceAll('"', '\\"')}"}}`;

describe('classify: the same words in disguise', () => {
  it('broken inside words by a terminal, with an indent', () => {
    fc.assert(
      fc.property(
        example,
        fc.nat(),
        fc.constantFrom('\n', '\r\n', '\n    ', '\n  │ '),
        (text, at, gap) => {
          const places = insideWords(text);
          const place = places[at % places.length] ?? 0;
          // A line that is a name of a field or of an error class may lose it: words are what counts.
          if (/^[\w.]*(?:Error|Exception)/.test(text.slice(0, place + 1))) return;
          const { says } = classify(`${text.slice(0, place)}${gap}${text.slice(place)}`);
          if (classify(text).rule?.startsWith('type-')) return;
          assert.equal(says, classify(text).says, text.slice(0, place));
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('coloured', () => {
    fc.assert(
      fc.property(
        example,
        fc.nat(),
        fc.constantFrom('31', '1;31', '38;5;196', '0'),
        (text, at, code) => {
          const place = at % text.length;
          assertSame(`\u001b[${code}m${text.slice(0, place)}\u001b[0m${text.slice(place)}`, text);
        },
      ),
      { numRuns: 1000 },
    );
  });

  const disguises: [how: string, disguise: (text: string) => string][] = [
    ['with typographic quotes', curly],
    ['as HTML source', entities],
    ['as HTML source of HTML source', text => entities(entities(text))],
    ['as a JSON string', asJson],
    ['as JSON in a JSON string', text => asJson(asJson(text))],
    ['as JSON in JSON in a JSON string', text => asJson(asJson(asJson(text)))],
    ['as a Python dict', asPython],
    ['behind an agent’s words', text => `LLM provider error: ${text}`],
    ['behind a log level', text => `2026-11-21T21:55:54.417Z ERROR ${text}`],
    ['behind a wrong label', text => `Error: rate-limited: Failed to authenticate: ${text}`],
    [
      'as the last of several attempts',
      text => `AI_RetryError: Failed after 6 attempts. Last error: AI_APICallError: ${text}`,
    ],
    ['in the debug form of a Rust error', text => `Error: RequestFailed("Said: ${text}")`],
    [
      'as a final record of Claude Code',
      text =>
        JSON.stringify({
          type: 'assistant',
          message: { content: [{ type: 'text', text: `API Error: ${text}` }] },
          isApiErrorMessage: true,
        }),
    ],
    ['behind a sentence in Chinese', text => `调用模型出错，错误信息：${text}`],
    [
      'at the end of a traceback',
      text =>
        `Traceback (most recent call last):\n  File "/app/a.py", line 429, in run\n    await call()\nopenai.APIStatusError: ${text}`,
    ],
    ['in capitals', text => (/[a-z]_[a-z]/.test(text) ? text : text.toUpperCase())],
  ];
  for (const [how, disguise] of disguises)
    it(how, () => {
      for (const text of examples) {
        // The agent's own label adds words; a text that has none of its own would take them.
        if (/wrong label|capitals|Rust|Chinese/.test(how) && isWeak(text)) continue;
        assertSame(disguise(text), text);
      }
    });

  it('in the middle of a long log', () => {
    const line = '{"level":"info","message":"tool finished","durationMs":429,"tokens":1429}\n';
    for (const text of examples) {
      if (isWeak(text)) continue;
      assertSame(`${line.repeat(200)}LLM provider error: ${text}\n`, text);
    }
  });
});

/** Words that nobody owns: a label of an agent may say as much. */
const isWeak = (text: string): boolean => classify(text).confidence !== 'high';

describe('classify: any text', () => {
  it('is answered without a throw', () => {
    const hostile = fc.string({
      unit: fc.constantFrom(
        '\\',
        '"',
        "'",
        '{',
        '}',
        '&',
        ';',
        '#',
        '\u001b',
        '[',
        '429',
        ' ',
        '\n',
        'error',
        ':',
        '\ud800',
        '你',
      ),
    });
    fc.assert(
      fc.property(fc.oneof(arbitraryText(), hostile, fc.json()), text => {
        const { category, fields } = classify(text);
        assert.equal(typeof category, 'string');
        assert.equal(typeof fields, 'object');
      }),
      { numRuns: 2000 },
    );
  });

  it('is an error of a Kimi account only with Kimi’s words', () => {
    fc.assert(
      fc.property(fc.lorem({ maxCount: 40 }), text => {
        assert.equal(classify(text).category, 'not_an_error');
      }),
    );
  });
});
