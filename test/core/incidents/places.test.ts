import assert from 'node:assert/strict';
import type { RequestFailed } from '../../../src/core/agents/signal.ts';
import { Answers, Places } from '../../../src/core/incidents/places.ts';
import { answer, fail, SECOND, START, many, type Step } from '../../support/bursts.ts';
import { incidentOf } from '../../support/incidents.ts';

describe('Places', () => {
  const cases: [threads: number, failures: number][] = [
    [1, 5],
    [200, 1],
    [200, 5],
    [250, 1],
    [250, 5],
  ];
  for (const [threads, failures] of cases)
    it(`counts ${threads} threads that fail ${failures} times each as ${threads}`, () => {
      const places = new Places();
      for (let round = 0; round < failures; round++)
        for (let index = 0; index < threads; index++)
          places.add(fail(round, { subagent: `${index}` }));
      assert.equal(places.size, threads);
    });

  it('no longer counts a thread when all of its failures are removed', () => {
    const places = new Places();
    const failures = Array.from({ length: 250 }, (_, index) => fail(0, { subagent: `${index}` }));
    for (const failure of [...failures, ...failures]) places.add(failure);
    for (const failure of failures) places.remove(failure);
    assert.equal(places.size, 250);
    for (const failure of failures) places.remove(failure);
    assert.equal(places.size, 0);
  });

  it('keeps the number of threads across a restart, although only 50 are stored', () => {
    const places = Array.from({ length: 50 }, (_, index) => ({
      agent: 'kimi-code' as const,
      session: 'a',
      subagent: `${index}`,
      count: 5,
    }));
    const stored = incidentOf('stored', { places, placeCount: 250 });
    const restored = Places.restore(stored);
    assert.equal(restored.size, 250);
    for (const place of places) restored.add(fail(0, place));
    assert.equal(restored.size, 250);
    assert.equal(Places.restore({ ...stored, placeCount: 50 }).size, 50);
  });

  it('stays fast for a hostile log with a new thread in each line', () => {
    const places = new Places();
    for (let index = 0; index < 10_000; index++) places.add(fail(0, { subagent: `${index}` }));
    assert.equal(places.size, 2200);
  });

  const listed = (steps: readonly RequestFailed[]): string[] => {
    const places = new Places();
    for (const step of steps) places.add(step);
    return places.list().map(({ subagent = 'main', count }) => `${subagent} ${count}`);
  };

  it('lists the threads with the most attempts first, at most 50', () => {
    const steps = [
      fail(0),
      fail(1, { subagent: 'x', attemptCount: 3 }),
      fail(2, { subagent: 'y' }),
      fail(3, { subagent: 'y' }),
    ];
    assert.deepEqual(listed(steps), ['x 3', 'y 2', 'main 1']);
    assert.equal(listed(many(60, i => fail(i, { subagent: `${i}` }))).length, 50);
  });

  it('names no sub-agent of the main thread', () => {
    const places = new Places();
    places.add(fail(0));
    assert.deepEqual(places.list(), [{ agent: 'kimi-code', session: 'a', count: 1 }]);
  });

  it('counts the attempts of threads beyond 200 until all are removed', () => {
    const places = new Places();
    for (let index = 0; index < 200; index++) places.add(fail(0, { subagent: `${index}` }));
    const beyond = fail(0, { subagent: 'beyond', attemptCount: 2 });
    for (const one of [beyond, beyond]) places.add(one);
    places.remove(beyond);
    assert.equal(places.size, 201);
    places.remove(beyond);
    assert.equal(places.size, 200);
    places.remove(beyond);
    assert.equal(places.size, 200, 'one that is not known changes nothing');
  });

  it('does not count the stored threads twice', () => {
    const place = { agent: 'kimi-code', session: 'a', count: 1 } as const;
    const restored = Places.restore(incidentOf('i', { places: [place], placeCount: 1 }));
    restored.remove(fail(0));
    assert.equal(restored.size, 0);
  });

  const has: [fact: string, failed: RequestFailed, asked: Step, expected: string][] = [
    ['the same thread', fail(0), fail(1), 'thread session agent'],
    ['a sub-agent', fail(0), fail(1, { subagent: 'x' }), 'session agent'],
    ['another session', fail(0), fail(1, { session: 'b' }), 'agent'],
    ['the same session id of another agent', fail(0), fail(1, { agent: 'codex' }), ''],
    [
      'a record without its thread',
      fail(0, { subagent: 'x' }),
      fail(1, { isThreadUnknown: true }),
      'thread session agent',
    ],
    [
      'a thread, if the failure names none',
      fail(0, { isThreadUnknown: true }),
      fail(1, { subagent: 'x' }),
      'thread session agent',
    ],
  ];
  for (const [fact, failed, asked, expected] of has)
    it(`knows of ${fact}: ${expected || 'nothing'}`, () => {
      const places = new Places();
      places.add(failed);
      const known = {
        thread: places.hasThread(asked),
        session: places.hasSession(asked),
        agent: places.hasAgent(asked),
      };
      const names = Object.entries(known).flatMap(([name, isKnown]) => (isKnown ? [name] : []));
      assert.equal(names.join(' '), expected);
    });
});

