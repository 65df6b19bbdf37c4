/**
 * Owns disposables and disposes them in reverse order, so that a listener goes before its source. A
 * value added after `dispose()` is disposed immediately.
 */
export class DisposableStore implements Disposable {
  readonly #owned: Disposable[] = [];
  #isDisposed = false;

  /** Takes ownership of `value` and returns it, so that the line that creates it also owns it. */
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

/** Owns a resource and can release it. Same shape as VS Code's `Disposable`. */
export interface Disposable {
  dispose(): void;
}

/** Subscribes a listener and returns its unsubscription. Same shape as VS Code's `Event`. */
export type Event<T> = (listener: (value: T) => void) => Disposable;

/**
 * Fires values to listeners in the order of subscription, for code that runs without VS Code. A
 * listener that throws does not stop the others: the first error is thrown after all were called.
 */
export class Emitter<T> implements Disposable {
  readonly #listeners = new Set<(value: T) => void>();

  /** The event to expose. */
  readonly event: Event<T> = listener => {
    // A wrapper, so that a function subscribed twice is called twice and removed once at a time.
    const entry = (value: T): void => listener(value);
    this.#listeners.add(entry);
    return { dispose: () => this.#listeners.delete(entry) };
  };

  /** The number of listeners. Tests assert 0 after the owner is disposed. */
  get listenerCount(): number {
    return this.#listeners.size;
  }

  fire(value: T): void {
    const errors: unknown[] = [];
    for (const listener of [...this.#listeners]) {
      try {
        listener(value);
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }

  dispose(): void {
    this.#listeners.clear();
  }
}
