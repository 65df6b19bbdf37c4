/** Most bytes to keep when the window moves: the longest line and the text around it. */
const RESERVE_BYTES = (1024 + 32) * 1024;

/** Bytes per read: each read costs a thread switch. */
const READ_BYTES = 1024 * 1024;

/** Reads bytes at a position, possibly fewer than requested; 0 at the end. */
export interface ByteSource {
  read(into: Buffer, at: number, length: number, position: number): Promise<number>;
}

/** A part of a source. */
export interface ReadWindowOptions {
  readonly source: ByteSource;
  readonly from: number;
  /** Exclusive end offset. */
  readonly to: number;
}

/** A window of at most 2 MB that moves over a source. */
export class ReadWindow {
  readonly #options: ReadWindowOptions;
  readonly #buffer: Buffer;
  #bytes: Buffer;
  #base: number;
  #isAtEnd = false;

  constructor(options: ReadWindowOptions) {
    const { from, to } = options;
    this.#options = options;
    // Not from Node's pool, which a slice would keep alive.
    this.#buffer = Buffer.allocUnsafeSlow(
      Math.max(0, Math.min(RESERVE_BYTES + READ_BYTES, to - from)),
    );
    this.#bytes = this.#buffer.subarray(0, 0);
    this.#base = from;
  }

  /** The bytes in memory. Valid until `readOn`. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Offset of `bytes` in the source. Stays even if `from` is even, for UTF-16. */
  get base(): number {
    return this.#base;
  }

  /** `bytes` ends at the end of the part. */
  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  /**
   * Reads the next bytes. May drop those before the index `kept`; at most 1 MB + 32 KB may follow
   * it. Resolves to the count of dropped bytes. Rejects with the source's errors.
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
