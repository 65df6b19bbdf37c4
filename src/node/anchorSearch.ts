import { type Encoding, encodeText } from './fileKind.ts';

/** Searched one after the other for all anchors: 1.5 times as fast as 1 MB, as it stays in the cache. */
const BLOCK_BYTES = 128 * 1024;

/** From so many hits in a block on, a call into the engine for each hit costs more than one pass. */
const DENSE_HITS = Math.ceil((2_000 * BLOCK_BYTES) / (1024 * 1024));

/**
 * Finds where any of some anchors stands in bytes. Each byte is looked at once per anchor by the
 * engine's own search, which is fast for an anchor whose first byte is rare; a block that is full
 * of hits is searched by one regular expression instead.
 */
export class AnchorSearch {
  /** Length of the longest anchor in bytes. */
  readonly longest: number;
  readonly #anchors: readonly Buffer[];
  readonly #pattern: RegExp;
  readonly #step: number;
  #bytes: Buffer = Buffer.alloc(0);
  #block: Buffer = this.#bytes;
  #start = 0;
  #end = 0;
  #from = 0;
  #hitCount = 0;
  #text: string | undefined;
  readonly #nexts: number[];

  constructor(anchors: readonly string[], encoding: Encoding = 'utf8') {
    this.#anchors = anchors.map(anchor => encodeText(anchor, encoding));
    this.longest = Math.max(1, ...this.#anchors.map(({ length }) => length));
    this.#pattern = patternOf(this.#anchors);
    this.#step = encoding === 'utf8' ? 1 : 2;
    this.#nexts = anchors.map(() => -1);
  }

  /** Begins anew with these bytes. Those of UTF-16 begin at an even offset of the file. */
  begin(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#start = this.#from = this.#end = 0;
  }

  /** Index of the first anchor at or after `from`, or -1. Cheapest when `from` only grows. */
  next(from: number): number {
    if (this.#anchors.length === 0) return -1;
    for (let at = from; at < this.#bytes.length; at = this.#end) {
      if (at < this.#from || at >= this.#end) this.#open(at);
      this.#from = at;
      const hit = this.#text === undefined ? this.#nextOfEach(at) : this.#nextInText(at);
      if (hit >= 0) return hit;
    }
    return -1;
  }

  #open(at: number): void {
    this.#start = at;
    this.#end = Math.min(at + BLOCK_BYTES, this.#bytes.length);
    // An anchor may begin in the block and end behind it.
    this.#block = this.#bytes.subarray(at, this.#end + this.longest - 1);
    this.#hitCount = 0;
    this.#text = undefined;
    this.#nexts.fill(-1);
  }

  #nextOfEach(from: number): number {
    if (++this.#hitCount > DENSE_HITS) {
      this.#text = this.#block.toString('latin1');
      return this.#nextInText(from);
    }
    let first = Infinity;
    for (let i = 0; i < this.#anchors.length; i++) {
      let next = this.#nexts[i]!;
      if (next < from) next = this.#nexts[i] = this.#find(this.#anchors[i]!, from);
      if (next < first) first = next;
    }
    return first < this.#end ? first : -1;
  }

  #find(anchor: Buffer, from: number): number {
    let index = this.#block.indexOf(anchor, from - this.#start);
    while (index >= 0 && (this.#start + index) % this.#step !== 0)
      index = this.#block.indexOf(anchor, index + 1);
    return index < 0 ? Infinity : this.#start + index;
  }

  #nextInText(from: number): number {
    const pattern = this.#pattern;
    pattern.lastIndex = from - this.#start;
    let index = pattern.exec(this.#text!)?.index ?? Infinity;
    while ((this.#start + index) % this.#step === 1) {
      pattern.lastIndex = index + 1;
      index = pattern.exec(this.#text!)?.index ?? Infinity;
    }
    return this.#start + index < this.#end ? this.#start + index : -1;
  }
}

/** Matches any of the anchors in bytes that were read as Latin-1: one character each. */
function patternOf(anchors: readonly Buffer[]): RegExp {
  const escape = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`;
  const sources = anchors.map(anchor => [...anchor].map(escape).join(''));
  return new RegExp(sources.join('|'), 'g');
}
