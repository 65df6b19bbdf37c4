import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Agent, LogRecord } from '../../src/core/agents/agent.ts';
import { encodeText } from '../../src/node/fileKind.ts';
import { type FileSystem, machineFiles } from '../../src/node/fileSystem.ts';
import { MAX_WATCHES } from '../../src/node/logWatcher.ts';
import { useFolder } from '../support/archiveFixture.ts';
import { FaultyFiles } from '../support/faultyFiles.ts';
import { failure, hintlessFiles, LOGS, TailFixture, testAgent } from '../support/tailFixture.ts';

describe('LogTailer: files of every kind', () => {
  const inFolder = useFolder();
  let tail: TailFixture | undefined;
  const begin = async (options: ConstructorParameters<typeof TailFixture>[1] = {}) =>
    (tail = await new TailFixture(inFolder(), options).start());

  afterEach(() => tail?.tailer.dispose());

  it('L3: deleted files and folders, and folders that come again, are no fault', async () => {
    const tail = await begin();
    for (let round = 0; round < 3; round++) {
      mkdirSync(inFolder('a', 'b'), { recursive: true });
      writeFileSync(inFolder('a', 'b', 'c.log'), failure(round));
      await tail.look();
      rmSync(inFolder('a'), { recursive: true });
      await tail.look();
    }
    assert.deepEqual(tail.keys, ['0', '1', '2']);
    assert.deepEqual(tail.log.lines, []);
  });

  it('L3: a root that is not there at the start, goes, and comes again', async () => {
    const root = inFolder('not', 'yet');
    const source = { root, files: LOGS, depth: 1, growth: 'append', format: 'x' } as const;
    const tail = await begin({ sources: [{ agent: testAgent, source }] });
    for (let round = 0; round < 3; round++) {
      mkdirSync(root, { recursive: true });
      writeFileSync(`${root}/a.log`, failure(round));
      await tail.look();
      rmSync(inFolder('not'), { recursive: true });
      await tail.look();
    }
    assert.deepEqual(tail.keys, ['0', '1', '2']);
    assert.deepEqual(tail.log.lines, []);
  });

  it('L4: a root that is a link is followed, and no deeper than 8 folders', async () => {
    mkdirSync(inFolder('real'));
    symlinkSync(inFolder('real'), inFolder('link'));
    const folders = Array.from({ length: 9 }, (_, i) => `${i}`);
    for (const depth of [8, 9]) {
      const folder = inFolder('real', ...folders.slice(0, depth));
      mkdirSync(folder, { recursive: true });
      writeFileSync(`${folder}/a.log`, failure(depth));
    }
    const source = {
      root: inFolder('link'),
      files: LOGS,
      depth: 20,
      growth: 'append',
      format: 'x',
    };
    const sources = [{ agent: testAgent, source: { ...source, growth: 'append' as const } }];
    const tail = await begin({ sources });
    assert.deepEqual(tail.keys, ['8']);
  });

  it('L5: pipes, sockets and devices are never opened', async function () {
    if (process.platform === 'win32') return this.skip();
    for (let i = 0; i < 5; i++) execFileSync('mkfifo', [inFolder(`pipe${i}.log`)]);
    symlinkSync('/dev/zero', inFolder('device.log'));
    const server = createServer().listen(inFolder('socket.log'));
    writeFileSync(inFolder('a.log'), failure(1));
    const opened: string[] = [];
    const files = new FaultyFiles(hintlessFiles);
    files.fault = ({ name, path }) => void (name === 'open' && opened.push(path));
    const tail = await begin({ files });
    await tail.look(300_000);
    server.close();
    assert.deepEqual(tail.keys, ['1']);
    assert.ok(opened.every(path => path === inFolder('a.log')));
  });

  it('L5: a pipe that took the place of a file hangs nothing', async function () {
    if (process.platform === 'win32') return this.skip();
    execFileSync('mkfifo', [inFolder('pipe.log')]);
    writeFileSync(inFolder('a.log'), failure(1));
    const file = await machineFiles.lstat(inFolder('a.log'));
    const files = new FaultyFiles({
      ...hintlessFiles,
      readdir: async path =>
        (await hintlessFiles.readdir(path)).map(it => ({ ...it, kind: 'file' })),
      lstat: async path => (path.endsWith('pipe.log') ? file : hintlessFiles.lstat(path)),
    });
    const tail = await begin({ files });
    assert.deepEqual(tail.keys, ['1']);
    assert.equal(files.openCount, 0);
  });

  it('L6: of 4 GB the last 64 MB are read, and what is added', async () => {
    const log = inFolder('a.log');
    writeFileSync(log, failure('first'));
    truncateSync(log, 4 * 1024 ** 3);
    appendFileSync(log, `\n${failure(1)}`);
    const tail = await begin();
    appendFileSync(log, failure(2));
    await tail.look();
    assert.deepEqual(tail.keys, ['1', '2']);
    assert.ok(tail.sink.batches.at(-1)!.signals[0]!.byteOffset > 4 * 1024 ** 3);
  });

  it('L7: a hit in a line of 6 MB, and in one that never ends', async () => {
    const records: LogRecord[] = [];
    const agent: Agent = {
      ...testAgent,
      createReader: () => ({
        read: record => (record.text.includes('429') && records.push(record), []),
        saveMemory: () => undefined,
      }),
    };
    const source = {
      root: inFolder(),
      files: LOGS,
      depth: 1,
      growth: 'append',
      format: 'x',
    } as const;
    const filler = 'x'.repeat(3_000_000);
    writeFileSync(inFolder('a.log'), `${filler} 429 a ${filler}\n`);
    writeFileSync(inFolder('b.log'), `${filler} 429 b ${filler}`);
    const tail = await begin({ sources: [{ agent, source }] });
    for (let i = 0; i < 5; i++) appendFileSync(inFolder('b.log'), filler);
    await tail.look();
    assert.deepEqual(
      records
        .map(({ text, isWhole }) => [/429 [ab]/.exec(text)?.[0], isWhole, text.length < 10_000])
        .sort(),
      [
        ['429 a', false, true],
        ['429 b', false, true],
      ],
    );
  });

  it('L9, L10: UTF-16 with a mark is read; compressed files and UTF-16 without one are not', async () => {
    for (const encoding of ['utf16le', 'utf16be'] as const) {
      const text = `\uFEFF${failure(encoding).replace('\n', '\r\n')}`;
      writeFileSync(inFolder(`${encoding}.log`), encodeText(text, encoding));
      writeFileSync(inFolder(`no-${encoding}.log`), encodeText(failure('no'), encoding));
    }
    writeFileSync(inFolder('gz.log'), gzipSync(failure('gz')));
    const tail = await begin();
    appendFileSync(inFolder('utf16le.log'), encodeText(failure('more 限'), 'utf16le'));
    await tail.look();
    assert.deepEqual(tail.keys.toSorted(), ['more 限', 'utf16be', 'utf16le']);
  });

  it('L14: of many folders, at most 1,024 are watched, and those in which something moves', async () => {
    const folders = Array.from({ length: MAX_WATCHES + 100 }, (_, i) => inFolder(`${i}`));
    for (const folder of folders) mkdirSync(folder);
    const watched = new Set<string>();
    const files = {
      ...hintlessFiles,
      watch: (path: string) => {
        watched.add(path);
        return { dispose: () => void watched.delete(path) };
      },
    };
    const tail = await begin({ files });
    assert.equal(watched.size, MAX_WATCHES);
    const unwatched = folders.filter(folder => !watched.has(folder)).slice(0, 3);
    for (const folder of unwatched) writeFileSync(`${folder}/a.log`, failure(basename(folder)));
    await tail.look();
    assert.deepEqual(tail.keys.toSorted(), unwatched.map(folder => basename(folder)).toSorted());
    assert.ok(unwatched.every(folder => watched.has(folder)));
    assert.equal(watched.size, MAX_WATCHES);
    tail.tailer.dispose();
    assert.equal(watched.size, 0);
  });

  it('L15: a hundred files and 80 MB, without loss and in fair turns', async () => {
    const log = inFolder('large.log');
    writeFileSync(log, failure('large'));
    const tail = await begin();
    const file = openSync(log, 'a');
    const piece = `${'{"text":"'.padEnd(1_000, 'x')}"}\n`.repeat(400);
    for (let i = 0; i < 200; i++) writeSync(file, piece + failure(`large ${i}`));
    closeSync(file);
    for (let i = 0; i < 100; i++) writeFileSync(inFolder(`${i}.log`), failure(i));
    await tail.look();
    assert.equal(new Set(tail.keys).size, 301);
    assert.equal(tail.keys.length, 301);
    const order = tail.keys.slice(1).map(key => key.startsWith('large'));
    assert.ok(order.indexOf(false) < order.lastIndexOf(true), 'the small ones did not wait');
    assert.ok(order.indexOf(true) < order.lastIndexOf(false), 'nor did the large one');
  });

  it('L16: one failure 10,000 times is one event, in batches that are bounded', async () => {
    writeFileSync(inFolder('a.log'), failure(1).repeat(10_000));
    const tail = await begin();
    assert.deepEqual(await tail.sink.stored(), ['1']);
    assert.equal(tail.keys.length, 10_000);
    const sizes = tail.sink.batches.map(({ signals }) => signals.length);
    assert.ok(Math.max(...sizes) <= 500, `${sizes}`);
  });

  it('names once what has a name that is no UTF-8, and does not list its folder again', async function () {
    const bad = Buffer.concat([
      Buffer.from(inFolder('b')),
      Buffer.from([0xff]),
      Buffer.from('.log'),
    ]);
    try {
      writeFileSync(bad, failure('bad'));
    } catch {
      // The system takes no such name.
      this.skip();
    }
    writeFileSync(inFolder('a.log'), failure('good'));
    let listCount = 0;
    const files: FileSystem = {
      ...machineFiles,
      watch: hintlessFiles.watch,
      readdir: path => (listCount++, machineFiles.readdir(path)),
    };
    const tail = await begin({ files });
    for (let i = 0; i < 3; i++) await tail.look();
    const settledCount = listCount;
    for (let i = 0; i < 5; i++) await tail.look();
    assert.equal(listCount, settledCount);
    assert.deepEqual(tail.keys, ['good']);
    assert.deepEqual(tail.log.lines, ['warn: b\uFFFD.log cannot be read: EILSEQ.']);
    assert.equal(tail.tailer.health.unreadableCount, 1);
    rmSync(bad);
    for (let i = 0; i < 2; i++) await tail.look();
    assert.equal(tail.tailer.health.unreadableCount, 0);
  });
});
