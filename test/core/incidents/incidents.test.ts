import assert from 'node:assert/strict';
import type { Signal } from '../../../src/core/agents/signal.ts';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import { foldSignals, type IncidentsOptions } from '../../../src/core/incidents/incidents.ts';
import type { Verdict, VerdictInput } from '../../../src/core/incidents/verdict.ts';
import {
  answer,
  fail,
  many,
  SECOND,
  START,
  type Step,
  tailed,
  WORDS,
} from '../../support/bursts.ts';
import { at, begin, Machine } from '../../support/incidentMachine.ts';
import { incidentOf, UNSURE } from '../../support/incidents.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const settled: Pick<IncidentsOptions, 'judge'> = { judge: () => ({ ...UNSURE, isSettled: true }) };

describe('Incidents', () => {
  it('returns each incident when it changed, and only then', () => {
    const machine = new Machine().read(fail(0));
    const counts = [1, 2, 3].map(s => machine.at(s).length);
    assert.deepEqual(counts, [1, 0, 0]);
    machine.read(fail(5));
    assert.equal(machine.last(6).count, 2);
  });

  it('updates a failure whose thread is known later', () => {
    const machine = new Machine().read(fail(0, { isThreadUnknown: true, contentKey: 'k' }));
    machine.at(1);
    machine.incidents.amend(fail(0, { subagent: 'x', contentKey: 'k' }));
    assert.equal(machine.last(2).places[0]?.subagent, 'x');
  });

  it('does not recover by the end of a request without an answer', () => {
    const { outputTokens: _, ...canceled } = answer(3);
    const machine = new Machine().read(fail(0), canceled);
    assert.equal(machine.last(4).state, 'running');
    machine.read(answer(5));
    assert.equal(machine.last(6).state, 'recovered');
  });

  it('notices that a session continued with another provider, and keeps that', () => {
    const machine = new Machine(settled).read(fail(0, { isFinal: true }));
    assert.ok(!('fallback' in machine.last(1)));
    machine.read(answer(9, { evidence: { host: 'openrouter.ai' } }));
    const fallback = { agent: 'kimi-code', to: 'openrouter.ai' };
    const changed = machine.last(10);
    assert.deepEqual(changed.fallback, fallback);
    const restarted = new Machine();
    restarted.incidents.restore([changed], []);
    assert.deepEqual(restarted.read(fail(11)).last(12).fallback, fallback);
  });

  const open: [
    fact: string,
    options: Partial<IncidentsOptions>,
    steps: Step[],
    atSecond: number,
    isOpen: boolean,
  ][] = [
    ['while it runs, whatever the verdict', settled, [fail(0)], 1, true],
    ['not after it ended with a settled verdict', settled, [fail(0, { isFinal: true })], 1, false],
    [
      'until 15 minutes after its last failure, if the verdict is not settled',
      {},
      [fail(0, { isFinal: true })],
      900,
      true,
    ],
    ['not longer', {}, [fail(0, { isFinal: true })], 900.001, false],
  ];
  for (const [fact, options, steps, atSecond, isOpen] of open)
    it(`has an open incident ${fact}`, () => {
      const machine = new Machine(options).read(...steps);
      machine.at(1);
      assert.equal(machine.incidents.isAnyOpen(at(atSecond)), isOpen);
    });

  it('forgets what it no longer follows a day after its end', () => {
    const dropped = (id: string, to: number): Incident =>
      incidentOf(id, {
        from: at(to),
        to: at(to),
        state: 'over',
        example: tailed(
          fail(to, {
            text: 'tower concurrency budget exhausted (4/4 agents running).',
            evidence: {},
          }),
        ),
      });
    const machine = new Machine();
    machine.incidents.restore([dropped('old', -DAY), dropped('older', -DAY - 0.001)], []);
    machine.at(0);
    machine.read(fail(-MINUTE)).at(0);
    assert.deepEqual(
      machine.input.earlier.map(({ to }) => to),
      [at(-DAY)],
    );
  });

  it('has nothing open when a flood of sessions leaves more incidents than it keeps', () => {
    const machine = new Machine(settled);
    const overflow = (i: number): Step =>
      fail(i / 100, { status: 400, text: WORDS.context, session: `${i}`, contentKey: `${i}` });
    machine.read(...many(300, overflow)).at(3);
    machine.read(...many(40, i => overflow(300 + i))).at(4);
    machine.at(HOUR);
    assert.equal(machine.incidents.isAnyOpen(at(HOUR)), false);
  });
});

describe('incidents of logs that are read at once', () => {
  interface Read {
    readonly incidents: Incident[];
    readonly judgedAt: number[];
    readonly inputs: VerdictInput[];
  }
  function read(steps: readonly Signal[], nowSecond: number, verdict: Partial<Verdict> = {}): Read {
    const inputs: VerdictInput[] = [];
    const judge = (input: VerdictInput): Verdict => (inputs.push(input), { ...UNSURE, ...verdict });
    const failures = steps.flatMap(step => (step.kind === 'requestFailed' ? [tailed(step)] : []));
    const incidents = foldSignals(
      { signals: steps, failures, now: at(nowSecond) },
      { judge, snapshots: () => [] },
    );
    return { incidents, inputs, judgedAt: inputs.map(({ now }) => (now - START) / SECOND) };
  }

  const cases: [fact: string, steps: Signal[], nowSecond: number, judgedAt: number[]][] = [
    ['at the end of its silence and now', [fail(0)], 600, [90.001, 600]],
    ['now, if it may still run', [fail(0)], 60, [60, 60]],
    [
      'at most every 30 s of record time',
      [fail(0), fail(20), fail(30), fail(30.001), fail(40)],
      60,
      [30.001, 60, 60],
    ],
    ['before later signals arrive', [fail(0), answer(2 * HOUR)], 3 * HOUR, [90.001, 7290.001]],
  ];
  for (const [fact, steps, nowSecond, judgedAt] of cases)
    it(`are judged ${fact}`, () => assert.deepEqual(read(steps, nowSecond).judgedAt, judgedAt));

  it('are the same in whatever order the records were read', () => {
    const steps = [
      begin(0),
      fail(1),
      begin(2),
      answer(3),
      fail(600, { text: WORDS.week, status: 403 }),
    ];
    const expected = read(steps, 900).incidents;
    assert.deepEqual(
      expected.map(({ category, state }) => `${category} ${state}`),
      ['rate_limited_ambiguous recovered', 'quota_weekly over'],
    );
    assert.deepEqual(read(steps.toReversed(), 900).incidents, expected);
  });

  it('are listed by their first failure', () => {
    const week = { text: WORDS.week, status: 403 };
    const { incidents } = read([fail(5, week), fail(0), fail(7, week), fail(8)], 600);
    assert.deepEqual(
      incidents.map(({ category }) => category),
      ['rate_limited_ambiguous', 'quota_weekly'],
    );
  });

  it('have the requests in flight when they failed, although hours passed since', () => {
    const [incident] = read(
      [begin(0), begin(0, { subagent: 'x' }), fail(1), answer(5 * HOUR)],
      6 * HOUR,
    ).incidents;
    assert.equal(incident?.shape?.inFlightPeak, 2);
    assert.equal(incident?.state, 'recovered');
  });

  it('count failures whose requests are not among the signals', () => {
    const judge = (): Verdict => UNSURE;
    const options = { judge, snapshots: () => [] };
    const failures = [tailed(fail(4)), tailed(fail(2))];
    const [incident] = foldSignals({ signals: [begin(0)], failures, now: at(60) }, options);
    assert.deepEqual([incident?.count, incident?.from], [2, at(2)]);
  });
});
