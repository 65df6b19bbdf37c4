import assert from 'node:assert/strict';
import type { RequestFailed } from '../../../src/core/agents/signal.ts';
import {
  bookOf,
  fail,
  many,
  SECOND,
  START,
  type Step,
  UNCLEAR,
  WORDS,
} from '../../support/bursts.ts';

const { wordless, worded, relayed, wordsThere } = UNCLEAR;

describe('IncidentBook: what an incident says of its failures', () => {
  const named = { text: 'request reached organization max RPM, please try again' };
  const numbered = { text: 'request reached organization max RPM: 3, please try again' };
  const silent = { status: undefined } as unknown as Partial<RequestFailed>;
  const unknownText = 'some words that no rule knows';
  const ranks: [fact: string, better: Partial<RequestFailed>, worse: Partial<RequestFailed>][] = [
    [
      'with text, though a title, to one without',
      { text: unknownText, isSideRequest: true },
      { text: '' },
    ],
    [
      'with a known text, though a title, to one with an unknown text',
      { text: WORDS.generic, isSideRequest: true },
      { text: unknownText },
    ],
    ['with the limit, though without a status, to one without', { ...numbered, ...silent }, named],
    ['with a status to one without, both without text', { text: '' }, { text: '', ...silent }],
    [
      'with a status, though a title, to one without',
      { ...named, isSideRequest: true },
      { ...named, ...silent },
    ],
    ['of the conversation to one of a title', named, { ...named, isSideRequest: true }],
  ];
  for (const [fact, better, worse] of ranks)
    it(`prefers as example a failure ${fact}`, () => {
      const [first, second] = [fail(0, better), fail(1, worse)];
      for (const steps of [
        [first, second],
        [second, first],
      ]) {
        const [{ facts } = assert.fail()] = bookOf(steps).takeChanged(START);
        assert.deepEqual([facts.count, facts.example.signal], [2, first]);
      }
    });

  it('shows the most informative failure, and the newest fields of the text', () => {
    const tpd = (s: number, current: number): RequestFailed =>
      fail(s, {
        evidence: { host: 'api.moonshot.cn' },
        text: WORDS.tpd.replace('1501880', `${current}`),
      });
    const steps = [
      tpd(1, 1_501_880),
      tpd(2, 1_502_000),
      { ...tpd(0, 1_500_100), text: WORDS.tpd, isSideRequest: true },
    ];
    const [{ facts } = assert.fail()] = bookOf(steps).takeChanged(START);
    assert.equal(facts.example.signal.at, START + SECOND);
    assert.deepEqual([facts.fields.current, facts.fields.limit], [1_502_000, 1_500_000]);
    assert.equal(facts.sideCount, 1);
  });

  it('updates thread, wait and end of a failure without counting it again', () => {
    const known = fail(0, { isThreadUnknown: true });
    const book = bookOf([known, fail(1, { isThreadUnknown: true, contentKey: 'b' })]);
    book.amend(fail(0, { subagent: 'x', retryAfterMs: 500, contentKey: known.contentKey }));
    book.amend(fail(1, { subagent: 'x', isFinal: true, contentKey: 'b' }));
    const [{ facts } = assert.fail()] = book.takeChanged(START + 2 * SECOND);
    assert.deepEqual(facts.places, [{ agent: 'kimi-code', session: 'a', subagent: 'x', count: 2 }]);
    assert.deepEqual([facts.count, facts.state, facts.waitUntil], [2, 'gaveUp', START + 500]);
  });

  it('counts the attempts of a failure again when other records count some of them', () => {
    const turn = fail(6, { attemptCount: 6, contentKey: 'turn' });
    const book = bookOf([turn, fail(1), fail(3)]);
    book.amend(fail(6, { contentKey: 'turn', fewerAttempts: 5 }));
    const [{ facts, course } = assert.fail()] = book.takeChanged(START + 6 * SECOND);
    assert.equal(facts.count, 3);
    const perSecond = course.slices(facts.to).map(at => course.failedIn(at));
    assert.deepEqual(perSecond, [1, 0, 1, 0, 0, 1]);
    assert.equal(
      facts.places.reduce((sum, { count }) => sum + count, 0),
      3,
    );
  });

  it('updates the error text of a failure that had none', () => {
    const silent = fail(0, { ...wordless, contentKey: 'k' });
    const book = bookOf([silent]);
    book.amend(fail(0, { ...worded, contentKey: 'k' }));
    const [{ facts } = assert.fail()] = book.takeChanged(START);
    assert.deepEqual(
      [facts.category, facts.provider, facts.count],
      ['concurrency', 'kimi-code', 1],
    );
    assert.equal(facts.example.signal.text, WORDS.concurrency);
  });

  const amended: [fact: string, others: Step[], category: string][] = [
    ['changes the cause of an incident of one failure', [], 'concurrency'],
    ['but not of one that other failures support', [fail(1)], 'rate_limited_ambiguous'],
  ];
  for (const [fact, others, category] of amended)
    it(`an error text that arrives later ${fact}`, () => {
      const book = bookOf([fail(0, { contentKey: 'k' }), ...others]);
      book.amend(fail(0, { contentKey: 'k', text: WORDS.concurrency }));
      const [{ facts } = assert.fail()] = book.takeChanged(START);
      assert.deepEqual([facts.category, facts.count], [category, 1 + others.length]);
    });

  it('shows the later version of its example, and no other failure in its place', () => {
    const book = bookOf([fail(0, { contentKey: 'k' }), fail(1, { contentKey: 'other' })]);
    book.amend(fail(1, { contentKey: 'other', subagent: 'x' }));
    const exampleOf = () => book.takeChanged(START)[0]?.facts.example.signal;
    assert.equal(exampleOf()?.at, START);
    book.amend(fail(0, { contentKey: 'k', text: '' }));
    const shown = exampleOf();
    assert.deepEqual([shown?.at, shown?.text], [START, '']);
  });

  it('ignores a later version of a failure that it does not know', () => {
    const book = bookOf([fail(0)]);
    book.takeChanged(START);
    book.amend(fail(1, { contentKey: 'unknown' }));
    assert.deepEqual([book.hasChanged, book.takeChanged(START)], [false, []]);
  });

  const accounts: [fact: string, steps: Step[], provider: string][] = [
    ['of the first failure that names one', [fail(0, { evidence: {} }), fail(1)], 'kimi-code'],
    [
      'of the failure without text, if the text names none',
      [fail(0, { text: '' }), fail(1, { evidence: {} })],
      'kimi-code',
    ],
    [
      'of the text, if that names one',
      [fail(0, { ...relayed, agent: 'claude-code' }), fail(1, wordsThere)],
      'open-platform',
    ],
  ];
  for (const [fact, steps, provider] of accounts)
    it(`has the account ${fact}`, () => {
      const changed = bookOf(steps).takeChanged(START);
      assert.deepEqual(
        changed.map(({ facts }) => facts.provider),
        [provider],
      );
    });

  it('keeps the numbers of the newest text, in whatever order they are read', () => {
    const daily = (s: number): RequestFailed =>
      fail(s, { text: WORDS.tpd.replace('1501880', `${1_500_000 + s}`) });
    const [{ facts } = assert.fail()] = bookOf([daily(2), daily(0), daily(1)]).takeChanged(START);
    assert.equal(facts.fields.current, 1_500_002);
  });

  it('keeps the 300 incidents with the newest failures', () => {
    const session = (i: number, s = i / 100): RequestFailed =>
      fail(s, { status: 400, text: WORDS.context, session: `${i}`, contentKey: `${i} ${s}` });
    const book = bookOf([...many(300, i => session(i)), session(0, 50), session(300, 51)]);
    const sessions = book.takeChanged(START).map(({ facts }) => facts.places[0]?.session);
    assert.deepEqual(
      [sessions.length, sessions.includes('0'), sessions.includes('1')],
      [300, true, false],
    );
  });

  it('amends the newest 4,000 failures', () => {
    const flood = many(4001, i => fail(i / 1000, { contentKey: `${i}` }));
    const book = bookOf(flood);
    book.takeChanged(START);
    book.amend(fail(0, { contentKey: '0' }));
    assert.equal(book.hasChanged, false);
    book.amend(fail(0.001, { contentKey: '1' }));
    assert.equal(book.hasChanged, true);
  });
});
