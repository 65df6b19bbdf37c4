import { MAX_LINE_BYTES, type ScanRequest, SEARCH_BYTES, WINDOW_BYTES } from './lineScanner.ts';
import { ReadWindow } from './readWindow.ts';

/** Agents nest some ten levels; what is deeper is no log. */
const MAX_DEPTH = 512;

/** So many bytes and strings are followed between two looks at the time. */
const STEPS = 10_000;

const [QUOTE, BACKSLASH, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] =
  Buffer.from('"\\[]{}');

/** `from`: what is before was reported by an earlier scan of the same bytes. UTF-8. */
export type ObjectScanRequest = Pick<
  ScanRequest,
  'source' | 'from' | 'to' | 'anchors' | 'onRecord' | 'slice'
>;

/** `isDone` false: stopped by `onRecord`, and there may be more from `consumedTo` on. */
export interface ObjectScanResult {
  readonly consumedTo: number;
  readonly isDone: boolean;
}

/**
 * Reports the objects of a JSON file in which an anchor stands, without parsing the file: the
 * outermost objects that lie in an array, such as the messages of a chat; the whole of a file of at
 * most 1 MB if the anchor is in none of them; else what is around the anchor. An object that is not
 * complete, because the file is just being written, is not reported. Rejects as the source does.
 */
export async function scanObjects(request: ObjectScanRequest): Promise<ObjectScanResult> {
  // Most files hold none, and to search is ten times as fast as to follow the structure.
  if (!(await holdsAnchor(request))) return { consumedTo: request.to, isDone: true };
  const scan = new ObjectScan(request);
  do {
    await scan.fill();
    if (!(await scan.follow())) return { consumedTo: scan.reportedTo, isDone: false };
  } while (!scan.window.isAtEnd);
  scan.finish();
  return { consumedTo: request.to, isDone: true };
}

async function holdsAnchor(request: ObjectScanRequest): Promise<boolean> {
  const { anchors, slice } = request;
  const window = new ReadWindow(request);
  do {
    await window.readOn(Math.max(0, window.bytes.length - anchors.longest));
    anchors.begin(window.bytes);
    for (let at = 0; at < window.bytes.length; at += SEARCH_BYTES) {
      if (anchors.next(at, at + SEARCH_BYTES) >= 0) return true;
      if (slice.isOver()) await slice.rest();
    }
  } while (!window.isAtEnd);
  return false;
}

/** Indexes are into `#bytes`, what of the file is there; offsets are into the file. */
class ObjectScan {
  readonly window: ReadWindow;
  readonly #request: ObjectScanRequest;
  #bytes: Buffer;
  #at = 0;
  #isInString = false;
  readonly #open = new Uint8Array(MAX_DEPTH);
  #depth = 0;
  /** The object in an array that we are in, unless it is too long. */
  #record: { readonly offset: number; readonly depth: number } | undefined;
  #longRecordDepth = -1;
  #hasOtherHit = false;
  /** Hits before are reported, or told apart. */
  reportedTo: number;

  constructor(request: ObjectScanRequest) {
    this.#request = request;
    this.window = new ReadWindow({ ...request, from: 0 });
    this.#bytes = this.window.bytes;
    this.reportedTo = request.from;
  }

