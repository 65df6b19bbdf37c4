import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { LogTailerOptions } from '../../src/node/logTailer.ts';
import { useFolder } from '../support/archiveFixture.ts';
import { failure, type RecordingSink, TailFixture } from '../support/tailFixture.ts';

const failures = (...keys: (string | number)[]): string => keys.map(key => failure(key)).join('');

describe('LogTailer: rotation', () => {
  const inFolder = useFolder();
  let tail: TailFixture;
  let log: string;

  const begin = async (
    options: Partial<Omit<LogTailerOptions, 'sink'>> & { sink?: RecordingSink } = {},
  ): Promise<void> => {
    tail = await new TailFixture(inFolder(), options).start();
  };
  /** Each once, in this order. */
  const assertKeys = (...keys: (string | number)[]): void =>
    assert.deepEqual(tail.keys, keys.map(String));
  const assertStored = async (...keys: (string | number)[]): Promise<void> =>
    assert.deepEqual(await tail.sink.stored(), keys.map(String).sort());

  beforeEach(async () => {
    log = inFolder('a.log');
    writeFileSync(log, failures(1, 2));
    await begin();
    assertKeys(1, 2);
  });
  afterEach(() => tail.tailer.dispose());

  it('S1: append', async () => {
    appendFileSync(log, failures(3, 4));
    await tail.look();
    appendFileSync(log, failures(5));
    await tail.look();
    assertKeys(1, 2, 3, 4, 5);
  });

  it('S2: rename and create', async () => {
    appendFileSync(log, failures(3));
    renameSync(log, inFolder('a.log.1'));
    writeFileSync(log, failures(4));
    appendFileSync(inFolder('a.log.1'), failures(5));
    await tail.look();
    assert.deepEqual(tail.keys.toSorted(), ['1', '2', '3', '4', '5']);
  });

  it('S2: renamed to what is no name of a log, with and without a new file', async () => {
    for (const [i, isCreated] of [true, false].entries()) {
      appendFileSync(log, failures(`old${i}`));
      renameSync(log, inFolder(`rotated${i}`));
      if (isCreated) writeFileSync(log, failures(`new${i}`));
      await tail.look();
      appendFileSync(inFolder(`rotated${i}`), failures(`late${i}`));
      await tail.look();
      if (!isCreated) writeFileSync(log, failures(`new${i}`));
      await tail.look();
    }
    const keys = ['old0', 'new0', 'late0', 'old1', 'new1', 'late1'];
    assert.deepEqual(tail.keys.toSorted(), ['1', '2', ...keys].sort());
  });

  it('S3: copied and truncated, small', async () => {
    appendFileSync(log, failures(3));
    copyFileSync(log, inFolder('a.log.1'));
    truncateSync(log, 0);
    appendFileSync(log, failures(4));
    await tail.look();
    await assertStored(1, 2, 3, 4);
  });

  it('S4: copied, truncated and grown past the old offset between two looks', async () => {
    truncateSync(log, 0);
    appendFileSync(log, failures(3, 4, 5, 6, 7));
    await tail.look();
    assertKeys(1, 2, 3, 4, 5, 6, 7);
  });

  it('S4: also when it begins with the same line', async () => {
    writeFileSync(log, `{"session":"s"}\n${failures(3)}`);
    await tail.look();
    writeFileSync(log, `{"session":"s"}\n${failures(4, 5)}`);
    await tail.look();
    assertKeys(1, 2, 3, 4, 5);
  });

  it('S5: replaced by a temporary file with a longer copy', async () => {
    for (let i = 3; i < 8; i++) {
      writeFileSync(inFolder('tmp'), readFileSync(log, 'utf8') + failures(i));
      renameSync(inFolder('tmp'), log);
      await tail.look();
    }
    await assertStored(1, 2, 3, 4, 5, 6, 7);
  });

  it('S6: deleted and created again, with the same inode or not', async () => {
    for (let i = 3; i < 10; i++) {
      rmSync(log);
      if (i % 2) await tail.look();
      writeFileSync(log, failures(i));
      await tail.look();
    }
    assertKeys(1, 2, 3, 4, 5, 6, 7, 8, 9);
  });

  it('S7: a partial line that is completed later', async () => {
    const [line] = [failure('3', 'x'.repeat(300))];
    appendFileSync(log, line.slice(0, 100));
    await tail.look();
    appendFileSync(log, line.slice(100, 200));
    await tail.look();
    assertKeys(1, 2);
    appendFileSync(log, line.slice(200));
    await tail.look();
    assertKeys(1, 2, 3);
  });

  it('S8: a file that appears later', async () => {
    await tail.look(3_500);
    writeFileSync(inFolder('b.log'), failures(3));
    await tail.look();
    assertKeys(1, 2, 3);
  });

  it('S9: a character that is split over two writes', async () => {
    const bytes = Buffer.from(failure('限额'));
    for (const byte of bytes) {
      appendFileSync(log, Buffer.from([byte]));
      await tail.look();
    }
    assertKeys(1, 2, '限额');
  });

  it('S10: rewritten in place with the same size', async () => {
    for (const pair of [
      [3, 4],
      [5, 6],
      [7, 8],
    ] as const) {
      writeFileSync(log, failures(...pair), { flag: 'r+' });
      await tail.look();
    }
    assertKeys(1, 2, 3, 4, 5, 6, 7, 8);
  });

  it('S11: shrunk and grown to exactly the old size', async () => {
    truncateSync(log, 0);
    appendFileSync(log, failures(3));
    appendFileSync(log, failures(4));
    await tail.look();
    assertKeys(1, 2, 3, 4);
  });

  it('S12: saved by an editor, which keeps a backup', async () => {
    renameSync(log, inFolder('a.log~'));
    writeFileSync(log, failures(1, 2, 3));
    rmSync(inFolder('a.log~'));
    await tail.look();
    await assertStored(1, 2, 3);
  });

  it('L2: truncated to nothing, to half, and grown again is read again once', async () => {
    const line = failure(1).length;
    truncateSync(log, line);
    await tail.look();
    appendFileSync(log, failures(3));
    await tail.look();
    truncateSync(log, 0);
    await tail.look();
    appendFileSync(log, failures(4));
    await tail.look();
    await assertStored(1, 2, 3, 4);
    assert.ok(tail.keys.filter(key => key === '1').length <= 3);
  });

  it('L18: equal size and times that go backwards', async () => {
    writeFileSync(log, failures(3, 4), { flag: 'r+' });
    const past = new Date(Date.now() - 3_600_000);
    utimesSync(log, past, past);
    await tail.look();
    assertKeys(1, 2, 3, 4);
  });

  it('continues where an earlier tailer ended, with the memory of its reader', async () => {
    appendFileSync(log, `{"session":"mine"}\n${failures(3)}`);
    await tail.look();
    tail.tailer.dispose();
    appendFileSync(log, failures(4));
    const { sink } = tail;
    await begin({ sink });
    assertKeys(1, 2, 3, 4);
    assert.equal(sink.batches.at(-1)?.signals[0]?.signal.session, 'mine');
  });

  it('S2, S4, S5: while no tailer ran', async () => {
    appendFileSync(log, failures(3));
    tail.tailer.dispose();
    renameSync(log, inFolder('a.log.1'));
    appendFileSync(inFolder('a.log.1'), failures(4));
    writeFileSync(log, failures(5));
    const { sink } = tail;
    await begin({ sink });
    assert.deepEqual(tail.keys.toSorted(), ['1', '2', '3', '4', '5']);
    tail.tailer.dispose();
    writeFileSync(log, failures(6, 7, 8));
    await begin({ sink });
    assert.deepEqual(tail.keys.toSorted(), ['1', '2', '3', '4', '5', '6', '7', '8']);
  });

  it('L4: a link and its target, or two names of a file, count once', async () => {
    symlinkSync(log, inFolder('link.log'));
    linkSync(log, inFolder('second.log'));
    mkdirSync(inFolder('sub'));
    symlinkSync('..', inFolder('sub', 'loop'));
    symlinkSync('self.log', inFolder('self.log'));
    symlinkSync(dirname(dirname(log)), inFolder('outside'));
    appendFileSync(log, failures(3));
    await tail.look();
    await tail.look(300_000);
    assertKeys(1, 2, 3);
    // The other name is read after the first one is deleted.
    rmSync(log);
    appendFileSync(inFolder('second.log'), failures(4));
    await tail.look();
    await tail.look();
    assertKeys(1, 2, 3, 4);
    assert.deepEqual(
      tail.log.lines,
      tail.log.lines.filter(line => line.includes('watched')),
    );
  });

  it('keeps the order of a file, and reports the offset of a record', async () => {
    appendFileSync(log, failures(3));
    await tail.look();
    const last = tail.sink.batches.at(-1);
    assert.equal(last?.signals[0]?.file, 'a.log');
    assert.equal(last?.signals[0]?.byteOffset, 2 * failure(1).length);
    assert.equal(last?.checkpoints[0]?.byteOffset, statSync(log).size);
  });
});
