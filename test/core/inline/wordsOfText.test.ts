import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  explanationOf,
  incidentOfFailure,
  incidentOfWords,
} from '../../../src/core/explain/explained.ts';
import { isWorthTelling, wordsOfText } from '../../../src/core/errors/wordsOfText.ts';
import type { TailedFailure } from '../../../src/core/agents/tail.ts';
import { arbitraryText } from '../../support/arbitraryText.ts';
import { hostilePayloads } from '../../support/hostile/payloads.ts';
import { incidentOf } from '../../support/incidents.ts';
import { ENGLISH } from '../../support/quotaViews.ts';
import { NOW } from '../../support/snapshots.ts';
import { failed } from '../../support/tailBatches.ts';

const TOO_MANY =
  "We're receiving too many requests at the moment. Please wait a moment and try again.";
const KEY = `sk-kimi-${'A1b2C3d4'.repeat(8)}`;

describe('wordsOfText', () => {
  const errors: [text: string, category: string][] = [
    [TOO_MANY, 'rate_limited_ambiguous'],
    [
      `2026-11-21T10:00:01Z WARN  llm request failed errorMessage="429 ${TOO_MANY}"`,
      'rate_limited_ambiguous',
    ],
    [
      `{"time":1,"error":{"type":"rate_limit_error","message":${JSON.stringify(TOO_MANY)}}}`,
      'rate_limited_ambiguous',
    ],
    ['\u001b[31mAPI Error: 429 request reached organization max RPM: 3\u001b[0m', 'rpm'],
    [
      '403 You have reached your weekly (7-day) usage limit for this billing cycle.',
      'quota_weekly',
    ],
  ];
  for (const [text, category] of errors)
    it(`finds ${category} in ${JSON.stringify(text.slice(0, 50))}`, () => {
      const words = wordsOfText(text);
      assert.equal(words?.category, category);
      assert.ok(words && isWorthTelling(words));
    });

  const untold = [
    '',
    'INFO 429 files were read',
    'const limit = 429;',
    'GET /v1/models 200 in 429ms',
    'expect(status).toBe(429) // too many requests',
    'The rate limit of the test server is 5',
    '"limit": "100", "used": "16", "remaining": "84"',
  ];
  for (const text of untold)
    it(`ignores ${JSON.stringify(text)}`, () => {
      const words = wordsOfText(text);
      assert.ok(!words || !isWorthTelling(words));
    });

  it('finds the error in a long line of a transcript, and keeps little of it', () => {
    const line = `{"prompt":"${'x'.repeat(60_000)}","error":{"message":"${TOO_MANY}","type":"rate_limit_error"},"after":"${'y'.repeat(60_000)}"}`;
    const words = wordsOfText(line);
    assert.equal(words?.category, 'rate_limited_ambiguous');
    assert.ok((words?.text.length ?? Infinity) <= 4096);
  });

  it('keeps no key', () => {
    for (const text of [
      `401 Invalid Authentication ${KEY}`,
      `429 ${TOO_MANY} Authorization: Bearer ${KEY}`,
      `403 ${encodeURIComponent(`Your key ${KEY} has no access`)} permission_denied_error`,
    ])
      assert.ok(!wordsOfText(text)?.text.includes(KEY.slice(12, 30)), text);
  });

  it('keeps no part of a key, wherever the edge of the excerpt cuts it', () => {
    const around = (before: number, after: number) =>
      `{"a":"${'x '.repeat(1500)}","k":"${KEY}","b":"${'y'.repeat(before)}" 429 ${TOO_MANY} "${'z '.repeat(after)}","k":"${KEY}","c":"${'x '.repeat(1500)}"}`;
    for (let shift = 0; shift < 100; shift++) {
      const text = wordsOfText(around(1900 + shift, 900 + Math.floor(shift / 2)))?.text ?? '';
      assert.match(text, /too many requests/);
      assert.doesNotMatch(text, /C3d4|A1b2/, text);
    }
  });

  it('never throws, and handles a line of any length in bounded time', () => {
    for (const payload of hostilePayloads) wordsOfText(payload);
    fc.assert(
      fc.property(arbitraryText({ maxLength: 400 }), text => void wordsOfText(`429 ${text}`)),
    );
    wordsOfText('4'.repeat(5_000_000));
  });
});

describe('the explanation of a line', () => {
  const incident = incidentOf('one', { from: NOW, to: NOW + 5000 });
  const failure = (at: number, session = 's'): TailedFailure => {
    const { signal, ...place } = failed('any') as TailedFailure;
    return { ...place, signal: { ...signal, agent: 'kimi-code', session, at } };
  };

  it('is the incident of its session and time', () => {
    assert.equal(incidentOfFailure(failure(NOW + 3000), [incident])?.id, 'one');
    assert.equal(incidentOfFailure(failure(NOW + 60_000), [incident]), undefined);
    assert.equal(incidentOfFailure(failure(NOW, 'another'), [incident]), undefined);
  });

  it('is the current incident of the same category for terminal text', () => {
    const words = wordsOfText(TOO_MANY)!;
    assert.equal(incidentOfWords(words, [incident], NOW + 60_000)?.id, 'one');
    assert.equal(incidentOfWords(words, [incident], NOW + 3_600_000), undefined);
    assert.equal(incidentOfWords({ ...words, category: 'tpd' }, [incident], NOW), undefined);
  });

  it('is otherwise the text only, and says so', () => {
    const words = wordsOfText(TOO_MANY)!;
    const options = { locale: ENGLISH, now: NOW };
    const alone = explanationOf({ kind: 'words', words }, options);
    assert.match(alone.evidence.join(' '), /Based on the error text only/);
    const known = explanationOf({ kind: 'incident', incident }, options);
    assert.doesNotMatch(known.evidence.join(' '), /Based on the error text only/);
  });
});