  async fill(): Promise<void> {
    const needed = this.#record ? this.#record.offset - this.window.base : this.#at;
    const kept = Math.max(0, Math.min(needed, this.#at) - WINDOW_BYTES);
    this.#at -= await this.window.readOn(kept);
    this.#bytes = this.window.bytes;
    this.#request.anchors.begin(this.#bytes);
  }

  /** Goes on with what there is. False: told to stop. */
  async follow(): Promise<boolean> {
    const { anchors, slice } = this.#request;
    // What is around a hit must be there when it is met.
    const ahead = this.window.isAtEnd ? 0 : WINDOW_BYTES + anchors.longest;
    const end = this.#bytes.length - ahead;
    while (this.#at < end) {
      for (let step = 0; step < STEPS && this.#at < end; step++) if (!this.#step(end)) return false;
      if (slice.isOver()) await slice.rest();
    }
    return this.#record ? this.#checkLength() : this.#reportAround(this.#at);
  }

  /** After the last byte: an anchor in no object of an array stands for the whole of a small file. */
  finish(): void {
    const isComplete = this.#depth === 0 && !this.#isInString;
    if (!this.#hasOtherHit || !isComplete) return;
    this.#request.onRecord({ text: this.#bytes.toString().trim(), byteOffset: 0, isWhole: true });
  }

  #step(end: number): boolean {
    if (!this.#isInString) return this.#readByte();
    const quote = this.#bytes.indexOf(QUOTE!, this.#at);
    const isFound = quote >= 0 && quote < end;
    this.#at = isFound ? quote + 1 : end;
    this.#isInString = !isFound || this.#isEscaped(quote);
    return true;
  }

  #isEscaped(quote: number): boolean {
    let start = quote;
    while (start > 0 && this.#bytes[start - 1] === BACKSLASH) start--;
    return (quote - start) % 2 === 1;
  }

  #readByte(): boolean {
    const byte = this.#bytes[this.#at++];
    if (byte === QUOTE) this.#isInString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) return this.#enter(byte!);
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) return this.#leave();
    return true;
  }

  #enter(byte: number): boolean {
    if (this.#depth === MAX_DEPTH) return true;
    const isInArray = this.#depth > 0 && this.#open[this.#depth - 1] === OPEN_ARRAY;
    const isInRecord = this.#record !== undefined || this.#longRecordDepth >= 0;
    this.#open[this.#depth++] = byte;
    if (byte !== OPEN_OBJECT || !isInArray || isInRecord) return true;
    const goesOn = this.#reportAround(this.#at - 1);
    this.#record = { offset: this.window.base + this.#at - 1, depth: this.#depth };
    return goesOn;
  }

  #leave(): boolean {
    const depth = this.#depth;
    this.#depth = Math.max(0, depth - 1);
    if (depth === this.#longRecordDepth) {
      const goesOn = this.#reportAround(this.#at);
      this.#longRecordDepth = -1;
      return goesOn;
    }
    if (depth !== this.#record?.depth) return true;
    return this.#checkLength() && this.#reportRecord();
  }

  #reportRecord(): boolean {
    const record = this.#record;
    if (!record) return this.#reportAround(this.#at);
    this.#record = undefined;
    const start = record.offset - this.window.base;
    const from = Math.max(start, this.reportedTo - this.window.base);
    const hit = this.#request.anchors.next(from, this.#at);
    this.reportedTo = Math.max(this.reportedTo, this.window.base + this.#at);
    if (hit < 0 || hit >= this.#at) return true;
    const text = this.#bytes.toString('utf8', start, this.#at);
    return this.#request.onRecord({ text, byteOffset: record.offset, isWhole: true });
  }

  /** An object that is too long is given up: its hits are reported with what is around them. */
  #checkLength(): boolean {
    if (!this.#record || this.window.base + this.#at - this.#record.offset <= MAX_LINE_BYTES)
      return true;
    this.#longRecordDepth = this.#depth < this.#record.depth ? -1 : this.#record.depth;
    this.#record = undefined;
    return this.#reportAround(this.#at);
  }

  /** Reports the hits up to `end` that lie in no object of an array. */
  #reportAround(end: number): boolean {
    const { anchors, to, onRecord } = this.#request;
    for (;;) {
      const hit = anchors.next(Math.max(0, this.reportedTo - this.window.base), end);
      if (hit < 0 || hit >= end) break;
      if (to <= MAX_LINE_BYTES) {
        this.#hasOtherHit = true;
        break;
      }
      const start = Math.max(0, hit - WINDOW_BYTES);
      const stop = Math.min(hit + anchors.longest + WINDOW_BYTES, this.#bytes.length);
      this.reportedTo = this.window.base + Math.max(hit + 1, stop - anchors.longest + 1);
      const text = this.#bytes.toString('utf8', start, stop);
      if (!onRecord({ text, byteOffset: this.window.base + start, isWhole: false })) return false;
    }
    this.reportedTo = Math.max(this.reportedTo, this.window.base + end);
    return true;
  }
}
