import { Emitter, type Disposable, type Event } from '../event.ts';
import type { QuotaStatus } from './quotaView.ts';

/**
 * What is known about one account. Pollers write it, surfaces read it; it fetches nothing and
 * decides nothing.
 */
export class QuotaStore implements Disposable {
  readonly #changeEmitter = new Emitter<QuotaStatus>();
  #status: QuotaStatus = {};

  readonly onDidChange: Event<QuotaStatus> = this.#changeEmitter.event;

  get status(): QuotaStatus {
    return this.#status;
  }

  set status(next: QuotaStatus) {
    this.#status = next;
    this.#changeEmitter.fire(next);
  }

  dispose(): void {
    this.#changeEmitter.dispose();
  }
}
