import type { TailedFailure, TailedSignal } from '../tail.ts';
import { FailureJoiner } from './failureJoiner.ts';

/** A failure as it is known now. */
export interface LoggedFailure extends TailedFailure {
  /** False: it was told before, and this replaces it. */
  readonly isNew: boolean;
}

/**
 * The failures among signals, each once, whichever of an agent's files tells of it. What a later
 * signal knows better replaces the failure under its `contentKey`, at the place of the first.
 */
export class FailureLog {
  readonly #joiner = new FailureJoiner();
  readonly #byKey = new Map<string, TailedFailure>();

  /** Gives back the failures that are new, or that more is known of now. */
  add(tailed: TailedSignal): readonly LoggedFailure[] {
    return this.#joiner.join([tailed.signal]).map(signal => {
      const known = this.#byKey.get(signal.contentKey);
      const { file, byteOffset } = known ?? tailed;
      const failure = { signal, file, byteOffset };
      this.#byKey.set(signal.contentKey, failure);
      return { ...failure, isNew: !known };
    });
  }

  /** All of them, in the order of their time. */
  get failures(): TailedFailure[] {
    return [...this.#byKey.values()].sort((a, b) => a.signal.at - b.signal.at);
  }
}
