import assert from 'node:assert/strict';
import type { LogRecord } from '../../src/core/agents/agent.ts';
import { AnchorSearch } from '../../src/node/anchorSearch.ts';
import type { Encoding } from '../../src/node/fileKind.ts';
import { type ByteSource, scanLines, type ScanRequest } from '../../src/node/lineScanner.ts';
import type { WorkSlice } from '../../src/node/turns.ts';

/** Never over: a test does not share its loop. */
export const endlessSlice: WorkSlice = { isOver: () => false, rest: async () => undefined };

/** What is in memory, in pieces of at most `pieceBytes`. */
export function sourceOf(bytes: Buffer, pieceBytes = Infinity): ByteSource {
  return {
    read: async (into, at, length, position) => {
      assert.ok(at + length <= into.length, 'no more than there is room for');
      const end = Math.min(position + Math.min(length, pieceBytes), bytes.length);
      return bytes.copy(into, at, position, Math.max(position, end));
    },
  };
}

export const ANCHORS = ['_limit', '429', 'overload'];

export interface Scanned {
  readonly records: LogRecord[];
  readonly consumedTo: number;
}

/** Scans bytes in memory, in pieces of a size. */
export async function scan(
  bytes: Buffer,
  options: Partial<ScanRequest> & { pieceBytes?: number; encoding?: Encoding } = {},
): Promise<Scanned> {
  const { pieceBytes, encoding = 'utf8', ...rest } = options;
  const records: LogRecord[] = [];
  const result = await scanLines({
    source: sourceOf(bytes, pieceBytes),
    from: 0,
    to: bytes.length,
    encoding,
    anchors: new AnchorSearch(ANCHORS, encoding),
    onRecord: record => {
      records.push(record);
      return true;
    },
    slice: endlessSlice,
    ...rest,
  });
  return { records, consumedTo: result.kind === 'scanned' ? result.consumedTo : -1 };
}
