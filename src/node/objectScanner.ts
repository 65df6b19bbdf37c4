import {
  MAX_LINE_BYTES,
  ReadWindow,
  scanLines,
  type ScanRequest,
  SEARCH_BYTES,
  WINDOW_BYTES,
} from './lineScanner.ts';

/** Agents nest about 10 levels. */
const MAX_DEPTH = 512;

/** Bytes and strings between two looks at the clock. */
const STEPS = 10_000;

const [QUOTE, BACKSLASH, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] =
  Buffer.from('"\\[]{}');

/** `from`: an earlier scan of the same bytes reported everything before it. UTF-8 only. */
export type ObjectScanRequest = Pick<
  ScanRequest,
  'source' | 'from' | 'to' | 'anchors' | 'onRecord' | 'slice'
>;

/** `isDone` false: `onRecord` stopped the scan, and more may follow from `consumedTo`. */
export interface ObjectScanResult {
  readonly consumedTo: number;
  readonly isDone: boolean;
}

/**
 * Reports the objects of a JSON file that contain an anchor, without parsing the file: the
 * outermost objects in an array, such as the messages of a chat. For an anchor outside of them, it
 * reports the whole file up to 1 MB, else the text around the anchor. Skips an incomplete object,
 * which is still being written. Rejects with the source's errors.
 */
export async function scanObjects(request: ObjectScanRequest): Promise<ObjectScanResult> {
  // Most files contain no anchor, and searching is 10 times as fast as following the structure.
  if (!(await hasAnchor(request))) return { consumedTo: request.to, isDone: true };
  const scan = new ObjectScan(request);
  do {
    await scan.fill();
    if (!(await scan.follow())) return { consumedTo: scan.reportedTo, isDone: false };
  } while (!scan.window.isAtEnd);
  scan.finish();
  return { consumedTo: request.to, isDone: true };
}

async function hasAnchor(request: ObjectScanRequest): Promise<boolean> {
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

/** Indexes are into `#bytes`, the part in memory; offsets are into the file. */
class ObjectScan {
  readonly window: ReadWindow;
  readonly #request: ObjectScanRequest;
  #bytes: Buffer;
  #at = 0;
  #isInString = false;
  readonly #open = new Uint8Array(MAX_DEPTH);
  #depth = 0;
  /** The current object in an array, unless it is too long. */
  #record: { readonly offset: number; readonly depth: number } | undefined;
  #longRecordDepth = -1;
  #hasOtherHit = false;
  /** All hits before this offset are handled. */
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

  /** Follows the bytes in memory. Resolves to false if `onRecord` stops the scan. */
  async follow(): Promise<boolean> {
    const { anchors, slice } = this.#request;
    // The text around a hit must be in memory when the hit is found.
    const ahead = this.window.isAtEnd ? 0 : WINDOW_BYTES + anchors.longest;
    const end = this.#bytes.length - ahead;
    while (this.#at < end) {
      for (let step = 0; step < STEPS && this.#at < end; step++) if (!this.#step(end)) return false;
      if (slice.isOver()) await slice.rest();
    }
    return this.#record ? this.#checkLength() : this.#reportAround(this.#at);
  }

  /**
   * After the last byte: reports a small file as a whole for an anchor outside of array objects.
   */
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

  /** Treats an object that is too long as text: only the text around its hits is reported. */
  #checkLength(): boolean {
    if (!this.#record || this.window.base + this.#at - this.#record.offset <= MAX_LINE_BYTES)
      return true;
    this.#longRecordDepth = this.#depth < this.#record.depth ? -1 : this.#record.depth;
    this.#record = undefined;
    return this.#reportAround(this.#at);
  }

  /** Reports the hits up to `end` that are outside of array objects. */
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

/** Reads the file as one long line, without its structure. */
export async function scanLargeObject(request: ObjectScanRequest): Promise<ObjectScanResult> {
  let isDone = true;
  const result = await scanLines({
    ...request,
    encoding: 'utf8',
    isLastLineWhole: true,
    onRecord: record => (isDone = request.onRecord(record)),
  });
  const isStopped = !isDone && result.kind === 'scanned';
  return { consumedTo: isStopped ? result.consumedTo : request.to, isDone };
}
