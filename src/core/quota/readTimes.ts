import { elapsedMs, momentAt, momentOf, type Moment } from '../moment.ts';
import type { Clock } from '../ports.ts';

/** Longer than any read of another window, which will have told what came of it by then. */
const HOLD_MS = 30_000;

/** When one account was last asked for, and what has happened since, as far as this window knows. */
export class ReadTimes {
  readonly #clock: Clock;
  /** Of any window. */
  #lastRead: Moment | undefined;
  #heldSince: Moment | undefined;
  #agentMovedMonotonicMs = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long ago any window asked; undefined if none ever did. */
  get sinceReadMs(): number | undefined {
    return this.#lastRead && elapsedMs(this.#lastRead, this.#clock);
  }

  /** A try came to nothing: not before so long. */
  get heldForMs(): number {
    return this.#heldSince ? Math.max(0, HOLD_MS - elapsedMs(this.#heldSince, this.#clock)) : 0;
  }

  get hasAgentMoved(): boolean {
    return this.#agentMovedMonotonicMs > (this.#lastRead?.monotonicMs ?? -Infinity);
  }

  noteRead(moment: Moment): void {
    this.#lastRead = moment;
    this.#heldSince = undefined;
  }

  /** Another window asked at `at` (epoch milliseconds), or it is not known that any did. */
  noteReadAt(at: number | undefined): void {
    this.#lastRead = at === undefined ? undefined : momentAt(at, this.#clock);
    this.#heldSince = undefined;
  }

  hold(): void {
    this.#heldSince = momentOf(this.#clock);
  }

  /** True if none had moved since the last read. */
  noteAgentMoved(): boolean {
    const isNews = !this.hasAgentMoved;
    this.#agentMovedMonotonicMs = this.#clock.monotonicMs();
    return isNews;
  }
}
