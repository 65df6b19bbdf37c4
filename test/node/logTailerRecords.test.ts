import assert from 'node:assert/strict';
import { appendFileSync, linkSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import type { Agent, LogSource, RecordReader } from '../../src/core/agents/agent.ts';
import { encodeText } from '../../src/node/fileKind.ts';
import { useFolder } from '../support/archiveFixture.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { failure, RecordingSink, TailFixture, testAgent } from '../support/tailFixture.ts';

const DAY_MS = 86_400_000;

/** So much at the end of a log that moves is read record by record. */
const RECENT_BYTES = 1024 * 1024;

function kindsOf({ sink }: TailFixture): string[] {
  const signals = sink.batches.flatMap(batch => batch.signals.map(({ signal }) => signal));
  return signals.map(({ kind, contentKey }) => `${kind} ${contentKey}`);
}

/** The test agent, with readers that do something more. */
function agentWith(
  wrap: (reader: RecordReader, memory: string | undefined) => RecordReader,
): Agent {
  return {
    ...testAgent,
    createReader: (file, memory) => wrap(testAgent.createReader(file, memory), memory),
  };
}

describe('LogTailer: records', () => {
  const inFolder = useFolder();
  let tail: TailFixture | undefined;
  const begin = async (options: ConstructorParameters<typeof TailFixture>[1] = {}) =>
    (tail = await new TailFixture(inFolder(), options).start());
  /** Reads the logs with this agent. */
  const by = (agent: Agent, fields: Partial<LogSource> = {}) => ({
    sources: [
      {
        agent,
        source: {
          ...({
            root: inFolder(),
            files: /\.log$/,
            depth: 0,
            growth: 'append',
            format: 'x',
          } as const),
          ...fields,
        },
      },
    ],
  });
  const age = (name: string, ms: number): void => {
    const time = new Date(Date.now() - ms);
    utimesSync(inFolder(name), time, time);
  };

  afterEach(() => tail?.tailer.dispose());

  it('reads every record of the last MB of what moves, also of a longer line', async () => {
    const start = (key: string, length: number): string =>
      `{"start":"${key}","filler":"${'x'.repeat(length)}"}\n`;
    const half = RECENT_BYTES / 2;
    const first = start('early', 0) + failure('early') + start('middle', half);
    writeFileSync(inFolder('a.log'), first + start('late', half) + start('last', half));
    writeFileSync(inFolder('b.log'), start('long', half) + start('rest', half + 1_000));
    const tail = await begin();
    assert.deepEqual(kindsOf(tail).toSorted(), [
      'requestFailed 429 early',
      'requestStarted last',
      'requestStarted late',
      'requestStarted long',
      'requestStarted rest',
    ]);
  });

  it('a scan of everything reads every record, however old, and the last line once', async () => {
    const line = (key: string): string => `{"start":"${key}"}\n`;
    const filler = `${'x'.repeat(RECENT_BYTES / 2)}\n`;
    const text = line('first') + filler + failure('a', 'y'.repeat(2_000)) + filler + line('last');
    writeFileSync(inFolder('a.log'), text.trimEnd());
    for (const everyRecord of ['always', 'recent'] as const) {
      for (const age of [0, DAY_MS / 2]) {
        const time = new Date(Date.now() - age);
        utimesSync(inFolder('a.log'), time, time);
        const reading = { everyRecord, isLastLineWhole: true };
        const tail = await begin({ reading });
        assert.deepEqual(kindsOf(tail), [
          ...(everyRecord === 'always' ? ['requestStarted first'] : []),
          'requestFailed 429 a',
          ...(everyRecord === 'always' || age === 0 ? ['requestStarted last'] : []),
        ]);
        tail.tailer.dispose();
      }
    }
  });

  it('a line that crosses the last MB is read whole', async () => {
    const text = failure('a', 'y'.repeat(3_000)) + `${'x'.repeat(RECENT_BYTES - 1_500)}\n`;
    writeFileSync(inFolder('a.log'), text);
    const tail = await begin({ reading: { isLastLineWhole: true } });
    assert.deepEqual(tail.keys, ['a']);
  });

  it('of a log that was there are bounded, of one that appears or replaces it not', async () => {
    const all = failure('first', 'x'.repeat(100)) + failure('last');
    writeFileSync(inFolder('a.log'), all);
    const tail = await begin({ reading: { maxBacklogBytes: 50 } });
    assert.deepEqual(tail.keys, ['last']);
    writeFileSync(inFolder('b.log'), all.replaceAll('"429', '"429 b'));
    await tail.look();
    assert.deepEqual(tail.keys, ['last', 'b first', 'b last']);
    writeFileSync(inFolder('tmp'), all.replaceAll('"429', '"429 c'));
    renameSync(inFolder('tmp'), inFolder('a.log'));
    await tail.look();
    assert.deepEqual(tail.keys.slice(3), ['c first', 'c last']);
  });

  it('a log whose records take long shares its time with the others', async () => {
    const clock = new FakeClock(Date.now());
    let readMs = 0;
    clock.monotonicMs = () => readMs;
    const agent = agentWith(reader => ({
      ...reader,
      read: record => ((readMs += 5), reader.read(record)),
    }));
    const keys = Array.from({ length: 30 }, (_, i) => i);
    for (const name of ['a', 'b'])
      writeFileSync(inFolder(`${name}.log`), keys.map(key => failure(`${name}${key}`)).join(''));
    const tail = await begin({ clock, ...by(agent) });
    const turns = tail.sink.batches.map(({ signals }) => signals.length);
    assert.deepEqual(turns, [10, 10, 10, 10, 10, 10], 'of 50 ms each');
    const names = tail.sink.batches.map(({ signals }) => signals[0]?.file);
    assert.notEqual(names[0], names[1]);
  });

  it('a record with an impossible time costs only that record', async () => {
    const agent = agentWith(reader => ({
      ...reader,
      read: record =>
        reader.read(record).map(it => (record.text.includes('bad') ? { ...it, at: 9e15 } : it)),
    }));
    writeFileSync(inFolder('a.log'), failure(1) + failure('bad') + failure(2));
    const tail = await begin(by(agent));
    assert.deepEqual(tail.keys, ['1', '2']);
    assert.deepEqual(tail.log.lines, []);
  });

  describe('of a JSON file that is rewritten', () => {
    const chat = (...keys: (string | number)[]): string =>
      JSON.stringify({ list: keys.map(key => ({ error: `429 ${key}` })), title: 'x' });
    const rewritten = { growth: 'rewrite' } as const;

    it('are read in turns of 500, and after a restart from there', async () => {
      const keys = Array.from({ length: 1_200 }, (_, i) => i);
      writeFileSync(inFolder('a.log'), chat(...keys));
      const sink = new RecordingSink();
      const commit = sink.commit.bind(sink);
      sink.commit = async batch => {
        await commit(batch);
        if (sink.batches.length === 1) tail!.tailer.dispose();
      };
      tail = new TailFixture(inFolder(), { sink, source: rewritten });
      tail.tailer.start();
      await tail.tailer.whenIdle();
      assert.equal(sink.keys.length, 500);
      await begin({ sink, source: rewritten });
      assert.deepEqual(sink.keys, keys.map(String));
      await tail.look();
      assert.equal(sink.keys.length, 1_200, 'it did not change');
    });

    it('are read once, whatever number of names it has', async () => {
      writeFileSync(inFolder('a.log'), chat(1));
      linkSync(inFolder('a.log'), inFolder('b.log'));
      const tail = await begin({ source: rewritten });
      for (let i = 0; i < 3; i++) await tail.look();
      assert.deepEqual(tail.keys, ['1']);
      rmSync(inFolder('a.log'));
      writeFileSync(inFolder('b.log'), chat(1, 2));
      for (let i = 0; i < 2; i++) await tail.look();
      assert.deepEqual(await tail.sink.stored(), ['1', '2']);
    });

    it('are not read in another encoding, and that is no fault', async () => {
      writeFileSync(inFolder('a.log'), encodeText(`\uFEFF${chat(1)}`, 'utf16le'));
      writeFileSync(inFolder('b.log'), chat(2));
      const tail = await begin({ source: rewritten });
      assert.deepEqual([tail.keys, tail.log.lines], [['2'], []]);
    });

    it('are new once the file was read, though they are where old ones were', async () => {
      const old = Array.from({ length: 20 }, (_, i) => `old ${i}`);
      writeFileSync(inFolder('a.log'), chat(...old));
      age('a.log', 3_600_000);
      const tail = await begin({ source: rewritten });
      writeFileSync(inFolder('a.log'), chat('new'));
      await tail.look();
      const last = tail.sink.batches.at(-1)!.signals;
      assert.deepEqual(
        last.map(({ signal, isBacklog }) => [signal.contentKey, isBacklog]),
        [['429 new', undefined]],
      );
    });
  });

  it('of a log that is written while it starts are new by their own time', async () => {
    const clock = new FakeClock(Date.now());
    const startedAt = clock.now();
    const agent = agentWith(reader => ({
      ...reader,
      read: record =>
        reader.read(record).map(it => ({
          ...it,
          at: startedAt + Number(/429 (-?\d+)/.exec(record.text)?.[1]),
        })),
    }));
    const tail = new TailFixture(inFolder(), { clock, ...by(agent) });
    const lines = failure(-1) + failure(0) + failure(1);
    for (const [name, ms] of Object.entries({ 'now.log': 0, 'before.log': -22, 'tick.log': -19 })) {
      writeFileSync(inFolder(name), lines);
      const time = new Date(startedAt + ms);
      utimesSync(inFolder(name), time, time);
    }
    await tail.start();
    const ages = tail.sink.batches.flatMap(({ signals }) =>
      signals.map(({ file, isBacklog, signal }) => [
        file,
        signal.at - startedAt,
        isBacklog ? 'old' : 'new',
      ]),
    );
    const expected = (name: string, ...[before, at, after]: string[]) => [
      [name, -1, before],
      [name, 0, at],
      [name, 1, after],
    ];
    assert.deepEqual(ages, [
      ...expected('now.log', 'old', 'new', 'new'),
      ...expected('tick.log', 'old', 'new', 'new'),
      ...expected('before.log', 'old', 'old', 'old'),
    ]);
    tail.tailer.dispose();
  });

  it('of an old log that is copied here are not read until it changes, and are old then', async () => {
    const tail = await begin();
    writeFileSync(inFolder('tmp'), failure('old'));
    age('tmp', 3 * DAY_MS);
    renameSync(inFolder('tmp'), inFolder('a.log'));
    for (let i = 0; i < 12; i++) await tail.look();
    assert.deepEqual(tail.keys, []);
    appendFileSync(inFolder('a.log'), failure('new'));
    for (let i = 0; i < 12; i++) await tail.look();
    const ages = tail.sink.batches.flatMap(({ signals }) =>
      signals.map(({ signal, isBacklog }) => [signal.contentKey, isBacklog]),
    );
    assert.deepEqual(ages, [
      ['429 old', true],
      ['429 new', undefined],
    ]);
  });
});
