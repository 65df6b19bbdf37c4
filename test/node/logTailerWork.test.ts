import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FileSystem, machineFiles } from '../../src/node/fileSystem.ts';
import { readLogsOnce } from '../../src/node/logTailer.ts';
import { useFolder } from '../support/archiveFixture.ts';
import { settled } from '../support/fakeClock.ts';
import { type FileCall, FaultyFiles } from '../support/faultyFiles.ts';
import {
  failure,
  hintableFiles,
  hintlessFiles,
  TailFixture,
  testAgent,
} from '../support/tailFixture.ts';

const DAY_MS = 86_400_000;

/** A file system that keeps which calls were made, as `name path`, below a folder. */
function recorded(files: FileSystem, root: string): { files: FaultyFiles; calls: string[] } {
  const calls: string[] = [];
  const all = new FaultyFiles(files);
  all.fault = ({ name, path }: FileCall) =>
    void calls.push(`${name} ${path.slice(root.length + 1).replaceAll('\\', '/')}`);
  return { files: all, calls };
}

describe('LogTailer: the work it does', () => {
  const inFolder = useFolder();
  let tail: TailFixture | undefined;
  const begin = async (options: ConstructorParameters<typeof TailFixture>[1] = {}) =>
    (tail = await new TailFixture(inFolder(), options).start());
  const age = (name: string, ms: number): void => {
    const time = new Date(Date.now() - ms);
    utimesSync(inFolder(name), time, time);
  };

  afterEach(() => tail?.tailer.dispose());

  it('a quiet log is opened twice at most, and one older than a day not even looked at', async () => {
    for (const name of ['quiet.log', 'old.log']) writeFileSync(inFolder(name), failure(name));
    age('old.log', 2 * DAY_MS);
    const { files, calls } = recorded({ ...machineFiles, watch: hintlessFiles.watch }, inFolder());
    const tail = await begin({ files });
    for (let i = 0; i < 2; i++) await tail.look();
    assert.ok(calls.filter(call => call === 'open quiet.log').length <= 2);
    calls.length = 0;
    for (let i = 0; i < 5; i++) await tail.look();
    assert.deepEqual([...new Set(calls)].sort(), ['lstat quiet.log', 'stat ']);
    assert.deepEqual(tail.keys, ['quiet.log']);
    // The full check of every five minutes looks at all, and reads what changed.
    for (let i = 0; i < 10; i++) await tail.look();
    assert.ok(calls.includes('lstat old.log') && !calls.includes('open old.log'));
  });

  it('a file that is no log is never looked at', async () => {
    mkdirSync(inFolder('sub'));
    for (const name of ['a.log', 'notes.txt', join('sub', 'b.txt')])
      writeFileSync(inFolder(name), failure(name));
    const { files, calls } = recorded(hintlessFiles, inFolder());
    const tail = await begin({ files });
    await tail.look(300_000);
    assert.deepEqual(
      calls.filter(call => call.includes('.txt')),
      [],
    );
  });

  it('a line that is appended lists no folder: the log was not renamed', async () => {
    writeFileSync(inFolder('a.log'), failure(1));
    const { files: hinted, hint } = hintableFiles();
    const { files, calls } = recorded(hinted, inFolder());
    const tail = await begin({ files });
    for (let i = 0; i < 3; i++) await tail.look();
    calls.length = 0;
    appendFileSync(inFolder('a.log'), failure(2));
    hint(inFolder('a.log'));
    await tail.look(20);
    assert.deepEqual(tail.keys, ['1', '2']);
    // The turn's own look before it opens the file.
    assert.deepEqual(calls.slice(0, 2), ['lstat a.log', 'open a.log']);
    assert.equal(calls.filter(call => call.startsWith('lstat')).length, 1);
    assert.ok(!calls.includes('readdir '));
  });

  it('a log that was hinted, or is new, is read before those that wait', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `${i}.log`);
    const { files, hint } = hintableFiles();
    const tail = await begin({ files });
    for (const name of names) writeFileSync(inFolder(name), failure(name));
    await tail.look();
    for (const name of names) appendFileSync(inFolder(name), failure(`more ${name}`));
    for (const [i, round] of ['hinted', 'new'].entries()) {
      for (const name of names) appendFileSync(inFolder(name), failure(`${round} ${name}`));
      const urgent = round === 'new' ? 'urgent.log' : '29.log';
      appendFileSync(inFolder(urgent), failure(`urgent ${i}`));
      const before = tail.keys.length;
      hint(inFolder(urgent));
      await tail.look();
      const order = tail.keys.slice(before);
      const place = order.indexOf(`urgent ${i}`);
      assert.ok(place >= 0 && place <= 5, `${round}: ${place} of ${order.length}`);
    }
  });

  it('a check that takes long is not made again meanwhile', async () => {
    writeFileSync(inFolder('a.log'), failure(1));
    let lookCount = 0;
    let hold: ((release: () => void) => void) | undefined;
    const files: FileSystem = {
      ...hintlessFiles,
      stat: async path => {
        lookCount++;
        if (hold) await new Promise<void>(hold);
        return hintlessFiles.stat(path);
      },
    };
    tail = new TailFixture(inFolder(), { files });
    for (const round of ['the first search', 'a check']) {
      lookCount = 0;
      const hanging = new Promise<() => void>(resolve => (hold = resolve));
      if (round === 'a check') await tail.clock.advance(30_000);
      else tail.tailer.start();
      const release = await hanging;
      for (let i = 0; i < 10; i++) await tail.clock.advance(30_000);
      assert.equal(lookCount, 1, `${round} hangs`);
      hold = undefined;
      release();
      await tail.tailer.whenIdle();
      assert.ok(lookCount <= 4, `${round}: ${lookCount}`);
    }
    assert.deepEqual(tail.keys, ['1']);
  });

  it('a reader is kept for ten minutes after a change, then made again from its memory', async () => {
    let readerCount = 0;
    const agent: typeof testAgent = {
      ...testAgent,
      createReader: (...args) => (readerCount++, testAgent.createReader(...args)),
    };
    const source = { root: inFolder(), files: /log$/, depth: 0, growth: 'append', format: 'x' };
    const sources = [{ agent, source: { ...source, growth: 'append' as const } }];
    writeFileSync(inFolder('a.log'), `{"session":"mine"}\n${failure(1)}`);
    const tail = await begin({ sources });
    for (const [minutes, count] of [
      [9, 1],
      [11, 2],
    ] as const) {
      for (let i = 0; i < 2 * minutes; i++) await tail.look();
      appendFileSync(inFolder('a.log'), failure(minutes));
      const now = new Date(tail.clock.now());
      utimesSync(inFolder('a.log'), now, now);
      await tail.look();
      assert.equal(readerCount, count, `${minutes} minutes`);
    }
    const sessions = tail.sink.batches.flatMap(({ signals }) => signals.map(it => it.signal));
    assert.deepEqual([...new Set(sessions.map(({ session }) => session))], ['mine']);
  });

  it('no change is counted as missed where the logs are still, new, or not watched', async () => {
    mkdirSync(inFolder('unwatched'));
    for (const name of ['a.log', 'b.log']) writeFileSync(inFolder(name), failure(name));
    const { files, hint } = hintableFiles();
    const watch: FileSystem['watch'] = (path, listener) => {
      if (path === inFolder('unwatched')) throw Object.assign(new Error(), { code: 'ENOENT' });
      return files.watch(path, listener);
    };
    const tail = await begin({ files: { ...files, watch } });
    for (let i = 0; i < 3; i++) await tail.look();
    for (const name of ['c.log', 'd.log']) {
      writeFileSync(inFolder(name), failure(name));
      hint(inFolder(name));
    }
    for (let i = 0; i < 4; i++) {
      appendFileSync(inFolder('unwatched', 'e.log'), failure(`e${i}`));
      await tail.look();
    }
    assert.deepEqual([tail.tailer.health.polledRoots, tail.log.lines], [[], []]);
    assert.equal(tail.keys.length, 8);
  });

  it('once it polls, it gives its watches back', async () => {
    writeFileSync(inFolder('a.log'), failure(0));
    const { files, watches } = hintableFiles();
    const tail = await begin({ files });
    assert.equal(watches.size, 1);
    for (let i = 1; i <= 3; i++) {
      appendFileSync(inFolder('a.log'), failure(i));
      await tail.look();
      await tail.look();
    }
    assert.deepEqual(tail.tailer.health.polledRoots, [inFolder()]);
    assert.equal(watches.size, 0);
  });

  it('a hint of a name that is gone is no fault', async () => {
    writeFileSync(inFolder('a.log'), failure(1));
    const { files, hint } = hintableFiles();
    const tail = await begin({ files });
    hint(inFolder('tmp123.log'));
    await tail.look(20);
    assert.deepEqual([tail.keys, tail.log.lines], [['1'], []]);
  });

  it('a defect in one check is logged, and the next check is made', async () => {
    writeFileSync(inFolder('a.log'), failure(1));
    const tail = await begin();
    appendFileSync(inFolder('a.log'), failure(2));
    const now = tail.clock.now.bind(tail.clock);
    tail.clock.now = () => {
      tail.clock.now = now;
      throw new TypeError('defect');
    };
    await tail.look();
    assert.deepEqual(tail.keys, ['1']);
    assert.match(tail.log.lines.join('\n'), /^error: The log folders could not be searched: Type/);
    await tail.look();
    assert.deepEqual(tail.keys, ['1', '2']);
  });

  describe('after it was stopped', () => {
    it('no timer, watch or retry is left, and checkpoints are stored once', async () => {
      for (const name of ['a.log', 'b.log', 'gone.log']) writeFileSync(inFolder(name), `${name}\n`);
      const { files: hinted, watches } = hintableFiles();
      const files = new FaultyFiles(hinted);
      files.fault = ({ name, path }) =>
        name === 'open' && !path.endsWith('a.log') ? 'EACCES' : undefined;
      const tail = await begin({ files });
      assert.equal(tail.clock.timerCount, 3, 'the check and two retries');
      rmSync(inFolder('gone.log'));
      await tail.look(30_000);
      assert.equal(tail.clock.timerCount, 2, 'what is gone is not tried again');
      tail.tailer.dispose();
      tail.tailer.dispose();
      await settled();
      assert.deepEqual([tail.clock.timerCount, watches.size], [0, 0]);
      assert.equal(tail.sink.batches.length, 1);
    });

    for (const [when, name] of [
      ['while the folders are searched', 'lstat'],
      ['while logs wait to be read', 'read'],
    ] as const)
      it(`nothing more is opened: stopped ${when}`, async () => {
        for (let i = 0; i < 40; i++) writeFileSync(inFolder(`${i}.log`), failure(i));
        const files = new FaultyFiles(hintlessFiles);
        let openCount = 0;
        let isStopped = false;
        files.fault = call => {
          if (call.name === 'open') openCount++;
          if (call.name === name && call.path.endsWith('7.log') && !isStopped) {
            isStopped = true;
            openCount = 0;
            tail!.tailer.dispose();
          }
          return undefined;
        };
        tail = new TailFixture(inFolder(), { files });
        tail.tailer.start();
        await tail.tailer.whenIdle();
        assert.ok(isStopped);
        assert.equal(openCount, 0);
        assert.equal(tail.clock.timerCount, 0);
        assert.ok(tail.keys.length < 40);
      });

    it('before the checkpoints were read, no file is touched', async () => {
      writeFileSync(inFolder('a.log'), failure(1));
      const files = new FaultyFiles(hintlessFiles);
      tail = new TailFixture(inFolder(), { files });
      tail.tailer.start();
      tail.tailer.dispose();
      await tail.tailer.whenIdle();
      assert.equal(files.callCount, 0);
    });

    it('a scan that has ended keeps no process awake', async () => {
      writeFileSync(inFolder('a.log'), failure(1));
      const { clock, log, sink } = new TailFixture(inFolder());
      const source = { root: inFolder(), files: /log$/, depth: 0, growth: 'append', format: 'x' };
      const sources = [{ agent: testAgent, source: { ...source, growth: 'append' as const } }];
      await readLogsOnce({ sources, clock, log, sink, home: inFolder() });
      assert.deepEqual(sink.keys, ['1']);
      assert.equal(clock.timerCount, 0);
    });
  });
});
