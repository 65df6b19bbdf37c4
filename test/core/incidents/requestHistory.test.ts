import assert from 'node:assert/strict';
import type { AgentId, Signal } from '../../../src/core/agents/signal.ts';
import {
  HISTORY_MS,
  MOST_REQUESTS,
  OPEN_REQUEST_LIMIT_MS,
  RequestHistory,
} from '../../../src/core/incidents/requestHistory.ts';

const START = Date.UTC(2026, 10, 21, 12);
const SECOND = 1000;

interface Step {
  readonly s: number;
  readonly kind: Signal['kind'];
  readonly agent?: AgentId;
  readonly session?: string;
  readonly sub?: string;
  readonly side?: boolean;
  readonly tokens?: number;
}

function signalOf({
  s,
  kind,
  agent = 'kimi-code',
  session = 'a',
  sub,
  side,
  tokens,
}: Step): Signal {
  const fields = {
    at: START + s * SECOND,
    agent,
    session,
    ...(sub === undefined ? {} : { subagent: sub }),
    ...(side === undefined ? {} : { isSideRequest: side }),
    evidence: {},
    contentKey: `${s} ${kind}`,
    ...(tokens === undefined ? {} : { outputTokens: tokens }),
  };
  return kind === 'requestFailed' ? { ...fields, kind, text: '' } : { ...fields, kind };
}

function applyAll(steps: readonly Step[]): RequestHistory {
  const history = new RequestHistory();
  for (const step of steps) history.apply(signalOf(step), START + step.s * SECOND);
  return history;
}

const begin = (s: number, more: Partial<Step> = {}): Step => ({
  s,
  kind: 'requestStarted',
  ...more,
});
const end = (s: number, more: Partial<Step> = {}): Step => ({ s, kind: 'requestEnded', ...more });
const fail = (s: number, more: Partial<Step> = {}): Step => ({ s, kind: 'requestFailed', ...more });

describe('RequestHistory: in flight', () => {
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
    ['counts a title next to the answer', [begin(0), begin(1, { side: true })], 2, 2],
    ['is not ended by an end before its start', [begin(5), end(3)], 6, 1],
    ['is not restarted by an older start', [begin(5), begin(3), end(4)], 6, 1],
    ['keeps a long request', [begin(0)], limitS, 1],
    ['forgets one whose agent crashed', [begin(0)], limitS + 1, 0],
    ['ignores an end without a start', [end(1)], 2, 0],
  ];
  for (const [fact, steps, atSecond, expected] of cases) {
    it(fact, () => {
      assert.equal(applyAll(steps).count(START + atSecond * SECOND).total, expected);
    });
  }

  it('counts once what a second file repeats without its thread', () => {
    const history = applyAll([begin(0)]);
    history.apply({ ...signalOf(begin(0)), isThreadUnknown: true, session: 'a' }, START);
    assert.equal(history.count(START).total, 1);
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
});

describe('RequestHistory', () => {
  /** `0-2 answered` for each request, in the order in which they were read. */
  function spans(history: RequestHistory): string[] {
    const seconds = (at = NaN): number => (at - START) / SECOND;
    return history
      .since(START - 1)
      .map(it => `${seconds(it.startedAt)}-${seconds(it.endedAt)} ${it.outcome ?? 'open'}`);
  }
  const answer = (s: number, more: Partial<Step> = {}): Step => end(s, { tokens: 7, ...more });
  const cases: [fact: string, steps: Step[], expected: string[]][] = [
    ['records the outcome of a request', [begin(0), answer(2)], ['0-2 answered']],
    ['of one without an answer', [begin(0), end(2)], ['0-2 brokenOff']],
    ['of one that failed', [begin(0), fail(2)], ['0-2 failed']],
    ['of one that was replaced', [begin(0), begin(5)], ['0-5 brokenOff', '5-NaN open']],
    ['of an answer without a start', [answer(3)], ['3-3 answered']],
    ['of a failure without a start', [fail(3)], ['3-3 failed']],
    ['but not of an end without a result', [end(3)], []],
  ];
  for (const [fact, steps, expected] of cases)
    it(fact, () => assert.deepEqual(spans(applyAll(steps)), expected));

  it('ends an attempt that only its retry reveals after a moment, not after the wait', () => {
    const silent: Signal = { ...signalOf(fail(0)), notAfter: START + 9 * SECOND } as Signal;
    const history = applyAll([begin(0)]);
    history.apply(silent, START);
    assert.deepEqual(spans(history), ['0-0.25 failed']);
  });

  it('is limited by number and age', () => {
    const history = new RequestHistory();
    for (let i = 0; i < 3 * MOST_REQUESTS; i++)
      history.apply(signalOf(begin(i / 1000, { session: `${i}` })), START);
    assert.ok(history.since(0).length <= 2 * MOST_REQUESTS);
    const later = START + 3 * HISTORY_MS;
    history.apply({ ...signalOf(begin(0)), at: later }, later);
    assert.deepEqual([history.since(0).length, history.count(later).total], [1, 1]);
  });
});
