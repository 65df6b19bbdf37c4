import type { Page } from './dom.ts';

const TICK_MS = 1000;
const MINUTE_S = 60;

/**
 * Counts down to the retry time while the page is visible. Screen readers announce it when it
 * appears, each minute of the last five, and when it ends.
 */
export class Countdown {
  readonly #page: Page;
  readonly #live: HTMLElement;
  #timer: number | undefined;
  #announcedStep: number | undefined;

  constructor(page: Page, live: HTMLElement) {
    this.#page = page;
    this.#live = live;
    document.addEventListener('visibilitychange', () => this.update());
  }

  /** Call after each drawing. */
  update(): void {
    window.clearTimeout(this.#timer);
    const place = document.querySelector<HTMLElement>('main:not([hidden]) [data-retry-at]');
    if (!place || document.visibilityState === 'hidden') return;
    const leftMs = Number(place.dataset['retryAt']) - Date.now();
    const text =
      leftMs > 0 ? this.#page.label('retryIn', clock(leftMs)) : this.#page.label('retryNow');
    if (place.textContent !== text) place.textContent = text;
    // The text about the wait is outdated too, until the editor updates it.
    if (leftMs <= 0) place.previousElementSibling?.replaceChildren();
    this.#announce(leftMs, text);
    if (leftMs > 0) this.#timer = window.setTimeout(() => this.update(), TICK_MS);
  }

  #announce(leftMs: number, text: string): void {
    const minutes = Math.ceil(leftMs / TICK_MS / MINUTE_S);
    const step = minutes > 5 ? 6 : Math.max(0, minutes);
    if (step === this.#announcedStep) return;
    this.#announcedStep = step;
    this.#live.textContent = text;
  }
}

/** `1:05:09`, `4:03`. */
function clock(ms: number): string {
  const seconds = Math.ceil(ms / TICK_MS);
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / MINUTE_S);
  const tail = `${two(seconds % MINUTE_S)}`;
  return hours > 0 ? `${hours}:${two(minutes)}:${tail}` : `${minutes}:${tail}`;
}
