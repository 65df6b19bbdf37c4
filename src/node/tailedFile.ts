import type { LogRecord, RecordReader } from '../core/agents/agent.ts';
import { openReader } from '../core/agents/readerDoor.ts';
import type { Checkpoint, TailedSignal } from '../core/agents/tail.ts';
import { faultName } from '../core/base/ports.ts';
import { AnchorSearch } from './anchorSearch.ts';
import { type Encoding, fileKindOf, fingerprintOf, HEAD_BYTES, markerOf } from './fileKind.ts';
import { errorCode, type FileStat, isMissing, type OpenFile } from './fileSystem.ts';
import { DatabaseRows, isDatabase, rowMarker, rowsOf } from './foreignDatabase.ts';
import { scanLines, type ScanRequest, type ScanResult } from './lineScanner.ts';
import { scanLargeObject, scanObjects } from './objectScanner.ts';
import type { AgentSource, TailContext } from './tailContext.ts';
import { createWorkSlice } from './turns.ts';

/** Most bytes per turn of a file, about 10 ms. The overhead of a turn is 0.5 ms. */
const TURN_BYTES = 64 * 1024 * 1024;

/** Longest turn of a file with many records. */
const TURN_MS = 50;

/**
 * Bytes at the end of a recently changed file that are read record by record, to count requests in
 * flight.
 */
const RECENT_BYTES = 1024 * 1024;

/** A file counts as recently changed for this time. */
const RECENT_MS = 5 * 60_000;

/** One turn of a file that grows by lines. */
interface AppendedTurn extends Pick<ScanRequest, 'encoding' | 'anchors' | 'onRecord'> {
  readonly file: ScanRequest['source'];
  readonly stat: FileStat;
  readonly checkpoint: Pick<Checkpoint, 'byteOffset' | 'marker'>;
}

/** `isStopped`: more to read follows. */
type AppendedScan =
  | Extract<ScanResult, { kind: 'refused' }>
  | (Extract<ScanResult, { kind: 'scanned' }> & { readonly isStopped: boolean });

/**
 * Continues from a checkpoint, or refuses if the bytes before it changed. Reports lines without an
 * anchor only at the end of a recently changed file.
 */
async function scanAppended(
  turn: AppendedTurn,
  context: Pick<TailContext, 'clock' | 'reading' | 'spare' | 'isDisposed'>,
): Promise<AppendedScan> {
  const { clock, reading } = context;
  const { stat, checkpoint, file } = turn;
  const from = checkpoint.byteOffset;
  const turnEnd = Math.min(stat.size, from + TURN_BYTES);
  const turnEndMs = clock.monotonicMs() + TURN_MS;
  const slice = createWorkSlice(clock);
  // Ends the scan early after a dispose.
  const source: ScanRequest['source'] = {
    read: async (...args) => (context.isDisposed ? 0 : file.read(...args)),
  };
  const scan = async (to: number, isEveryLine: boolean): Promise<AppendedScan> => {
    let isFull = false;
    const result = await scanLines({
      ...turn,
      source,
      from,
      to,
      isEveryLine,
      isLastLineWhole: reading.isLastLineWhole && to === stat.size,
      accept: before => checkpoint.marker === '' || markerOf(before) === checkpoint.marker,
      onRecord: record => {
        isFull = !turn.onRecord(record) || clock.monotonicMs() >= turnEndMs;
        return !isFull;
      },
      slice,
      spare: context.spare,
    });
    return result.kind === 'refused' ? result : { ...result, isStopped: isFull || to < stat.size };
  };
  if (reading.everyRecord === 'always') return scan(turnEnd, true);
  if (stat.modifiedAt < clock.now() - RECENT_MS) return scan(turnEnd, false);
  const bulkEnd = Math.min(turnEnd, stat.size - RECENT_BYTES);
  if (bulkEnd <= from) return scan(turnEnd, true);
  const bulk = await scan(bulkEnd, false);
  // A single line may cross that end.
  const isStuck = bulk.kind === 'scanned' && bulk.consumedTo === from;
  return isStuck ? scan(turnEnd, true) : bulk;
}

/** How far the clock of a file system may be behind. */
const TICK_MS = 20;

/** Most signals per turn, which one transaction stores in about 5 ms. */
const MAX_SIGNALS = 500;
/** Of a file that grows, whose turns cost less: more of them would become old before they are stored. */
const MAX_APPENDED_SIGNALS = 150;

