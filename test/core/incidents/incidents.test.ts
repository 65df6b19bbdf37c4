import assert from 'node:assert/strict';
import type { RequestStarted, Signal } from '../../../src/core/agents/signal.ts';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import {
  foldSignals,
  Incidents,
  type IncidentsOptions,
} from '../../../src/core/incidents/incidents.ts';
import type { Others, Verdict, VerdictInput } from '../../../src/core/incidents/verdict.ts';
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
import { incidentOf, UNSURE } from '../../support/incidents.ts';
import { teamOf } from '../../support/team.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const at = (s: number): number => START + s * SECOND;

/** A request that begins at so many seconds. */
function begin(s: number, fields: Partial<RequestStarted> = {}): RequestStarted {
  const { kind: _, outputTokens: __, ...own } = answer(s);
  return { ...own, kind: 'requestStarted', contentKey: `begin ${s}`, ...fields };
}

/** Incidents that are fed step by step, and what their verdicts were given. */
class Machine {
  readonly inputs: VerdictInput[] = [];
  readonly incidents: Incidents;

  constructor(options: Partial<IncidentsOptions> = {}) {
    this.incidents = new Incidents({
      judge: input => (this.inputs.push(input), UNSURE),
      snapshots: () => [],
      ...options,
    });
  }

  get input(): VerdictInput {
    return this.inputs.at(-1) ?? assert.fail('nothing was judged');
  }

  read(...steps: (Step | RequestStarted)[]): this {
    for (const step of steps) {
      this.incidents.take(step, step.at);
      if (step.kind === 'requestFailed') this.incidents.fail(tailed(step));
    }
    return this;
  }

  at(s: number): Incident[] {
    return this.incidents.update(at(s));
  }

  last(s: number): Incident {
    return this.at(s).at(-1) ?? assert.fail('nothing changed');
  }
}

const settled: Pick<IncidentsOptions, 'judge'> = { judge: () => ({ ...UNSURE, isSettled: true }) };

describe('a verdict is given', () => {
  const relay = { configuredHost: 'relay.example.net', hasKimiWords: true };
  const both = { ...relay, host: 'api.kimi.com' };
  const cases: [
    fact: string,
    steps: Step[],
    expected: Partial<Record<keyof VerdictInput, unknown>>,
  ][] = [
    ['the status', [fail(0)], { status: 429 }],
    [
      'no status if none is logged',
      [fail(0, { status: undefined } as object)],
      { status: undefined },
    ],
    ['the host of the record', [fail(0)], { host: 'api.kimi.com' }],
    [
      'the configured host, if the record has none',
      [fail(0, { evidence: relay })],
      { host: relay.configuredHost },
    ],
    [
      'the host of the record before the configured one',
      [fail(0, { evidence: both })],
      { host: 'api.kimi.com' },
    ],
    ['no host if none is known', [fail(0, { evidence: {} })], { host: undefined }],
    ['the model', [fail(0, { model: 'k3' })], { model: 'k3' }],
    ['no model if none is logged', [fail(0)], { model: undefined }],
    ['the end of the announced wait', [fail(1, { retryAfterMs: 5000 })], { waitUntil: at(6) }],
    ['no wait if none is announced', [fail(0)], { waitUntil: undefined }],
    [
      'agents with the busiest first, by attempts',
      [
        fail(0, { agent: 'claude-code' }),
        fail(1),
        fail(2, { session: 'b' }),
        fail(3, { agent: 'codex', attemptCount: 5 }),
      ],
      { agents: ['codex', 'kimi-code', 'claude-code'], count: 8, threadCount: 4 },
    ],
    ['one session as such', [fail(0), fail(1)], { threadCount: 1, areSessions: undefined }],
    [
      'several sessions as such',
      [fail(0), fail(1, { session: 'b' })],
      { threadCount: 2, areSessions: true },
    ],
    [
      'not sessions if one of the threads is a sub-agent',
      [fail(0), fail(1, { subagent: 'x' })],
      { threadCount: 2, areSessions: undefined },
    ],
  ];
  for (const [fact, steps, expected] of cases)
    it(fact, () => {
      const machine = new Machine().read(...steps);
      machine.at(5);
      for (const [field, value] of Object.entries(expected)) {
        assert.deepEqual(machine.input[field as keyof VerdictInput], value, field);
        assert.equal(field in machine.input, value !== undefined, 'absent, not undefined');
      }
    });

  it('what this machine used before the first failure', () => {
    const asked: unknown[] = [];
    const use = { agents: [], tokensLastDay: 7 };
    const useBefore = (...args: unknown[]) => (asked.push(args), use);
    const machine = new Machine({ useBefore }).read(fail(3), fail(5));
    machine.at(6);
    assert.deepEqual([asked, machine.input.use], [[['kimi-code', at(3)]], use]);
    const unknown = new Machine({ useBefore: () => undefined }).read(fail(3));
    unknown.at(6);
    assert.ok(!('use' in unknown.input));
  });
});

