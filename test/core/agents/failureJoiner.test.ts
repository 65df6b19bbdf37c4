import assert from 'node:assert/strict';
import { FailureJoiner, FailureLog, joinFailures } from '../../../src/core/agents/failureJoiner.ts';
import type { RequestEnded, RequestFailed, Signal } from '../../../src/core/agents/signal.ts';

const logged = (key: string, at: number, more: Partial<RequestFailed> = {}): RequestFailed => ({
  kind: 'requestFailed',
  at,
  agent: 'opencode',
  session: 's',
  evidence: {},
  contentKey: key,
  text: 'Overloaded',
  ...more,
});
const row = (key: string, at: number, more: Partial<RequestFailed> = {}): RequestFailed =>
  logged(key, at, { isFallback: true, isThreadUnknown: true, status: 529, ...more });
const detail = (at: number): RequestEnded => ({
  ...logged('detail', at),
  kind: 'requestEnded',
  failure: { text: '', retryAfterMs: 7 },
});

/** The failures of the signals, in order: each once. */
function join(...signals: Signal[]): RequestFailed[] {
  const joiner = new FailureJoiner();
  const all = signals.flatMap(signal => joiner.join([signal]));
  return [...new Map(all.map(failure => [failure.contentKey, failure])).values()];
}

describe('failureJoiner: a record and its fallback', () => {
  const cases: [fact: string, signals: Signal[], keys: string[]][] = [
    ['only a fallback counts', [row('r', 0)], ['r']],
    ['the first report of both has the key: the log', [logged('l', 0), row('r', 900)], ['l']],
    ['the first report of both has the key: the row', [row('r', 900), logged('l', 0)], ['r']],
    [
      'the nearer of two attempts matches',
      [logged('a', 0), logged('b', 2500), row('r', 2600)],
      ['a', 'b'],
    ],
    [
      'longer than the end of a turn takes: the log has lost it',
      [logged('l', 0), row('r', 5001)],
      ['l', 'r'],
    ],
    ['two rows are two failures', [logged('l', 0), row('r', 1), row('q', 2)], ['l', 'q']],
    ['two lines are two failures', [row('r', 1), logged('l', 0), logged('m', 2)], ['r', 'm']],
    [
      'another session is another failure',
      [logged('l', 0), row('r', 0, { session: 't' })],
      ['l', 'r'],
    ],
    [
      'unless one of them does not know the session',
      [logged('l', 0, { isSessionUnknown: true }), row('r', 0, { session: 't' })],
      ['l'],
    ],
    [
      'another error text is another failure',
      [logged('l', 0), row('r', 0, { text: 'Bad Gateway' })],
      ['l', 'r'],
    ],
    [
      'a truncated error text is the same',
      [logged('l', 0, { text: 'Overl…' }), row('r', 0)],
      ['l'],
    ],
    [
      'another status is another failure',
      [logged('l', 0, { status: 429 }), row('r', 0)],
      ['l', 'r'],
    ],
    [
      'another agent is another failure',
      [logged('l', 0, { agent: 'crush' }), row('r', 0)],
      ['l', 'r'],
    ],
  ];
  for (const [fact, signals, keys] of cases)
    it(fact, () =>
      assert.deepEqual(
        join(...signals).map(it => it.contentKey),
        keys,
      ),
    );

  for (const signals of [
    [logged('l', 0, { subagent: 'a' }), row('r', 9)],
    [row('r', 9), logged('l', 0, { subagent: 'a' })],
  ])
    it(`joins the facts of both: ${signals.map(it => it.contentKey).join(', then ')}`, () => {
      const [failure] = join(...signals);
      const { status, subagent, isFallback, isThreadUnknown, at } = failure!;
      assert.deepEqual(
        [status, subagent, isFallback, isThreadUnknown, at],
        [529, 'a', undefined, undefined, 0],
      );
    });

  it('adds a detail too, in any order', () => {
    for (const signals of [
      [logged('l', 0), row('r', 9), detail(5)],
      [detail(5), row('r', 9), logged('l', 0)],
      [logged('l', 0), detail(5), row('r', 9)],
    ]) {
      const [failure, ...others] = join(...signals);
      assert.deepEqual([failure?.status, failure?.retryAfterMs, others.length], [529, 7, 0]);
    }
  });

  it('adds a second record of its detail, and not the one of another failure', () => {
    const ids = { requests: ['vnwmdk3gjd6vxatgmd6lt'] };
    const more = { ...detail(5), failure: { text: '', support: ids } };
    for (const signals of [
      [logged('l', 0), detail(5), more],
      [detail(5), more, logged('l', 0)],
      [detail(5), logged('l', 0), more],
    ]) {
      const [first, second] = join(...signals, logged('m', 20));
      assert.deepEqual(
        [first?.support, second?.contentKey, second?.support],
        [ids, 'm', undefined],
      );
    }
  });

  it('returns a repeated failure with all known facts', () => {
    const joiner = new FailureJoiner();
    joiner.join([logged('l', 0), row('r', 9)]);
    assert.equal(joiner.join([logged('l', 0)])[0]?.status, 529);
  });
});

