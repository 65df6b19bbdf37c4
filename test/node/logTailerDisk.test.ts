import assert from 'node:assert/strict';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { type FileStat, type FileSystem, machineFiles } from '../../src/node/fileSystem.ts';
import { useFolder } from '../support/archiveFixture.ts';
import { FaultyFiles } from '../support/faultyFiles.ts';
import {
  failure,
  hintlessFiles,
  RecordingSink,
  TailFixture,
  testAgent,
} from '../support/tailFixture.ts';

describe('LogTailer: what a disk may do', () => {
  const inFolder = useFolder();
  let tail: TailFixture | undefined;
  const begin = async (options: ConstructorParameters<typeof TailFixture>[1] = {}) =>
    (tail = await new TailFixture(inFolder(), options).start());

  afterEach(() => tail?.tailer.dispose());

  it('what a reader saw in a turn that was not stored is unknown to the next', async () => {
    const agent: typeof testAgent = {
      ...testAgent,
      createReader: (file, memory = '') => {
        const reader = testAgent.createReader(file);
        let seen = memory;
        return {
          // Reports a text once.
          read: record => {
            if (seen.includes(record.text)) return [];
            seen += record.text;
            return reader.read(record);
          },
          saveMemory: () => seen,
        };
      },
    };
    const source = { root: inFolder(), files: /log$/, depth: 0, growth: 'append', format: 'x' };
    const sources = [{ agent, source: { ...source, growth: 'append' as const } }];
    const sink = new RecordingSink();
    const commit = sink.commit.bind(sink);
    let isFull = false;
    sink.commit = async batch => {
      if (isFull) throw new Error('disk full');
      await commit(batch);
    };
    writeFileSync(inFolder('a.log'), failure(1));
    const tail = await begin({ sink, sources });
    isFull = true;
    appendFileSync(inFolder('a.log'), failure(1) + failure(2));
    await tail.look();
    isFull = false;
    await tail.look();
    assert.deepEqual(tail.keys, ['1', '2']);
  });

  it('a disk that returns a few bytes at a time, and less than it promised, is no fault', async () => {
    const files: FileSystem = {
      ...hintlessFiles,
      open: async path => {
        const file = await machineFiles.open(path);
        return {
          ...file,
          stat: async () => {
            const stat = await file.stat();
            return { ...stat, size: stat.size + 1_000 };
          },
          read: async (into, at, length, position) => {
            assert.ok(at + length <= into.length);
            return file.read(into, at, Math.min(length, 7), position);
          },
        };
      },
    };
    writeFileSync(inFolder('a.log'), failure(1) + failure(2));
    const tail = await begin({ files });
    appendFileSync(inFolder('a.log'), failure(3));
    await tail.look();
    assert.deepEqual(tail.keys, ['1', '2', '3']);
    assert.deepEqual(tail.log.lines, []);
  });

  it('a log that became something else is not opened', async () => {
    writeFileSync(inFolder('a.log'), failure(1));
    let kind: 'file' | 'other' = 'file';
    const files = new FaultyFiles({
      ...hintlessFiles,
      lstat: async path => ({ ...(await hintlessFiles.lstat(path)), kind }),
    });
    let openCount = 0;
    files.fault = ({ name }) => void (name === 'open' && openCount++);
    const tail = await begin({ files });
    await tail.look();
    kind = 'other';
    openCount = 0;
    appendFileSync(inFolder('a.log'), failure(2));
    for (let i = 0; i < 3; i++) await tail.look();
    assert.equal(openCount, 0);
    assert.deepEqual(tail.log.lines, []);
  });

  it('a log that cannot be looked at is reported, and read later', async () => {
    writeFileSync(inFolder('a.log'), failure(1));
    const files = new FaultyFiles(hintlessFiles);
    const tail = await begin({ files });
    files.fault = ({ name, path }) =>
      name === 'lstat' && path.endsWith('a.log') ? 'EIO' : undefined;
    appendFileSync(inFolder('a.log'), failure(2));
    await tail.look();
    assert.deepEqual(tail.log.lines, ['warn: a.log cannot be read: EIO.']);
    assert.deepEqual(tail.tailer.folders[0]?.unreadable, { EIO: 1 });
    files.fault = () => undefined;
    await tail.look();
    assert.deepEqual(tail.keys, ['1', '2']);
    assert.deepEqual(tail.tailer.folders[0]?.unreadable, {});
  });

  it('without stored checkpoints, or while they cannot be stored, it reads on', async () => {
    const sink = new RecordingSink();
    sink.readCheckpoints = () => Promise.reject(new Error('locked'));
    writeFileSync(inFolder('a.log'), failure(1));
    const tail = await begin({ sink });
    assert.deepEqual(tail.keys, ['1']);
    assert.match(tail.log.lines.join('\n'), /^error: The checkpoints could not be read: Error/);
    const commit = sink.commit.bind(sink);
    appendFileSync(inFolder('a.log'), failure(2));
    await tail.look();
    // The first is stored, as it is time to. The second waits.
    for (const name of ['b.log', 'c.log']) writeFileSync(inFolder(name), 'nothing\n');
    await tail.look();
    sink.commit = () => Promise.reject(new Error('full'));
    await tail.look();
    assert.match(tail.log.lines.at(-1)!, /^error: Checkpoints could not be stored: Error/);
    sink.commit = commit;
    await tail.look();
    const { checkpoints } = sink.batches.at(-1)!;
    assert.deepEqual([tail.keys, checkpoints.length], [['1', '2'], 1]);
  });

  it('a log that is deleted and one that takes its place are seen, however coarse the clock', async () => {
    // As exFAT does: a folder's time has steps of two seconds.
    const coarse = async (stat: ReturnType<FileSystem['stat']>) => {
      const it = await stat;
      return it.kind === 'folder' ? { ...it, version: 'same' } : it;
    };
    const files: FileSystem = {
      ...hintlessFiles,
      stat: path => coarse(machineFiles.stat(path)),
      lstat: path => coarse(machineFiles.lstat(path)),
    };
    writeFileSync(inFolder('a.log'), failure(1));
    const tail = await begin({ files });
    for (let i = 0; i < 3; i++) await tail.look();
    writeFileSync(inFolder('b.log'), failure(2));
    rmSync(inFolder('a.log'));
    for (let i = 0; i < 2; i++) await tail.look();
    assert.deepEqual(tail.keys, ['1', '2']);
  });

  it('a record that replaces another within one tick of its clock is read', async () => {
    // As on exFAT: the same size and time do not mean the same content.
    const coarse = async (stat: Promise<FileStat>): Promise<FileStat> => {
      const it = await stat;
      return { ...it, version: `${it.size}` };
    };
    const files: FileSystem = {
      ...hintlessFiles,
      lstat: path => coarse(machineFiles.lstat(path)),
      stat: path => coarse(machineFiles.stat(path)),
    };
    writeFileSync(inFolder('a.log'), failure(1));
    const tail = await begin({ files });
    appendFileSync(inFolder('a.log'), failure(2));
    await tail.look();
    writeFileSync(inFolder('a.log'), failure(3) + failure(4), { flag: 'r+' });
    await tail.look();
    assert.deepEqual(tail.keys, ['1', '2', '3', '4']);
  });
});
