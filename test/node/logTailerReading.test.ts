import assert from 'node:assert/strict';
import { appendFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { useFolder } from '../support/archiveFixture.ts';
import { failure, RecordingSink, TailFixture } from '../support/tailFixture.ts';

const DAY_MS = 86_400_000;

describe('LogTailer: what it reads, and in which order', () => {
  const inFolder = useFolder();
  let tail: TailFixture | undefined;
  const begin = async (options: ConstructorParameters<typeof TailFixture>[1] = {}) =>
    (tail = await new TailFixture(inFolder(), options).start());

  afterEach(() => tail?.tailer.dispose());

  it('reads first what is newest, and at the start nothing older than a day', async () => {
    for (const [name, ageMs] of Object.entries({
      old: 2 * DAY_MS,
      a: 3_600_000,
      b: 60_000,
      c: 0,
    })) {
      writeFileSync(inFolder(`${name}.log`), failure(name));
      const time = new Date(Date.now() - ageMs);
      utimesSync(inFolder(`${name}.log`), time, time);
    }
    const tail = await begin();
    for (let i = 0; i < 20; i++) await tail.look();
    assert.deepEqual(tail.keys, ['c', 'b', 'a']);
    appendFileSync(inFolder('old.log'), failure('old, moved'));
    for (let i = 0; i < 10; i++) await tail.look();
    assert.deepEqual(tail.keys, ['c', 'b', 'a', 'old', 'old, moved']);
  });

  it('continues at the checkpoint after more than a day', async () => {
    const sink = new RecordingSink();
    const log = inFolder('a.log');
    writeFileSync(log, failure(1));
    const tail = await begin({ sink });
    tail.clock.setNow(Date.now() - 4 * DAY_MS);
    await tail.look();
    appendFileSync(log, failure(2));
    await tail.look();
    tail.tailer.dispose();
    appendFileSync(log, failure(3));
    const time = new Date(Date.now() - 3 * DAY_MS);
    utimesSync(log, time, time);
    await begin({ sink });
    assert.deepEqual(sink.keys, ['1', '2', '3']);
  });

  it('reads every record of what moves, and of the rest those with an anchor', async () => {
    const old = `${'{"start":"old"}\n'}${failure('old')}`;
    for (const name of ['old', 'new'])
      writeFileSync(inFolder(`${name}.log`), old.replaceAll('old', name));
    const hourAgo = new Date(Date.now() - 3_600_000);
    utimesSync(inFolder('old.log'), hourAgo, hourAgo);
    const tail = await begin();
    const kinds = tail.sink.batches.flatMap(({ signals }) =>
      signals.map(({ signal }) => `${signal.kind} ${signal.contentKey}`),
    );
    assert.deepEqual(kinds, [
      'requestStarted new',
      'requestFailed 429 new',
      'requestFailed 429 old',
    ]);
  });

  it('S5: a JSON file that is rewritten is read whole each time, and reported once', async () => {
    const source = { growth: 'rewrite', files: /json$/ } as const;
    const write = (...keys: number[]): void => {
      const messages = keys.map(key => JSON.parse(failure(key)));
      writeFileSync(inFolder('tmp'), JSON.stringify({ title: 'x', messages }, null, 1));
      renameSync(inFolder('tmp'), inFolder('chat.json'));
    };
    write(1);
    const tail = await begin({ source });
    write(1, 2);
    await tail.look();
    write(1, 2, 3);
    await tail.look();
    await tail.look();
    assert.deepEqual(tail.keys, ['1', '1', '2', '1', '2', '3']);
    assert.deepEqual(await tail.sink.stored(), ['1', '2', '3']);
    tail.tailer.dispose();
    await begin({ source, sink: tail.sink });
    assert.equal(tail.keys.length, 6, 'it did not change meanwhile');
  });

  describe('what was there when it began', () => {
    const fresh = (): string[] =>
      tail!.sink.batches.flatMap(({ signals }) =>
        signals.filter(it => !it.isBacklog).map(({ signal }) => signal.contentKey.slice(4)),
      );
    const old = (name: string, ageMs = DAY_MS / 2): void => {
      const time = new Date(Date.now() - ageMs);
      utimesSync(inFolder(name), time, time);
    };
    const chat = (...keys: string[]): string =>
      JSON.stringify({ list: keys.map(key => ({ error: `429 ${key}` })), title: 'x' });

    it('is the part before the end of each log, read now or later', async () => {
      for (const name of ['a.log', 'b.log']) writeFileSync(inFolder(name), failure(`${name} old`));
      old('a.log');
      old('b.log', 3 * DAY_MS);
      await begin();
      for (const name of ['a.log', 'b.log']) appendFileSync(inFolder(name), failure(`${name} new`));
      writeFileSync(inFolder('c.log'), failure('c.log new'));
      for (let i = 0; i < 10; i++) await tail!.look();
      assert.deepEqual(fresh().sort(), ['a.log new', 'b.log new', 'c.log new']);
      assert.equal(tail!.keys.length, 5);
    });

    it('is nothing of a log that appears later, though a clock was set back', async () => {
      await begin();
      writeFileSync(inFolder('a.log'), failure('new'));
      old('a.log', 3_600_000);
      await tail!.look();
      assert.deepEqual(fresh(), ['new']);
    });

    it('is nothing of what took its place', async () => {
      writeFileSync(inFolder('a.log'), failure('a long line of old') + failure('old'));
      old('a.log');
      await begin();
      renameSync(inFolder('a.log'), inFolder('a.log.1'));
      writeFileSync(inFolder('a.log'), failure('new'));
      await tail!.look();
      writeFileSync(inFolder('a.log'), failure('2'));
      await tail!.look();
      assert.deepEqual(fresh(), ['new', '2']);
    });

    it('is what a rewritten file held, which was read at the start or not', async () => {
      for (const name of ['a.log', 'b.log']) writeFileSync(inFolder(name), chat('1', '2'));
      old('a.log');
      old('b.log', 3 * DAY_MS);
      await begin({ source: { growth: 'rewrite' } });
      for (const name of ['a.log', 'b.log'])
        writeFileSync(inFolder(name), chat('1', '2', `${name} new`));
      for (let i = 0; i < 10; i++) await tail!.look();
      assert.ok(
        ['a.log new', 'b.log new'].every(key => fresh().includes(key)),
        `${fresh()}`,
      );
      assert.equal(tail!.keys.filter(key => key === '1').length, 3);
    });
  });
});
