import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { type FileSystem, machineFiles, type OpenFile } from '../../src/node/fileSystem.ts';
import { readLogsOnce } from '../../src/node/logTailer.ts';
import { SystemClock } from '../../src/node/systemClock.ts';
import { useFolder } from '../support/archiveFixture.ts';
import { failure, LOGS, RecordingSink, TailFixture, testAgent } from '../support/tailFixture.ts';

describe('readLogsOnce', () => {
  const inFolder = useFolder();
  const source = { root: '', files: LOGS, depth: 1, growth: 'append', format: 'x' } as const;
  const options = (sink: RecordingSink) => ({
    sources: [{ agent: testAgent, source: { ...source, root: inFolder() } }],
    clock: new SystemClock(),
    log: { ...console, trace: () => undefined },
    sink,
    home: inFolder(),
  });

  it('reads all there is, with a last line that has no end', async () => {
    writeFileSync(inFolder('a.log'), failure(1) + failure(2).trimEnd());
    writeFileSync(inFolder('b.log'), failure(3).trimEnd());
    const sink = new RecordingSink();
    await readLogsOnce({ ...options(sink), since: 0 });
    assert.deepEqual(sink.keys.toSorted(), ['1', '2', '3']);
  });

  it('ends when aborted, before or while it reads', async () => {
    for (let i = 0; i < 50; i++) writeFileSync(inFolder(`${i}.log`), failure(i));
    const sink = new RecordingSink();
    await readLogsOnce(options(sink), AbortSignal.abort());
    assert.deepEqual(sink.keys, []);
    const controller = new AbortController();
    void sink.whenCommitted(5).then(() => controller.abort());
    await readLogsOnce(options(sink), controller.signal);
    assert.ok(sink.keys.length >= 5 && sink.keys.length < 50, `${sink.keys.length}`);
  });

  it('does not read a large log on when aborted', async () => {
    writeFileSync(inFolder('a.log'), failure(1));
    truncateSync(inFolder('a.log'), 1_000_000_000);
    const controller = new AbortController();
    let readBytes = 0;
    const files: FileSystem = {
      ...machineFiles,
      open: async path => {
        const file = await machineFiles.open(path);
        const read: OpenFile['read'] = async (into, at, length, position) => {
          if (position > 20_000_000) controller.abort();
          const count = await file.read(into, at, length, position);
          readBytes += count;
          return count;
        };
        return { ...file, read };
      },
    };
    const reading = { maxBacklogBytes: Infinity };
    const sink = new RecordingSink();
    await readLogsOnce({ ...options(sink), files, reading, since: 0 }, controller.signal);
    assert.ok(readBytes > 20_000_000 && readBytes < 40_000_000, `${readBytes}`);
    assert.deepEqual(sink.keys, []);
  });
});

describe('LogTailer: hints of the system', () => {
  const inFolder = useFolder();

  it('reads appended lines without delay: in new files, new folders and a new root', async () => {
    const sink = new RecordingSink();
    const root = inFolder('agent', 'sessions');
    const source = { root, files: LOGS, depth: 4, growth: 'append', format: 'x' } as const;
    const sources = [{ agent: testAgent, source }];
    const clock = new SystemClock();
    const tail = new TailFixture(inFolder(), { sources, sink, clock, files: machineFiles });
    await tail.start();
    mkdirSync(root, { recursive: true });
    writeFileSync(`${root}/a.log`, failure(1));
    await sink.whenCommitted(1);
    appendFileSync(`${root}/a.log`, failure(2));
    await sink.whenCommitted(2);
    mkdirSync(`${root}/b/c`, { recursive: true });
    writeFileSync(`${root}/b/c/d.log`, failure(3));
    await sink.whenCommitted(3);
    renameSync(`${root}/a.log`, `${root}/a.log.1`);
    writeFileSync(`${root}/a.log`, failure(4));
    await sink.whenCommitted(4);
    // Windows before 10 removes a watched folder only when the watch has ended.
    await rm(inFolder('agent'), { recursive: true, maxRetries: 10 });
    mkdirSync(root, { recursive: true });
    writeFileSync(`${root}/e.log`, failure(5));
    await sink.whenCommitted(5);
    assert.deepEqual(sink.keys, ['1', '2', '3', '4', '5']);
    assert.deepEqual(tail.log.lines, []);
    tail.tailer.dispose();
  });

  it('stays watched when logs that moved go quiet for minutes', async () => {
    let onHint = (_name: string | undefined): void => undefined;
    const files: FileSystem = {
      ...machineFiles,
      watch: (path, listener) =>
        machineFiles.watch(path, {
          ...listener,
          onHint: name => (listener.onHint(name), onHint(name)),
        }),
    };
    const appendAndHear = (name: string, text: string): Promise<void> =>
      new Promise(resolve => {
        onHint = hinted => hinted === name && resolve();
        appendFileSync(inFolder(name), text);
      });
    const names = ['a.log', 'b.log'];
    for (const name of names) writeFileSync(inFolder(name), failure(`old ${name}`));
    const tail = await new TailFixture(inFolder(), { files }).start();
    await tail.look();
    for (let round = 1; round <= 3; round++) {
      for (const name of names) await appendAndHear(name, failure(`${name} ${round}`));
      await tail.look(20);
      assert.equal(tail.keys.length, 2 + 2 * round, 'read by its hint');
      for (let i = 0; i < 5; i++) await tail.look();
      assert.deepEqual([tail.tailer.health.polledRoots, tail.log.lines], [[], []]);
    }
    tail.tailer.dispose();
  });
});
