import assert from 'node:assert/strict';
import { FailureJoiner } from '../../../src/core/agents/failureJoiner.ts';
import type { RequestEnded, RequestFailed, Signal } from '../../../src/core/agents/signal.ts';
import { TERMINAL_SESSION } from '../../../src/core/agents/terminalError.ts';

const failed = (at: number, more: Partial<RequestFailed> = {}): RequestFailed => ({
  kind: 'requestFailed',
  at,
  agent: 'opencode',
  session: 's',
  evidence: {},
  contentKey: 'failed',
  text: 'Overloaded',
  ...more,
});
const fallback = (at: number, more: Partial<RequestFailed> = {}): RequestFailed =>
  failed(at, { contentKey: 'fallback', isFallback: true, ...more });
/** A detail that alone knows the wait. */
const detail = (
  at: number,
  failure: Partial<RequestEnded['failure']> = {},
  more: Partial<RequestEnded> = {},
): RequestEnded => ({
  kind: 'requestEnded',
  at,
  agent: 'opencode',
  session: 's',
  evidence: {},
  contentKey: 'detail',
  failure: { text: '', retryAfterMs: 7, ...failure },
  ...more,
});

/** The failures that are known in the end. */
function join(signals: readonly Signal[]): RequestFailed[] {
  const joiner = new FailureJoiner();
  const all = signals.flatMap(signal => joiner.join([signal]));
  return [...new Map(all.map(failure => [failure.contentKey, failure])).values()];
}

/** Both sides of every limit, and both orders: logs are read in any. */
describe('Boundaries: a failure and its detail', () => {
  const pairs: readonly (readonly [fact: string, isOne: boolean, RequestFailed, RequestEnded])[] = [
    ['one status', true, failed(0, { status: 429 }), detail(0, { status: 429 })],
    ['another status', false, failed(0, { status: 429 }), detail(0, { status: 403 })],
    ['a status that only the failure knows', true, failed(0, { status: 429 }), detail(0)],
    ['a status that only the detail knows', true, failed(0), detail(0, { status: 403 })],
    ['the same text', true, failed(0), detail(0, { text: 'Overloaded' })],
    ['another text', false, failed(0), detail(0, { text: 'Bad Gateway' })],
    ['a longer text', false, failed(0), detail(0, { text: 'Overloaded, try again' })],
    [
      'a text that only the detail knows',
      true,
      failed(0, { text: '' }),
      detail(0, { text: 'Bad Gateway' }),
    ],
    ['2 s later', true, failed(0), detail(2000)],
    ['more than 2 s later', false, failed(0), detail(2001)],
    ['2 s earlier', true, failed(2000), detail(0)],
    ['more than 2 s earlier', false, failed(2001), detail(0)],
    ['2 s after the last possible moment', true, failed(0, { notAfter: 60_000 }), detail(62_000)],
    ['later than that', false, failed(0, { notAfter: 60_000 }), detail(62_001)],
    ['another session', false, failed(0), detail(0, {}, { session: 't' })],
    [
      'a session that one does not know',
      true,
      failed(0, { isSessionUnknown: true }),
      detail(0, {}, { session: 't' }),
    ],
    ['another subagent', false, failed(0, { subagent: 'a' }), detail(0, {}, { subagent: 'b' })],
    [
      'a subagent that one does not know',
      true,
      failed(0, { isThreadUnknown: true }),
      detail(0, {}, { subagent: 'b' }),
    ],
    ['another agent', false, failed(0, { agent: 'crush' }), detail(0)],
    [
      'two programs called kimi, in a terminal',
      true,
      failed(0, { agent: 'kimi-cli', session: TERMINAL_SESSION, isSessionUnknown: true }),
      detail(0, {}, { agent: 'kimi-code' }),
    ],
    [
      'two programs called kimi, not in a terminal',
      false,
      failed(0, { agent: 'kimi-cli' }),
      detail(0, {}, { agent: 'kimi-code' }),
    ],
    [
      'another agent in a terminal',
      false,
      failed(0, { agent: 'crush', session: TERMINAL_SESSION, isSessionUnknown: true }),
      detail(0, {}, { agent: 'kimi-code' }),
    ],
  ];
  for (const [fact, isOne, failure, ended] of pairs)
    it(`${fact}: ${isOne ? 'joined' : 'apart'}`, () => {
      for (const signals of [
        [failure, ended],
        [ended, failure],
      ]) {
        const found = join(signals);
        assert.deepEqual(
          found.map(it => it.retryAfterMs),
          [isOne ? 7 : undefined],
        );
      }
    });

  it('a request that ended well is no detail', () => {
    const { failure: _, ...well } = detail(0);
    assert.deepEqual(join([well, failed(0)]), [failed(0)]);
  });

  it('the nearest detail is taken, and only once', () => {
    const [near, far] = [detail(1, { retryAfterMs: 1 }), detail(900, { retryAfterMs: 900 })];
    const found = join([
      { ...far, contentKey: 'far' },
      { ...near, contentKey: 'near' },
      failed(0),
      failed(0, { contentKey: 'second' }),
    ]);
    assert.deepEqual(
      found.map(it => it.retryAfterMs),
      [1, 900],
    );
  });

  it('a moment that was not known becomes that of the detail', () => {
    const [found] = join([failed(0, { notAfter: 60_000 }), detail(30_000)]);
    assert.deepEqual([found?.at, found?.notAfter], [30_000, 30_000]);
  });

  it('2,048 details wait for their failures, the newest', () => {
    const details = Array.from({ length: 2049 }, (_, index) =>
      detail(index * 10_000, {}, { contentKey: `detail ${index}` }),
    );
    const joiner = new FailureJoiner();
    joiner.join(details);
    const waitOf = (index: number) =>
      joiner.join([failed(index * 10_000, { contentKey: `failed ${index}` })])[0]?.retryAfterMs;
    assert.deepEqual([0, 1, 2048].map(waitOf), [undefined, 7, 7]);
  });
});

describe('Boundaries: a failure and its fallback', () => {
  const pairs: readonly (readonly [string, isOne: boolean, RequestFailed, RequestFailed])[] = [
    ['5 s later', true, failed(0), fallback(5000)],
    ['more than 5 s later', false, failed(0), fallback(5001)],
    ['5 s earlier', true, failed(5000), fallback(0)],
    ['more than 5 s earlier', false, failed(5001), fallback(0)],
    ['another status', false, failed(0, { status: 429 }), fallback(0, { status: 403 })],
    ['a status that only one knows', true, failed(0), fallback(0, { status: 403 })],
    ['a text that is cut', true, failed(0, { text: 'Over...' }), fallback(0)],
    ['another text', false, failed(0, { text: 'Under...' }), fallback(0)],
    ['no fallback', false, failed(0), fallback(0, { isFallback: false })],
    ['two fallbacks', false, failed(0, { isFallback: true }), fallback(0)],
  ];
  for (const [fact, isOne, failure, other] of pairs)
    it(`${fact}: ${isOne ? 'joined' : 'apart'}`, () => {
      for (const signals of [
        [failure, other],
        [other, failure],
      ])
        assert.equal(join(signals).length, isOne ? 1 : 2);
    });
});
