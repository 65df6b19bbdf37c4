import assert from 'node:assert/strict';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import { answer, fail, tailed } from '../../support/bursts.ts';
import { at, begin, Machine } from '../../support/incidentMachine.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

describe('requests around an incident', () => {
  /** Two requests in flight, of which one fails and succeeds later. */
  const burst = [begin(0), begin(0, { subagent: 'x' }), fail(1), begin(1.5), answer(3)];

  it('are kept without those in flight now', () => {
    const { shape } = new Machine().read(...burst).last(4);
    assert.deepEqual([shape?.inFlightPeak, shape?.firstSuccessAfterMs], [2, 2000]);
    assert.ok(shape && !('inFlightNow' in shape));
  });

  it('are absent if the agent logs no starts', () =>
    assert.ok(!('shape' in new Machine().read(fail(0)).last(1))));

  it('are joined with those from before a restart', () => {
    const before = new Machine().read(...burst).last(4);
    const after = new Machine();
    after.incidents.restore([before], [tailed(fail(1))]);
    const { shape } = after.read(begin(10), answer(11), begin(12), fail(13)).last(14);
    assert.deepEqual([before.shape?.inFlightPeak, before.shape?.inFlightThreads], [2, 2]);
    assert.deepEqual([shape?.inFlightPeak, shape?.inFlightThreads], [2, 2], 'the busier moment');
    assert.deepEqual(shape?.inFlightAgents, [{ agent: 'kimi-code', count: 2 }]);
    assert.equal(shape?.successesDuring, 1);
    const busier = ['a', 'b', 'c'].map(subagent => begin(15, { subagent }));
    const { shape: next } = after.read(...busier, fail(16, { subagent: 'a' })).last(17);
    assert.deepEqual([next?.inFlightPeak, next?.inFlightThreads], [3, 3]);
    assert.deepEqual(next?.inFlightAgents, [{ agent: 'kimi-code', count: 3 }]);
  });

  it('have the highest number per minute of both sides of a restart, and all successes', () => {
    const before = { ...new Machine().read(...burst).last(4) };
    const known = { ...before.shape!, successesDuring: 3, requestsLastMinute: 40 };
    const after = new Machine();
    after.incidents.restore([{ ...before, shape: known }], [tailed(fail(1))]);
    const { shape } = after.read(begin(10), answer(11), begin(12), fail(13)).last(14);
    assert.deepEqual([shape?.successesDuring, shape?.requestsLastMinute], [4, 40]);
  });

  it('are those from before a restart if there are no new ones', () => {
    const before = new Machine().read(...burst).last(4);
    const after = new Machine();
    after.incidents.restore([before], []);
    after.at(5);
    assert.deepEqual(after.input.shape, before.shape);
  });

  it('also if it began before requests are remembered', () => {
    const before = { ...new Machine().read(...burst).last(4), from: at(-2 * HOUR) };
    const after = new Machine();
    after.incidents.restore([before], []);
    after.at(5);
    assert.deepEqual(after.input.shape, before.shape);
  });

  it('leave the timeline when a log that is read later shows that they had ended', () => {
    const machine = new Machine().read(begin(0), begin(0, { subagent: 'x' }), fail(1));
    assert.equal(machine.last(2).course[0]?.inFlight, 2);
    machine.read(answer(0.5, { subagent: 'x' }));
    assert.equal(machine.last(3).course[0]?.inFlight, 1);
  });

  it('stay in the timeline across a restart', () => {
    const before = new Machine().read(...burst, begin(9), fail(10)).last(11);
    const after = new Machine();
    after.incidents.restore([before], [tailed(fail(1)), tailed(fail(10))]);
    const { course } = after.read(begin(13), answer(14), begin(15), fail(16)).last(17);
    const seen = course.flatMap(({ failed, succeeded, inFlight }, i) =>
      failed + succeeded > 0 ? [[i, failed, succeeded, inFlight]] : [],
    );
    assert.deepEqual(seen, [
      [0, 1, 0, 2],
      [2, 0, 1, 2],
      [9, 1, 0, 2],
      [13, 0, 1, 1],
      [15, 1, 0, 1],
    ]);
  });

  it('stay with an incident that lasts longer than requests are remembered', () => {
    const machine = new Machine().read(...['a', 'b', 'c'].map(subagent => begin(0, { subagent })));
    for (let s = 1; s < 3 * HOUR; s += MINUTE) {
      machine.read(begin(s - 0.5, { subagent: 'a' }), fail(s, { subagent: 'a' }));
      if (s % 600 === 1) machine.at(s + 1);
    }
    const last = machine
      .read(begin(3 * HOUR), answer(3 * HOUR + 5, { subagent: 'a' }))
      .last(3 * HOUR + 9);
    assert.equal(last.count, 180);
    assert.deepEqual([last.shape?.inFlightPeak, last.shape?.inFlightThreads], [3, 3]);
    assert.ok(last.shape?.firstSuccessAfterMs, 'the success that ended it is noticed');
    const sum = (of: (point: Incident['course'][number]) => number) =>
      last.course.reduce((all, point) => all + of(point), 0);
    assert.equal(
      sum(({ failed }) => failed),
      180,
      'its timeline has every failure',
    );
    assert.equal(
      sum(({ succeeded }) => succeeded),
      1,
    );
    assert.equal(last.course[0]?.inFlight, 3, 'and the requests at its beginning');
  });
});
