import assert from 'node:assert/strict';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import type { Others, Verdict, VerdictInput } from '../../../src/core/incidents/verdict.ts';
import { fail, many, SECOND, START, type Step, tailed, WORDS } from '../../support/bursts.ts';
import { at, Machine } from '../../support/incidentMachine.ts';
import { incidentOf, UNSURE } from '../../support/incidents.ts';
import { teamOf } from '../../support/team.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

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
