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

/** Something that holds a resource and can let it go. The same shape as VS Code's. */
export interface Disposable {
  dispose(): void;
}

/** Subscribes a listener and returns how to unsubscribe it. The same shape as VS Code's. */
export type Event<T> = (listener: (value: T) => void) => Disposable;

/**
 * Fires values to listeners, in the order in which they subscribed. VS Code has its own, which
 * code that runs without an editor cannot use. A listener that throws does not stop the others:
 * the first error is thrown after all were called.
 */
export class Emitter<T> implements Disposable {
  readonly #listeners = new Set<(value: T) => void>();

  /** The event that owners hand out. */
  readonly event: Event<T> = listener => {
    // A wrapper, so that one function subscribed twice is called twice and removed singly.
    const entry = (value: T): void => listener(value);
    this.#listeners.add(entry);
    return { dispose: () => this.#listeners.delete(entry) };
  };

  /** How many listeners there are: a test asserts 0 after its owner was disposed. */
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
