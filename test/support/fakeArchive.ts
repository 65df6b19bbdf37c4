import { Emitter } from '../../src/core/base/event.ts';
import { MemoryArchive } from '../../src/core/memoryArchive.ts';
import type { ArchiveHealth } from '../../src/core/base/store.ts';

/**
 * An archive in memory that passes for one on the disk. Share it between "windows"; let it fall
 * ill with `setHealth`.
 */
export class FakeArchive extends MemoryArchive {
  #fakeHealth: ArchiveHealth = { kind: 'disk' };
  readonly #fakeHealthEmitter = new Emitter<ArchiveHealth>();

  override readonly onDidChangeHealth = this.#fakeHealthEmitter.event;

  constructor() {
    super('disposed');
  }

  override get health(): ArchiveHealth {
    return this.#fakeHealth;
  }

  setHealth(health: ArchiveHealth): void {
    this.#fakeHealth = health;
    this.#fakeHealthEmitter.fire(health);
  }
}
