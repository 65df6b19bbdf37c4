import { attribute } from '../agents/attribution.ts';
import type { RequestEnded } from '../agents/signal.ts';
import { MINUTE_MS } from '../base/time.ts';
import type { Incident } from './incident.ts';

/** An agent that continued with another provider after a failure at Kimi. */
export type Fallback = NonNullable<Incident['fallback']>;

/** A later answer is the user's own choice of another model. */
const SOON_MS = 10 * MINUTE_MS;

/** Notices when a session that failed at Kimi is answered by another provider. */
export class Fallbacks {
  readonly #found = new Map<string, Fallback>();
  #changed = new Set<string>();

  /** Takes an answer. `incidents`: the latest ones. */
  take(signal: RequestEnded, incidents: Iterable<Incident>): void {
    const { at, agent, session, evidence } = signal;
    if (attribute(signal).provider !== 'other') return;
    const to = evidence.otherProvider ?? evidence.providerId?.split('/')[0] ?? evidence.host ?? '';
    for (const { id, provider, to: lastAt, places } of incidents) {
      const isKimis = provider === 'kimi-code' || provider === 'open-platform';
      const isSoon = at >= lastAt && at - lastAt <= SOON_MS;
      const isSame = places.some(place => place.agent === agent && place.session === session);
      if (!isKimis || !isSoon || !isSame || this.#found.has(id)) continue;
      this.#found.set(id, { agent, to });
      this.#changed.add(id);
    }
  }

  /** What was noticed for an incident, once each. */
  of(id: string): Fallback | undefined {
    return this.#found.get(id);
  }

  /** Incidents with news since the last call. */
  takeChanged(): Iterable<string> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  /** Forgets an incident. */
  forget(id: string): void {
    this.#found.delete(id);
  }
}
