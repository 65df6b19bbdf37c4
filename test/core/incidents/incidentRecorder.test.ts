import assert from 'node:assert/strict';
import type { RequestStarted } from '../../../src/core/agents/signal.ts';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import {
  IncidentRecorder,
  LOOK_EVERY_MS,
  RECORD_EVERY_MS,
} from '../../../src/core/incidents/incidentRecorder.ts';
import type { Verdict, VerdictInput } from '../../../src/core/incidents/verdict.ts';
import type { TailedSignal } from '../../../src/core/agents/tail.ts';
import { answer, fail, SECOND, START, type Step, WORDS } from '../../support/bursts.ts';
import { FakeArchive } from '../../support/fakeArchive.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeLog } from '../../support/fakeLog.ts';
import { UNSURE } from '../../support/incidents.ts';
import { snapshotAt } from '../../support/snapshots.ts';

/** Says only what it was given; settled once there is a snapshot of after. */
function echo(input: VerdictInput): Verdict {
  return { ...UNSURE, isSettled: input.after !== undefined };
}

class CountingArchive extends FakeArchive {
  saves: { readonly atMs: number; readonly incidents: readonly Incident[] }[] = [];
  constructor(clock: FakeClock) {
    super();
    const save = this.saveIncidents;
    this.saveIncidents = async incidents => {
      this.saves.push({ atMs: clock.monotonicMs(), incidents });
      await save(incidents);
    };
  }
}

/** A request that begins at so many seconds. */
function begin(s: number, subagent: string): RequestStarted {
  const { kind: _, outputTokens: __, ...fields } = answer(s, { subagent });
  return { ...fields, kind: 'requestStarted', contentKey: `begin ${s} ${subagent}` };
}

