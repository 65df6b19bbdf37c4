import { MutableDisposable } from '../core/disposables.ts';
import { Emitter, type Disposable, type Event } from '../core/event.ts';
import type * as words from '../core/incidents/explain.ts';
import type { Explanation } from '../core/incidents/explanation.ts';
import { isCurrent } from '../core/incidents/incident.ts';
import type { IncidentStore } from '../core/incidents/incidentStore.ts';
import type { Locale } from '../core/ports.ts';
import type { Settings } from '../core/settings.ts';

type Words = typeof words;

/** The same words stand for so long. */
const SAID_ANEW_MS = 30_000;

/** What an `IncidentNotice` is made of. */
export interface IncidentNoticeOptions {
  readonly incidents: IncidentStore;
  readonly settings: () => Settings;
  readonly locale: Locale;
}

/**
 * The incident that a user of Kimi should know of now, in words. The words are a file of their own,
 * which is loaded when there is such an incident first: most windows never see one.
 */
export class IncidentNotice implements Disposable {
  readonly #options: IncidentNoticeOptions;
  readonly #changeEmitter = new Emitter<void>();
  readonly #listening = new MutableDisposable();
  #words: Words | undefined;
  #isLoading = false;
  #said: { readonly key: string; readonly at: number; readonly words: Explanation } | undefined;

  /** Another incident, or more is known of it. */
  readonly onDidChange: Event<void> = this.#changeEmitter.event;

  constructor(options: IncidentNoticeOptions) {
    this.#options = options;
    this.#listening.value = options.incidents.onDidChange(() => this.#changeEmitter.fire());
  }

  /** Undefined: there is none, or its words are still loaded. */
  at(now: number): Explanation | undefined {
    const { incidents, locale, settings } = this.#options;
    const current = incidents.incidents.find(incident => isCurrent(incident, now));
    if (!current) return undefined;
    if (!this.#words) void this.#load();
    const { region } = settings();
    const key = JSON.stringify([current, region]);
    // Words that count seconds would close the tooltip while it is read.
    const isFresh = this.#said?.key === key && Math.abs(now - this.#said.at) < SAID_ANEW_MS;
    if (this.#words && !isFresh)
      this.#said = { key, at: now, words: this.#words.explain(current, { locale, now, region }) };
    return this.#said?.words;
  }

  async #load(): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    this.#words = await import('../core/incidents/explain.ts');
    this.#changeEmitter.fire();
  }

  dispose(): void {
    this.#listening.dispose();
    this.#changeEmitter.dispose();
  }
}
