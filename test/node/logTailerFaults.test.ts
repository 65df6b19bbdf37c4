import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { machineFiles } from '../../src/node/fileSystem.ts';
import { useFolder } from '../support/archiveFixture.ts';
import { FaultyFiles } from '../support/faultyFiles.ts';
import {
  failure,
  hintlessFiles,
  RecordingSink,
  TailFixture,
  testAgent,
} from '../support/tailFixture.ts';

const CODES = ['ENOENT', 'EIO', 'EACCES', 'ENOSPC', 'EMFILE', 'EBUSY', 'EPERM'];

const isThorough = process.env.KIMI_QUOTA_THOROUGH === '1';

describe('LogTailer, when calls of the file system fail', () => {
  const inFolder = useFolder();
  let runCount = 0;

  /** A life in which every kind of call is made: start, append, a new file in a new folder. */
  async function live(
    fault: FaultyFiles['fault'],
  ): Promise<{ files: FaultyFiles; stored: string[]; log: string[] }> {
    const root = inFolder(`${runCount++}`);
    const write = (name: string, key: number): void => {
      mkdirSync(dirname(inFolder(root, name)), { recursive: true });
      appendFileSync(inFolder(root, name), failure(key));
    };
    const files = new FaultyFiles(hintlessFiles);
    files.fault = fault;
    const tail = new TailFixture(inFolder(root), { files });
    write('a.log', 1);
    write('sub/b.log', 2);
    await tail.start();
    write('a.log', 3);
    write('new/folder/c.log', 4);
    await tail.look();
    files.fault = () => undefined;
    write('a.log', 5);
    await tail.look();
    await tail.look();
    const stored = await tail.sink.stored();
    tail.tailer.dispose();
    assert.equal(files.openCount, 0);
    assert.equal(tail.clock.timerCount, 0);
    return { files, stored, log: tail.log.lines };
  }

  for (const [i, code] of CODES.entries())
    it(`L11, L12: recovers within two looks when the n-th call fails with ${code}`, async () => {
      const { files } = await live(() => undefined);
      // Those but the first two take the same ways: each n has one of them, or all if asked for.
      const [first, step] = isThorough || i < 2 ? [0, 1] : [i - 2, CODES.length - 2];
      for (let n = first; n < files.callCount; n += step) {
        let failed = '';
        const { stored, log } = await live(({ index, name, path }) => {
          if (index !== n) return undefined;
          failed = `${name} of ${path}`;
          return code;
        });
        assert.deepEqual(stored, ['1', '2', '3', '4', '5'], failed);
        assert.ok(!log.some(line => line.startsWith('error')), log.join('\n'));
        assert.ok(log.length <= 2, log.join('\n'));
      }
    });

  it('L11: a file that cannot be read delays no other, and is tried again up to every 10 min', async () => {
    const files = new FaultyFiles(hintlessFiles);
    const bad = inFolder('bad.log');
    let tries = 0;
    files.fault = ({ name, path }) =>
      name === 'open' && path === bad && ++tries ? 'EACCES' : undefined;
    for (const name of ['bad.log', 'good.log']) writeFileSync(inFolder(name), failure(name));
    const tail = await new TailFixture(inFolder(), { files }).start();
    assert.deepEqual(tail.keys, ['good.log']);
    assert.equal(tail.tailer.health.unreadableCount, 1);
    assert.deepEqual(
      tail.tailer.folders.map(({ fileCount, unreadable }) => ({ fileCount, unreadable })),
      [{ fileCount: 2, unreadable: { EACCES: 1 } }],
    );
    for (let minute = 0; minute < 120; minute++) {
      appendFileSync(inFolder('good.log'), failure(minute));
      await tail.look(60_000);
    }
    assert.equal(tail.keys.length, 121);
    assert.ok(tries >= 20 && tries <= 22, `${tries} tries in two hours`);
    assert.deepEqual(
      tail.log.lines.filter(line => line.includes('bad')),
      ['warn: bad.log cannot be read: EACCES.'],
    );
    files.fault = () => undefined;
    await tail.look(600_000);
    assert.ok(tail.keys.includes('bad.log'));
    assert.equal(tail.tailer.health.unreadableCount, 0);
    tail.tailer.dispose();
  });

  for (const code of ['ENOSPC', 'EMFILE', 'ESOMETHING'])
    it(`L13: without watches (${code}), polls every 2 s and logs it once`, async () => {
      const files = new FaultyFiles(hintlessFiles);
      files.fault = ({ name }) => (name === 'watch' ? code : undefined);
      for (const name of ['a', 'b', 'c']) mkdirSync(inFolder(name));
      writeFileSync(inFolder('a', 'a.log'), failure(1));
      const tail = await new TailFixture(inFolder(), { files }).start();
      assert.deepEqual(tail.tailer.health.polledRoots, [inFolder()]);
      appendFileSync(inFolder('a', 'a.log'), failure(2));
      await tail.look(2_000);
      appendFileSync(inFolder('a', 'a.log'), failure(3));
      await tail.look(2_000);
      assert.deepEqual(tail.keys, ['1', '2', '3']);
      await tail.look(600_000);
      assert.equal(tail.log.lines.length, 1);
      assert.match(tail.log.lines[0]!, new RegExp(`cannot be watched \\(${code}\\)`));
      tail.tailer.dispose();
      assert.equal(tail.clock.timerCount, 0);
    });

  it('L13: two changes without a hint, and hints are not relied on any more', async () => {
    writeFileSync(inFolder('a.log'), failure(1));
    const tail = await new TailFixture(inFolder(), { files: hintlessFiles }).start();
    for (const key of [2, 3]) {
      appendFileSync(inFolder('a.log'), failure(key));
      await tail.look();
      assert.deepEqual(tail.tailer.health.polledRoots, []);
      await tail.look();
    }
    assert.deepEqual(tail.tailer.health.polledRoots, [inFolder()]);
    appendFileSync(inFolder('a.log'), failure(4));
    await tail.look(2_000);
    assert.deepEqual(tail.keys, ['1', '2', '3', '4']);
    tail.tailer.dispose();
  });

  it('L12: opens at most 8 files in parallel, and closes all', async () => {
    const files = new FaultyFiles(machineFiles);
    const roots = Array.from({ length: 12 }, (_, i) => inFolder(`root${i}`));
    for (const [n, root] of roots.entries()) {
      mkdirSync(root);
      for (let i = 0; i < 5; i++) writeFileSync(`${root}/${i}.log`, failure(`${n} ${i}`));
    }
    const sources = roots.map(root => ({
      agent: testAgent,
      source: { root, files: /log$/, depth: 0, growth: 'append', format: 'x' } as const,
    }));
    const tail = await new TailFixture(inFolder(), { files, sources }).start();
    assert.equal(tail.keys.length, 60);
    assert.ok(files.mostOpen > 1 && files.mostOpen <= 8, `${files.mostOpen}`);
    assert.equal(files.openCount, 0);
    tail.tailer.dispose();
  });

  it('a root that hangs delays no other', async () => {
    const hanging = inFolder('hanging');
    for (const folder of [hanging, inFolder('good')]) {
      mkdirSync(folder);
      writeFileSync(`${folder}/a.log`, failure(folder === hanging ? 'hanging' : 'good'));
    }
    const sources = [hanging, inFolder('good')].map(root => ({
      agent: testAgent,
      source: { root, files: /log$/, depth: 0, growth: 'append', format: 'x' } as const,
    }));
    const files = {
      ...hintlessFiles,
      stat: (path: string) =>
        path === hanging ? new Promise<never>(() => undefined) : hintlessFiles.stat(path),
    };
    const tail = new TailFixture(inFolder(), { files, sources });
    tail.tailer.start();
    await tail.sink.whenCommitted(1);
    assert.deepEqual(tail.keys, ['good']);
    tail.tailer.dispose();
  });

  it('reads again what the sink did not take', async () => {
    class RefusingSink extends RecordingSink {
      refusals = 2;
      override async commit(batch: Parameters<RecordingSink['commit']>[0]): Promise<void> {
        if (this.refusals-- > 0) throw new Error('refused');
        await super.commit(batch);
      }
    }
    writeFileSync(inFolder('a.log'), `{"session":"mine"}\n${failure(1)}`);
    const sink = new RefusingSink();
    const tail = await new TailFixture(inFolder(), { sink }).start();
    assert.deepEqual(tail.keys, []);
    await tail.look();
    await tail.look();
    assert.deepEqual(tail.keys, ['1']);
    assert.equal(sink.batches.at(-1)?.signals[0]?.signal.session, 'mine');
    tail.tailer.dispose();
  });

  it('a defect of a reader costs only its record, and is logged once', async () => {
    const agent: typeof testAgent = {
      ...testAgent,
      createReader: (...args) => {
        const reader = testAgent.createReader(...args);
        return {
          ...reader,
          read: record => {
            if (record.text.includes('bad')) throw new Error('defect');
            return reader.read(record);
          },
        };
      },
    };
    writeFileSync(inFolder('a.log'), ['bad1', 'bad2', 'good'].map(key => failure(key)).join(''));
    const source = { root: inFolder(), files: /log$/, depth: 0, growth: 'append', format: 'x' };
    const sources = [{ agent, source: source as typeof source & { growth: 'append' } }];
    const tail = await new TailFixture(inFolder(), { sources }).start();
    assert.deepEqual(tail.keys, ['good']);
    assert.equal(tail.log.lines.length, 1);
    assert.match(tail.log.lines[0]!, /^error: A record of a\.log: Error at \w+\.test\.ts:\d+:\d+$/);
    tail.tailer.dispose();
  });
});
