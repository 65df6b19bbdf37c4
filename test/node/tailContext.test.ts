import assert from 'node:assert/strict';
import { machineFiles } from '../../src/node/fileSystem.ts';
import { TailContext } from '../../src/node/tailContext.ts';
import { FakeClock } from '../support/fakeClock.ts';
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
