import assert from 'node:assert/strict';
import { openingOf, type OpeningInput } from '../../src/core/status/opening.ts';
import { JITTER_MS, waitUntilOpen, type WaitResult } from '../../src/core/status/waitUntilOpen.ts';
import { viewQuota } from '../../src/core/quota/quotaView.ts';
import type { QuotaWindow } from '../../src/core/quota/snapshot.ts';
import type { Incident } from '../../src/core/incidents/incident.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { HOUR_MS, MINUTE_MS, snapshotOf } from '../support/quotaViews.ts';

const endpoint = {
  product: 'kimiCode',
  origin: 'https://api.kimi.com',
  quotaUrl: 'https://api.kimi.com/coding/v1/usages',
  isMoonshot: true,
} as const;

/** Mulberry32: the same situations in every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A simulated Kimi, and what a machine knows about it. Times are by the server's clock. */
class Situation {
  readonly clock = new FakeClock();
  readonly random: () => number;
  readonly #skewMs: number;
  readonly #windows: { id: '5h' | 'week'; spentUntil: number; resetsAt: number }[];
  readonly #rateUntil: number;
  readonly #slots: { limit: number; ends: number[] };
  readonly #canRead: boolean;
  /** The server resets a little after the announced time. */
  readonly #lateMs: number;
  #lastRead: OpeningInput['view'] | undefined;
  #readAt = -Infinity;

  constructor(seed: number) {
    const random = randomOf(seed);
    this.random = random;
    this.#skewMs = Math.round((random() - 0.5) * 10 * MINUTE_MS);
    const now = this.serverNow();
    const spent = (share: number, longestMs: number): number =>
      random() < share ? now + random() * longestMs : 0;
    this.#windows = [
      { id: '5h', spentUntil: spent(0.6, 100 * MINUTE_MS), resetsAt: now + random() * 4 * HOUR_MS },
      { id: 'week', spentUntil: spent(0.2, 3 * HOUR_MS), resetsAt: now + 90 * HOUR_MS },
    ];
    for (const window of this.#windows)
      if (window.spentUntil > 0) window.resetsAt = window.spentUntil;
    this.#rateUntil = spent(0.4, 5 * MINUTE_MS);
    const running = Math.floor(random() * 6);
    const ends = Array.from({ length: running }, () => now + random() * 20 * MINUTE_MS);
    this.#slots = { limit: 4, ends };
    this.#canRead = random() < 0.8;
    this.#lateMs = random() < 0.3 ? random() * 30_000 : 0;
  }

  serverNow(): number {
    return this.clock.now() + this.#skewMs;
  }

  /** When requests pass, by the server's clock. */
  opensAt(): number {
    const [quota] = this.#windows.map(({ spentUntil }) => spentUntil).sort((a, b) => b - a);
    const slots = this.#slots.ends.toSorted((a, b) => b - a)[this.#slots.limit - 1] ?? 0;
    const late = quota! > 0 ? this.#lateMs : 0;
    return Math.max(quota! + late, this.#rateUntil, slots);
  }

  async read(freshMs: number): Promise<OpeningInput> {
    const now = this.clock.now();
    const isFirst = this.#lastRead === undefined;
    if (isFirst || (this.#canRead && now - this.#readAt >= freshMs)) this.#readAt = now;
    const at = this.#readAt;
    this.#lastRead = viewQuota({ access: 'key', snapshot: this.#snapshot(at) }, now);
    const total = this.#slots.ends.filter(end => end > this.serverNow()).length;
    const isRated = this.#rateUntil > this.serverNow();
    return {
      account: { id: 'kimiCode', endpoint },
      view: this.#lastRead,
      activity: { inFlight: { at: now, total, byAgent: [] } },
      incidents: isRated ? [this.#rateIncident()] : [],
      now,
    };
  }

  #snapshot(at: number) {
    const serverAt = at + this.#skewMs;
    const windows = this.#windows.map(({ id, spentUntil, resetsAt }): QuotaWindow => {
      const isSpent = spentUntil > 0 && serverAt < spentUntil + this.#lateMs;
      const isOver = serverAt >= resetsAt + this.#lateMs;
      return {
        id,
        usedPercent: isSpent ? 100 : isOver ? 0 : 40,
        resetsAt: isOver ? resetsAt + 5 * HOUR_MS : resetsAt,
      };
    });
    return snapshotOf(windows, { at, clockSkewMs: this.#skewMs, parallelLimit: this.#slots.limit });
  }

  #rateIncident(): Incident {
    const retryAt = this.#rateUntil - this.#skewMs;
    const verdict = { cause: 'rpm', retry: 'at', retryAt, evidence: [] };
    const at = { from: retryAt - MINUTE_MS, to: retryAt - MINUTE_MS };
    return {
      ...at,
      state: 'running',
      provider: 'kimi-code',
      verdict,
      fields: {},
    } as unknown as Incident;
  }
}

async function waitIn(situation: Situation, maxMs = 12 * HOUR_MS): Promise<WaitResult> {
  const { clock } = situation;
  let result: WaitResult | undefined;
  const options = { clock, goal: 'go', maxMs, random: situation.random } as const;
  const read = (freshMs: number) => situation.read(freshMs);
  void waitUntilOpen({ ...options, read }).then(ended => (result = ended));
  while (!result) await clock.advance(10_000);
  return result;
}

describe('waitUntilOpen', () => {
  it('in 500 situations never ends before requests pass, and at most 60 s plus jitter after', async function () {
    this.timeout(60_000);
    const early: number[] = [];
    const late: number[] = [];
    let waitedCount = 0;
    for (let seed = 1; seed <= 500; seed++) {
      const situation = new Situation(seed);
      const start = situation.serverNow();
      const opensAt = situation.opensAt();
      const { end, waitedMs } = await waitIn(situation);
      assert.equal(end, 'open', `situation ${seed}`);
      const endedAt = start + waitedMs;
      if (endedAt < opensAt) early.push(seed);
      if (endedAt > Math.max(start, opensAt) + MINUTE_MS + JITTER_MS) late.push(seed);
      if (waitedMs > 0) waitedCount++;
    }
    assert.deepEqual({ early, late }, { early: [], late: [] });
    assert.ok(waitedCount > 300, `${waitedCount} waited`);
  });

  it('ten machines that wait for one reset do not end in one second', async () => {
    const ends = await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        const situation = new Situation(7);
        const random = randomOf(1000 + index);
        let result: WaitResult | undefined;
        const read = (freshMs: number) => situation.read(freshMs);
        const options = { clock: situation.clock, goal: 'go', maxMs: 12 * HOUR_MS } as const;
        void waitUntilOpen({ ...options, random, read }).then(ended => (result = ended));
        while (!result) await situation.clock.advance(10_000);
        return Math.floor(result.waitedMs / 1000);
      }),
    );
    assert.ok(new Set(ends).size >= 7, ends.join());
  });

