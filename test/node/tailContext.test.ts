import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { redactId } from '../../src/core/base/redact.ts';
import { machineFiles } from '../../src/node/fileSystem.ts';
import { TailContext } from '../../src/node/tailContext.ts';
import { FakeClock, settled } from '../support/fakeClock.ts';
import { FakeLog } from '../support/fakeLog.ts';
import { checkpoint, failed } from '../support/tailBatches.ts';
import { RecordingSink } from '../support/tailFixture.ts';

const [EVERY_MS, MOST] = [10_000, 200];

describe('TailContext: how often a checkpoint is stored', () => {
  let clock: FakeClock;
  let sink: RecordingSink;
  let context: TailContext;
  const storedRows = () => sink.batches.map(({ checkpoints }) => checkpoints.length);

  beforeEach(() => {
    clock = new FakeClock();
    sink = new RecordingSink();
    context = new TailContext({
      files: machineFiles,
      clock,
      log: new FakeLog(),
      sink,
      reading: { maxBacklogBytes: 1, everyRecord: 'recent', isLastLineWhole: false },
      home: '/',
    });
  });

  it('once in 10 s, whatever number of appends', async () => {
    for (let n = 0; n < 100; n++) await context.commit([], checkpoint('a', { byteOffset: n }));
    assert.deepEqual(storedRows(), []);
    await clock.advance(EVERY_MS - 1);
    await context.commit([], checkpoint('b'));
    assert.deepEqual(storedRows(), []);
    await clock.advance(1);
    await context.commit([], checkpoint('a', { byteOffset: 100 }));
    assert.deepEqual(storedRows(), [2]);
    await context.commit([], checkpoint('a', { byteOffset: 101 }));
    assert.deepEqual(storedRows(), [2]);
    const stored = await sink.archive.readCheckpoints();
    assert.deepEqual(
      new Set(stored),
      new Set([checkpoint('a', { byteOffset: 100 }), checkpoint('b')]),
    );
  });

  it('with a failure, together with what waits', async () => {
    await context.commit([], checkpoint('a'));
    await context.commit([failed('1')], checkpoint('b'));
    assert.deepEqual(storedRows(), [2]);
  });

  it('not with what is no failure', async () => {
    const { signal, ...where } = failed('1');
    await context.commit(
      [{ ...where, signal: { ...signal, kind: 'requestStarted' } }],
      checkpoint('a'),
    );
    assert.deepEqual(storedRows(), [0]);
  });

  it('when too many wait, and when it is asked for', async () => {
    for (let n = 0; n <= MOST; n++) await context.commit([], checkpoint(`${n}`));
    assert.deepEqual(storedRows(), [MOST + 1]);
    await context.commit([], checkpoint('a'));
    await context.storeCheckpoints();
    await context.storeCheckpoints();
    assert.deepEqual(storedRows(), [MOST + 1, 1]);
  });
});

describe('TailContext', () => {
  const HOME = resolve('/h/me');
  let clock: FakeClock;
  const contextWith = (reading: object = {}, sink = new RecordingSink()): TailContext =>
    new TailContext({
      files: machineFiles,
      clock,
      log: new FakeLog(),
      sink,
      reading: { maxBacklogBytes: 1, everyRecord: 'recent', isLastLineWhole: false, ...reading },
      home: HOME,
    });

  beforeEach(() => (clock = new FakeClock()));

  const outside = resolve('/srv/a.log').replaceAll('\\', '/');
  const names: [path: string, name: string][] = [
    [join(HOME, '.kimi', 'a.log'), '.kimi/a.log'],
    [join(HOME, '..', 'other', 'a.log'), resolve('/h/other/a.log').replaceAll('\\', '/')],
    [resolve('/srv/a.log'), outside],
    [HOME, HOME.replaceAll('\\', '/')],
  ];
  for (const [path, name] of names)
    it(`names ${path} ${name}`, () => {
      assert.equal(contextWith().nameOf(path), redactId(name));
    });

  it('restores checkpoints, with the time of the newest', async () => {
    const sink = new RecordingSink();
    assert.equal(await contextWith({}, sink).readCheckpoints(), undefined);
    const rows = [30, 10, 20].map(seconds =>
      checkpoint(`${seconds}`, { seenAt: clock.now() + seconds * 1_000 }),
    );
    sink.readCheckpoints = async () => rows;
    const context = contextWith({}, sink);
    assert.equal(await context.readCheckpoints(), clock.now() + 30_000);
    assert.equal(context.checkpointOf('10'), rows[1]);
    assert.equal(context.checkpointOf('40'), undefined);
  });

  it('reads four files in parallel', async () => {
    const { withHandle } = contextWith();
    let [open, most] = [0, 0];
    const read = async (): Promise<void> => {
      most = Math.max(most, ++open);
      await settled();
      open--;
    };
    await Promise.all(Array.from({ length: 9 }, () => withHandle(read)));
    assert.equal(most, 4);
  });

  it('with a share of a core reads one file, and rests as long as the share demands', async () => {
    let extraMs = 0;
    const monotonicMs = clock.monotonicMs.bind(clock);
    clock.monotonicMs = () => monotonicMs() + extraMs;
    const { withHandle } = contextWith({ coreShare: 0.2 });
    const began: number[] = [];
    const read = async (): Promise<void> => {
      began.push(monotonicMs());
      extraMs += 100;
    };
    const all = Promise.all([withHandle(read), withHandle(read), withHandle(read)]);
    for (let i = 0; i < 120; i++) await clock.advance(10);
    await all;
    assert.deepEqual(began, [0, 400, 800]);
  });
});