/** A larger JSON file is searched without following its structure. */
const MAX_REWRITTEN_BYTES = 64 * 1024 * 1024;

/**
 * Result of a turn. `more`: more to read follows. `ended`: everything is read. `ignored`: not a
 * log, or read under another name. `missing`: no such file. `fault`: retry later.
 */
export type TurnOutcome =
  | { readonly kind: 'more' | 'ended' | 'ignored' | 'missing' }
  | { readonly kind: 'fault'; readonly code: string };

/** Options of `TailedFile`. */
export interface TailedFileOptions {
  readonly context: TailContext;
  readonly from: AgentSource;
  readonly path: string;
  /** Below the root, with `/`. */
  readonly relativePath: string;
  /**
   * The file at the start. Absent: it appeared later, so it is read from its first byte, and
   * everything in it is new.
   */
  readonly backlog?: Pick<FileStat, 'identity' | 'size' | 'modifiedAt'> | undefined;
}

/**
 * Reads one file in turns, and keeps its checkpoint. Never rejects because of the state of the
 * disk.
 */
export class TailedFile {
  readonly path: string;
  readonly #options: TailedFileOptions;
  readonly #context: TailContext;
  /** `FileStat.identity` at the last read. Another one means another file at the same path. */
  identity: string | undefined;
  #checkpoint: Checkpoint | undefined;
  #reader: RecordReader | undefined;
  #rows: DatabaseRows | undefined;
  #hasDefect = false;
  /** See `TailedFileOptions`. Absent after the file was read to its end. */
  backlog: TailedFileOptions['backlog'];

  constructor(options: TailedFileOptions) {
    this.#options = options;
    this.#context = options.context;
    this.path = options.path;
    this.backlog = options.backlog;
  }

  /** Frees the state of the reader, which the checkpoint restores. For inactive files. */
  forgetReader(): void {
    this.#reader = undefined;
    this.#rows = undefined;
  }

  async turn(): Promise<TurnOutcome> {
    return this.#context.withHandle(() => this.#open());
  }