describe('IncidentRecorder', () => {
  let clock: FakeClock;
  let archive: CountingArchive;
  let inputs: VerdictInput[];
  let recorder: IncidentRecorder;
  let log: FakeLog;
  let storedCount: number;

  function create(): IncidentRecorder {
    const judge = (input: VerdictInput): Verdict => (inputs.push(input), echo(input));
    return new IncidentRecorder({ archive, clock, judge, log, onStored: () => storedCount++ });
  }

  beforeEach(async () => {
    clock = new FakeClock(START);
    archive = new CountingArchive(clock);
    inputs = [];
    storedCount = 0;
    log = new FakeLog();
    recorder = create();
    await recorder.restore();
  });
  afterEach(() => {
    recorder.dispose();
    assert.equal(clock.timerCount, 0);
    assert.deepEqual(log.lines, []);
  });

  /** Takes steps as one turn of reading them does. */
  async function take(...steps: (Step | RequestStarted)[]): Promise<void> {
    const signals = steps.map((signal): TailedSignal => ({ signal, file: 'f', byteOffset: 1 }));
    const batch = { readAt: clock.now(), signals, checkpoints: [] };
    recorder.take(batch, await archive.commitTail(batch));
    await clock.advance(0);
  }

  it('stores an incident immediately, as provisional', async () => {
    await take(fail(0));
    const [incident = assert.fail()] = await archive.readIncidents();
    assert.deepEqual([incident.count, incident.verdict.isSettled], [1, false]);
    assert.equal(clock.monotonicMs(), 0);
    assert.equal(storedCount, 1, 'and says so');
  });

  it('keeps a flood of 10,000 to one incident and four updates a second', async () => {
    for (let i = 0; i < 10_000; i++) {
      await take(fail(i * 0.006, { contentKey: `${i}` }));
      if (i % 5 === 4) await clock.advance(30);
    }
    await clock.advance(SECOND);
    const [incident = assert.fail(), ...others] = await archive.readIncidents();
    assert.deepEqual([incident.count, others], [10_000, []]);
    const gaps = archive.saves.slice(1).map(({ atMs }, i) => atMs - archive.saves[i]!.atMs);
    assert.ok(Math.min(...gaps) >= RECORD_EVERY_MS, `${Math.min(...gaps)} ms`);
  });

  it('judges again when the next snapshot exists, and then stops', async () => {
    await archive.appendSnapshot(snapshotAt(START - 60_000));
    await clock.advance(SECOND);
    await take(fail(1));
    assert.equal(inputs.at(-1)?.before?.at, START - 60_000);
    assert.equal(inputs.at(-1)?.after, undefined);
    await clock.advance(SECOND);
    await archive.appendSnapshot(snapshotAt(clock.now()));
    await archive.appendSnapshot(snapshotAt(clock.now() + 1));
    await clock.advance(LOOK_EVERY_MS);
    assert.equal(inputs.at(-1)?.after?.at, START + 2 * SECOND);
    await clock.advance(120 * SECOND);
    const [incident = assert.fail()] = await archive.readIncidents();
    assert.deepEqual([incident.state, incident.verdict.isSettled], ['over', true]);
    assert.equal(clock.timerCount, 0);
  });

  it('does not use numbers of another account', async () => {
    const balance = { available: 9, currency: 'CNY' };
    await archive.appendSnapshot({ ...snapshotAt(START - 1, 'https://api.moonshot.cn'), balance });
    await take(fail(0));
    assert.equal(inputs.at(-1)?.before, undefined);
  });

  it('reports requests in flight, successes and earlier incidents', async () => {
    await take(fail(0, { text: WORDS.rpm, isFinal: true }));
    await clock.advance(200 * SECOND);
    const subagents = ['a', 'b', 'c'];
    await take(...subagents.map(name => begin(200, name)));
    await take(fail(201, { subagent: 'a' }), begin(201.2, 'a'), answer(202, { subagent: 'a' }));
    await clock.advance(LOOK_EVERY_MS);
    const { shape, earlier, threadCount } =
      inputs.findLast(({ category }) => category !== 'rpm') ?? assert.fail();
    assert.deepEqual([shape?.inFlightPeak, shape?.inFlightThreads, threadCount], [3, 3, 1]);
    assert.deepEqual([shape?.firstSuccessAfterMs, shape?.inFlightNow], [SECOND, 2]);
    assert.deepEqual(
      earlier.map(({ cause, count }) => [cause, count]),
      [['unsure', 1]],
    );
    const incident = (await archive.readIncidents()).at(-1);
    assert.deepEqual(
      incident?.course.map(({ failed, succeeded, inFlight }) => [failed, succeeded, inFlight]),
      [
        [1, 0, 3],
        [0, 1, 3],
      ],
    );
  });

  it('continues after a restart: same incident, with its requests in flight', async () => {
    await take(begin(0, 'a'), begin(0, 'b'), fail(1, { subagent: 'a' }));
    recorder.dispose();
    // Stored, and then the window was killed.
    const lost = [{ signal: fail(2, { subagent: 'a' }), file: 'f', byteOffset: 2 }];
    await archive.commitTail({ readAt: START, signals: lost, checkpoints: [] });
    recorder = create();
    await recorder.restore();
    await clock.advance(SECOND);
    await take(fail(3, { subagent: 'b' }));
    await clock.advance(SECOND);
    const [incident = assert.fail(), ...others] = await archive.readIncidents();
    assert.deepEqual([incident.count, incident.shape?.inFlightPeak, others], [3, 2, []]);
  });

  it('logs that an archive does not respond, and continues', async () => {
    archive.readLatest = async () => {
      throw new Error('gone');
    };
    await take(fail(0));
    assert.match(log.lines.join(), /^error: Incidents could not be stored: Error at /);
    log.lines.length = 0;
    archive.readLatest = async () => [];
    await take(fail(1));
    await clock.advance(RECORD_EVERY_MS);
    assert.equal((await archive.readIncidents())[0]?.count, 2);
  });
});
