import assert from 'node:assert/strict';
import { redact, redactId, redactName } from '../../src/core/base/redact.ts';
import { PLAIN_TEXTS } from '../support/secrets/plainTexts.ts';
import { leakIn, secretShapes } from '../support/secrets/shapes.ts';
import { MIXED, VENDOR_KEYS } from '../support/secrets/vendorKeys.ts';
import { surfacesOf } from '../support/surfaces.ts';

const NOW = Date.UTC(2026, 10, 21, 22);
const SHAPES = secretShapes();

const isThorough = process.env.KIMI_QUOTA_THOROUGH === '1';

describe('secrets of every form, in every context', () => {
  it('there are more than 400, each once', () => {
    assert.ok(SHAPES.length > 5000, `${SHAPES.length}`);
    assert.equal(new Set(SHAPES.map(({ name }) => name)).size, SHAPES.length);
  });

  it('are all masked', () => {
    const leaks = SHAPES.flatMap(shape => {
      const masked = redact(shape.text);
      return leakIn(masked, shape) === undefined ? [] : [`${shape.name}: ${masked}`];
    });
    assert.deepEqual(leaks, []);
  });

  it('are not found in the redacted text', () => {
    for (const { text } of SHAPES) assert.equal(redact(redact(text)), redact(text));
  });

  it('appear on no surface: archive, reports, explanations, dashboard, notifications, ticket', () => {
    const shown = SHAPES.filter((_, index) => isThorough || index % 7 === 0);
    const leaks = shown.flatMap(shape =>
      Object.entries(surfacesOf(shape.text, NOW)).flatMap(([surface, made]) =>
        leakIn(JSON.stringify(made), shape) === undefined ? [] : [`${surface}: ${shape.name}`],
      ),
    );
    assert.deepEqual(leaks, []);
  });
});

describe('texts without a secret', () => {
  for (const text of PLAIN_TEXTS)
    it(`is unchanged: ${text.replaceAll('\n', ' / ')}`, () => assert.equal(redact(text), text));
});

describe('names and ids', () => {
  for (const [vendor, [key, shown = 3]] of Object.entries(VENDOR_KEYS))
    it(`a key of ${vendor} is masked in a name`, () => {
      for (const name of [key, `model-${key}`, `${key}.relay.example:8443`]) {
        const redacted = redactName(name);
        assert.equal(
          leakIn(redacted, { secrets: [key.slice(shown)], trace: 10 }),
          undefined,
          redacted,
        );
        assert.equal(redactName(name), redacted);
      }
    });

  it('two keys stay two distinct names', () => {
    assert.notEqual(redactId(`sk-kimi-${MIXED}`), redactId(`sk-kimi-${MIXED}2`));
    assert.match(redactId(`sk-kimi-${MIXED}`), /^sk-…~[\da-f]{16}$/);
  });

  for (const name of [
    'kimi-for-coding',
    'kimi-code/kimi-k2-0905-preview',
    'moonshot-v1-128k',
    'claude-opus-4-1-20250805',
    'managed:kimi-code',
    'rate_limit_reached_error',
    '0.24.4-nightly.20261130',
    'api.kimi.com:8443',
    '[::1]:8080',
    'relay-1.my-company.example',
    '例え.jp',
  ])
    it(`is unchanged: ${name}`, () => assert.equal(redactName(name), name));

  for (const id of [
    'ses_5d8eF0aB1cffeXyZ9KlMnOpQrS',
    'msg_01A2b3C4d5E6f7G8h9J0kLmN',
    '0b9d6f0a-1c2e-4f3a-8d57-2f1e6a7b8c90',
    '01JDXQ5Z3V8W4T6Y7R9B2N1M0K',
    'claude-code failed 0b9d6f0a-1c2e-4f3a-8d57-2f1e6a7b8c90',
    'ed308b1b2bc01f8da65a262b46ee235b67a0d704a5f3170f4f0559895dddaaaa',
  ])
    it(`is unchanged as an id: ${id}`, () => assert.equal(redactId(id), id));

  it('are one line of text', () => {
    assert.equal(redactName('a\x1b]52;c;x\x07b\r\nc\u202ed\x9b2Je'), 'ab cde');
  });
});
