import { type Encoding, encodeText } from './fileKind.ts';
import { fastestNeedles, type Needle, sampleOf, usualNeedles } from './needle.ts';

/**
 * Searched for one needle after the other: so much stays in the cache. Half of it takes longer, as
 * each time costs a call and an object.
 */
const BLOCK_BYTES = 256 * 1024;

/** As a text, so much is small enough for the engine to collect it soon: 128 KB hold 15 MB more. */
const TEXT_BYTES = 32 * 1024;

/** In so many bytes it pays to find out which parts of the anchors are rare in them. */
const SAMPLED_BYTES = 512 * 1024;

/**
 * After so many bytes that only look like an anchor, of which a hit costs as much as 16, one pass
 * of a regular expression is faster.
 */
const MOST_EFFORT = 1_024;
const HIT_EFFORT = 16;

/** After so many passes the bytes are others than those that were looked at. */
const MOST_TEXTS = 16;

/**
 * Finds where any of some anchors stands in bytes. Each byte is looked at by the engine's own
 * search, once for each part that some anchors share, from a byte on that is rare; where there are
 * many hits, one regular expression looks for all.
 */
export class AnchorSearch {
  readonly encoding: Encoding;
  /** Length of the longest anchor in bytes. */
  readonly longest: number;
  readonly #anchors: readonly Buffer[];
  readonly #pattern: RegExp;
  readonly #step: number;
  #needles: readonly Needle[];
  /** Where the next hit of each needle is. Before where we are: not known. */
  readonly #nexts: number[];
  #isSampled = false;
  #bytes: Buffer = Buffer.alloc(0);
  #block: Buffer = this.#bytes;
  #start = 0;
  #end = 0;
  #from = 0;
  #effort = 0;
  /** What is between, for the regular expression. */
  #text = '';
  #textStart = 0;
  #textEnd = 0;
  #textCount = 0;

  constructor(anchors: readonly string[], encoding: Encoding = 'utf8') {
    // Where one stands that holds another, the other is found.
    const needed = anchors.filter(it => !anchors.some(other => other !== it && it.includes(other)));
    this.encoding = encoding;
    this.#anchors = needed.map(anchor => encodeText(anchor, encoding));
    this.longest = Math.max(1, ...this.#anchors.map(({ length }) => length));
    this.#needles = usualNeedles(this.#anchors);
    this.#nexts = this.#anchors.map(() => -1);
    this.#pattern = patternOf(this.#anchors);
    this.#step = encoding === 'utf8' ? 1 : 2;
  }

  /** Begins anew with these bytes. Those of UTF-16 begin at an even offset of the file. */
  begin(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#start = this.#from = this.#end = 0;
    if (this.#isSampled || bytes.length < SAMPLED_BYTES) return;
    this.#needles = fastestNeedles(this.#anchors, sampleOf(bytes));
    this.#isSampled = true;
  }

  /**
   * Index of the first anchor at or after `from`, or -1 when none begins before `to`. Cheapest when
   * `from` only grows.
   */
  next(from: number, to = Infinity): number {
    if (this.#needles.length === 0) return -1;
    const end = Math.min(to, this.#bytes.length);
    for (let at = from; at < end; at = this.#end) {
      if (at < this.#from || at >= this.#end) this.#open(at);
      this.#from = at;
      const hit = this.#nextInBlock(at);
      if (hit >= 0) return hit;
    }
    return -1;
  }

  #open(at: number): void {
    this.#start = at;
    this.#end = Math.min(at + BLOCK_BYTES, this.#bytes.length);
    // An anchor may begin in the block and end behind it.
    this.#block = this.#bytes.subarray(at, this.#end + this.longest - 1);
    this.#effort = this.#textEnd = 0;
    this.#nexts.fill(-1);
  }

  #nextInBlock(from: number): number {
    for (let at = from; at < this.#end; at = this.#textEnd) {
      if (at >= this.#textEnd) {
        const hit = this.#nextOfEach(at);
        if (this.#effort <= MOST_EFFORT) return hit;
        this.#openText(at);
      }
      const hit = this.#nextInText(at);
      if (hit >= 0) return hit;
    }
    return -1;
  }

  #nextOfEach(from: number): number {
    let first = Infinity;
    for (let i = 0; i < this.#needles.length; i++) {
      let next = this.#nexts[i]!;
      if (next < from) next = this.#nexts[i] = this.#find(this.#needles[i]!, from);
      if (next < first) first = next;
    }
    this.#effort += HIT_EFFORT;
    return first < this.#end ? first : -1;
  }

  /** Infinity: there is none. -1: it was too much effort. */
  #find({ bytes, offset, anchors }: Needle, from: number): number {
    const block = this.#block;
    let index = block.indexOf(bytes, from - this.#start + offset);
    while (index >= 0 && !this.#isOneOf(anchors, index - offset)) {
      if (++this.#effort > MOST_EFFORT) return -1;
      index = block.indexOf(bytes, index + 1);
    }
    return index < 0 ? Infinity : this.#start + index - offset;
  }

  #isOneOf(anchors: readonly Buffer[], index: number): boolean {
    if ((this.#start + index) % this.#step !== 0) return false;
    for (let i = 0; i < anchors.length; i++) if (this.#isAnchor(anchors[i]!, index)) return true;
    return false;
  }

  #isAnchor(anchor: Buffer, index: number): boolean {
    // Not by `compare`: most are others from the first byte on, and the call takes longer.
    for (let i = 0; i < anchor.length; i++) if (this.#block[index + i] !== anchor[i]) return false;
    return true;
  }

  #openText(at: number): void {
    this.#textStart = at;
    this.#textEnd = Math.min(at + TEXT_BYTES, this.#end);
    const [from, to] = [at - this.#start, this.#textEnd - this.#start + this.longest - 1];
    this.#text = this.#block.toString('latin1', from, to);
    this.#effort = 0;
    if (++this.#textCount % MOST_TEXTS === 0) this.#isSampled = false;
  }

  #nextInText(from: number): number {
    const pattern = this.#pattern;
    pattern.lastIndex = from - this.#textStart;
    let index = pattern.exec(this.#text)?.index ?? Infinity;
    while ((this.#textStart + index) % this.#step === 1) {
      pattern.lastIndex = index + 1;
      index = pattern.exec(this.#text)?.index ?? Infinity;
    }
    if (this.#textStart + index >= this.#textEnd) return -1;
    this.#effort += HIT_EFFORT;
    return this.#textStart + index;
  }
}

/** Matches any of the anchors in bytes that were read as Latin-1: one character each. */
function patternOf(anchors: readonly Buffer[]): RegExp {
  const escape = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`;
  const sources = anchors.map(anchor => [...anchor].map(escape).join(''));
  return new RegExp(sources.join('|'), 'g');
}
