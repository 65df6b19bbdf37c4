import assert from 'node:assert/strict';
import { InFlight, OPEN_REQUEST_LIMIT_MS } from '../../../src/core/agents/inFlight.ts';
import type { AgentId, Signal } from '../../../src/core/agents/signal.ts';

const START = Date.UTC(2026, 10, 21, 12);
const SECOND = 1000;

interface Step {
  readonly s: number;
  readonly kind: Signal['kind'];
  readonly agent?: AgentId;
  readonly session?: string;
  readonly sub?: string;
  readonly side?: boolean;
}

function signalOf({ s, kind, agent = 'kimi-code', session = 'a', sub, side }: Step): Signal {
  const fields = {
    at: START + s * SECOND,
    agent,
    session,
    ...(sub === undefined ? {} : { subagent: sub }),
    ...(side === undefined ? {} : { isSideRequest: side }),
    evidence: {},
    contentKey: `${s} ${kind}`,
  };
  return kind === 'requestFailed' ? { ...fields, kind, text: '' } : { ...fields, kind };
}

function applyAll(steps: readonly Step[]): InFlight {
  const inFlight = new InFlight();
  for (const step of steps) inFlight.apply(signalOf(step), START + step.s * SECOND);
  return inFlight;
}

const begin = (s: number, more: Partial<Step> = {}): Step => ({
  s,
  kind: 'requestStarted',
  ...more,
});
const end = (s: number, more: Partial<Step> = {}): Step => ({ s, kind: 'requestEnded', ...more });
const fail = (s: number, more: Partial<Step> = {}): Step => ({ s, kind: 'requestFailed', ...more });

describe('InFlight', () => {
  const limitS = OPEN_REQUEST_LIMIT_MS / SECOND;
  const apart = [
    begin(0),
    begin(0, { sub: '1' }),
    begin(0, { session: 'b' }),
    begin(0, { agent: 'claude-code' }),
  ];
  const cases: [fact: string, steps: Step[], atSecond: number, expected: number][] = [
    ['counts nothing at first', [], 0, 0],
    ['counts a request from its start', [begin(0)], 1, 1],
    ['and no more after it ended', [begin(0), end(2)], 3, 0],
    ['or failed', [begin(0), fail(2)], 3, 0],
    ['counts a retry of the same thread once', [begin(0), begin(5), begin(9)], 10, 1],
    ['counts threads, sub-agents, sessions and agents apart', apart, 1, 4],
    ['counts a title beside the answer', [begin(0), begin(1, { side: true })], 2, 2],
    ['is not ended by an end of before its start', [begin(5), end(3)], 6, 1],
    ['is not begun anew by an older start', [begin(5), begin(3), end(4)], 6, 1],
    ['keeps a long request', [begin(0)], limitS, 1],
    ['forgets one whose agent crashed', [begin(0)], limitS + 1, 0],
    ['ignores an end without a start', [end(1)], 2, 0],
  ];
  for (const [fact, steps, atSecond, expected] of cases) {
    it(fact, () => {
      assert.equal(applyAll(steps).count(START + atSecond * SECOND).total, expected);
    });
  }

  it('does not count twice what a second file repeats without its thread', () => {
    const inFlight = applyAll([begin(0)]);
    inFlight.apply({ ...signalOf(begin(0)), isThreadUnknown: true, session: 'a' }, START);
    assert.equal(inFlight.count(START).total, 1);
  });

  it('names the agents, the busiest first', () => {
    const steps = [
      begin(0, { agent: 'claude-code' }),
      begin(0, { sub: '1' }),
      begin(0, { sub: '2' }),
    ];
    assert.deepEqual(applyAll(steps).count(START).byAgent, [
      { agent: 'kimi-code', count: 2 },
      { agent: 'claude-code', count: 1 },
    ]);
  });

  it('remembers the highest count of a span, also when it began before', () => {
    const inFlight = applyAll([
      begin(0),
      begin(1, { sub: '1' }),
      begin(2, { sub: '2' }),
      end(10),
      end(11, { sub: '1' }),
    ]);
    const peak = (from: number, to: number): number =>
      inFlight.peak(START + from * SECOND, START + to * SECOND);
    assert.deepEqual([peak(0, 1), peak(5, 6), peak(10, 12), peak(20, 30)], [2, 3, 3, 1]);
  });
});