  async #open(): Promise<TurnOutcome> {
    const { files } = this.#context;
    try {
      // Opening a pipe would hang, and four of them would block all file access of the editor.
      if ((await files.lstat(this.path)).kind !== 'file') return { kind: 'ignored' };
      const file = await files.open(this.path);
      try {
        const outcome = await this.#read(file);
        if (outcome.kind === 'ended') this.backlog = undefined;
        return outcome;
      } finally {
        await file.close().catch(() => undefined);
      }
    } catch (error) {
      // Everything after the checkpoint is read again.
      this.forgetReader();
      return isMissing(error) ? { kind: 'missing' } : { kind: 'fault', code: errorCode(error) };
    }
  }

  async #read(file: OpenFile): Promise<TurnOutcome> {
    const stat = await file.stat();
    if (stat.kind !== 'file' || !(await this.#claim(stat))) return { kind: 'ignored' };
    const head = await readHead(file, Math.min(HEAD_BYTES, stat.size));
    // Another file at this path.
    if (this.backlog?.identity !== stat.identity) this.backlog = undefined;
    this.identity = stat.identity;
    if (this.#options.from.source.growth === 'database') return this.#readDatabase(stat, head);
    const encoding = fileKindOf(head);
    if (encoding === 'binary') return { kind: 'ignored' };
    const turn = { file, stat, encoding };
    const { growth } = this.#options.from.source;
    return growth === 'append' ? this.#readAppended(turn, head) : this.#readRewritten(turn);
  }

  /** A file with several names is read once, under the first one. */
  async #claim({ identity }: FileStat): Promise<boolean> {
    const { claims, files } = this.#context;
    const owner = claims.get(identity);
    if (owner !== undefined && owner !== this.path) {
      const known = await files.lstat(owner).catch(() => undefined);
      if (known?.identity === identity) return false;
    }
    claims.set(identity, this.path);
    return true;
  }

  async #readAppended(turn: Turn, head: Buffer): Promise<TurnOutcome> {
    const { stat } = turn;
    const { isLastLineWhole, maxBacklogBytes } = this.#context.reading;
    const whole = isLastLineWhole ? `whole:${stat.inode}` : undefined;
    const fingerprint = fingerprintOf(head, stat.inode) ?? whole;
    // No complete line yet.
    if (fingerprint === undefined) return { kind: 'ended' };
    if (this.#checkpoint?.fingerprint !== fingerprint) {
      const isKnown = !this.backlog || this.#checkpoint;
      const skipped = isKnown ? 0 : Math.max(0, stat.size - maxBacklogBytes);
      this.#goTo(this.#context.checkpointOf(fingerprint) ?? startOf(fingerprint, skipped));
    }
    const checkpoint = this.#checkpoint!;
    const stopAt = this.#stopAt(fingerprint);
    if (stopAt <= checkpoint.byteOffset) return { kind: 'ended' };
    if (stat.size < checkpoint.byteOffset) return this.#startAgain(fingerprint);
    const signals: TailedSignal[] = [];
    const onRecord = this.#recordTo(signals, stat.modifiedAt, MAX_APPENDED_SIGNALS);
    const anchors = this.#anchors(turn.encoding);
    const limited = { ...turn, stat: { ...stat, size: Math.min(stat.size, stopAt) } };
    const result = await scanAppended({ ...limited, checkpoint, anchors, onRecord }, this.#context);
    if (result.kind === 'refused') return this.#startAgain(fingerprint);
    const { consumedTo, before, isStopped } = result;
    if (consumedTo > checkpoint.byteOffset || signals.length > 0)
      await this.#commit(signals, this.#advance(consumedTo, markerOf(before)));
    return { kind: isStopped ? 'more' : 'ended' };
  }

  async #readRewritten({ file, stat, encoding }: Turn): Promise<TurnOutcome> {
    const { clock } = this.#context;
    const marker = `${stat.inode}:${stat.version}`;
    const fingerprint = `rewritten:${this.#context.nameOf(this.path)}`;
    const known = this.#checkpoint ?? this.#context.checkpointOf(fingerprint);
    const isSame = known?.marker === marker;
    if (isSame && known.byteOffset >= stat.size) return { kind: 'ended' };
    if (this.#stopAt(fingerprint) === 0) return { kind: 'ended' };
    // Keeps the reader's memory of the earlier version of the file, to report nothing twice.
    if (!isSame || known !== this.#checkpoint)
      this.#goTo(isSame ? known : { ...startOf(fingerprint, 0), ...memoryOf(known) });
    const signals: TailedSignal[] = [];
    const isLarge = stat.size > MAX_REWRITTEN_BYTES;
    const from = Math.max(
      this.#checkpoint!.byteOffset,
      isLarge ? stat.size - MAX_REWRITTEN_BYTES : 0,
    );
    const request = {
      source: file,
      from,
      to: stat.size,
      anchors: this.#anchors(encoding),
      onRecord: this.#recordTo(signals, stat.modifiedAt),
      slice: createWorkSlice(clock),
    };
    if (encoding !== 'utf8') return { kind: 'ignored' };
    const { consumedTo, isDone } = isLarge
      ? await scanLargeObject(request)
      : await scanObjects(request);
    await this.#commit(signals, this.#advance(consumedTo, marker));
    return { kind: isDone ? 'ended' : 'more' };
  }

  async #readDatabase({ size, inode, modifiedAt }: FileStat, head: Buffer): Promise<TurnOutcome> {
    const { clock, files, nameOf, reading } = this.#context;
    const { tables } = this.#options.from.source;
    if (!tables || !isDatabase(head)) return { kind: size === 0 ? 'ended' : 'ignored' };
    const fingerprint = `database:${nameOf(this.path)}:${inode}`;
    if (this.#checkpoint?.fingerprint !== fingerprint)
      this.#goTo(this.#context.checkpointOf(fingerprint) ?? startOf(fingerprint, 0));
    const checkpoint = this.#checkpoint!;
    if (this.#stopAt(fingerprint) <= checkpoint.byteOffset) return { kind: 'ended' };
    const signals: TailedSignal[] = [];
    const result = await (this.#rows ??= new DatabaseRows(tables, files)).read({
      path: this.path,
      head,
      after: rowsOf(checkpoint),
      hasBacklogLimit: this.backlog !== undefined && reading.maxBacklogBytes < Infinity,
      onRecord: this.#recordTo(signals, modifiedAt),
      slice: createWorkSlice(clock),
    });
    if (result === 'unknown') this.#context.reportUnreadable(this.path, 'its tables are not known');
    if (typeof result === 'string') return { kind: result === 'empty' ? 'ended' : 'ignored' };
    const { consumed, isDone } = result;
    const [byteOffset = 0, marker] = [consumed[0], rowMarker(consumed)];
    if (byteOffset !== checkpoint.byteOffset || marker !== checkpoint.marker || signals.length > 0)
      await this.#commit(signals, this.#advance(byteOffset, marker));
    return { kind: isDone ? 'ended' : 'more' };
  }

  #anchors(encoding: Encoding): AnchorSearch {
    const { failureAnchors, tokenAnchors = [] } = this.#options.from.agent;
    const { hasTokens } = this.#context.reading;
    return new AnchorSearch([...failureAnchors, ...(hasTokens ? tokenAnchors : [])], encoding);
  }

  #stopAt(fingerprint: string): number {
    return this.#context.reading.stopAt?.(fingerprint) ?? Infinity;
  }

  #recordTo(
    signals: TailedSignal[],
    writtenBy: number,
    most = MAX_SIGNALS,
  ): ScanRequest['onRecord'] {
    const { from, relativePath } = this.#options;
    const { agent, source } = from;
    const logFile = { relativePath, format: source.format };
    this.#reader ??= openReader(agent, logFile, this.#checkpoint?.memory);
    const reader = this.#reader;
    const file = this.#context.nameOf(this.path);
    return record => {
      try {
        for (const signal of reader.read(record, writtenBy))
          if (isPossible(signal.at))
            signals.push({
              signal,
              file,
              byteOffset: record.byteOffset,
              ...this.#ageOf(record, signal.at),
            });
      } catch (error) {
        // A throwing reader is a defect; it costs only this record.
        if (!this.#hasDefect) this.#context.log.error(`A record of ${file}: ${faultName(error)}`);
        this.#hasDefect = true;
      }
      return signals.length < most && !this.#context.isDisposed;
    };
  }

  /**
   * By the position of a record, not its time: an agent's clock may be behind. The time only counts
   * in a file that was modified during the first survey.
   */
  #ageOf({ byteOffset, text }: LogRecord, at: number): Pick<TailedSignal, 'isBacklog'> {
    const { backlog } = this;
    if (!backlog) return {};
    const isRow = this.#options.from.source.growth === 'database';
    if (!isRow && byteOffset + text.length > backlog.size) return {};
    const { startedAt } = this.#context;
    const isJustWritten = backlog.modifiedAt >= startedAt - TICK_MS && at >= startedAt;
    return isJustWritten ? {} : { isBacklog: true };
  }

  #goTo({ countedFrom, ...checkpoint }: Checkpoint): void {
    const counted = { countedFrom: countedFrom ?? checkpoint.byteOffset };
    this.#checkpoint = { ...checkpoint, ...(this.#context.reading.hasTokens ? counted : {}) };
    this.forgetReader();
  }

  #startAgain(fingerprint: string): TurnOutcome {
    this.#goTo(startOf(fingerprint, 0));
    return { kind: 'more' };
  }

  #advance(byteOffset: number, marker: string): Checkpoint {
    const memory = this.#reader?.saveMemory();
    const { memory: _before, ...before } = this.#checkpoint!;
    const checkpoint = { ...before, byteOffset, marker, seenAt: this.#context.clock.now() };
    return memory === undefined ? checkpoint : { ...checkpoint, memory };
  }

  async #commit(signals: readonly TailedSignal[], checkpoint: Checkpoint): Promise<void> {
    if (this.#context.isDisposed) return;
    await this.#context.commit(signals, checkpoint);
    this.#checkpoint = checkpoint;
  }
}

interface Turn {
  readonly file: OpenFile;
  readonly stat: FileStat;
  readonly encoding: Encoding;
}

/** Printing a time beyond the range of `Date` would throw. */
const isPossible = (at: number): boolean => !Number.isNaN(new Date(at).getTime());

const memoryOf = (checkpoint: Checkpoint | undefined): Pick<Checkpoint, 'memory'> =>
  checkpoint?.memory === undefined ? {} : { memory: checkpoint.memory };

function startOf(fingerprint: string, byteOffset: number): Checkpoint {
  return { fingerprint, byteOffset, marker: '', seenAt: 0 };
}

/** Reads the first bytes. A single read may return fewer than exist. */
async function readHead(file: OpenFile, length: number): Promise<Buffer> {
  const head = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const count = await file.read(head, filled, length - filled, filled);
    if (count === 0) break;
    filled += count;
  }
  return head.subarray(0, filled);
}
