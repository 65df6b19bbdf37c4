import assert from 'node:assert/strict';
import type { RequestStarted } from '../../../src/core/agents/signal.ts';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import {
  IncidentRecorder,
  type IncidentRecorderOptions,
  LOOK_EVERY_MS,
  RECORD_EVERY_MS,
} from '../../../src/core/incidents/incidentRecorder.ts';
import type { Verdict, VerdictInput } from '../../../src/core/incidents/verdict.ts';
import { saveTeam } from '../../../src/core/quota/teamRows.ts';
import type { TailedSignal } from '../../../src/core/agents/tail.ts';
import { answer, fail, SECOND, START, type Step, WORDS } from '../../support/bursts.ts';
import { FakeArchive } from '../../support/fakeArchive.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeLog } from '../../support/fakeLog.ts';
import { UNSURE } from '../../support/incidents.ts';
import { snapshotAt } from '../../support/snapshots.ts';
import { teamOf } from '../../support/team.ts';

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

  function create(more: Partial<IncidentRecorderOptions> = {}): IncidentRecorder {
    const judge = (input: VerdictInput): Verdict => (inputs.push(input), echo(input));
    const onStored = () => storedCount++;
    return new IncidentRecorder({ archive, clock, judge, log, onStored, ...more });
  }

  /** Another window takes over. */
  async function restart(more?: Partial<IncidentRecorderOptions>): Promise<void> {
    recorder.dispose();
    recorder = create(more);
    await recorder.restore();
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

  it('logs that incidents could not be restored, and continues', async () => {
    const read = archive.readIncidents;
    archive.readIncidents = async () => {
      throw new Error('gone');
    };
    await restart();
    assert.match(log.lines.join(), /^error: Incidents could not be restored: Error at /);
    log.lines.length = 0;
    archive.readIncidents = read;
    await take(fail(0));
    assert.equal((await archive.readIncidents())[0]?.count, 1);
  });

  const restored: [fact: string, hours: number, state: string][] = [
    ['of the last day', 23.9, 'over'],
    ['but not of the day before', 24.1, 'running'],
  ];
  for (const [fact, hours, state] of restored)
    it(`ends incidents that a closed window left running: ${fact}`, async () => {
      await take(fail(0));
      recorder.dispose();
      clock.setNow(START + hours * 3600 * SECOND);
      await restart();
      await clock.advance(SECOND);
      assert.equal((await archive.readIncidents())[0]?.state, state);
    });

  for (const [fact, hours, count] of [
    ['within two hours', 1.9, 1],
    ['not later', 2.1, 0],
  ] as const)
    it(`adds failures that a crash left without an incident: ${fact}`, async () => {
      const lost = [{ signal: fail(0), file: 'f', byteOffset: 2 }];
      await archive.commitTail({ readAt: START, signals: lost, checkpoints: [] });
      clock.setNow(START + hours * 3600 * SECOND);
      await restart();
      await clock.advance(SECOND);
      assert.equal((await archive.readIncidents()).length, count);
    });

  it('reads and writes nothing while nothing fails', async () => {
    let readCount = 0;
    archive.readLatest = async () => (readCount++, []);
    await take(begin(0, 'a'), answer(1));
    assert.equal(recorder.count(clock.now()).total, 1, 'but counts requests in flight');
    await clock.advance(60 * SECOND);
    assert.deepEqual([readCount, archive.saves.length, clock.timerCount], [0, 0, 0]);
  });

  it('stores what a later record adds to a failure', async () => {
    await archive.appendSnapshot(snapshotAt(START + 1));
    await take(fail(0, { isFinal: true, isThreadUnknown: true }));
    await clock.advance(SECOND);
    assert.equal(clock.timerCount, 0, 'settled');
    const known = fail(0, { isFinal: true, subagent: 'x', contentKey: fail(0).contentKey });
    recorder.take({ readAt: clock.now(), signals: [], checkpoints: [], amendments: [known] }, []);
    await clock.advance(0);
    assert.equal((await archive.readIncidents())[0]?.places[0]?.subagent, 'x');
  });

  it('stores a failure of the same turn as such an addition', async () => {
    const signal = fail(0);
    const amendments = [fail(0, { retryAfterMs: 500, contentKey: signal.contentKey })];
    const signals = [{ signal, file: 'f', byteOffset: 1 }];
    recorder.take({ readAt: clock.now(), signals, checkpoints: [], amendments }, signals);
    await clock.advance(0);
    assert.equal((await archive.readIncidents())[0]?.waitUntil, START + 500);
  });

  it('stores nothing after it was disposed', async () => {
    recorder.dispose();
    await take(fail(0));
    assert.deepEqual(archive.saves, []);
  });

  it('looks every two seconds while an incident is open, and stores only changes', async () => {
    await take(fail(0));
    await clock.advance(60 * SECOND);
    const looks = inputs.map(({ now }) => now - START);
    assert.deepEqual(looks.slice(0, 3), [0, LOOK_EVERY_MS, 2 * LOOK_EVERY_MS]);
    assert.deepEqual([looks.length, archive.saves.length, storedCount], [31, 1, 1]);
  });

  it('waits 250 ms after the first change, and then stores what came meanwhile at once', async () => {
    await take(fail(0));
    await clock.advance(50);
    await take(fail(1));
    await clock.advance(50);
    await take(fail(2));
    await clock.advance(RECORD_EVERY_MS);
    assert.deepEqual(
      archive.saves.map(({ atMs, incidents }) => [atMs, incidents[0]?.count]),
      [
        [0, 1],
        [RECORD_EVERY_MS, 3],
      ],
    );
    await clock.advance(RECORD_EVERY_MS);
    await take(fail(3));
    assert.equal(archive.saves.length, 3, 'later ones are stored immediately');
  });

  describe('while the disk is slow', () => {
    let writing: number;
    let finish: (() => void)[];

    beforeEach(() => {
      [writing, finish] = [0, []];
      const save = archive.saveIncidents;
      archive.saveIncidents = async incidents => {
        assert.equal(++writing, 1, 'one write at a time');
        await new Promise<void>(resolve => finish.push(resolve));
        writing--;
        await save(incidents);
      };
    });

    async function finishWrite(): Promise<void> {
      finish.shift()?.();
      await clock.advance(0);
    }

    it('stores failures of the meantime after the write, not after two seconds', async () => {
      await take(fail(0));
      await clock.advance(100);
      await take(fail(1));
      await finishWrite();
      await clock.advance(RECORD_EVERY_MS - 100);
      await finishWrite();
      assert.equal((await archive.readIncidents())[0]?.count, 2);
    });

    it('also if the verdict of the write was settled', async () => {
      await archive.appendSnapshot(snapshotAt(START + 1));
      await take(fail(0, { isFinal: true }));
      await take(fail(1, { isFinal: true }));
      await clock.advance(SECOND);
      await finishWrite();
      await finishWrite();
      assert.equal((await archive.readIncidents())[0]?.count, 2);
      assert.equal(clock.timerCount, 0);
    });

    it('still waits two seconds before it looks again', async () => {
      await take(fail(0));
      await clock.advance(SECOND);
      await finishWrite();
      await clock.advance(LOOK_EVERY_MS - 1);
      assert.equal(inputs.length, 1);
      await clock.advance(1);
      assert.equal(inputs.length, 2);
    });

    it('reports when the write is done', async () => {
      await take(fail(0));
      let isStored = false;
      void recorder.whenStored().then(() => (isStored = true));
      await clock.advance(SECOND);
      assert.equal(isStored, false);
      await finishWrite();
      assert.equal(isStored, true);
    });
  });

  it('needs no one to tell that incidents were stored', async () => {
    recorder.dispose();
    recorder = new IncidentRecorder({ archive, clock, judge: echo, log });
    await take(fail(0));
  });

  it('gives verdicts what this machine and others used', async () => {
    const use = { agents: [], tokensLastDay: 7 };
    await restart({
      readUse: async () => provider => (provider === 'kimi-code' ? use : undefined),
    });
    const others = teamOf([{ machine: 'ci', inFlight: 7 }]);
    const reading = { at: START, accounts: [others] };
    await saveTeam(archive, { reading, faults: {} }, START);
    await take(fail(0));
    const { use: used, others: seen } = inputs.at(-1) ?? assert.fail();
    assert.deepEqual([used, seen?.totals], [use, others.totals]);
  });

  describe('with snapshots of two servers', () => {
    const RELAYS = ['https://a.example.net', 'https://z.example.net'];

    for (const newer of RELAYS)
      it(`compares with the one that was read last: ${newer}`, async () => {
        for (const origin of RELAYS) {
          await archive.appendSnapshot(snapshotAt(START - 90 * SECOND, origin));
          const secondsAgo = origin === newer ? 10 : 60;
          await archive.appendSnapshot(snapshotAt(START - secondsAgo * SECOND, origin));
        }
        await take(fail(0, { evidence: { product: 'kimi-code' } }));
        assert.deepEqual(
          [inputs.at(-1)?.before?.origin, inputs.at(-1)?.before?.at],
          [newer, START - 10 * SECOND],
        );
      });

    it('reads the history only of one with new snapshots', async () => {
      for (const origin of RELAYS) await archive.appendSnapshot(snapshotAt(START - 1, origin));
      const asked: string[] = [];
      const read = archive.readHistory;
      archive.readHistory = async query => {
        if (query.origin !== undefined) asked.push(query.origin);
        return read(query);
      };
      await take(fail(0, { evidence: { product: 'kimi-code' } }));
      await archive.appendSnapshot(snapshotAt(START + SECOND, RELAYS[0]));
      await clock.advance(3 * LOOK_EVERY_MS);
      assert.deepEqual(asked.toSorted(), [RELAYS[0], RELAYS[0], RELAYS[1]]);
      assert.equal(inputs.at(-1)?.after?.at, START + SECOND);
    });
  });
});
