import assert from 'node:assert/strict';
import type { Signal } from '../../../src/core/agents/signal.ts';
import { burstShapeOf, type Burst } from '../../../src/core/incidents/burstShape.ts';
import { RequestHistory } from '../../../src/core/incidents/requestHistory.ts';
import type { BurstShape } from '../../../src/core/incidents/verdict.ts';

const START = Date.UTC(2026, 10, 21, 12);
const MINUTE_S = 60;

type Step = readonly [second: number, kind: Signal['kind'], session: string];

function shapeOf(steps: readonly Step[], from: number, to: number): BurstShape | undefined {
  const history = new RequestHistory();
  for (const [second, kind, session] of steps) {
    const at = START + second * 1000;
    const fields = {
      at,
      agent: 'opencode',
      session,
      evidence: {},
      contentKey: `${at} ${kind}`,
    } as const;
    if (kind === 'requestFailed') history.apply({ ...fields, kind, text: '' }, at);
    else if (kind === 'requestEnded') history.apply({ ...fields, kind, outputTokens: 9 }, at);
    else history.apply({ ...fields, kind }, at);
  }
  const burst: Burst = {
    provider: 'kimi-code',
    from: START + from * 1000,
    to: START + to * 1000,
    places: [
      { agent: 'opencode', session: 'a', count: 1 },
      { agent: 'opencode', session: 'b', count: 1 },
    ],
  };
  return burstShapeOf(history, burst, burst.to);
}

const start = (second: number, session = 'a'): Step => [second, 'requestStarted', session];
const end = (second: number, session = 'a'): Step => [second, 'requestEnded', session];
const fail = (second: number, session = 'a'): Step => [second, 'requestFailed', session];

describe('burstShapeOf: successes', () => {
  it('excludes requests accepted before the limit was reached', () => {
    const shape = shapeOf(
      [start(0, 'b'), start(1), fail(2), end(9, 'b'), start(20), fail(21)],
      2,
      21,
    );
    assert.equal(shape?.successesDuring, 0);
    assert.equal(shape.firstSuccessAfterMs, undefined);
  });

  it('excludes them after the last failure too', () => {
    const shape = shapeOf([start(0, 'b'), start(1), fail(2), end(9, 'b')], 2, 2);
    assert.equal(shape?.firstSuccessAfterMs, undefined);
  });

  it('counts requests that started during the burst', () => {
    const shape = shapeOf(
      [start(1), fail(2), start(3, 'b'), end(9, 'b'), start(20), fail(21)],
      2,
      21,
    );
    assert.equal(shape?.successesDuring, 1);
  });

  it('finds the first success of requests that started after it', () => {
    const shape = shapeOf([start(1), fail(2), start(3), end(9)], 2, 2);
    assert.equal(shape?.firstSuccessAfterMs, 7000);
  });

  it('searches one hour back for the last success', () => {
    const at = 17 * MINUTE_S;
    const shape = shapeOf([start(0), end(5), start(at), fail(at + 1)], at + 1, at + 1);
    assert.equal(shape?.lastSuccessBeforeMs, (at + 1 - 5) * 1000);
  });

  it('ignores a success of another session, which may use another key', () => {
    const shape = shapeOf([start(0, 'c'), end(5, 'c'), start(20), fail(21)], 21, 21);
    assert.equal(shape?.lastSuccessBeforeMs, undefined);
  });
});

describe('burstShapeOf: in flight', () => {
  it('counts a request whose end is not read yet', () => {
    const shape = shapeOf([start(0), start(1, 'b')], 2, 2);
    assert.equal(shape?.inFlightPeak, 2);
  });
});
