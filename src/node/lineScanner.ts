import type { LogRecord } from '../core/agents/agent.ts';
import type { AnchorSearch } from './anchorSearch.ts';
import { decodeText, type Encoding } from './fileKind.ts';
import type { WorkSlice } from './turns.ts';

/** A longer line is never decoded as a whole: only the text around its hits is reported. */
export const MAX_LINE_BYTES = 1024 * 1024;

/** Bytes reported before and after a hit in a line that is too long. */
export const WINDOW_BYTES = 4096;

/**
 * Bytes searched between two looks at the clock: a few ms even if everything resembles an anchor.
 */
export const SEARCH_BYTES = 256 * 1024;

const LINE_FEED = 10;

/** What to scan, and for which anchors. */
export interface ScanRequest {
  readonly source: ByteSource;
  /** 0, or `consumedTo` of an earlier scan. In mid-line, the line counts as too long. */
  readonly from: number;
  /** Exclusive end offset. */
  readonly to: number;
  readonly encoding: Encoding;
  readonly anchors: AnchorSearch;
  /** Reports every line, not only those with an anchor. */
  readonly isEveryLine?: boolean;
  /** Also reports a last line without a line end. Default: leaves it for a later scan. */
  readonly isLastLineWhole?: boolean;
  /** Receives up to `WINDOW_BYTES` bytes before `from`. Returns false to refuse the scan. */
  readonly accept?: (before: Buffer) => boolean;
  /** Returns false to end the scan after this record. */
  readonly onRecord: (record: LogRecord) => boolean;
  readonly slice: WorkSlice;
  /** Default: each scan has a buffer of its own. */
  readonly spare?: SpareBuffer;
}

/** `consumedTo`: where to continue. `before`: a copy of up to `WINDOW_BYTES` bytes before it. */
export type ScanResult =
  | { readonly kind: 'refused' }
  | { readonly kind: 'scanned'; readonly consumedTo: number; readonly before: Buffer };

/**
 * Reports the lines that contain an anchor. Searches bytes, and decodes only what it reports. The
 * offset is the whole state of a scan: a line without an end is not consumed, and an offset in
 * mid-line means that the line is too long. Rejects with the source's errors.
 */
export async function scanLines(request: ScanRequest): Promise<ScanResult> {
  const scan = new LineScan(request);
  try {
    while (scan.isBeforeStart) await scan.fill();
    if (request.accept?.(scan.before()) === false) return { kind: 'refused' };
    for (let outcome = scan.step(); outcome !== 'stop'; outcome = scan.step()) {
      if (outcome === 'fill') await scan.fill();
      if (request.slice.isOver()) await request.slice.rest();
    }
    return { kind: 'scanned', consumedTo: scan.consumedTo, before: scan.before() };
  } finally {
    scan.window.close();
  }
}

type Step = 'again' | 'fill' | 'stop';

/** Indexes are into `#bytes`, the part of the file in memory. */
class LineScan {
  readonly window: ReadWindow;
  readonly #request: ScanRequest;
  readonly #lineEnd: Buffer;
  /** Bytes of a line feed. */
  readonly #width: number;
  #bytes: Buffer;
  /** Everything before is consumed. The start of a line, unless the line is too long. */
  #at: number;
  /** No anchor begins between `#at` and here. */
  #searchedTo = 0;
  /** No line ends between `#at` and here. */
  #linesTo = 0;
  #isInLongLine: boolean | undefined;
  constructor(request: ScanRequest) {
    const { from, encoding } = request;
    this.#request = request;
    this.#lineEnd = LINE_ENDS[encoding];
    this.#width = this.#lineEnd.length;
    // Always even, for UTF-16.
    const base = Math.max(0, from - WINDOW_BYTES - (from % 2));
    this.window = new ReadWindow({ ...request, from: base });
    this.#bytes = this.window.bytes;
    this.#at = from - base;
  }

  get consumedTo(): number {
    return this.window.base + this.#at;
  }

  /** The bytes before the start are not read yet. */
  get isBeforeStart(): boolean {
    return this.#bytes.length < this.#at && !this.window.isAtEnd;
  }

