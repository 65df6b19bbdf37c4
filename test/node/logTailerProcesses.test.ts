import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { openArchive, useFolder } from '../support/archiveFixture.ts';
import { ArchiveWorkers, kill } from '../support/archiveWorkers.ts';
import { failure } from '../support/tailFixture.ts';

const KILL_COUNT = process.env.KIMI_QUOTA_THOROUGH === '1' ? 200 : 25;

/** A lease of 24 s lasts 60 ms, so that another window takes over soon after a kill. */
const SPEED = 400;

/** The log is rotated at this size, some ten times in all. */
const ROTATED_BYTES = 20_000;

describe('LogTailer in two processes', function () {
  this.timeout(120_000);
  const inFolder = useFolder();
  let workers: ArchiveWorkers;

  beforeEach(async () => {
    workers = new ArchiveWorkers(inFolder());
    await workers.bundle();
  });
  afterEach(() => workers.dispose());

  it('loses nothing and repeats nothing when one takes over from the other, killed in mid-write', async () => {
    const path = inFolder('archive.db');
    const root = inFolder('logs');
    mkdirSync(root);
    const first = openArchive(path).archive;
    await first.readLatest();
    const db = new DatabaseSync(path);
    const stored = (): number => Number(db.prepare('SELECT count(*) AS n FROM event').get()?.n);
    const writer = new LogWriter(`${root}/a.log`);

    let [ownerCount, killCount] = [0, 0];
    const open = (): ChildProcess => {
      const owner = `window ${ownerCount++}`;
      const window = workers.start({ kind: 'tail', path, owner, speed: SPEED, root });
      let commitsLeft = Math.floor(Math.random() * 6);
      window.on('message', message => {
        if (typeof message !== 'number' || killCount >= KILL_COUNT || commitsLeft-- > 0) return;
        killCount++;
        commitsLeft = Infinity;
        // While it goes on: what is written meanwhile makes it commit again.
        void kill(window);
        open().send('go');
      });
      return window;
    };
    for (const window of [open(), open()]) window.send('go');
    while (killCount < KILL_COUNT || stored() < writer.lineCount) {
      if (killCount < KILL_COUNT && writer.lineCount < stored() + 20) writer.write();
      await new Promise(resolve => setImmediate(resolve));
    }
    assert.equal(stored(), writer.lineCount);
    const keys = db.prepare('SELECT count(DISTINCT contentKey) AS n FROM event').get();
    assert.equal(keys?.n, writer.lineCount);
    assert.deepEqual(Object.values(db.prepare('PRAGMA integrity_check').get() ?? {}), ['ok']);
    db.close();
    first.dispose();
  });
});

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
    const isLarge = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
    if (isLarge > ROTATED_BYTES) renameSync(this.#path, `${this.#path}.${this.#rotationCount++}`);
    const line = failure(this.lineCount, 'x'.repeat(this.lineCount % 50));
    appendFileSync(this.#path, line.slice(0, 12));
    this.#rest = line.slice(12);
  }
}
