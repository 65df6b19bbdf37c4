import { type Encoding, encodeText } from './fileKind.ts';

/** With more than 7 bytes, the engine's search takes 8 times as long. */
const MOST_BYTES = 7;

/** Shortest needle in bytes. */
const LEAST_BYTES = 2;

/** Prime, so that samples do not align with repeated lines. */
const SAMPLE_STEP = 251;

/**
 * All needles search one block before the next, so that the block stays in the CPU cache. Half the
 * size takes longer: each search costs a call and an object.
 */
const BLOCK_BYTES = 256 * 1024;

/** A part of one or more anchors that begins with a rare byte. */
interface Needle {
  readonly bytes: Buffer;
  /** Its offset in each of the anchors. */
  readonly offset: number;
  readonly anchors: readonly Buffer[];
}

/** Finds any of several anchors in bytes, with the engine's search for their needles. */
export class AnchorSearch {
  readonly encoding: Encoding;
  /** Length of the longest anchor in bytes. */
  readonly longest: number;
  #needles: readonly Needle[] = [];
  readonly #anchors: readonly Buffer[];
  readonly #step: number;
  /** Index of the next hit of each needle in the block. Before `#from`: unknown. */
  #nexts: number[] = [];
  #bytes: Buffer = Buffer.alloc(0);
  /** `#bytes` from `#start` to `#end`, plus the rest of an anchor that begins before `#end`. */
  #block: Buffer = this.#bytes;
  #start = 0;
  #end = 0;
  #from = 0;

  constructor(anchors: readonly string[], encoding: Encoding = 'utf8') {
    // An anchor that contains another is redundant.
    const needed = anchors.filter(it => !anchors.some(other => other !== it && it.includes(other)));
    this.encoding = encoding;
    const encoded = needed.map(anchor => encodeText(anchor, encoding));
    this.#anchors = encoded;
    this.longest = Math.max(1, ...encoded.map(({ length }) => length));
    this.#step = encoding === 'utf8' ? 1 : 2;
  }

  /** Starts over with these bytes. UTF-16 bytes begin at an even offset of the file. */
  begin(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#start = this.#from = this.#end = 0;
    this.#needles = needlesOf(this.#anchors, countsIn(bytes));
    this.#nexts = this.#needles.map(() => -1);
  }

  /**
   * Index of the first anchor at or after `from`, or -1 when none begins before `to`. Cheapest when
   * `from` only grows.
   */
  next(from: number, to = Infinity): number {
    const end = Math.min(to, this.#bytes.length);
    for (let at = from; at < end; at = this.#end) {
      if (at < this.#from || at >= this.#end) this.#open(at);
      this.#from = at;
      const hit = this.#nextInBlock(at);
      if (hit < this.#end) return hit;
    }
    return -1;
  }

  #open(at: number): void {
    this.#start = at;
    this.#end = Math.min(at + BLOCK_BYTES, this.#bytes.length);
    this.#block = this.#bytes.subarray(at, this.#end + this.longest - 1);
    this.#nexts.fill(-1);
  }

  #nextInBlock(from: number): number {
    let first = Infinity;
    for (let i = 0; i < this.#needles.length; i++) {
      let next = this.#nexts[i]!;
      if (next < from) next = this.#nexts[i] = this.#find(this.#needles[i]!, from);
      if (next < first) first = next;
    }
    return first;
  }

  /** Infinity: there is none. */
  #find({ bytes, offset, anchors }: Needle, from: number): number {
    let index = this.#block.indexOf(bytes, from - this.#start + offset);
    while (index >= 0 && !this.#isOneOf(anchors, index - offset))
      index = this.#block.indexOf(bytes, index + 1);
    return index < 0 ? Infinity : this.#start + index - offset;
  }

  #isOneOf(anchors: readonly Buffer[], index: number): boolean {
    if ((this.#start + index) % this.#step !== 0) return false;
    for (let i = 0; i < anchors.length; i++) if (this.#isAt(anchors[i]!, index)) return true;
    return false;
  }

  #isAt(anchor: Buffer, index: number): boolean {
    // Not `compare`: most differ in the first byte, and the call takes longer.
    for (let i = 0; i < anchor.length; i++) if (this.#block[index + i] !== anchor[i]) return false;
    return true;
  }
}

/** Anchors with a common needle are searched together: each needle is a pass over all bytes. */
function needlesOf(anchors: readonly Buffer[], counts: Uint32Array): Needle[] {
  const needles = new Map<string, Needle>();
  for (const anchor of anchors) {
    const starts = anchor.subarray(0, Math.max(1, anchor.length - LEAST_BYTES + 1));
    const found = Array.from(starts, byte => counts[byte]!);
    const offset = found.indexOf(Math.min(...found));
    const shared = anchor.subarray(offset, offset + LEAST_BYTES);
    const key = `${offset} ${shared.toString('latin1')}`;
    const { anchors: others = [] } = needles.get(key) ?? {};
    const bytes = others.length > 0 ? shared : anchor.subarray(offset, offset + MOST_BYTES);
    needles.set(key, { bytes, offset, anchors: [...others, anchor] });
  }
  return [...needles.values()];
}

/** Frequency of each byte value, from a sample. */
function countsIn(bytes: Buffer): Uint32Array {
  const counts = new Uint32Array(256);
  for (let at = 0; at < bytes.length; at += SAMPLE_STEP) counts[bytes[at]!]!++;
  return counts;
}
