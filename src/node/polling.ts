import { MutableDisposable } from '../core/disposables.ts';
import type { Disposable } from '../core/event.ts';
import type { Clock } from '../core/ports.ts';

/** How often active logs are looked at where the system does not tell of changes. */
const POLL_MS = 2_000;

/** So many changes without a hint, and hints are not relied on any more. */
const MISSED_CHANGES = 2;

/** What polling is made of. */
export interface PollingOptions {
  readonly clock: Clock;
  /** Never rejects. */
  readonly look: () => Promise<void>;
  /** Called once, with a short reason. */
  readonly onBegin: (reason: string) => void;
}

/** Looks every 2 s, from when hints of the system prove to be of no use. */
export class Polling implements Disposable {
  readonly #options: PollingOptions;
  readonly #timer = new MutableDisposable();
  #missedCount = 0;
  #isOn = false;

  constructor(options: PollingOptions) {
    this.#options = options;
  }

  get isOn(): boolean {
    return this.#isOn;
  }

  /** Changes were seen by looking, and no hint told of them. */
  countMissed(count: number): void {
    this.#missedCount += count;
    if (this.#missedCount >= MISSED_CHANGES) this.begin('changes were missed');
  }

  begin(reason: string): void {
    if (this.#isOn) return;
    this.#isOn = true;
    this.#options.onBegin(reason);
    this.#wait();
  }

  dispose(): void {
    this.#timer.dispose();
  }

  #wait(): void {
    const { clock, look } = this.#options;
    this.#timer.value = clock.after(POLL_MS, () => void look().then(() => this.#wait()));
  }
}
