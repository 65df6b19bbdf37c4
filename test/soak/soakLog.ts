import type { RequestFailed, Signal } from '../../src/core/agents/signal.ts';
import { WORDS } from '../support/bursts.ts';
import { type Random, seededRandom } from '../support/simulator/random.ts';

/** Failures that are one incident: what the archive must hold in the end. */
export interface Burst {
  readonly from: number;
  to: number;
  count: number;
}

/** What agents write in so much time is read in one go. */
export const STEP_MS = 5_000;
/** A burst begins every 12 minutes, and lasts one. */
const STEPS_TO_BURST = 144;
const STEPS_OF_BURST = 12;
const THREADS = 8;
const REQUESTS_A_STEP = 6;
/** What was read twice: in another file of the agent, or in one that was rewritten. */
const REPEATED = 0.1;
/** A restarted reader continues at its checkpoint, which is never further back. */
const KEPT_SIGNALS = 5_000;

/** Kimi's error texts change now and then. */
const WORDINGS = [
  [WORDS.generic],
  [WORDS.concurrency, WORDS.generic],
  ['Rate limited: 22 of 20 requests are in flight for this plan. Slow down.', WORDS.concurrency],
];

/** What the agents of one machine write for weeks: requests, answers, and bursts of refusals. */
export class SoakLog {
  readonly bursts: Burst[] = [];
  readonly #random: Random = seededRandom(10);
  readonly #isRequesting = new Set<string>();
  #signals: Signal[] = [];
  #forgottenCount = 0;
  #step = 0;
  failureCount = 0;

  /** How many signals were written so far. */
  get length(): number {
    return this.#forgottenCount + this.#signals.length;
  }

  /** What was written after the first `offset` signals, as far as it is still there. */
  since(offset: number): readonly Signal[] {
    return this.#signals.slice(Math.max(0, offset - this.#forgottenCount));
  }

  /** Writes what happens in the step that ends now, in the given part of the weeks (0 to 1). */
  append(now: number, share: number): void {
    const inBurst = this.#step % STEPS_TO_BURST;
    const isBurst = inBurst >= STEPS_TO_BURST - STEPS_OF_BURST;
    if (isBurst) this.#refuse(now, share, inBurst === STEPS_TO_BURST - STEPS_OF_BURST);
    else this.#answer(now);
    this.#step++;
  }

  /** At night: what is measured then must not hold more than the night before. */
  forget(): void {
    this.#forgottenCount += Math.max(0, this.#signals.length - KEPT_SIGNALS);
    this.#signals = this.#signals.slice(-KEPT_SIGNALS);
  }

  #answer(now: number): void {
    for (let i = 0; i < REQUESTS_A_STEP; i++) {
      const subagent = `sub-${this.#random.whole(1, THREADS)}`;
      const at = now - STEP_MS + i * 700;
      if (this.#isRequesting.has(subagent))
        this.#signals.push({ ...this.#of(subagent, at), kind: 'requestEnded', outputTokens: 900 });
      this.#signals.push({ ...this.#of(subagent, at + 300), kind: 'requestStarted' });
      this.#isRequesting.add(subagent);
    }
  }

  #refuse(now: number, share: number, isFirst: boolean): void {
    if (isFirst) this.bursts.push({ from: now - STEP_MS + 500, to: now, count: 0 });
    const wordings = WORDINGS[Math.floor(share * WORDINGS.length)] ?? [];
    const text = wordings[this.bursts.length % wordings.length] ?? WORDS.generic;
    const threadCount = this.#random.whole(2, THREADS);
    for (let thread = 1; thread <= threadCount; thread++) {
      const at = now - STEP_MS + thread * 500;
      const subagent = `sub-${thread}`;
      this.#signals.push({ ...this.#of(subagent, at - 300), kind: 'requestStarted' });
      const failed: RequestFailed = {
        ...this.#of(subagent, at),
        kind: 'requestFailed',
        status: 429,
        text,
      };
      this.#signals.push(failed);
      if (this.#random.chance(REPEATED)) this.#signals.push(failed);
      const burst = this.bursts.at(-1);
      if (burst) Object.assign(burst, { to: at, count: burst.count + 1 });
      this.#isRequesting.delete(subagent);
      this.failureCount++;
    }
  }

  #of(subagent: string, at: number) {
    return {
      at,
      agent: 'kimi-code' as const,
      session: `session ${Math.floor(this.#step / 1_440)}`,
      subagent,
      evidence: { host: 'api.kimi.com' },
      contentKey: `${this.length} ${at}`,
    };
  }
}
