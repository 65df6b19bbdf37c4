import assert from 'node:assert/strict';
import {
  inputs,
  judgedLine,
  recorded,
  SEEDS,
  simulatedLine,
} from '../../support/recordedVerdicts.ts';

const HOW = 'If the change is right, run: node test/support/recordedVerdicts.ts';

describe('verdicts are as recorded', () => {
  const simulated = recorded('simulated');
  for (const [index, seed] of SEEDS.entries())
    it(`in the simulated run ${seed}`, () =>
      assert.equal(simulatedLine(seed), simulated[index], HOW));

  const judged = recorded('judged');
  const all = inputs();
  for (let start = 0; start < all.length; start += 50)
    it(`on the inputs ${start} to ${start + 49}`, () =>
      assert.deepEqual(
        all.slice(start, start + 50).map(judgedLine),
        judged.slice(start, start + 50),
        HOW,
      ));
});
