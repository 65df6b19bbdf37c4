import type { Page } from './dom.ts';

const TICK_MS = 1000;
const MINUTE_S = 60;

/**
 * Counts down to the moment when it is worth trying again, while the page is seen. Screen readers
 * are told when it appears, each minute of the last five, and when it is over: not each second.
 */
export class Countdown {
  readonly #page: Page;
  readonly #live: HTMLElement;
  #timer: number | undefined;
  #toldMinutes: number | undefined;

  constructor(page: Page, live: HTMLElement) {
    this.#page = page;
    this.#live = live;
    document.addEventListener('visibilitychange', () => this.update());
  }

  /** To be called after each drawing. */
  update(): void {
    window.clearTimeout(this.#timer);
    const place = document.querySelector<HTMLElement>('[data-retry-at]');
    if (!place || document.visibilityState === 'hidden') return;
    const leftMs = Number(place.dataset['retryAt']) - Date.now();
    const text =
      leftMs > 0 ? this.#page.label('retryIn', clock(leftMs)) : this.#page.label('retryNow');
    if (place.textContent !== text) place.textContent = text;
    // What is said of the wait is over, too, until the editor says more.
    if (leftMs <= 0) place.previousElementSibling?.replaceChildren();
    this.#tell(leftMs, text);
    if (leftMs > 0) this.#timer = window.setTimeout(() => this.update(), TICK_MS);
  }

  #tell(leftMs: number, text: string): void {
    const minutes = Math.ceil(leftMs / TICK_MS / MINUTE_S);
    const told = minutes > 5 ? 6 : Math.max(0, minutes);
    if (told === this.#toldMinutes) return;
    this.#toldMinutes = told;
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
