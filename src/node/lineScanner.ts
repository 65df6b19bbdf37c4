import type { LogRecord } from '../core/agents/agent.ts';
import type { AnchorSearch } from './anchorSearch.ts';
import { decodeText, type Encoding } from './fileKind.ts';
import { type ByteSource, ReadWindow } from './readWindow.ts';
import type { WorkSlice } from './turns.ts';

/** A longer line is never built: its hits are reported with what is around them. */
export const MAX_LINE_BYTES = 1024 * 1024;

/** So much before and after a hit in too long a line is reported. */
export const WINDOW_BYTES = 4096;

/** Searched between two looks at the time: some ms where all of it looks like anchors. */
export const SEARCH_BYTES = 256 * 1024;

const LINE_FEED = 10;

/** What to look for, and where. */
export interface ScanRequest {
  readonly source: ByteSource;
  /** 0, or where an earlier scan ended; where that is in mid-line, the line counts as too long. */
  readonly from: number;
  /** Nothing is read from here on. */
  readonly to: number;
  readonly encoding: Encoding;
  readonly anchors: AnchorSearch;
  /** Reports every line and not only those with an anchor. */
  readonly isEveryLine?: boolean;
  /** Reports what is left at `to`, though no line end follows. Default: it is left for later. */
  readonly isLastLineWhole?: boolean;
  /** Given the up to `WINDOW_BYTES` bytes before `from`: false, and nothing is reported. */
  readonly accept?: (before: Buffer) => boolean;
  /** False: the scan ends after this one. */
  readonly onRecord: (record: LogRecord) => boolean;
  readonly slice: WorkSlice;
}

/** `consumedTo`: where to go on. `before`: a copy of up to `WINDOW_BYTES` bytes before that. */
export type ScanResult =
  | { readonly kind: 'refused' }
  | { readonly kind: 'scanned'; readonly consumedTo: number; readonly before: Buffer };

/**
 * Reports the lines in which an anchor stands: searches bytes first, and decodes only what it
 * reports, whatever pieces the bytes come in. The offset is all there is to remember of a scan: a
 * line that has not ended is not consumed, and an offset in mid-line means that the line is too
 * long to be built. Rejects as the source does.
 */
export async function scanLines(request: ScanRequest): Promise<ScanResult> {
  const scan = new LineScan(request);
  while (scan.isBeforeStart) await scan.fill();
  if (request.accept?.(scan.before()) === false) return { kind: 'refused' };
  for (let outcome = scan.step(); outcome !== 'stop'; outcome = scan.step()) {
    if (outcome === 'fill') await scan.fill();
    if (request.slice.isOver()) await request.slice.rest();
  }
  return { kind: 'scanned', consumedTo: scan.consumedTo, before: scan.before() };
}

type Step = 'again' | 'fill' | 'rest' | 'stop';

/** Indexes are into `#bytes`, what of the file is there. */
class LineScan {
  readonly window: ReadWindow;
  readonly #request: ScanRequest;
  readonly #lineEnd: Buffer;
  /** Bytes of a line end. */
  readonly #width: number;
  #bytes: Buffer;
  /** What is before is consumed; in a line that is not too long, the line's start. */
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

  /** What precedes the start has not been read yet. */
  get isBeforeStart(): boolean {
    return this.#bytes.length < this.#at && !this.window.isAtEnd;
  }

  before(): Buffer {
    return Buffer.from(this.#bytes.subarray(Math.max(0, this.#at - WINDOW_BYTES), this.#at));
  }

  /** Reads on; what is consumed may go, but for a window's length. */
  async fill(): Promise<void> {
    const dropped = await this.window.readOn(Math.max(0, this.#at - WINDOW_BYTES));
    this.#bytes = this.window.bytes;
    this.#at -= dropped;
    this.#searchedTo -= dropped;
    this.#linesTo -= dropped;
    this.#request.anchors.begin(this.#bytes);
  }

  /** Goes on with what there is, until there is not enough of it or it is others' turn. */
  step(): Exclude<Step, 'again'> {
    this.#isInLongLine ??= !this.#isLineStart();
    for (;;) {
      const outcome = this.#isInLongLine ? this.#stepInLongLine() : this.#stepLine();
      if (outcome !== 'again') return outcome;
      if (this.#request.slice.isOver()) return 'rest';
    }
  }

  #stepLine(): Step {
    const hit = this.#request.isEveryLine ? this.#at : this.#search(this.#bytes.length);
    if (hit === undefined) return 'again';
    const isFound = hit >= 0 && hit < this.#bytes.length;
    this.#searchedTo = isFound ? hit : this.#unsearched();
    // Lines without a hit are behind us.
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
      // The rest of the window is yet to come.
      this.#at = hit;
    } else {
      const windowStart = Math.max(0, hit - WINDOW_BYTES);
      const start = this.#afterLine(this.#lastLineEnd(windowStart, hit), windowStart);
      const stop = Math.min(windowEnd, end);
      // An anchor may be cut by the window's end.
      const next = stop - anchors.longest + 1;
      this.#at = Math.max(hit + this.#width, next + (next % this.#width));
      return this.#report(start, stop, false);
    }
    if (lineEnd >= 0) return 'again';
    return this.window.isAtEnd ? 'stop' : 'fill';
  }

  /** Where the next anchor begins, or -1; undefined: not all was searched. */
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

  /** An anchor may begin here of which only a part has been read. */
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

  /** Where the line at `#at` ends, or -1. */
  #findLineEnd(): number {
    const { length } = this.#bytes;
    const index = this.#nextLineEnd(Math.max(this.#at, this.#linesTo));
    this.#linesTo = index >= 0 ? index : length - (length % this.#width);
    return index < 0 && this.window.isAtEnd && this.#request.isLastLineWhole ? length : index;
  }

  #nextLineEnd(from: number): number {
    // By number it is twice as fast, and there are millions of lines.
    if (this.#width === 1) return this.#bytes.indexOf(LINE_FEED, from);
    let index = this.#bytes.indexOf(this.#lineEnd, from);
    while (index % 2 === 1) index = this.#bytes.indexOf(this.#lineEnd, index + 1);
    return index;
  }

  /** Where the last line ends in that part, or -1. */
  #lastLineEnd(from: number, to: number): number {
    if (from >= to) return -1;
    const part = this.#bytes.subarray(from, to);
    if (this.#width === 1) {
      const index = part.lastIndexOf(LINE_FEED);
      return index < 0 ? -1 : from + index;
    }
    let index = part.lastIndexOf(this.#lineEnd);
    while (index >= 0 && (from + index) % 2 === 1)
      index = index === 0 ? -1 : part.lastIndexOf(this.#lineEnd, index - 1);
    return index < 0 ? -1 : from + index;
  }
}

const LINE_ENDS: Readonly<Record<Encoding, Buffer>> = {
  utf8: Buffer.from([10]),
  utf16le: Buffer.from([10, 0]),
  utf16be: Buffer.from([0, 10]),
};
