import assert from 'node:assert/strict';
import { judge } from '../../../src/core/incidents/judge.ts';
import type { BurstShape } from '../../../src/core/incidents/verdict.ts';
import { teamOf } from '../../support/team.ts';
import { AT_ONCE, inputOf, ROOM, TOO_MANY } from '../../support/verdictInputs.ts';

const shapeOf = (inFlightPeak: number): BurstShape => ({
  inFlightPeak,
  inFlightThreads: inFlightPeak,
  inFlightAgents: [{ agent: 'claude-code', count: inFlightPeak }],
  successesDuring: 1,
  requestsLastMinute: 10,
});

describe('a verdict with the numbers of other machines', () => {
  const cases: [title: string, own: number, elsewhere: number | undefined, cause: string][] = [
    ['others have most of the slots', 3, 7, 'foreign_concurrency'],
    ['this machine has most of the slots', 7, 3, 'own_concurrency'],
    ['this machine has all slots', 10, 0, 'own_concurrency'],
  ];
  for (const [title, own, elsewhere, cause] of cases)
    it(`is ${cause}: ${title}`, () => {
      const others = teamOf([{ machine: 'ci-box', inFlight: elsewhere ?? 0 }]);
      const input = inputOf(TOO_MANY, { after: ROOM, shape: shapeOf(own), others });
      assert.equal(judge(input).cause, cause);
    });

  it('names the machine and its requests as evidence', () => {
    const others = teamOf([
      { machine: 'ci-box', inFlight: 7 },
      { machine: 'idle', inFlight: 0 },
    ]);
    const { evidence } = judge(inputOf(AT_ONCE, { after: ROOM, shape: shapeOf(3), others }));
    const found = evidence.find(({ kind }) => kind === 'otherMachines');
    assert.deepEqual(found && 'machines' in found && found.machines, [
      { machine: 'ci-box', inFlight: 7 },
    ]);
  });
});
