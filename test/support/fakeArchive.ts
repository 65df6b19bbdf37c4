import { Emitter } from '../../src/core/base/event.ts';
import type { ArchiveHealth } from '../../src/core/base/store.ts';
import { IN_MEMORY } from '../../src/node/archiveFile.ts';
import { SqliteArchive } from '../../src/node/sqliteArchive.ts';
import { FakeClock } from './fakeClock.ts';
import { FakeLog } from './fakeLog.ts';

/** The real archive without a file. Share it between "windows"; let it fall ill with `setHealth`. */
export class FakeArchive extends SqliteArchive {
  #fakeHealth: ArchiveHealth = { kind: 'disk' };
  readonly #fakeHealthEmitter = new Emitter<ArchiveHealth>();

  override readonly onDidChangeHealth = this.#fakeHealthEmitter.event;

  constructor() {
    super({ path: IN_MEMORY, clock: new FakeClock(), log: new FakeLog() });
  }

  override get health(): ArchiveHealth {
    return this.#fakeHealth;
  }

  setHealth(health: ArchiveHealth): void {
    this.#fakeHealth = health;
    this.#fakeHealthEmitter.fire(health);
  }
}