  before(): Buffer {
    return Buffer.from(this.#bytes.subarray(Math.max(0, this.#at - WINDOW_BYTES), this.#at));
  }

  /** Reads the next bytes, and drops consumed ones except the last `WINDOW_BYTES`. */
  async fill(): Promise<void> {
    const dropped = await this.window.readOn(Math.max(0, this.#at - WINDOW_BYTES));
    this.#bytes = this.window.bytes;
    this.#at -= dropped;
    this.#searchedTo -= dropped;
    this.#linesTo -= dropped;
    this.#request.anchors.begin(this.#bytes);
  }

  /** One step in the bytes in memory, of at most `SEARCH_BYTES`. `fill`: they do not suffice. */
  step(): Step {
    this.#isInLongLine ??= !this.#isLineStart();
    return this.#isInLongLine ? this.#stepInLongLine() : this.#stepLine();
  }

  #stepLine(): Step {
    const hit = this.#request.isEveryLine ? this.#at : this.#search(this.#bytes.length);
    if (hit === undefined) return 'again';
    const isFound = hit >= 0 && hit < this.#bytes.length;
    this.#searchedTo = isFound ? hit : this.#unsearched();
    // Skips lines without a hit.
    this.#skipLines(isFound ? hit : this.#bytes.length);
    const end = isFound ? this.#findLineEnd() : -1;
    if ((end < 0 ? this.#bytes.length : end) - this.#at > MAX_LINE_BYTES) {
      this.#isInLongLine = true;
      return 'again';
    }
    if (end < 0) return this.window.isAtEnd ? 'stop' : 'fill';
    const start = this.#at;
    this.#at = Math.min(end + this.#width, this.#bytes.length);
    return this.#report(start, end, true);
  }

  #stepInLongLine(): Step {
    const { anchors, isLastLineWhole } = this.#request;
    const lineEnd = this.#findLineEnd();
    const end = lineEnd < 0 ? this.#bytes.length : lineEnd;
    const hit = this.#search(end);
    if (hit === undefined) return 'again';
    const windowEnd = hit + anchors.longest + WINDOW_BYTES;
    if (hit < 0 || hit >= end) {
      this.#isInLongLine = lineEnd < 0;
      this.#at = lineEnd < 0 ? this.#unsearched() : this.#afterLine(lineEnd);
    } else if (windowEnd > end && lineEnd < 0 && !(this.window.isAtEnd && isLastLineWhole)) {
      // The rest of the text around the hit is not read yet.
      this.#at = hit;
    } else {
      const windowStart = Math.max(0, hit - WINDOW_BYTES);
      const start = this.#afterLine(this.#lastLineEnd(windowStart, hit), windowStart);
      const stop = Math.min(windowEnd, end);
      // The end of the window may cut an anchor.
      const next = stop - anchors.longest + 1;
      this.#at = Math.max(hit + this.#width, next + (next % this.#width));
      return this.#report(start, stop, false);
    }
    if (lineEnd >= 0) return 'again';
    return this.window.isAtEnd ? 'stop' : 'fill';
  }

  /** Index of the next anchor, or -1; undefined: the search is not complete. */
  #search(end: number): number | undefined {
    const from = Math.max(this.#at, this.#searchedTo);
    const to = Math.min(from + SEARCH_BYTES, end);
    const hit = this.#request.anchors.next(from, to);
    if (hit >= 0 || to >= end) return hit;
    this.#searchedTo = to;
    return undefined;
  }

  #report(start: number, end: number, isWhole: boolean): Step {
    const { encoding, onRecord } = this.#request;
    const byteOffset = this.window.base + start;
    let text = decodeText(this.#bytes, encoding, start, end);
    if (isWhole && text.endsWith('\r')) text = text.slice(0, -1);
    if (byteOffset === 0 && text.startsWith('\uFEFF')) text = text.slice(1);
    return text === '' || onRecord({ text, byteOffset, isWhole }) ? 'again' : 'stop';
  }

  #isLineStart(): boolean {
    if (this.consumedTo === 0) return true;
    return this.#bytes.subarray(this.#at - this.#width, this.#at).equals(this.#lineEnd);
  }

  /** From here on, an anchor may begin whose end is not read yet. */
  #unsearched(): number {
    const index = this.#bytes.length - this.#request.anchors.longest + 1;
    return Math.max(this.#at, this.#searchedTo, index + (Math.abs(index) % this.#width));
  }

  #skipLines(to: number): void {
    this.#at = this.#afterLine(this.#lastLineEnd(Math.max(this.#at, this.#linesTo), to), this.#at);
    this.#linesTo = Math.max(this.#linesTo, to - (to % this.#width));
  }

