/**
 * Lends buffers of one size. As nobody has a file open without one, their number is that of the
 * handles too.
 */
export class BufferPool {
  readonly #bytes: number;
  readonly #waiting: ((buffer: Buffer) => void)[] = [];
  #left: number;
  #spare: Buffer | undefined;

  constructor(bytes: number, count: number) {
    this.#bytes = bytes;
    this.#left = count;
  }

  /** Waits while all are lent. What it holds is of an earlier use. */
  take(): Promise<Buffer> {
    if (this.#left === 0) return new Promise(resolve => this.#waiting.push(resolve));
    this.#left--;
    const buffer = this.#spare ?? Buffer.allocUnsafeSlow(this.#bytes);
    this.#spare = undefined;
    return Promise.resolve(buffer);
  }

  give(buffer: Buffer): void {
    const next = this.#waiting.shift();
    if (next) return next(buffer);
    this.#left++;
    // One is kept: logs move one at a time, most of the time.
    this.#spare = buffer;
  }
}
