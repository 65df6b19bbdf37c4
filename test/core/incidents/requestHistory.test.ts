import assert from 'node:assert/strict';
import type { AgentId, Signal } from '../../../src/core/agents/signal.ts';
import {
  HISTORY_MS,
  MOST_REQUESTS,
  OPEN_REQUEST_LIMIT_MS,
  type Request,
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
    ['counts a start at the time of the last one as its retry', [begin(0), begin(0)], 1, 1],
    ['is ended by an end at the time of its start', [begin(5), end(5)], 6, 0],
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

  const peaks: [fact: string, steps: Step[], atSecond: number, expected: number][] = [
    ['is that of now at least', apart, 1, 4],
    ['stays for a minute after they ended', [...apart, end(2), end(2, { sub: '1' })], 61, 4],
    [
      'is forgotten after that',
      [begin(0), begin(0, { sub: '1' }), end(2), end(2, { sub: '1' })],
      63,
      0,
    ],
    ['does not add up requests that follow each other', [begin(0), end(2), begin(2), end(4)], 5, 1],
    ['does not count ends without a start', [end(1), end(1, { sub: '1' })], 2, 0],
  ];
  for (const [fact, steps, atSecond, expected] of peaks)
    it(`the peak ${fact}`, () =>
      assert.equal(applyAll(steps).count(START + atSecond * SECOND).peak, expected));

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
    ['nor of an end before the start', [begin(5), answer(3)], ['5-NaN open']],
    ['of one that is retried at once', [begin(0), begin(0)], ['0-0 brokenOff', '0-NaN open']],
  ];
  for (const [fact, steps, expected] of cases)
    it(fact, () => assert.deepEqual(spans(applyAll(steps)), expected));

  const silent: [fact: string, notAfterS: number, span: string][] = [
    ['after a moment, not after the wait', 9, '0-0.25 failed'],
    ['at its retry, if that is sooner', 0.1, '0-0.1 failed'],
    ['at the failure, if the retry was at once', 0, '0-0 failed'],
  ];
  for (const [fact, notAfterS, span] of silent)
    it(`ends an attempt that only its retry reveals ${fact}`, () => {
      const notAfter = START + notAfterS * SECOND;
      const history = applyAll([begin(0)]);
      history.apply({ ...signalOf(fail(0)), notAfter } as Signal, START);
      assert.deepEqual(spans(history), [span]);
    });

  it('does not end a request by a record of its failure without its thread', () => {
    const history = applyAll([begin(0)]);
    history.apply({ ...signalOf(fail(1)), isThreadUnknown: true }, START);
    assert.deepEqual(spans(history), ['0-NaN open']);
  });

  const start: Signal = { ...signalOf(begin(0)), kind: 'requestStarted' };
  const bare: Signal = { ...signalOf(end(3)), kind: 'requestEnded' };
  const failed: Signal = { ...signalOf(fail(3)), kind: 'requestFailed', text: '' };
  const recorded: [
    fact: string,
    signals: Signal[],
    expected: Partial<Record<keyof Request, unknown>>,
  ][] = [
    ['the model', [{ ...start, model: 'k3' }], { model: 'k3' }],
    ['no model if none is logged', [start], { model: undefined }],
    ['the sub-agent', [{ ...start, subagent: 'x' }], { subagent: 'x' }],
    ['no sub-agent of the main thread', [start], { subagent: undefined }],
    ['the response that it asks for', [{ ...start, maxTokens: 99 }], { maxTokens: 99 }],
    ['nothing of it if none is logged', [start], { maxTokens: undefined }],
    ['whether it is a title', [{ ...start, isSideRequest: true }], { isSideRequest: true }],
    ['that it is none', [start], { isSideRequest: false }],
    ['that its start is known', [start], { isStartKnown: true, attempts: 1 }],
    ['that its start is not known', [failed], { isStartKnown: false, attempts: 1 }],
    ['the number of attempts', [{ ...failed, attemptCount: 4 }], { attempts: 4 }],
    ['the sum of its tokens', [start, { ...bare, inputTokens: 5, outputTokens: 2 }], { tokens: 7 }],
    ['the input alone', [start, { ...bare, inputTokens: 5 }], { tokens: 5 }],
    ['the output alone', [start, { ...bare, outputTokens: 2 }], { tokens: 2 }],
    ['no tokens if none are logged', [start, { ...bare, isAnswered: true }], { tokens: undefined }],
    [
      'a failure that its end reports',
      [start, { ...bare, failure: { text: '' } }],
      { outcome: 'failed' },
    ],
    ['its account', [{ ...start, evidence: { host: 'api.kimi.com' } }], { provider: 'kimi-code' }],
  ];
  for (const [fact, signals, expected] of recorded)
    it(`has of a request ${fact}`, () => {
      const history = new RequestHistory();
      for (const signal of signals) history.apply(signal, signal.at);
      const [request = assert.fail(), ...others] = history.since(0);
      assert.deepEqual(others, []);
      for (const [field, value] of Object.entries(expected)) {
        assert.equal(request[field as keyof Request], value);
        assert.equal(field in request, value !== undefined, 'absent, not undefined');
      }
    });

  it('has the requests that were in flight at a time or later', () => {
    const history = applyAll([begin(0), answer(2), begin(3)]);
    const counts = [2, 2.001, 3 + OPEN_REQUEST_LIMIT_MS / SECOND].map(
      s => history.since(START + s * SECOND).length,
    );
    assert.deepEqual(counts, [2, 1, 1]);
    assert.equal(history.since(START + OPEN_REQUEST_LIMIT_MS + 3001).length, 0);
  });

  const hour = HISTORY_MS / SECOND;
  const kept: [fact: string, laterS: number, count: number][] = [
    ['keeps requests until the oldest is two hours old', 2 * hour, 4],
    ['and then those of the last hour', 2 * hour + 0.001, 3],
  ];
  for (const [fact, laterS, count] of kept)
    it(fact, () => {
      const steps = [
        answer(0),
        answer(hour + 0.001, { session: 'b' }),
        answer(hour + 1, { session: 'c' }),
      ];
      const history = applyAll([...steps, answer(laterS, { session: 'd' })]);
      assert.equal(history.since(0).length, count);
    });

  it('has the newest of too many', () => {
    const history = new RequestHistory();
    const count = 2 * MOST_REQUESTS;
    const apply = (i: number): void =>
      history.apply(signalOf(fail(i / 1000, { session: `${i}` })), START);
    for (let i = 0; i < count; i++) apply(i);
    assert.equal(history.since(0).length, count);
    apply(count);
    const sessions = history.since(0).map(({ session }) => session);
    assert.deepEqual(
      [sessions.length, sessions[0], sessions.at(-1)],
      [MOST_REQUESTS, `${count - MOST_REQUESTS + 1}`, `${count}`],
    );
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
