import { type Disposable, Emitter, type Event } from '../base/event.ts';
import { isSameData } from '../base/store.ts';
import type { Incident, IncidentRows } from './incident.ts';

/** Older incidents are only in the dashboard. */
const SHOWN_MS = 86_400_000;
const MOST_SHOWN = 50;

/** Incidents for surfaces: a copy of the archive's rows, updated when they change. */
export class IncidentStore implements Disposable {
  readonly #archive: Pick<IncidentRows, 'readIncidents'>;
  readonly #now: () => number;
  readonly #changeEmitter = new Emitter<void>();
  #incidents: readonly Incident[] = [];

  readonly onDidChange: Event<void> = this.#changeEmitter.event;

  constructor(archive: Pick<IncidentRows, 'readIncidents'>, now: () => number) {
    this.#archive = archive;
    this.#now = now;
  }

  /** Incidents of the last 24 hours, newest first, at most 50. */
  get incidents(): readonly Incident[] {
    return this.#incidents;
  }

  /** Reads the archive. Fires only if the incidents changed. */
  async follow(): Promise<void> {
    const since = this.#now() - SHOWN_MS;
    const incidents = await this.#archive.readIncidents({ since, limit: MOST_SHOWN });
    const before = this.#incidents;
    this.#incidents = [...incidents].reverse();
    if (!isSameData(before, this.#incidents)) this.#changeEmitter.fire();
  }

  dispose(): void {
    this.#changeEmitter.dispose();
  }
}
