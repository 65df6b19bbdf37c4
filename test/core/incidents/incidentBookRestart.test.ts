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
});