  #afterLine(lineEnd: number, otherwise = 0): number {
    return lineEnd < 0 ? otherwise : lineEnd + this.#width;
  }

  /** End of the line at `#at`, or -1. */
  #findLineEnd(): number {
    const { length } = this.#bytes;
    const index = this.#nextLineEnd(Math.max(this.#at, this.#linesTo));
    this.#linesTo = index >= 0 ? index : length - (length % this.#width);
    return index < 0 && this.window.isAtEnd && this.#request.isLastLineWhole ? length : index;
  }

  #nextLineEnd(from: number): number {
    // Searching a number is twice as fast, and there are millions of lines.
    if (this.#width === 1) return this.#bytes.indexOf(LINE_FEED, from);
    let index = this.#bytes.indexOf(this.#lineEnd, from);
    while (index % 2 === 1) index = this.#bytes.indexOf(this.#lineEnd, index + 1);
    return index;
  }

  /** End of the last line in that part, or -1. */
  #lastLineEnd(from: number, to: number): number {
    if (from >= to) return -1;
    const part = this.#bytes.subarray(from, to);
    if (this.#width === 1) {
      const index = part.lastIndexOf(LINE_FEED);
      return index < 0 ? -1 : from + index;
    }
    let index = part.lastIndexOf(this.#lineEnd);
    while (index >= 0 && (from + index) % 2 === 1)
      index = part.lastIndexOf(this.#lineEnd, index - 1);
    return index < 0 ? -1 : from + index;
  }
}

const LINE_ENDS: Readonly<Record<Encoding, Buffer>> = {
  utf8: Buffer.from([10]),
  utf16le: Buffer.from([10, 0]),
  utf16be: Buffer.from([0, 10]),
};

/** Most bytes to keep when the window moves: the longest line and the text around it. */
const RESERVE_BYTES = (1024 + 32) * 1024;

/** Bytes per read: each read costs a thread switch. */
const READ_BYTES = 1024 * 1024;

const WINDOW_LENGTH = RESERVE_BYTES + READ_BYTES;

/** Reads bytes at a position, possibly fewer than requested; 0 at the end. */
export interface ByteSource {
  read(into: Buffer, at: number, length: number, position: number): Promise<number>;
}

/**
 * The buffer of a scan that ended, for the next one: else a scan of many turns leaves hundreds of
 * them, which V8 collects late. Freed when nothing is read for a while.
 */
export class SpareBuffer {
  #kept: WeakRef<Buffer> | undefined;

  take(length: number): Buffer {
    const kept = length === WINDOW_LENGTH ? this.#kept?.deref() : undefined;
    if (kept) this.#kept = undefined;
    // Not from Node's pool, which a slice would keep alive.
    return kept ?? Buffer.allocUnsafeSlow(length);
  }

  give(buffer: Buffer): void {
    if (buffer.length === WINDOW_LENGTH) this.#kept = new WeakRef(buffer);
  }
}

/** A part of a source. */
export interface ReadWindowOptions {
  readonly source: ByteSource;
  readonly from: number;
  /** Exclusive end offset. */
  readonly to: number;
  /** Default: none. */
  readonly spare?: SpareBuffer;
}

/** A window of at most 2 MB that moves over a source. */
export class ReadWindow {
  readonly #options: ReadWindowOptions;
  readonly #spare: SpareBuffer;
  readonly #buffer: Buffer;
  #bytes: Buffer;
  #base: number;
  #isAtEnd = false;

  constructor(options: ReadWindowOptions) {
    const { from, to, spare = new SpareBuffer() } = options;
    this.#options = options;
    this.#spare = spare;
    this.#buffer = spare.take(Math.max(0, Math.min(WINDOW_LENGTH, to - from)));
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

  /** Gives the buffer to the next window. `bytes` is not valid any more. */
  close(): void {
    this.#spare.give(this.#buffer);
  }
}
