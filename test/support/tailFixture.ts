import { basename, dirname } from 'node:path';
import type { Agent, LogSource } from '../../src/core/agents/agent.ts';
import type { RequestFailed, Signal } from '../../src/core/agents/signal.ts';
import { openMemoryArchive } from './memoryArchive.ts';
import type { TailBatch, TailSink } from '../../src/core/agents/tail.ts';
import { type FileStat, type FileSystem, machineFiles } from '../../src/node/fileSystem.ts';
import { LogTailer, type LogTailerOptions, RECONCILE_MS } from '../../src/node/logTailer.ts';
import { FakeClock } from './fakeClock.ts';
import { FakeLog } from './fakeLog.ts';

const EVIDENCE = {};

/**
 * An agent for tests: lines of JSON, `{"error":"429 key"}` for a failure, `{"start":"key"}` for a
 * request, `{"session":"name"}` for the session of what follows, which it remembers.
 */
export const testAgent: Agent = {
  id: 'kimi-code',
  name: 'Test',
  sources: () => [],
  failureAnchors: ['429', '_limit'],
  createReader: (file, memory) => {
    let session = memory ?? file.relativePath;
    return {
      read: ({ text }) => {
        const parsed = parse(text);
        if (parsed?.session) session = parsed.session;
        const key = parsed?.error ?? parsed?.start;
        if (key === undefined) return [];
        const common = { at: Date.now(), agent: 'kimi-code', session, evidence: EVIDENCE } as const;
        return parsed?.error
          ? [
              {
                ...common,
                kind: 'requestFailed',
                text: key,
                contentKey: key,
              } satisfies RequestFailed,
            ]
          : [{ ...common, kind: 'requestStarted', contentKey: key } satisfies Signal];
      },
      saveMemory: () => session,
    };
  },
};

function parse(text: string): { error?: string; start?: string; session?: string } | undefined {
  try {
    return Object(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** A line with a failure. A new key makes a new failure. */
export function failure(key: string | number, filler = ''): string {
  return `{"error":"429 ${key}"${filler && `,"filler":"${filler}"`}}\n`;
}

let tick = 0;

/** A test changes a folder several times within a tick of the file system's clock, a user does not. */
function withTick(stat: FileStat): FileStat {
  return stat.kind === 'folder' ? { ...stat, version: `${stat.version} ${tick++}` } : stat;
}

/** Files without hints, as on a network: what happens is seen by looking. */
export const hintlessFiles: FileSystem = {
  ...machineFiles,
  lstat: async path => withTick(await machineFiles.lstat(path)),
  stat: async path => withTick(await machineFiles.stat(path)),
  watch: () => ({ dispose: () => undefined }),
};

/** Files whose hints a test gives. `watches`: the listeners of the folders that are watched. */
export function hintableFiles(): {
  readonly files: FileSystem;
  readonly watches: ReadonlyMap<string, (name: string) => void>;
  hint(path: string): void;
} {
  const watches = new Map<string, (name: string) => void>();
  return {
    watches,
    files: {
      ...hintlessFiles,
      watch: (path, { onHint }) => {
        watches.set(path, onHint);
        return { dispose: () => void watches.delete(path) };
      },
    },
    hint: path => watches.get(dirname(path))?.(basename(path)),
  };
}

/** Keeps what was committed, and stores it. */
export class RecordingSink implements TailSink {
  readonly archive = openMemoryArchive();
  readonly batches: TailBatch[] = [];
  readonly #waiting = new Set<() => void>();

  readCheckpoints(): ReturnType<TailSink['readCheckpoints']> {
    return this.archive.readCheckpoints();
  }

  async commit(batch: TailBatch): Promise<void> {
    this.batches.push(batch);
    await this.archive.commitTail(batch);
    for (const check of [...this.#waiting]) check();
  }

  /** The keys of everything that was committed, in its order, as often as it was. */
  get keys(): string[] {
    return this.batches.flatMap(({ signals }) => signals.map(it => it.signal.contentKey.slice(4)));
  }

  /** The keys of the failures that are stored, sorted. */
  async stored(): Promise<string[]> {
    const events = await this.archive.readEvents();
    return events.map(({ signal }) => signal.contentKey.slice(4)).sort();
  }

  /** Resolves once that many signals were committed. */
  whenCommitted(count: number): Promise<void> {
    return new Promise(resolve => {
      const check = (): void => {
        if (this.keys.length < count) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }
}

/** Any file below the root whose name ends in `.log`, or so and a number. */
export const LOGS = /\.log(?:\.\d+)?$/;

export type TailFixtureOptions = Partial<Omit<LogTailerOptions, 'sink'>> & {
  readonly sink?: RecordingSink;
  /** What is other than in the usual source. */
  readonly source?: Partial<LogSource>;
};

/** A tailer on a folder, with a clock that only the test moves. */
export class TailFixture {
  readonly clock = new FakeClock(Date.now());
  readonly log = new FakeLog();
  readonly sink: RecordingSink;
  readonly tailer: LogTailer;

  constructor(
    root: string,
    { sink = new RecordingSink(), source = {}, ...options }: TailFixtureOptions = {},
  ) {
    this.sink = sink;
    const place: LogSource = {
      root,
      files: LOGS,
      depth: 4,
      growth: 'append',
      format: 'x',
      ...source,
    };
    this.tailer = new LogTailer({
      sources: [{ agent: testAgent, source: place }],
      files: hintlessFiles,
      clock: this.clock,
      log: this.log,
      sink,
      home: root,
      ...options,
    });
  }

  /** Reads what is there. */
  async start(): Promise<this> {
    this.tailer.start();
    await this.tailer.whenIdle();
    return this;
  }

  /** Lets the time pass after which everything that is active was looked at. */
  async look(ms = RECONCILE_MS): Promise<void> {
    await this.clock.advance(ms);
    await this.tailer.whenIdle();
  }

  get keys(): string[] {
    return this.sink.keys;
  }
}