/** A failure of a sub-agent, in the log without its thread, and in the sub-agent's own file. */
const unknown = (key: string, at: number): RequestFailed =>
  logged(key, at, { isThreadUnknown: true });
const ofThread = (subagent: string, at: number): RequestEnded => ({
  ...detail(at),
  contentKey: `${subagent} ${at}`,
  subagent,
});

describe('failureJoiner: several threads that fail within moments', () => {
  const all = [
    ...[unknown('l', 0), unknown('m', 36), unknown('n', 48), unknown('o', 632)],
    ...[ofThread('a', 1), ofThread('a', 633), ofThread('b', 43), ofThread('c', 48)],
  ];
  const orders: [order: string, signals: Signal[]][] = [
    ['the log first', all],
    ['the log last', all.toReversed()],
    ['one thread, the log, the others', [4, 5, 0, 1, 2, 3, 6, 7].map(at => all[at]!)],
    ['the farthest thread first', [6, 0, 1, 7, 3, 2, 5, 4].map(at => all[at]!)],
    ['by turns', [1, 7, 3, 4, 2, 6, 0, 5].map(at => all[at]!)],
  ];
  for (const [order, signals] of orders)
    it(`each detail goes to the nearest failure: ${order}`, () =>
      assert.deepEqual(
        join(...signals)
          .toSorted((a, b) => a.at - b.at)
          .map(({ contentKey, subagent }) => [contentKey, subagent]),
        [
          ['l', 'a'],
          ['m', 'b'],
          ['n', 'c'],
          ['o', 'a'],
        ],
      ));

  it('a nearer failure takes the detail of one that is farther away', () => {
    const failures = join(unknown('l', 0), ofThread('a', 40), unknown('m', 39));
    assert.deepEqual(
      failures.map(({ contentKey, subagent, isThreadUnknown }) => [
        contentKey,
        subagent,
        isThreadUnknown,
      ]),
      [
        ['l', undefined, true],
        ['m', 'a', undefined],
      ],
    );
  });

  it('a batch has each new failure once; what it takes from others are amendments', () => {
    const joiner = new FailureJoiner();
    const tailed = [unknown('l', 0), ofThread('a', 40), unknown('m', 39)].map(signal => ({
      signal,
      file: 'f',
      byteOffset: 0,
    }));
    const { signals, amendments } = joinFailures(joiner, tailed);
    assert.deepEqual(
      signals.map(({ signal }) => signal.contentKey),
      ['l', 'm'],
    );
    assert.deepEqual(
      amendments.map(({ contentKey, subagent }) => [contentKey, subagent]),
      [
        ['l', 'a'],
        ['m', 'a'],
        ['l', undefined],
      ],
    );
  });
});

describe('FailureLog', () => {
  const add = (log: FailureLog, key: string, at = 0): boolean[] =>
    log.add({ signal: logged(key, at), file: 'f', byteOffset: 0 }).map(({ isNew }) => isNew);

  it('keeps only the requested number, the latest ones', () => {
    const log = new FailureLog(3);
    for (let i = 0; i < 2_000; i++) assert.deepEqual(add(log, `${i}`, i * 10_000), [true]);
    assert.deepEqual(
      log.failures.map(({ signal }) => signal.contentKey),
      ['1997', '1998', '1999'],
    );
  });

  it('recognizes repeats of a rewritten file, however much comes between', () => {
    const log = new FailureLog(3);
    add(log, 'repeated');
    for (let i = 0; i < 2_000; i++) {
      add(log, `${i}`, i * 10_000);
      assert.deepEqual(add(log, 'repeated'), [false], `${i}`);
    }
  });
});
