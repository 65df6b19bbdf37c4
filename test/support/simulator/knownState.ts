import { FailureJoiner, joinFailures } from '../../../src/core/agents/failureJoiner.ts';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import { Incidents } from '../../../src/core/incidents/incidents.ts';
import { judge } from '../../../src/core/incidents/judge.ts';
import { viewQuota } from '../../../src/core/quota/quotaView.ts';
import type { OpeningInput } from '../../../src/core/status/opening.ts';
import type { Setting } from './setting.ts';

const ENDPOINT = {
  product: 'kimiCode',
  origin: 'https://api.kimi.com',
  quotaUrl: 'https://api.kimi.com/coding/v1/usages',
  isMoonshot: true,
} as const;

/** From a record on disk to the stored count of requests in flight: reading, and its debounce. */
const STORED_AFTER_MS = 1000;
/** How often what may still change is judged. */
const JUDGE_EVERY_MS = 3000;

/** What the archive of this machine holds while a simulation runs: a hook and a wait read it. */
export class KnownState {
  readonly #setting: Setting;
  readonly #incidents: Incidents;
  readonly #joiner = new FailureJoiner();
  readonly #latest = new Map<string, Incident>();
  #taken = 0;

  constructor(setting: Setting) {
    this.#setting = setting;
    const { snapshots } = setting.reader;
    this.#incidents = new Incidents({ judge, snapshots: () => snapshots });
    const follow = (): void => {
      this.#takeStored();
      setting.queue.after(JUDGE_EVERY_MS, follow);
    };
    follow();
  }

  /** `freshMs`: older numbers are read again. */
  read(freshMs = Infinity): OpeningInput | undefined {
    const { queue, reader } = this.#setting;
    reader.readIfOlder(freshMs);
    this.#takeStored();
    const snapshot = reader.snapshots.at(-1);
    return (
      snapshot && {
        account: { id: 'kimiCode', endpoint: ENDPOINT },
        view: viewQuota({ access: 'key', snapshot }, queue.now),
        activity: { inFlight: this.#incidents.history.count(queue.now) },
        incidents: [...this.#latest.values()].sort((a, b) => b.from - a.from),
        now: queue.now,
      }
    );
  }

  #takeStored(): void {
    const { deliveries, queue } = this.#setting;
    for (let next = deliveries[this.#taken]; next; next = deliveries[this.#taken]) {
      if (next.at > queue.now - STORED_AFTER_MS) break;
      this.#taken++;
      this.#incidents.take(next.signal, next.at);
      const { signal } = next;
      const joined = joinFailures(this.#joiner, [{ signal, file: 'log', byteOffset: 0 }]);
      for (const failure of joined.signals)
        if (failure.signal.kind === 'requestFailed')
          this.#incidents.fail({ ...failure, signal: failure.signal });
      for (const failure of joined.amendments) this.#incidents.amend(failure);
    }
    if (this.#incidents.hasChanged || this.#incidents.isAnyOpen(queue.now))
      for (const incident of this.#incidents.update(queue.now))
        this.#latest.set(incident.id, incident);
  }
}
