import assert from 'node:assert/strict';
import type { QuotaOutcome, UnreachableCause } from '../../../src/core/quota/outcome.ts';
import { leastGapMs, nextRead, type RhythmInput } from '../../../src/core/quota/readRhythm.ts';

const NOW = Date.UTC(2026, 9, 1, 12);
const S = 1000;
const MIN = 60 * S;
const HOUR = 60 * MIN;

const watched: RhythmInput = {
  now: NOW,
  isFocused: true,
  isLeaseHeld: true,
  hasAgentMoved: false,
  sinceReadMs: 0,
  heldForMs: 0,
  failureCount: 0,
  jitter: 0.5,
};
const unwatched = { ...watched, isFocused: false };

const failed = (outcome: QuotaOutcome, failureCount = 1, jitter = 1): Partial<RhythmInput> => ({
  outcome,
  failureCount,
  jitter,
});
const lost = (cause: UnreachableCause): QuotaOutcome => ({ kind: 'unreachable', cause });
const limited = (retryAfterMs?: number): QuotaOutcome => ({
  kind: 'rateLimited',
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});
const malformed: QuotaOutcome = { kind: 'malformed', issues: ['odd'] };

type Expected = readonly [waitMs: number, reason: string];
type Case = readonly [fact: string, input: Partial<RhythmInput>, expected: Expected];

/** A wait of Infinity: not until something changes. */
function assertNext([, changes, expected]: Case, base = watched): void {
  const next = nextRead({ ...base, ...changes });
  const waitMs = next.kind === 'never' ? Infinity : next.at - NOW;
  assert.deepEqual([waitMs, next.reason], expected);
}

const withoutRead = (input: RhythmInput): RhythmInput => {
  const { sinceReadMs: _, ...rest } = input;
  return rest;
};

describe('nextRead: who looks', () => {
  const cases: readonly Case[] = [
    ['5 minutes after the last read, while focused', {}, [5 * MIN, 'interval']],
    ['less by what has passed', { sinceReadMs: 4 * MIN }, [MIN, 'interval']],
    ['immediately when it is overdue', { sinceReadMs: 9 * HOUR }, [0, 'interval']],
    ['never while nobody looks', { isFocused: false }, [Infinity, 'nobodyLooks']],
    ['when an agent has moved', { isFocused: false, hasAgentMoved: true }, [5 * MIN, 'interval']],
    [
      'not for an agent if another window holds the lease',
      { isFocused: false, hasAgentMoved: true, isLeaseHeld: false },
      [Infinity, 'otherWindow'],
    ],
    ['without the lease, if focused', { isLeaseHeld: false }, [5 * MIN, 'interval']],
    ['not while held', { sinceReadMs: HOUR, heldForMs: 9 * S }, [9 * S, 'held']],
    ['held for less than the interval changes nothing', { heldForMs: S }, [5 * MIN, 'interval']],
  ];
  for (const entry of cases) it(`reads ${entry[0]}`, () => assertNext(entry));

  it('reads immediately what was never read', () => {
    assertNext(['', {}, [0, 'firstRead']], withoutRead(watched));
    assertNext(['', {}, [0, 'firstRead']], withoutRead(unwatched));
  });
  it('leaves the first read to the lease holder while nobody looks', () => {
    assertNext(
      ['', { isLeaseHeld: false }, [Infinity, 'otherWindow']],
      withoutRead({ ...unwatched }),
    );
  });
});

