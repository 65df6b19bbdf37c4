import assert from 'node:assert/strict';
import type { RequestFailed } from '../../../src/core/agents/signal.ts';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import { IncidentBook } from '../../../src/core/incidents/incidentBook.ts';
import { fail, SECOND, START, tailed, WORDS } from '../../support/bursts.ts';
import { incidentOf } from '../../support/incidents.ts';

describe('IncidentBook: after a restart', () => {
  const stored = (fields: Partial<Incident> = {}): Incident =>
    incidentOf('stored', {
      category: 'rate_limited_ambiguous',
      from: START,
      to: START + 5 * SECOND,
      count: 3,
      places: [{ agent: 'kimi-code', session: 'a', count: 3 }],
      example: tailed(fail(0)),
      course: [{ at: START, failed: 3, succeeded: 0, inFlight: 1 }],
      ...fields,
    });

  function restored(failures: readonly RequestFailed[], fields?: Partial<Incident>): IncidentBook {
    const book = new IncidentBook();
    book.restore([stored(fields)], failures.map(tailed));
    return book;
  }

  it('continues stored incidents', () => {
    const book = restored([fail(0), fail(3), fail(5)]);
    assert.deepEqual(book.takeChanged(START + 6 * SECOND), []);
    book.fail(tailed(fail(20)));
    const [{ facts } = assert.fail()] = book.takeChanged(START + 21 * SECOND);
    assert.deepEqual([facts.id, facts.count, facts.to], ['stored', 4, START + 20 * SECOND]);
  });

  it('keeps request ids for a ticket, the newest first, including later ones', () => {
    const [first, second, third] = ['a', 'b', 'c'].map(letter => `0123456789abcdef${letter}`);
    const book = restored([], { support: { requests: [first!] } });
    const failure = fail(20, { support: { requests: [second!] } });
    book.fail(tailed(failure));
    book.amend({ ...failure, support: { requests: [third!, second!] } });
    book.fail(tailed(fail(4)));
    const [{ facts } = assert.fail()] = book.takeChanged(START + 21 * SECOND);
    assert.deepEqual(facts.support, { requests: [third, second, first] });
  });

  it('restores failures that a crash left without an incident', () => {
    const book = restored([fail(5), fail(7), fail(8, { text: WORDS.week, status: 403 })]);
    const changed = book.takeChanged(START + 9 * SECOND);
    assert.deepEqual(
      changed.map(({ facts }) => [facts.category, facts.count]),
      [
        ['rate_limited_ambiguous', 4],
        ['quota_weekly', 1],
      ],
    );
  });

  for (const state of ['recovered', 'gaveUp', 'over'] as const)
    it(`keeps the state ${state}`, () => {
      const book = restored([], { state });
      assert.deepEqual(book.takeChanged(START + 3600 * SECOND), []);
    });

  it('ends what was running when the window was closed', () => {
    const [{ facts } = assert.fail()] = restored([]).takeChanged(START + 3600 * SECOND);
    assert.equal(facts.state, 'over');
  });

  const waits: [fact: string, atSecond: number, ids: number][] = [
    ['belongs to it until 15 s after the end', 415, 1],
    ['belongs to another one after that', 415.001, 2],
  ];
  for (const [fact, atSecond, count] of waits)
    it(`a failure after an announced wait ${fact}`, () => {
      const book = restored([], { waitUntil: START + 400 * SECOND, state: 'running' });
      book.fail(tailed(fail(atSecond)));
      assert.equal(
        new Set(book.takeChanged(START + 416 * SECOND).map(it => it.facts.id)).size,
        count,
      );
    });

  it('keeps the numbers of the text', () => {
    const book = restored([], { fields: { limit: 7 } });
    book.fail(tailed(fail(6)));
    assert.equal(book.takeChanged(START + 7 * SECOND)[0]?.facts.fields.limit, 7);
  });

  it('updates a failure from before', () => {
    const failure = fail(3, { contentKey: 'k' });
    const book = restored([failure]);
    book.amend({ ...failure, retryAfterMs: 9000 });
    assert.equal(book.takeChanged(START + 4 * SECOND)[0]?.facts.waitUntil, START + 12 * SECOND);
  });

  const silent = tailed(fail(0, { text: '' }));
  const vague: [fact: string, fields: Partial<Incident>, expected: string[]][] = [
    ['gets its cause from a later text', { example: silent }, ['concurrency 4']],
    [
      'keeps the cause that a text gave it',
      { example: silent, category: 'quota_5h' },
      ['quota_5h 3', 'concurrency 1'],
    ],
  ];
  for (const [fact, fields, expected] of vague)
    it(`an incident whose example has no text ${fact}`, () => {
      const book = restored([], fields);
      book.fail(tailed(fail(6, { text: WORDS.concurrency })));
      const changed = book.takeChanged(START + 3600 * SECOND);
      assert.deepEqual(
        changed.map(({ facts }) => `${facts.category} ${facts.count}`),
        expected,
      );
    });
});
