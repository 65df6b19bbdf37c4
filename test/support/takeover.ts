import type { ChildProcess } from 'node:child_process';
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openArchive } from './archiveFixture.ts';
import type { WorkerTask } from './archiveWorker.ts';
import { kill } from './archiveWorkers.ts';
import { failure } from './tailFixture.ts';

/** A lease of 24 s lasts 60 ms, so that another window takes over soon after a kill. */
const SPEED = 400;

/** The log is rotated at this size, some ten times in all. */
const ROTATED_BYTES = 20_000;

/** Where to write and whom to kill how often. */
export interface TakeoverOptions {
  readonly folder: string;
  readonly start: (task: WorkerTask) => ChildProcess;
  readonly killCount: number;
}

/** What is in the archive afterwards. */
export interface TakeoverReport {
  readonly writtenCount: number;
  readonly storedCount: number;
  readonly distinctCount: number;
  /** Result of SQLite's integrity check. */
  readonly integrity: unknown;
}

/**
 * Two windows tail one log; the one that has the lease is killed in mid-write again and again, and
 * a new one comes. Resolves when all that was written is stored; if it never is, not at all.
 */
export async function takeOver({
  folder,
  start,
  killCount,
}: TakeoverOptions): Promise<TakeoverReport> {
  const path = join(folder, 'archive.db');
  const root = join(folder, 'logs');
  mkdirSync(root);
  const first = openArchive(path).archive;
  await first.readLatest();
  const db = new DatabaseSync(path);
  try {
    const writer = new LogWriter(join(root, 'a.log'));
    const windows = new Windows(owner => start({ kind: 'tail', path, owner, speed: SPEED, root }));
    windows.open(killCount);
    windows.open(killCount);
    while (windows.killCount < killCount || count(db, '*') < writer.lineCount) {
      const isAhead = writer.lineCount >= count(db, '*') + 20;
      if (windows.killCount < killCount && !isAhead) writer.write();
      // The windows need the processor more.
      await new Promise(resolve => setTimeout(resolve, 2));
    }
    return {
      writtenCount: writer.lineCount,
      storedCount: count(db, '*'),
      distinctCount: count(db, 'DISTINCT contentKey'),
      integrity: Object.values(db.prepare('PRAGMA integrity_check').get() ?? {})[0],
    };
  } finally {
    db.close();
    first.dispose();
  }
}

function count(db: DatabaseSync, what: string): number {
  return Number(db.prepare(`SELECT count(${what}) AS n FROM event`).get()?.n);
}

/** Windows of which each is killed after some commits, and replaced. */
class Windows {
  killCount = 0;
  readonly #start: (owner: string) => ChildProcess;
  #ownerCount = 0;

  constructor(start: (owner: string) => ChildProcess) {
    this.#start = start;
  }

  open(mostKills: number): void {
    const window = this.#start(`window ${this.#ownerCount++}`);
    let commitsLeft = Math.floor(Math.random() * 6);
    window.on('message', message => {
      if (typeof message !== 'number' || this.killCount >= mostKills || commitsLeft-- > 0) return;
      this.killCount++;
      commitsLeft = Infinity;
      // Keeps writing, so that the new window commits again.
      void kill(window);
      this.open(mostKills);
    });
    window.send('go');
  }
}

/** Writes a line in two pieces, as large writes are, and rotates as Kimi Code does. */
class LogWriter {
  lineCount = 0;
  readonly #path: string;
  #rest = '';
  #rotationCount = 0;

  constructor(path: string) {
    this.#path = path;
  }

  write(): void {
    if (this.#rest !== '') {
      appendFileSync(this.#path, this.#rest);
      this.#rest = '';
      this.lineCount++;
      return;
    }
    const isLarge = (statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0) > ROTATED_BYTES;
    if (isLarge) renameSync(this.#path, `${this.#path}.${this.#rotationCount++}`);
    const line = failure(this.lineCount, 'x'.repeat(this.lineCount % 50));
    appendFileSync(this.#path, line.slice(0, 12));
    this.#rest = line.slice(12);
  }
}
