/** What may have to be kept when the window moves on: the longest line, and what is around it. */
const RESERVE_BYTES = (1024 + 32) * 1024;

/** What is read at a time: each time costs a change of threads. */
const READ_BYTES = 1024 * 1024;

/** Bytes by position, as many as there are at once; 0 at the end. */
export interface ByteSource {
  read(into: Buffer, at: number, length: number, position: number): Promise<number>;
}

/** A part of a source. */
export interface ReadWindowOptions {
  readonly source: ByteSource;
  readonly from: number;
  /** Nothing is read from here on. */
  readonly to: number;
}

/** A window that moves over a source, of at most 2 MB: what is kept of it goes to its front. */
export class ReadWindow {
  readonly #options: ReadWindowOptions;
  readonly #buffer: Buffer;
  #bytes: Buffer;
  #base: number;
  #isAtEnd = false;

  constructor(options: ReadWindowOptions) {
    const { from, to } = options;
    this.#options = options;
    // Of its own: a slice of Node's pool would keep all of that.
    this.#buffer = Buffer.allocUnsafeSlow(
      Math.max(0, Math.min(RESERVE_BYTES + READ_BYTES, to - from)),
    );
    this.#bytes = this.#buffer.subarray(0, 0);
    this.#base = from;
  }

  /** What is there to work on, until the window moves. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Offset in the source of the first of `bytes`. Stays even if it was. */
  get base(): number {
    return this.#base;
  }

  /** Nothing follows `bytes`. */
  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  /**
   * Reads on. What is before the index `kept` may be dropped; from there on, no more than 1 MB and
   * 32 KB. Resolves to how many bytes were dropped. Rejects as the source does.
   */
  async readOn(kept: number): Promise<number> {
    const { source, to } = this.#options;
    const dropped = kept - (kept % 2);
    const end = this.#bytes.copy(this.#buffer, 0, dropped);
    this.#base += dropped;
    const position = this.#base + end;
    const length = Math.min(READ_BYTES, this.#buffer.length - end, to - position);
    const count = length > 0 ? await source.read(this.#buffer, end, length, position) : 0;
    this.#bytes = this.#buffer.subarray(0, end + count);
    this.#isAtEnd = count === 0 || position + count >= to;
    return dropped;
  }
}
