import assert from 'node:assert/strict';
import { CAUSES } from '../../../src/core/incidents/verdict.ts';
import { grade, type Graded } from '../../support/simulator/grade.ts';
import { simulate } from '../../support/simulator/simulate.ts';

/** The whole is `npm run eval:verdict`: other seeds, and a table. */
const SEEDS = Array.from({ length: 60 }, (_, index) => 50_001 + index);

describe('verdicts on simulated incidents', () => {
  let graded: Graded[];

  before(() => {
    graded = SEEDS.flatMap(seed => grade(simulate(seed)) ?? []);
  });

  it('are about something in nearly every run', () => assert.ok(graded.length >= 50));

  it('find each failure that leaves something on disk', () =>
    assert.deepEqual(
      graded.filter(({ settled }) => !settled),
      [],
    ));

  it('are right nine times of ten, as far as it can be known', () => {
    const right = graded.filter(({ settled }) => settled?.isRight);
    assert.ok(right.length >= 0.9 * graded.length, `${right.length} of ${graded.length}`);
  });

  it('name the true cause itself seven times of eight', () => {
    const strict = graded.filter(({ settled }) => settled?.isStrict);
    assert.ok(strict.length >= 0.875 * graded.length, `${strict.length} of ${graded.length}`);
  });

  it('are wrong with confidence at most once', () => {
    const wrong = graded.filter(({ settled }) => settled?.isConfidentlyWrong);
    assert.ok(
      wrong.length <= 1,
      JSON.stringify(wrong.map(({ cause, settled }) => [cause, settled])),
    );
  });
});

describe('simulate', () => {
  const visibleOf = (seed: number) => {
    const { deliveries, snapshots, end } = simulate(seed);
    return JSON.stringify({ deliveries, snapshots, end });
  };

  it('gives the same run for the same seed', () => assert.equal(visibleOf(7), visibleOf(7)));
  it('gives another one for another', () => assert.notEqual(visibleOf(7), visibleOf(8)));

  it('lets nothing of the truth into what can be seen', () => {
    // Causes that are no everyday words: they must not stand in any record or answer.
    const telling = CAUSES.filter(cause => cause.includes('_') && cause !== 'server_error');
    const leaks = SEEDS.slice(0, 20).flatMap(seed => {
      const visible = visibleOf(seed);
      return telling.filter(cause => visible.includes(cause)).map(cause => `${seed} ${cause}`);
    });
    assert.deepEqual(leaks, []);
  });
});
