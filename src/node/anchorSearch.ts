import { type Encoding, encodeText } from './fileKind.ts';

/**
 * Searched one after the other for all anchors: 1.5 times as fast as 1 MB, as it stays in the cache.
 * As a text it is small enough for the engine to collect it soon: 128 KB hold 15 MB more.
 */
const BLOCK_BYTES = 32 * 1024;

/** From so many hits in a block on, a call into the engine for each hit costs more than one pass. */
const DENSE_HITS = Math.ceil((2_000 * BLOCK_BYTES) / (1024 * 1024));

/** The bytes of agents' logs, the most frequent first (of 3 MB of eight agents); others are rarer. */
const FREQUENT_BYTES = Buffer.from(
  '\0"e taonsri:dc,2l1m0-puf495hg6b738_y.\\vk{}/wxTIq=SC[]MPNZAREjDL<>FUOBWY()HKz\'#GV`@$;QJX*+?|&',
);

/** With more bytes than 7 the engine's search takes 8 times as long: it no longer looks for one byte. */
const MOST_BYTES = 7;

/** So many bytes are hardly met outside of the anchor. */
const LEAST_BYTES = 4;

interface Needle {
  readonly anchor: Buffer;
  /** A part of the anchor, from a rare byte on: the engine's search goes from one to the next. */
  readonly bytes: Buffer;
  /** Where the part begins. */
  readonly offset: number;
}

/**
 * Finds where any of some anchors stands in bytes. Each byte is looked at once per anchor by the
 * engine's own search, from the rarest byte of the anchor on; a block that is full of hits is
 * searched by one regular expression instead.
 */
export class AnchorSearch {
  /** Length of the longest anchor in bytes. */
  readonly longest: number;
  readonly #needles: readonly Needle[];
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
    // Where one stands that holds another, the other is found.
    const needed = anchors.filter(it => !anchors.some(other => other !== it && it.includes(other)));
    const encoded = needed.map(anchor => encodeText(anchor, encoding));
    this.longest = Math.max(1, ...encoded.map(({ length }) => length));
    this.#needles = encoded.map(needleOf);
    this.#pattern = patternOf(encoded);
    this.#step = encoding === 'utf8' ? 1 : 2;
    this.#nexts = encoded.map(() => -1);
  }

  /** Begins anew with these bytes. Those of UTF-16 begin at an even offset of the file. */
  begin(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#start = this.#from = this.#end = 0;
  }

  /** Index of the first anchor at or after `from`, or -1. Cheapest when `from` only grows. */
  next(from: number): number {
    if (this.#needles.length === 0) return -1;
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
    for (let i = 0; i < this.#needles.length; i++) {
      let next = this.#nexts[i]!;
      if (next < from) next = this.#nexts[i] = this.#find(this.#needles[i]!, from);
      if (next < first) first = next;
    }
    return first < this.#end ? first : -1;
  }

  #find({ anchor, bytes, offset }: Needle, from: number): number {
    let index = this.#block.indexOf(bytes, from - this.#start + offset);
    while (index >= 0 && !this.#isAnchor(anchor, index - offset))
      index = this.#block.indexOf(bytes, index + 1);
    return index < 0 ? Infinity : this.#start + index - offset;
  }

  #isAnchor(anchor: Buffer, index: number): boolean {
    const end = index + anchor.length;
    if ((this.#start + index) % this.#step !== 0 || end > this.#block.length) return false;
    return this.#block.compare(anchor, 0, anchor.length, index, end) === 0;
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

function needleOf(anchor: Buffer): Needle {
  const starts = anchor.subarray(0, Math.max(1, anchor.length - LEAST_BYTES + 1));
  const rarities = Array.from(starts, rarityOf);
  const offset = rarities.indexOf(Math.max(...rarities));
  return { anchor, bytes: anchor.subarray(offset, offset + MOST_BYTES), offset };
}

function rarityOf(byte: number): number {
  const index = FREQUENT_BYTES.indexOf(byte);
  return index < 0 ? Infinity : index;
}

/** Matches any of the anchors in bytes that were read as Latin-1: one character each. */
function patternOf(anchors: readonly Buffer[]): RegExp {
  const escape = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`;
  const sources = anchors.map(anchor => [...anchor].map(escape).join(''));
  return new RegExp(sources.join('|'), 'g');
}
