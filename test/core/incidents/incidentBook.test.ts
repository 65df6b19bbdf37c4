import assert from 'node:assert/strict';
import type { RequestFailed } from '../../../src/core/agents/signal.ts';
import {
  answer,
  bookOf,
  fail,
  fold,
  many,
  SECOND,
  START,
  type Step,
  tailed,
  UNCLEAR,
  WORDS,
} from '../../support/bursts.ts';

const { bare, wordless, worded, relayed, wordsThere } = UNCLEAR;

describe('IncidentBook', () => {
  const other = { evidence: { otherProvider: 'openai' }, text: 'Rate limit reached' } as const;
  const quota403 = {
    agent: 'claude-code',
    status: 403,
    isFinal: true,
    text: "You've reached your 5-hour usage limit. Please wait for your quota to reset.",
  } as const;
  const overflow = (s: number): RequestFailed => fail(s, { status: 400, text: WORDS.context });
  const cases: [fact: string, steps: Step[], expected: string[]][] = [
    [
      'is silent for 90 s before it is over',
      [fail(0), fail(90), fail(180)],
      ['rate_limited_ambiguous 3 over'],
    ],
    [
      'is another one after that',
      [fail(0), fail(90.1)],
      ['rate_limited_ambiguous 1 over', 'rate_limited_ambiguous 1 over'],
    ],
    [
      'is as long as an announced wait, with a margin',
      [fail(0, { retryAfterMs: 1_152_000 }), fail(1_160)],
      ['rate_limited_ambiguous 2 over'],
    ],
    [
      'is as long as the wait that the text requests',
      [
        fail(0, {
          text: 'request reached organization max RPM: 3, please try again after 300 seconds',
        }),
        fail(310, { text: WORDS.rpm }),
      ],
      ['rpm 2 over'],
    ],
    [
      'opens a second one when the category changes within a burst',
      [fail(0), fail(1, { text: WORDS.concurrency }), fail(2, { text: WORDS.rpm }), fail(3)],
      ['rate_limited_ambiguous 2 over', 'concurrency 1 over', 'rpm 1 over'],
    ],
    [
      'keeps accounts separate',
      [fail(0), fail(1, { evidence: { host: 'api.moonshot.cn' } })],
      ['rate_limited_ambiguous 1 over', 'rate_limited_ambiguous 1 over'],
    ],
    [
      'keeps other providers separate, whatever their text',
      [fail(0), fail(1, other), fail(2, { ...other, agent: 'codex', session: 'b' })],
      ['rate_limited_ambiguous 1 over', 'other_provider 1 over', 'other_provider 1 over'],
    ],
    [
      'adds failures without text to the incident nearby',
      [fail(0, worded), fail(1, bare)],
      ['concurrency 2 over'],
    ],
    [
      'but not to one of a used-up quota, if the thread succeeded in between',
      [fail(0, wordless), answer(1, { agent: 'claude-code' }), fail(2, quota403)],
      ['null 1 recovered', 'quota_5h 1 gaveUp'],
    ],
    [
      'in whichever order the two are read',
      [fail(2, quota403), answer(1, { agent: 'claude-code' }), fail(0, wordless)],
      ['quota_5h 1 gaveUp', 'null 1 recovered'],
    ],
    [
      'to one of a used-up quota, if nothing succeeded',
      [fail(0, wordless), fail(2, quota403)],
      ['quota_5h 2 gaveUp'],
    ],
    [
      'also when the text arrives later',
      [fail(0, wordless), fail(1, bare), fail(2, worded)],
      ['concurrency 3 over'],
    ],
    [
      'also if the failure without text has another base URL, in the same thread',
      [fail(0, relayed), fail(1, wordsThere), fail(2, relayed)],
      ['balance 3 over'],
    ],
    [
      'but not of another thread, nor of another model',
      [
        fail(0, { ...relayed, subagent: 'x' }),
        fail(1, wordsThere),
        fail(2, { ...relayed, model: 'claude-sonnet-5' }),
      ],
      ['other_provider 2 over', 'balance 1 over'],
    ],
    [
      'also in another thread of the same session',
      [fail(0, { ...worded, subagent: 'x' }), fail(1, { ...wordless, subagent: 'y' })],
      ['concurrency 2 over'],
    ],
    [
      'with any equal status',
      [
        fail(0, { ...bare, status: 403 }),
        fail(1, { ...worded, status: 403 }),
        fail(2, { ...bare, status: 401 }),
      ],
      ['concurrency 2 over', 'auth 1 over'],
    ],
    [
      'but not failures of another agent',
      [fail(0, worded), fail(1, { ...wordless, agent: 'codex' })],
      ['concurrency 1 over', 'null 1 over'],
    ],
    [
      'has no category for failures without error text',
      [fail(0, wordless), fail(1, wordless)],
      ['null 2 over'],
    ],
    [
      'does not take unknown text for a missing one',
      [fail(0, worded), fail(1, { agent: 'claude-code', text: 'short and stout' })],
      ['concurrency 1 over', 'rate_limited_ambiguous 1 over'],
    ],
    [
      'does not take an error type for a missing text',
      [fail(0, worded), fail(1, { ...bare, errorType: 'some_new_error' })],
      ['concurrency 1 over', 'rate_limited_ambiguous 1 over'],
    ],
    [
      'limits a malformed request to its own session',
      many(2, i => fail(i, { status: 400, text: 'Invalid request', session: `${i}` })),
      ['bad_request 1 over', 'bad_request 1 over'],
    ],
    [
      'limits an overflow to its own session',
      many(2, i => fail(i, { status: 400, text: WORDS.context, session: `${i}` })),
      ['context_length 1 over', 'context_length 1 over'],
    ],
    [
      'counts attempts, and side requests among them',
      [fail(0, { attemptCount: 4 }), fail(1, { isSideRequest: true })],
      ['rate_limited_ambiguous 5 over'],
    ],
    [
      'recovers when its thread succeeds',
      [fail(0), fail(1), answer(3)],
      ['rate_limited_ambiguous 2 recovered'],
    ],
    [
      'does not recover by a title',
      [fail(0), answer(3, { isSideRequest: true })],
      ['rate_limited_ambiguous 1 over'],
    ],
    [
      'does not recover by another thread',
      [fail(0), answer(3, { subagent: 'x' })],
      ['rate_limited_ambiguous 1 over'],
    ],
    [
      'does not recover by an earlier success',
      [fail(5), answer(3)],
      ['rate_limited_ambiguous 1 over'],
    ],
    [
      'recognizes a success that was read before the failure',
      [answer(3), fail(0)],
      ['rate_limited_ambiguous 1 recovered'],
    ],
    [
      'is another one when the thread had recovered for a while',
      [fail(0), answer(3), fail(30)],
      ['rate_limited_ambiguous 1 recovered', 'rate_limited_ambiguous 1 over'],
    ],
    [
      'is the same when it relapses immediately',
      [fail(0), answer(3), fail(9), answer(11)],
      ['rate_limited_ambiguous 2 recovered'],
    ],
    [
      'is the same while other threads still fail',
      [
        fail(0, { subagent: 'x' }),
        fail(1, { subagent: 'y' }),
        answer(3, { subagent: 'x' }),
        fail(40, { subagent: 'x' }),
      ],
      ['rate_limited_ambiguous 3 over'],
    ],
    [
      'recovers though another thread gave up',
      [fail(0), answer(3), fail(4, { subagent: 'x', isFinal: true })],
      ['rate_limited_ambiguous 2 recovered'],
    ],
    [
      'ends when a record without the thread reports that the only thread stopped',
      [fail(0), fail(2, { isThreadUnknown: true, isFinal: true })],
      ['rate_limited_ambiguous 2 gaveUp'],
    ],
    [
      'is open when that may be another thread',
      [fail(0), fail(1, { subagent: 'x' }), fail(2, { isThreadUnknown: true, isFinal: true })],
      ['rate_limited_ambiguous 3 gaveUp'],
    ],
    [
      'recovers with any response of the agent where its failures name no session',
      [fail(0, { session: 'run', isSessionUnknown: true }), answer(3)],
      ['rate_limited_ambiguous 1 recovered'],
    ],
    [
      'continues when the user retries after the agent stopped',
      [fail(0, { isFinal: true }), fail(20)],
      ['rate_limited_ambiguous 2 over'],
    ],
    [
      'is the same when it relapses within 15 s',
      [fail(0), answer(3), fail(15)],
      ['rate_limited_ambiguous 2 over'],
    ],
    [
      'and another one after that',
      [fail(0), answer(3), fail(15.001)],
      ['rate_limited_ambiguous 1 recovered', 'rate_limited_ambiguous 1 over'],
    ],
    [
      'is the same for overflows with compactions in between',
      [overflow(0), answer(3), overflow(60), answer(63), overflow(120)],
      ['context_length 3 over'],
    ],
    [
      'accepts failures of up to 90 s before the first one',
      [fail(100), fail(10)],
      ['rate_limited_ambiguous 2 over'],
    ],
    [
      'but no older ones',
      [fail(100), fail(9.999)],
      ['rate_limited_ambiguous 1 over', 'rate_limited_ambiguous 1 over'],
    ],
    [
      'lasts for an announced wait, a quarter of it and 15 s',
      [fail(0, { retryAfterMs: 100_000 }), fail(140)],
      ['rate_limited_ambiguous 2 over'],
    ],
    [
      'and not longer',
      [fail(0, { retryAfterMs: 100_000 }), fail(140.001)],
      ['rate_limited_ambiguous 1 over', 'rate_limited_ambiguous 1 over'],
    ],
    [
      'lasts for a wait of a day',
      [fail(0, { retryAfterMs: 86_400_000 }), fail(86_400)],
      ['rate_limited_ambiguous 2 running'],
    ],
    [
      'but not for a longer one: nobody waits for it',
      [fail(0, { retryAfterMs: 86_400_001 }), fail(86_400)],
      ['rate_limited_ambiguous 1 over', 'rate_limited_ambiguous 1 running'],
    ],
    [
      'takes failures of one agent without a known account to the known one',
      [fail(0), fail(1, { evidence: {}, session: 'b' })],
      ['rate_limited_ambiguous 2 over'],
    ],
    [
      'but not of two agents without any known account',
      [fail(0, { evidence: {} }), fail(1, { evidence: {}, agent: 'codex' })],
      ['rate_limited_ambiguous 1 over', 'rate_limited_ambiguous 1 over'],
    ],
    [
      'takes a failure without anything to another provider only in its session',
      [
        fail(0, other),
        fail(1, { ...wordless, agent: 'kimi-code' }),
        fail(2, { ...wordless, agent: 'kimi-code', session: 'b' }),
      ],
      ['other_provider 2 over', 'null 1 over'],
    ],
    [
      'keeps models of a relay apart that fail without text',
      [fail(1, { ...wordsThere, model: 'kimi-k2.5' }), fail(2, { ...relayed, model: 'glm-5' })],
      ['balance 1 over', 'other_provider 1 over'],
    ],
    [
      'accepts failures in any order',
      [fail(80), fail(0), fail(40)],
      ['rate_limited_ambiguous 3 over'],
    ],
  ];
  for (const [fact, steps, expected] of cases)
    it(fact, () => assert.deepEqual(fold(steps), expected));

  it('is running until its silence limit, and reports each change once', () => {
    const book = bookOf([fail(0)]);
    const states = (s: number): string[] =>
      book.takeChanged(START + s * SECOND).map(({ facts }) => facts.state);
    assert.deepEqual(
      [states(1), states(89), states(91), states(200)],
      [['running'], [], ['over'], []],
    );
    book.answer(answer(300));
    assert.deepEqual(states(301), ['recovered']);
  });

  it('keeps its id when an earlier failure is read later', () => {
    const book = bookOf([fail(10)]);
    const [first] = book.takeChanged(START);
    book.fail(tailed(fail(5)));
    const [second] = book.takeChanged(START);
    assert.equal(second?.facts.id, first?.facts.id);
    assert.equal(second?.facts.from, START + 5 * SECOND);
    assert.match(second?.facts.id ?? '', /^[\da-f]{16}$/);
  });

  it('makes an incident without a cause from unknown text', () => {
    assert.deepEqual(fold([fail(0, { status: 418, text: 'short and stout', evidence: {} })]), [
      'unknown 1 over',
    ]);
  });

  it('makes no incident from a program that paces itself', () => {
    const text = 'tower concurrency budget exhausted (4/4 agents running).';
    assert.deepEqual(fold([fail(0, { text, evidence: {} })]), []);
  });

  it('groups a flood of 10,000 into one, with at most 60 slices and 50 places', () => {
    const book = bookOf(
      many(10_000, i => fail(i / 200, { session: `${i % 300}`, contentKey: `${i}` })),
    );
    const changed = book.takeChanged(START + 60 * SECOND);
    const [{ facts, course } = assert.fail()] = changed;
    assert.equal(changed.length, 1);
    assert.deepEqual(
      [facts.count, facts.placeCount >= 200, facts.places.length],
      [10_000, true, 50],
    );
    const slices = course.slices(facts.to);
    assert.ok(slices.length <= 60);
    assert.equal(
      slices.reduce((sum, at) => sum + course.failedIn(at), 0),
      10_000,
    );
  });
});