  it('ends at once where waiting does not help', async () => {
    const clock = new FakeClock();
    const view = viewQuota({ access: 'key', outcome: { kind: 'unauthorized' } }, clock.now());
    const account = { id: 'kimiCode', endpoint } as const;
    const input: OpeningInput = { account, view, activity: {}, incidents: [], now: clock.now() };
    const options = { clock, goal: 'go', maxMs: HOUR_MS, random: () => 0 } as const;
    const { end, opening } = await waitUntilOpen({ ...options, read: async () => input });
    assert.deepEqual([end, opening], ['useless', { kind: 'useless', reason: 'key' }]);
  });

  it('ends after the longest wait, and when it is cancelled', async () => {
    const situation = new Situation(3);
    const spent = { id: '5h', usedPercent: 100, resetsAt: situation.clock.now() + 5 * HOUR_MS };
    const read = async (): Promise<OpeningInput> => {
      const now = situation.clock.now();
      const view = viewQuota({ access: 'key', snapshot: snapshotOf([spent], { at: now }) }, now);
      return { account: { id: 'kimiCode', endpoint }, view, activity: {}, incidents: [], now };
    };
    const cancelling = new AbortController();
    const options = { clock: situation.clock, goal: 'go', random: () => 0, read } as const;
    const ends: string[] = [];
    const note = ({ end }: WaitResult) => void ends.push(end);
    void waitUntilOpen({ ...options, maxMs: HOUR_MS }).then(note);
    void waitUntilOpen({ ...options, maxMs: 9 * HOUR_MS, signal: cancelling.signal }).then(note);
    await situation.clock.advance(HOUR_MS + 1000);
    cancelling.abort();
    await situation.clock.advance(0);
    assert.deepEqual(ends, ['timeout', 'cancelled']);
    assert.equal(situation.clock.timerCount, 0);
  });

  it('for 5h waits for that reset though requests pass before', async () => {
    const clock = new FakeClock();
    const start = clock.now();
    const read = async (): Promise<OpeningInput> => {
      const now = clock.now();
      const isOver = now >= start + HOUR_MS;
      const used = isOver ? 0 : 90;
      const windows = [
        { id: '5h', usedPercent: used, resetsAt: start + (isOver ? 6 : 1) * HOUR_MS },
      ];
      const view = viewQuota({ access: 'key', snapshot: snapshotOf(windows, { at: now }) }, now);
      return { account: { id: 'kimiCode', endpoint }, view, activity: {}, incidents: [], now };
    };
    const ends: string[] = [];
    const options = { clock, goal: '5h', maxMs: 6 * HOUR_MS, random: () => 0, read } as const;
    void waitUntilOpen(options).then(({ end }) => ends.push(end));
    await clock.advance(59 * MINUTE_MS);
    assert.deepEqual(ends, []);
    await clock.advance(2 * MINUTE_MS);
    assert.deepEqual(ends, ['open']);
  });
});

describe('openingOf', () => {
  it('the last reset of all used-up quotas counts', () => {
    const now = Date.UTC(2026, 9, 1);
    const windows = [
      { id: '5h', usedPercent: 100, resetsAt: now + HOUR_MS },
      { id: 'week', usedPercent: 100, resetsAt: now + 50 * HOUR_MS },
    ];
    const view = viewQuota({ access: 'key', snapshot: snapshotOf(windows, { at: now }) }, now);
    const account = { id: 'kimiCode', endpoint } as const;
    const opening = openingOf({ account, view, activity: {}, incidents: [], now });
    assert.equal(opening.kind === 'closed' && opening.until, now + 50 * HOUR_MS);
  });
});
