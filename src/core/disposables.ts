import type { Disposable } from './event.ts';

/**
 * Owns disposables and disposes them in reverse order, so that a listener goes before what it
 * listens to. What is added after `dispose()` is disposed at once.
 */
export class DisposableStore implements Disposable {
  readonly #owned: Disposable[] = [];
  #isDisposed = false;

  /** Takes ownership of `value` and returns it, so that it is owned on the line that makes it. */
  add<T extends Disposable>(value: T): T {
    if (this.#isDisposed) value.dispose();
    else this.#owned.push(value);
    return value;
  }

  dispose(): void {
    this.#isDisposed = true;
    for (let value = this.#owned.pop(); value; value = this.#owned.pop()) value.dispose();
  }
}

/** Owns at most one disposable: setting a new one disposes the old. */
export class MutableDisposable implements Disposable {
  #value: Disposable | undefined;
  #isDisposed = false;

  set value(next: Disposable | undefined) {
    this.#value?.dispose();
    this.#value = next;
    if (this.#isDisposed) this.dispose();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#value?.dispose();
    this.#value = undefined;
  }
}
