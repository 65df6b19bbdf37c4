import assert from 'node:assert/strict';
import fc from 'fast-check';
import { explain } from '../../../src/core/explain/explain.ts';
import { incidentWords } from '../../../src/core/explain/incidentReport.ts';
import { factsOf, windowOfCause } from '../../../src/core/incidents/facts.ts';
import { judge } from '../../../src/core/incidents/judge.ts';
import { MARKS } from '../../../src/core/incidents/weigh.ts';
import { arbitraryVerdictInput, wildVerdictInput } from '../../support/arbitraryVerdictInput.ts';
import { CHINESE, judgedIncident } from '../../support/judgedIncident.ts';
import { ENGLISH, HOUR_MS, MINUTE_MS, NOW } from '../../support/quotaViews.ts';
import {
  ALONE,
  AT_ONCE,
  inputOf,
  ORGANIZATION,
  OVERLOADED,
  PLATFORM,
  ROOM,
  TOO_MANY,
} from '../../support/verdictInputs.ts';

/** More than a month is no wait. */
const LONGEST_WAIT_MS = 31 * 86_400_000;

describe('judge: any input', () => {
  const check = (property: (input: Parameters<typeof judge>[0]) => void): void =>
    fc.assert(fc.property(wildVerdictInput, property), { numRuns: 2000 });

  it('returns a verdict within its limits', () =>
    check(input => {
      const verdict = judge(input);
      assert.ok(verdict.evidence.length <= 8);
      assert.ok(verdict.steps.length >= 1 && verdict.steps.length <= 4);
      assert.ok(verdict.alternatives.length <= 2);
      assert.ok(
        !verdict.alternatives.includes(verdict.cause) || verdict.cause === 'quota_unspecified',
      );
    }));

  it('is certain only because of text', () =>
    check(input => {
      if (judge(input).certainty !== 'certain') return;
      assert.equal(input.wordsConfidence, 'high');
      assert.notEqual(input.category, null);
    }));

  it('is certain of a used-up quota only if no request passes, or Extra Usage is left', () =>
    check(input => {
      const { cause, certainty, evidence } = judge(input);
      if (certainty !== 'certain' || windowOfCause(cause) === undefined) return;
      if (factsOf(input).hasExtraUsage) return;
      assert.ok(!evidence.some(({ kind }) => kind === 'mixed'));
    }));

  it('is unsure of the cause if, and only if, it is unsure', () =>
    check(input => {
      const { cause, certainty } = judge(input);
      assert.equal(cause === 'unsure', certainty === 'unsure');
    }));

  it('allows no retry before the end of a requested wait', () =>
    check(input => {
      const { retryAt } = judge(input);
      if (retryAt === undefined) return;
      assert.ok(Number.isFinite(retryAt));
      const waits = [input.waitUntil, input.to + (input.fields.retryAfterSeconds ?? 0) * 1000];
      for (const until of waits)
        if (until !== undefined && until - input.to <= LONGEST_WAIT_MS) assert.ok(retryAt >= until);
    }));

  it('returns "now" for a past time, "at" for a future one', () =>
    check(input => {
      const { retry, retryAt } = judge(input);
      if (retry === 'now') assert.ok((retryAt ?? NaN) <= input.now);
      if (retry === 'at') assert.ok(!((retryAt ?? NaN) <= input.now));
      if (retry === 'useless' || retry === 'unknown') assert.equal(retryAt, undefined);
    }));

  it('does not change its input, and is deterministic', () =>
    check(input => {
      const before = JSON.stringify(input);
      assert.deepEqual(judge(input), judge(input));
      assert.equal(JSON.stringify(input), before);
    }));

  it('can be explained', () =>
    check(input => {
      explain(judgedIncident(input), { locale: CHINESE, now: NOW });
    }));
});

describe('explain: any verdict', () => {
  for (const locale of [ENGLISH, CHINESE])
    it(`uses short, complete sentences: ${locale.language}`, () =>
      fc.assert(
        fc.property(arbitraryVerdictInput, input => {
          const incident = judgedIncident(input, { text: TOO_MANY });
          const { short, title, cause, retry, evidence, steps } = explain(incident, {
            locale,
            now: NOW,
          });
          assert.ok(short.length <= 27, short);
          assert.doesNotMatch(incidentWords(incident, NOW, locale), /[。；：，] /);
          for (const words of [title, cause, retry, ...evidence, ...steps.map(it => it.text)])
            assert.doesNotMatch(
              words,
              /^$|\{\d\}|undefined|NaN|Invalid|。。|[。；：，] |[^.]\.\.(?!\.)|: ?\.$/,
            );
        }),
        { numRuns: 2000 },
      ));
});

describe('marks', () => {
  it('each has a reason in one sentence, and points', () => {
    for (const { why, points, causes } of MARKS) {
      assert.match(why, /^[A-Z`].{10,110}\.$/);
      assert.ok(points !== 0 && causes.length > 0);
    }
  });

  const { lastSuccessBeforeMs: _, ...NEVER_WORKED } = ALONE;
  /** Inputs that random generation misses. */
  const RARE = [
    inputOf(TOO_MANY, {
      to: NOW + 2 * HOUR_MS - MINUTE_MS,
      before: ROOM,
      shape: { ...ALONE, firstSuccessAfterMs: 2 * MINUTE_MS },
    }),
    inputOf(TOO_MANY, { waitUntil: NOW + 2 * HOUR_MS, before: ROOM }),
    inputOf(TOO_MANY, { shape: { ...ALONE, requestsLastMinute: 120 } }),
    inputOf(TOO_MANY, { ...PLATFORM, shape: { ...ALONE, tokensLastMinute: 600_000 } }),
    inputOf(ORGANIZATION, { ...PLATFORM, shape: { ...ALONE, firstSuccessAfterMs: 9000 } }),
    inputOf(OVERLOADED, { shape: NEVER_WORKED }),
    inputOf(AT_ONCE, { agents: ['cline'], count: 1 }),
    inputOf(OVERLOADED, { shape: NEVER_WORKED, count: 12, to: NOW + 6 * MINUTE_MS }),
  ];

  it('each holds for some inputs, none for all', () => {
    const inputs = fc.sample(arbitraryVerdictInput, { numRuns: 4000, seed: 7 });
    const all = [...inputs, ...RARE].map(factsOf);
    const odd = MARKS.filter(({ causes, holds }) => {
      const count = all.filter(facts => causes.some(cause => holds(facts, cause))).length;
      return count === 0 || count === all.length;
    });
    assert.deepEqual(
      odd.map(({ why }) => why),
      [],
    );
  });
});