describe('Places: how threads end', () => {
  function read(steps: readonly Step[]): [Places, Answers] {
    const [places, answers] = [new Places(), new Answers()];
    for (const step of steps)
      if (step.kind === 'requestFailed') places.add(step);
      else answers.note(step);
    return [places, answers];
  }
  const unnamed = (s: number, more: Partial<RequestFailed> = {}): RequestFailed =>
    fail(s, { isThreadUnknown: true, isFinal: true, ...more });
  const final = { isFinal: true } as const;
  const run = { session: 'run', isSessionUnknown: true } as const;

  const cases: [fact: string, steps: Step[], state: string, end: string][] = [
    ['a failure', [fail(0)], 'failing', 'over'],
    ['the last attempt', [fail(0, final)], 'gaveUp', 'gaveUp'],
    ['another attempt after the last one', [fail(0, final), fail(1)], 'failing', 'over'],
    ['an older record that is read later', [fail(1, final), fail(0)], 'gaveUp', 'gaveUp'],
    ['two records of one time, the later counts', [fail(0, final), fail(0)], 'failing', 'over'],
    ['a success', [fail(0), answer(1)], 'recovered', 'recovered'],
    ['a success at the time of the failure', [fail(0), answer(0)], 'failing', 'over'],
    ['a success that is read first', [answer(1), fail(0)], 'recovered', 'recovered'],
    [
      'an older success that is read later',
      [answer(5), answer(1), fail(3)],
      'recovered',
      'recovered',
    ],
    [
      'a success of one of two threads',
      [fail(0), fail(0, { subagent: 'x' }), answer(1)],
      'failing',
      'recovered',
    ],
    [
      'a success and a last attempt',
      [fail(0), fail(0, { subagent: 'x', ...final }), answer(1)],
      'recovered',
      'recovered',
    ],
    [
      'one that gave up and one that may retry',
      [fail(0, final), fail(0, { subagent: 'x' })],
      'failing',
      'gaveUp',
    ],
    [
      'a title that fails, and its thread succeeds',
      [fail(0, { isSideRequest: true }), answer(1)],
      'recovered',
      'recovered',
    ],
    [
      'a title that fails, and a title succeeds',
      [fail(0, { isSideRequest: true }), answer(1, { isSideRequest: true })],
      'recovered',
      'recovered',
    ],
    [
      'a title and an answer fail, and a title succeeds',
      [fail(0, { isSideRequest: true }), fail(0), answer(1, { isSideRequest: true })],
      'failing',
      'over',
    ],
    [
      'a record without its thread says that the only thread gave up',
      [fail(0), unnamed(0)],
      'gaveUp',
      'gaveUp',
    ],
    ['but before its last failure', [fail(1), unnamed(0)], 'failing', 'gaveUp'],
    ['but of another session', [fail(0), unnamed(1, { session: 'b' })], 'failing', 'gaveUp'],
    ['but of another agent', [fail(0), unnamed(1, { agent: 'codex' })], 'failing', 'gaveUp'],
    [
      'but it may be of another thread',
      [fail(0), fail(0, { subagent: 'x' }), unnamed(1)],
      'failing',
      'gaveUp',
    ],
    [
      'one of several sessions gave up so',
      [fail(0), fail(0, { session: 'b', ...final }), unnamed(1)],
      'gaveUp',
      'gaveUp',
    ],
    [
      'a record without its thread that is not the last attempt',
      [fail(0), unnamed(1, { isFinal: false })],
      'failing',
      'over',
    ],
    [
      'a record without its thread, and any thread succeeds',
      [unnamed(0), answer(1, { subagent: 'x' })],
      'recovered',
      'recovered',
    ],
    [
      'a record without its session, and any session succeeds',
      [fail(0, run), answer(1)],
      'recovered',
      'recovered',
    ],
    [
      'a session, and only another one succeeds',
      [fail(0), answer(1, { session: 'b' })],
      'failing',
      'over',
    ],
  ];
  for (const [fact, steps, state, end] of cases)
    it(`${fact}: ${state}, in the end ${end}`, () => {
      const [places, answers] = read(steps);
      assert.deepEqual([places.stateOf(answers), places.endOf(answers)], [state, end]);
    });

  const restored: [state: 'running' | 'recovered' | 'gaveUp', steps: Step[], expected: string[]][] =
    [
      ['running', [], ['failing', 'over']],
      ['running', [answer(-5)], ['failing', 'over']],
      ['running', [answer(1)], ['recovered', 'recovered']],
      ['recovered', [], ['recovered', 'recovered']],
      ['recovered', [fail(1)], ['failing', 'over']],
      ['gaveUp', [], ['gaveUp', 'gaveUp']],
    ];
  for (const [state, steps, expected] of restored)
    it(`restored as ${state}, with ${steps.length} later records: ${expected.join(', in the end ')}`, () => {
      const answers = new Answers();
      const places = Places.restore(
        incidentOf('i', {
          state,
          to: START,
          places: [{ agent: 'kimi-code', session: 'a', count: 1 }],
        }),
      );
      for (const step of steps)
        if (step.kind === 'requestFailed') places.add(step);
        else answers.note(step);
      assert.deepEqual([places.stateOf(answers), places.endOf(answers)], expected);
    });

  const between: [fact: string, steps: Step[], asked: Step, isBetween: boolean][] = [
    ['a success in between', [fail(0), answer(1)], fail(2), true],
    ['also if the failures are read in reverse', [fail(2), answer(1)], fail(0), true],
    ['no success', [fail(0)], fail(2), false],
    ['a success before both', [answer(-1), fail(0)], fail(2), false],
    ['a success after both', [fail(0), answer(3)], fail(2), false],
    ['a success at the time of the first', [fail(0), answer(0)], fail(2), false],
    ['a success at the time of the second', [fail(0), answer(2)], fail(2), false],
    [
      'a success of another thread',
      [fail(0, { subagent: 'x' }), answer(1, { subagent: 'x' })],
      fail(2),
      false,
    ],
  ];
  for (const [fact, steps, asked, isBetween] of between)
    it(`${isBetween ? 'sees' : 'does not see'} ${fact}`, () => {
      const [places, answers] = read(steps);
      assert.equal(places.hasAnswerBetween(asked, answers), isBetween);
    });

  const before: [fact: string, steps: Step[], isRecovered: boolean][] = [
    ['after its last failure', [fail(0), answer(3)], true],
    ['but at the time of it', [fail(0), answer(0)], false],
    ['but later than asked', [fail(0), answer(5)], false],
    ['but not of all threads', [fail(0), fail(0, { subagent: 'x' }), answer(3)], false],
  ];
  for (const [fact, steps, isRecovered] of before)
    it(`had ${isRecovered ? '' : 'not '}recovered by a success ${fact}`, () => {
      const [places, answers] = read(steps);
      assert.equal(places.hasRecoveredBefore(START + 5 * SECOND, answers), isRecovered);
    });

  it('had recovered before, if it was restored so', () => {
    const places = Places.restore(
      incidentOf('i', {
        state: 'recovered',
        to: START,
        places: [{ agent: 'kimi-code', session: 'a', count: 1 }],
      }),
    );
    const ask = (ms: number): boolean => places.hasRecoveredBefore(START + ms, new Answers());
    assert.deepEqual([ask(1), ask(2)], [false, true]);
  });

  it('forgets the oldest successes of very many threads, and keeps those in use', () => {
    const answers = new Answers();
    const steps = many(8001, i => answer(i, { agent: 'codex', session: `${i}` }));
    answers.note(answer(0));
    for (const [i, step] of steps.entries()) {
      answers.note(step);
      if (i % 1000 === 0) answers.note(answer(i));
    }
    const stateOf = (failure: RequestFailed): string => {
      const places = new Places();
      places.add(failure);
      return places.stateOf(answers);
    };
    assert.equal(stateOf(fail(7999)), 'recovered');
    assert.equal(stateOf(fail(0, { agent: 'codex', session: '1' })), 'failing');
    assert.equal(stateOf(fail(7999, { agent: 'codex', session: '8000' })), 'recovered');
  });
});
