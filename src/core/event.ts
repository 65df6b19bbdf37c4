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