describe('earlier incidents of a verdict', () => {
  const ended = (id: string, from: number, to: number, more: Partial<Incident> = {}): Incident =>
    incidentOf(id, { from: at(from), to: at(to), state: 'over', count: 2, ...more });
  const cases: [fact: string, stored: Incident[], expected: number[]][] = [
    [
      'are those of the last day, by their last failure',
      [ended('a', -DAY - 9, -DAY), ended('b', -DAY - 9, -DAY - 0.001)],
      [-DAY],
    ],
    [
      'are of the same account',
      [ended('a', -600, -500, { provider: 'open-platform' }), ended('b', -400, -300)],
      [-300],
    ],
    [
      'are not those that began at the same time or later',
      [ended('a', 0, 0), ended('b', 0.001, 1)],
      [],
    ],
    [
      'are listed with the newest first',
      [ended('a', -600, -500), ended('b', -400, -300), ended('c', -500, -400)],
      [-300, -400, -500],
    ],
    [
      'are at most 20',
      many(25, i => ended(`${i}`, -9000 + i, -8000 + i)),
      many(20, i => -7976 - i),
    ],
  ];
  for (const [fact, stored, expected] of cases)
    it(fact, () => {
      const machine = new Machine();
      const weekly = { text: WORDS.week, status: 403 };
      machine.incidents.restore(stored, []);
      machine.read(fail(0, weekly));
      machine.at(1);
      const { earlier } =
        machine.inputs.find(it => it.category === 'quota_weekly') ?? assert.fail();
      assert.deepEqual(
        earlier.map(({ to }) => (to - START) / SECOND),
        expected,
      );
      assert.ok(earlier.every(({ count, cause }) => count === 2 && cause === 'unsure'));
    });
});

describe('the other machines of a verdict', () => {
  const report = (inFlight: number, tokensLastMinute?: number): Others =>
    teamOf([
      { machine: 'ci', inFlight, ...(tokensLastMinute === undefined ? {} : { tokensLastMinute }) },
    ]);
  const bare = (inFlight: number): Others => ({ totals: { count: 1, inFlight }, machines: [] });
  const [few, many_, heavier] = [report(2, 900), report(7, 100), report(7, 500)];
  const cases: [fact: string, reports: (Others | undefined)[], expected: Others | undefined][] = [
    ['are absent without a report', [undefined], undefined],
    ['are the first report', [few], few],
    ['are the report with more requests in flight', [few, many_], many_],
    ['also if it came first', [many_, few], many_],
    ['with as many requests, the one with more tokens', [many_, heavier], heavier],
    ['also if that came first', [heavier, many_], heavier],
    [
      'with all equal, the newer one',
      [report(7, 500), { ...heavier, machines: [] }],
      { ...heavier, machines: [] },
    ],
    ['tokens count as none if they are not known', [report(7, 1), bare(7)], report(7, 1)],
    ['and the other way round', [bare(7), report(7, 1)], report(7, 1)],
    ['remain when there are no more reports', [few, undefined], few],
  ];
  for (const [fact, reports, expected] of cases)
    it(fact, () => {
      let turn = 0;
      const machine = new Machine({ others: () => reports[turn] }).read(fail(0));
      for (; turn < reports.length; turn++) machine.at(turn + 1);
      assert.deepEqual(machine.input.others, expected);
      assert.equal('others' in machine.input, expected !== undefined);
    });

  it('are only asked until 30 s after the last failure', () => {
    const asked: number[] = [];
    let now = 0;
    const others = (provider: string) => (
      assert.equal(provider, 'kimi-code'),
      asked.push(now),
      undefined
    );
    const machine = new Machine({ others }).read(fail(0));
    for (now of [1, 30, 30.001, 60]) machine.at(now);
    assert.deepEqual(asked, [1, 30]);
  });

  it('are known after a restart from the evidence', () => {
    const { evidence: _, ...verdict } = UNSURE;
    const named: Verdict = {
      ...verdict,
      evidence: [
        { kind: 'noWords', agent: 'codex', source: 'log' },
        {
          kind: 'otherMachines',
          count: 5,
          machines: [
            { machine: 'ci', inFlight: 4 },
            { machine: 'b', inFlight: 1 },
          ],
          source: 'team',
        },
      ],
    };
    const othersOf = (stored: Verdict): Others | undefined => {
      const machine = new Machine();
      const example = tailed(fail(0));
      machine.incidents.restore(
        [incidentOf('i', { from: at(0), to: at(0), example, verdict: stored })],
        [],
      );
      machine.at(1);
      return machine.input.others;
    };
    assert.deepEqual(othersOf(named), {
      totals: { count: 2, inFlight: 5 },
      machines: [
        { machine: 'ci', inFlight: 4 },
        { machine: 'b', inFlight: 1 },
      ],
    });
    assert.equal(othersOf({ ...named, evidence: named.evidence.slice(0, 1) }), undefined);
  });
});

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
