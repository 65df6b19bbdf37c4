/** What may have to be kept when the window moves on: the longest line, and what is around it. */
const RESERVE_BYTES = (1024 + 32) * 1024;

/** What is read at a time: half of it takes a tenth longer, as each time costs a change of threads. */
const READ_BYTES = 2 * 1024 * 1024;

/** One is worked on, and the others are being filled: with one fewer it takes a third longer. */
const PARTS = 3;

const PART_BYTES = RESERVE_BYTES + READ_BYTES;

/** The memory of one window. What it does not use of it, the system does not give. */
export const BUFFER_BYTES = PARTS * PART_BYTES;

/** Bytes by position, as many as there are at once; 0 at the end. */
export interface ByteSource {
  read(into: Buffer, at: number, length: number, position: number): Promise<number>;
}

/** A part of a source. */
export interface SlidingBytesOptions {
  readonly source: ByteSource;
  /** `BUFFER_BYTES` long, and the window's alone until it is settled. */
  readonly buffer: Buffer;
  readonly from: number;
  /** Nothing is read from here on. */
  readonly to: number;
}

/**
 * A window that moves over a source. While what is in one part of its memory is worked on, the
 * system fills the others, which halves the time that a large file takes.
 */
export class SlidingBytes {
  readonly #options: SlidingBytesOptions;
  readonly #parts: readonly Buffer[];
  #part = 0;
  /** Where in its part the window begins. */
  #start = 0;
  #bytes: Buffer;
  #base: number;
  #isAtEnd = false;
  /** What is being read into the parts that follow, in their order. */
  #ahead: Promise<number>[] = [];
  /** Where the next of those will begin. */
  #aheadTo = 0;

  constructor(options: SlidingBytesOptions) {
    const { buffer, from } = options;
    this.#options = options;
    this.#parts = Array.from({ length: PARTS }, (_, i) =>
      buffer.subarray(i * PART_BYTES, (i + 1) * PART_BYTES),
    );
    this.#bytes = buffer.subarray(0, 0);
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
    const [ahead] = this.#ahead;
    if (ahead) return this.#moveOn(await ahead, kept - (kept % 2));
    const { source, to } = this.#options;
    const part = this.#parts[this.#part]!;
    const end = this.#start + this.#bytes.length;
    const position = this.#base + this.#bytes.length;
    const length = Math.min(PART_BYTES - end, Math.max(0, to - position));
    const read = length > 0 ? source.read(part, end, length, position) : Promise.resolve(0);
    this.#aheadTo = position + length;
    if (end + length === PART_BYTES) this.#readAhead();
    const count = await read;
    this.#bytes = part.subarray(this.#start, end + count);
    this.#isAtEnd = count === 0 || position + count >= to;
    if (count < length) await this.#giveUpAhead();
    return 0;
  }

  /** Resolves when nothing is read any more: the source may be closed, and the buffer used again. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#ahead);
  }

  async #moveOn(count: number, dropped: number): Promise<number> {
    const kept = this.#bytes.subarray(dropped);
    this.#part = (this.#part + 1) % PARTS;
    this.#start = RESERVE_BYTES - kept.length;
    const part = this.#parts[this.#part]!;
    kept.copy(part, this.#start);
    this.#bytes = part.subarray(this.#start, RESERVE_BYTES + count);
    this.#base += dropped;
    this.#ahead = this.#ahead.slice(1);
    const position = this.#base + this.#bytes.length;
    this.#isAtEnd = count === 0 || position >= this.#options.to;
    if (count === READ_BYTES) this.#readAhead();
    else await this.#giveUpAhead();
    return dropped;
  }

  #readAhead(): void {
    const { source, to } = this.#options;
    while (this.#ahead.length < PARTS - 1 && this.#aheadTo < to) {
      const part = this.#parts[(this.#part + 1 + this.#ahead.length) % PARTS]!;
      const length = Math.min(READ_BYTES, to - this.#aheadTo);
      const read = source.read(part, RESERVE_BYTES, length, this.#aheadTo);
      // It is told to whoever reads on; nobody may.
      read.catch(() => undefined);
      this.#ahead.push(read);
      this.#aheadTo += length;
    }
  }

  /** Fewer bytes came than were asked for: what was read after them does not follow. */
  async #giveUpAhead(): Promise<void> {
    await this.settle();
    this.#ahead = [];
  }
}
