/** The bytes of agents' logs, the most frequent first (of 3 MB of eight agents); others are rarer. */
const FREQUENT_BYTES = Buffer.from(
  '\0"e taonsri:dc,2l1m0-puf495hg6b738_y.\\vk{}/wxTIq=SC[]MPNZAREjDL<>FUOBWY()HKz\'#GV`@$;QJX*+?|&',
);

/** With more bytes than 7 the engine's search takes 8 times as long: it no longer looks for one byte. */
const MOST_BYTES = 7;

/** So many bytes are hardly met outside of the anchor. */
const LEAST_BYTES = 4;

/** A sample is 16 KB from all over. */
const PIECE_BYTES = 256;
const PIECES = 64;

/** In a sample: to go through it, for the engine to look what follows a first byte, and for us. */
const PASS_NS = 300;
const START_NS = 6;
const HIT_NS = 120;

/** A part that some anchors share: it is searched for all of them at once. */
export interface Needle {
  /** At most 7: the engine's search goes from one first byte to the next. */
  readonly bytes: Buffer;
  /** Where they stand in each of the anchors. */
  readonly offset: number;
  readonly anchors: readonly Buffer[];
}

/** Some of the bytes, from all over. */
export function sampleOf(bytes: Buffer): Buffer {
  const stride = Math.floor(bytes.length / PIECES);
  const pieces = Array.from({ length: PIECES }, (_, i) =>
    bytes.subarray(i * stride, i * stride + PIECE_BYTES),
  );
  return Buffer.concat(pieces);
}

/** Of each anchor the part that begins with the byte that is the rarest in agents' logs. */
export function usualNeedles(anchors: readonly Buffer[]): Needle[] {
  return anchors.map(anchor => {
    const starts = anchor.subarray(0, Math.max(1, anchor.length - LEAST_BYTES + 1));
    const rarities = Array.from(starts, rarityOf);
    const offset = rarities.indexOf(Math.max(...rarities));
    return { bytes: anchor.subarray(offset, offset + MOST_BYTES), offset, anchors: [anchor] };
  });
}

/** What is the fastest to search for in bytes like those of the sample, so that each anchor is found. */
export function fastestNeedles(anchors: readonly Buffer[], sample: Buffer): Needle[] {
  const cost = costIn(sample);
  const parts = partsOf(anchors).map(part => ({ ...part, ns: cost(part.bytes) }));
  const chosen: Needle[] = [];
  const left = new Set(anchors);
  while (left.size > 0) {
    // What costs the least for each anchor that has none yet.
    let [best, leastNs] = [parts[0]!, Infinity];
    for (const part of parts) {
      const ns = part.ns / part.anchors.filter(it => left.has(it)).length;
      if (ns < leastNs) [best, leastNs] = [part, ns];
    }
    chosen.push({ ...best, anchors: best.anchors.filter(it => left.has(it)) });
    for (const anchor of best.anchors) left.delete(anchor);
  }
  return chosen;
}

/** Parts of anchors, and which anchors have them at the same place. The usual ones come first. */
function partsOf(anchors: readonly Buffer[]): Needle[] {
  const parts = new Map<string, Needle & { readonly anchors: Buffer[] }>();
  const add = (anchor: Buffer, offset: number, length: number): void => {
    const bytes = anchor.subarray(offset, offset + length);
    const key = `${offset} ${bytes.toString('latin1')}`;
    const part = parts.get(key) ?? { bytes, offset, anchors: [] };
    if (!part.anchors.includes(anchor)) part.anchors.push(anchor);
    parts.set(key, part);
  };
  usualNeedles(anchors).forEach(({ offset }, i) => add(anchors[i]!, offset, MOST_BYTES));
  for (const anchor of anchors)
    for (let offset = 0; offset < anchor.length; offset++)
      for (const length of [MOST_BYTES, LEAST_BYTES]) add(anchor, offset, length);
  return [...parts.values()];
}

/** Tells how long it takes to search for some bytes in the sample. */
function costIn(sample: Buffer): (bytes: Buffer) => number {
  const startCounts = new Uint32Array(256);
  for (let i = 0; i < sample.length; i++) startCounts[sample[i]!]!++;
  const text = sample.toString('latin1');
  return bytes => {
    const part = bytes.toString('latin1');
    let hitCount = 0;
    for (let i = text.indexOf(part); i >= 0; i = text.indexOf(part, i + 1)) hitCount++;
    return PASS_NS + START_NS * startCounts[bytes[0]!]! + HIT_NS * hitCount;
  };
}

function rarityOf(byte: number): number {
  const index = FREQUENT_BYTES.indexOf(byte);
  return index < 0 ? Infinity : index;
}
