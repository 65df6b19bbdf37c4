import { type Encoding, encodeText } from './fileKind.ts';

/** The bytes of agents' logs, the most frequent first (of 3 MB of eight agents); others are rarer. */
const FREQUENT_BYTES = Buffer.from(
  '\0"e taonsri:dc,2l1m0-puf495hg6b738_y.\\vk{}/wxTIq=SC[]MPNZAREjDL<>FUOBWY()HKz\'#GV`@$;QJX*+?|&',
);

/** With more bytes than 7 the engine's search takes 8 times as long: it no longer looks for one byte. */
const MOST_BYTES = 7;

/** So many bytes are hardly met outside of the anchor. */
const LEAST_BYTES = 4;

/**
 * Searched for one anchor after the other: so much stays in the cache. Half of it takes longer, as
 * each time costs a call and an object.
 */
const BLOCK_BYTES = 256 * 1024;

/** The part of an anchor that begins with its rarest byte. */
interface Needle {
  readonly bytes: Buffer;
  /** Where it stands in the anchor. */
  readonly offset: number;
  readonly anchor: Buffer;
}

/** Finds where any of some anchors stands in bytes, each by the engine's search for its needle. */
export class AnchorSearch {
  readonly encoding: Encoding;
  /** Length of the longest anchor in bytes. */
  readonly longest: number;
  readonly #needles: readonly Needle[];
  readonly #step: number;
  /** Where the next hit of each needle in the block is. Before `#from`: not known. */
  readonly #nexts: number[];
  #bytes: Buffer = Buffer.alloc(0);
  /** `#bytes` from `#start` to `#end`, and what an anchor that begins there may need. */
  #block: Buffer = this.#bytes;
  #start = 0;
  #end = 0;
  #from = 0;

  constructor(anchors: readonly string[], encoding: Encoding = 'utf8') {
    // Where one stands that holds another, the other is found.
    const needed = anchors.filter(it => !anchors.some(other => other !== it && it.includes(other)));
    this.encoding = encoding;
    this.#needles = needed.map(anchor => needleOf(encodeText(anchor, encoding)));
    this.longest = Math.max(1, ...this.#needles.map(({ anchor }) => anchor.length));
    this.#nexts = needed.map(() => -1);
    this.#step = encoding === 'utf8' ? 1 : 2;
  }

  /** Begins anew with these bytes. Those of UTF-16 begin at an even offset of the file. */
  begin(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#start = this.#from = this.#end = 0;
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
  #find({ bytes, offset, anchor }: Needle, from: number): number {
    let index = this.#block.indexOf(bytes, from - this.#start + offset);
    while (index >= 0 && !this.#isAt(anchor, index - offset))
      index = this.#block.indexOf(bytes, index + 1);
    return index < 0 ? Infinity : this.#start + index - offset;
  }

  #isAt(anchor: Buffer, index: number): boolean {
    if ((this.#start + index) % this.#step !== 0) return false;
    // Not by `compare`: most are others from the first byte on, and the call takes longer.
    for (let i = 0; i < anchor.length; i++) if (this.#block[index + i] !== anchor[i]) return false;
    return true;
  }
}

function needleOf(anchor: Buffer): Needle {
  const starts = anchor.subarray(0, Math.max(1, anchor.length - LEAST_BYTES + 1));
  const rarities = Array.from(starts, rarityOf);
  const offset = rarities.indexOf(Math.max(...rarities));
  return { bytes: anchor.subarray(offset, offset + MOST_BYTES), offset, anchor };
}

function rarityOf(byte: number): number {
  const index = FREQUENT_BYTES.indexOf(byte);
  return index < 0 ? Infinity : index;
}