describe('nextRead: the last answer', () => {
  const cases: readonly Case[] = [
    ['401: not at all', failed({ kind: 'unauthorized' }), [Infinity, 'refused']],
    ['403: not at all', failed({ kind: 'forbidden', reason: 'unknown' }), [Infinity, 'refused']],
    ['no plan: after an hour', failed({ kind: 'noPlan' }), [3_600_000, 'noPlan']],
    ['404: once an hour', failed({ kind: 'gone', status: 404 }), [HOUR, 'endpointGone']],
    ['410: once an hour', failed({ kind: 'gone', status: 410 }), [HOUR, 'endpointGone']],
    ['Retry-After 0: the interval', failed(limited(0)), [5 * MIN, 'interval']],
    ['Retry-After 5 s: the interval', failed(limited(5 * S)), [5 * MIN, 'interval']],
    ['Retry-After 7 min: 7 min', failed(limited(7 * MIN)), [7 * MIN, 'retryAfter']],
    ['Retry-After 10^9 s: an hour', failed(limited(1e12)), [HOUR, 'retryAfter']],
    ['429 without it: a backoff', failed(limited(), 5), [15 * MIN, 'backoff']],
    ['429 without it, small jitter', failed(limited(), 5, 0), [5 * MIN, 'interval']],
    [
      '503 with Retry-After: that wait',
      failed({ kind: 'unreachable', cause: 'server', retryAfterMs: 20 * MIN }),
      [20 * MIN, 'retryAfter'],
    ],
    ['a first 5xx: the interval', failed(lost('server')), [5 * MIN, 'interval']],
    ['a ninth 5xx: at most 15 min', failed(lost('server'), 9), [15 * MIN, 'backoff']],
    ['a timeout: the interval', failed(lost('timeout')), [5 * MIN, 'interval']],
    ['a captive portal: the interval', failed(lost('webPage')), [5 * MIN, 'interval']],
    ['a redirect: the interval', failed(lost('redirect')), [5 * MIN, 'interval']],
    ['an unknown form: the interval', failed(malformed), [5 * MIN, 'interval']],
    ['an unknown form for long: 15 min', failed(malformed, 99), [15 * MIN, 'backoff']],
  ];
  for (const entry of cases) it(`after ${entry[0]}`, () => assertNext(entry));
});

describe('nextRead: a request that never reached Kimi', () => {
  const causes: readonly UnreachableCause[] = ['dns', 'refused', 'tls', 'proxy'];
  for (const cause of causes) {
    it(`is tried again within a minute after a failure by ${cause}`, () => {
      assertNext(['', failed(lost(cause)), [MIN, 'backoff']]);
    });
    it(`is tried again after 30 s at the least, by ${cause}`, () => {
      assertNext(['', failed(lost(cause), 1, 0), [30 * S, 'backoff']]);
    });
  }
  const longest = [MIN, 2 * MIN, 4 * MIN, 8 * MIN, 15 * MIN, 15 * MIN];
  for (const [index, waitMs] of longest.entries()) {
    it(`waits ${waitMs / MIN} min at the most after failure ${index + 1}`, () => {
      assertNext(['', failed(lost('dns'), index + 1), [waitMs, 'backoff']]);
    });
  }
  it('spreads the backoff over the whole span (full jitter)', () => {
    assertNext(['', failed(lost('dns'), 5, 0.5), [7.5 * MIN, 'backoff']]);
  });
  it('survives any count of failures', () => {
    assertNext(['', failed(lost('dns'), Number.MAX_SAFE_INTEGER), [15 * MIN, 'backoff']]);
  });
});

describe('leastGapMs', () => {
  type Row = readonly [outcome: QuotaOutcome | undefined, asked: number, limitError: number];
  const rows: readonly Row[] = [
    [undefined, 10 * S, MIN],
    [{ kind: 'unauthorized' }, 10 * S, Infinity],
    [{ kind: 'forbidden', reason: 'quota' }, 10 * S, Infinity],
    [{ kind: 'gone', status: 404 }, 10 * S, HOUR],
    [limited(), 30 * S, MIN],
    [limited(0), 30 * S, MIN],
    [limited(9 * MIN), 9 * MIN, 9 * MIN],
    [limited(1e12), HOUR, HOUR],
    [lost('server'), 10 * S, MIN],
    [{ kind: 'unreachable', cause: 'server', retryAfterMs: 9 * MIN }, 9 * MIN, 9 * MIN],
  ];
  for (const [outcome, asked, limitError] of rows) {
    const name = outcome ? JSON.stringify(outcome) : 'a good answer';
    it(`is ${asked / S} s for a person and ${limitError / S} s for a limit error, ${name}`, () => {
      const input = { ...watched, failureCount: 1, jitter: 1, ...(outcome ? { outcome } : {}) };
      assert.equal(leastGapMs('asked', input), asked);
      assert.equal(leastGapMs('limitError', input), limitError);
    });
  }
  it('waits out the backoff before an extra read', () => {
    const input = { ...watched, ...failed(lost('server'), 4) };
    assert.equal(leastGapMs('limitError', input), 8 * MIN);
  });
});
