import assert from 'node:assert/strict';
import { openMemoryArchive } from '../../support/memoryArchive.ts';
import type { QuotaOutcome } from '../../../src/core/quota/outcome.ts';
import { ASKING_MS, readWithin, type SharedStatus } from '../../../src/core/quota/accountStore.ts';
import { FakeClock, settled } from '../../support/fakeClock.ts';
import { FakeQuotaClient, ORIGIN } from '../../support/fakeQuotaClient.ts';

const START = Date.UTC(2026, 10, 21, 12);
const SECOND = 1000;
const MAX_AGE_MS = 300 * SECOND;

const DNS: QuotaOutcome = { kind: 'unreachable', cause: 'dns' };

/** A machine on which programs are started that remember an answer for `MAX_AGE_MS`. */
class Starts {
  readonly clock = new FakeClock(START);
  readonly kimi = new FakeQuotaClient(this.clock);
  readonly #archive = openMemoryArchive();

  run(maxAgeMs = MAX_AGE_MS): Promise<SharedStatus> {
    const { clock, kimi: client } = this;
    const key = 'sk-kimi-test';
    return readWithin({ archive: this.#archive, source: ORIGIN, client, key, clock, maxAgeMs });
  }

  /** Runs one program to its end, however long it waits. */
  async runAt(second: number, maxAgeMs = MAX_AGE_MS): Promise<SharedStatus> {
    const at = START + second * SECOND;
    if (at >= this.clock.now()) await this.clock.advance(at - this.clock.now());
    else this.clock.setNow(at);
    const running = this.run(maxAgeMs);
    await this.clock.advance(0);
    return running;
  }
}

describe('readWithin', () => {
  let starts: Starts;
  beforeEach(() => {
    starts = new Starts();
  });

  const fresh = (): QuotaOutcome => starts.kimi.fresh();
  const limited = (): QuotaOutcome => ({ kind: 'rateLimited', retryAfterMs: 600 * SECOND });
  const cases: [name: string, seconds: number[], answer: () => QuotaOutcome, reads: number][] = [
    ['reads once for many starts within the age', [0, 1, 60, 299], fresh, 1],
    ['reads again when the response is too old', [0, 299, 300, 301], fresh, 2],
    ['treats a failure as a response', [0, 10, 299], () => DNS, 1],
    ['waits for Retry-After, beyond the age', [0, 300, 599, 600], limited, 2],
    ['is not blocked by a clock set back by a day', [86_400, 0], fresh, 2],
  ];
  for (const [name, seconds, answer, expected] of cases)
    it(name, async () => {
      starts.kimi.answer = answer;
      for (const second of seconds) await starts.runAt(second);
      assert.equal(starts.kimi.requests.length, expected);
    });

  it('reads as often as a short age requires: a finished claim delays nobody', async () => {
    for (const second of [0, 1, 2, 3]) await starts.runAt(second, SECOND);
    assert.equal(starts.kimi.requests.length, 4);
  });

  it('keeps the last numbers when a later read fails', async () => {
    await starts.runAt(0);
    starts.kimi.answer = () => DNS;
    const last = await starts.runAt(300);
    assert.equal(last.snapshot?.windows[0]?.usedPercent, 16);
    assert.equal(last.outcome?.kind, 'unreachable');
    assert.equal(last.failureCount, 1);
  });

  it('reads once for twelve parallel starts, and each gets the response', async () => {
    starts.kimi.shut();
    const running = Array.from({ length: 12 }, () => starts.run());
    await starts.clock.advance(3 * SECOND);
    starts.kimi.open();
    await starts.clock.advance(SECOND);
    const kinds = (await Promise.all(running)).map(({ outcome }) => outcome?.kind);
    assert.deepEqual(kinds, Array(12).fill('fresh'));
    assert.equal(starts.kimi.requests.length, 1);
  });

  it('reads after a killed reader as soon as its request must have ended', async () => {
    starts.kimi.shut();
    void starts.run();
    await starts.clock.advance(SECOND);
    const waiting = starts.run();
    await starts.clock.advance(ASKING_MS - SECOND - 1);
    assert.equal(starts.kimi.requests.length, 1);
    await starts.clock.advance(200);
    assert.equal(starts.kimi.requests.length, 2, 'it claims what the killed one has left');
    assert.equal(starts.clock.timerCount, 0);
    void waiting;
  });

  it('waits no longer than a request may take, also when the next one hangs', async () => {
    starts.kimi.shut();
    const running = Array.from({ length: 3 }, () => starts.run());
    await starts.clock.advance(ASKING_MS + SECOND);
    await settled();
    assert.equal(starts.kimi.requests.length, 2);
    assert.deepEqual(await running[2], { failureCount: 0, jitter: 1 });
  });
});
