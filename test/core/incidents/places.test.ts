import assert from 'node:assert/strict';
import { Places } from '../../../src/core/incidents/places.ts';
import { fail } from '../../support/bursts.ts';
import { incidentOf } from '../../support/incidents.ts';

describe('Places', () => {
  const cases: [threads: number, failures: number][] = [
    [1, 5],
    [200, 1],
    [200, 5],
    [250, 1],
    [250, 5],
  ];
  for (const [threads, failures] of cases)
    it(`counts ${threads} threads that fail ${failures} times each as ${threads}`, () => {
      const places = new Places();
      for (let round = 0; round < failures; round++)
        for (let index = 0; index < threads; index++)
          places.add(fail(round, { subagent: `${index}` }));
      assert.equal(places.size, threads);
    });

  it('no longer counts a thread when all of its failures are removed', () => {
    const places = new Places();
    const failures = Array.from({ length: 250 }, (_, index) => fail(0, { subagent: `${index}` }));
    for (const failure of [...failures, ...failures]) places.add(failure);
    for (const failure of failures) places.remove(failure);
    assert.equal(places.size, 250);
    for (const failure of failures) places.remove(failure);
    assert.equal(places.size, 0);
  });

  it('keeps the number of threads across a restart, although only 50 are stored', () => {
    const places = Array.from({ length: 50 }, (_, index) => ({
      agent: 'kimi-code' as const,
      session: 'a',
      subagent: `${index}`,
      count: 5,
    }));
    const stored = incidentOf('stored', { places, placeCount: 250 });
    const restored = Places.restore(stored);
    assert.equal(restored.size, 250);
    for (const place of places) restored.add(fail(0, place));
    assert.equal(restored.size, 250);
    assert.equal(Places.restore({ ...stored, placeCount: 50 }).size, 50);
  });

  it('stays fast for a hostile log with a new thread in each line', () => {
    const places = new Places();
    for (let index = 0; index < 10_000; index++) places.add(fail(0, { subagent: `${index}` }));
    assert.equal(places.size, 2200);
  });
});
