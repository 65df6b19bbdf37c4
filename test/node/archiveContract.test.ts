import assert from 'node:assert/strict';
import type { Archive } from '../../src/core/ledger/archive.ts';
import { openMemoryArchive } from '../support/memoryArchive.ts';
import { RETENTION } from '../../src/core/quota/snapshot.ts';
import { openArchive, useFolder } from '../support/archiveFixture.ts';
import { NOW, ORIGIN, snapshotAt } from '../support/snapshots.ts';
import { CLOCK_TOLERANCE_MS, MAX_VALUE_LENGTH, MAX_VALUES } from '../../src/core/base/store.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const OTHER = 'https://api.moonshot.cn';

const means: Record<string, (path: string) => Archive> = {
  SqliteArchive: path => openArchive(path).archive,
  'SqliteArchive in memory': () => openMemoryArchive(),
};

for (const [name, create] of Object.entries(means)) {
  describe(`${name} as an Archive`, () => {
    const inFolder = useFolder();
    let archive: Archive;

    beforeEach(() => {
      archive = create(inFolder('archive.db'));
    });
    afterEach(() => archive.dispose());

    it('gives a snapshot back as it was', async () => {
      const full = {
        ...snapshotAt(NOW),
        extraUsage: { leftCents: 120, totalCents: 500, currency: 'USD', monthlyCapCents: 900 },
        windows: [
          {
            id: 'x',
            label: 'X',
            contradiction: { lowestUsedPercent: 1, highestUsedPercent: 9 },
          },
        ],
      };
      await archive.appendSnapshot(full);
      assert.deepEqual(await archive.readLatest(), [full]);
    });

    it('reads the history of one origin, oldest first, from a time on', async () => {
      for (const at of [3, 1, 2]) await archive.appendSnapshot(snapshotAt(NOW + at));
      await archive.appendSnapshot(snapshotAt(NOW, OTHER));
      const history = await archive.readHistory({ origin: ORIGIN, since: NOW + 2 });
      assert.deepEqual(history, [snapshotAt(NOW + 2), snapshotAt(NOW + 3)]);
    });

    it('returns the last stored snapshot as the latest, whatever its time', async () => {
      for (const at of [NOW + 900 * DAY_MS, NOW]) await archive.appendSnapshot(snapshotAt(at));
      await archive.appendSnapshot(snapshotAt(NOW, OTHER));
      assert.deepEqual(await archive.readLatest(), [snapshotAt(NOW), snapshotAt(NOW, OTHER)]);
    });

    it('keeps a week in full, an hour by its last until 90 days, and nothing of later', async () => {
      const hour = Math.floor((NOW - 30 * DAY_MS) / HOUR_MS) * HOUR_MS;
      const kept = [hour + 2, hour + HOUR_MS, NOW - 6 * DAY_MS, NOW - 6 * DAY_MS + 1, NOW];
      const dropped = [NOW - 91 * DAY_MS, hour + 1, hour, NOW + 2 * DAY_MS];
      const all = [...dropped, ...kept].sort((a, b) => a - b);
      for (const at of all) await archive.appendSnapshot(snapshotAt(at));
      await archive.prune(NOW);
      const history = await archive.readHistory({ origin: ORIGIN });
      assert.deepEqual(
        history.map(({ at }) => at),
        kept,
      );
    });

    it('thins each origin separately', async () => {
      for (const origin of [ORIGIN, OTHER])
        await archive.appendSnapshot(snapshotAt(NOW - 30 * DAY_MS, origin));
      await archive.prune(NOW);
      assert.equal((await archive.readLatest()).length, 2);
    });

    it('bounds the number of snapshots, and drops the oldest', async () => {
      const excess = 10;
      for (let i = 0; i < RETENTION.maxSnapshots + excess; i++)
        await archive.appendSnapshot(snapshotAt(NOW + i, `https://host${i % 7}`));
      await archive.prune(NOW);
      const sizes = await Promise.all(
        Array.from({ length: 7 }, (_, i) => archive.readHistory({ origin: `https://host${i}` })),
      );
      const times = sizes.flat().map(({ at }) => at);
      assert.equal(times.length, RETENTION.maxSnapshots);
      assert.equal(Math.min(...times), NOW + excess);
    });

    it('remembers values, replaces and forgets them', async () => {
      await archive.set('a', '1');
      await archive.set('a', '{"b":2}');
      assert.equal(await archive.get('a'), '{"b":2}');
      await archive.set('a', undefined);
      assert.equal(await archive.get('a'), undefined);
    });

    it('bounds the number of values by forgetting the one written longest ago', async () => {
      for (let i = 0; i < MAX_VALUES + 1; i++) await archive.set(`key${i}`, '1');
      await archive.set('key0', '2');
      await archive.prune(NOW);
      assert.equal(await archive.get('key0'), '2');
      assert.equal(await archive.get('key1'), undefined);
      assert.equal(await archive.get('key2'), '1');
    });

    it('refuses a value that is too long, and keeps working', async () => {
      await assert.rejects(archive.set('a', 'x'.repeat(MAX_VALUE_LENGTH + 1)), RangeError);
      await archive.set('a', 'x'.repeat(MAX_VALUE_LENGTH));
    });

    it('counts snapshots and values as changes, and leases and claims not', async () => {
      const counts = [await archive.readChangeCount()];
      const count = async (): Promise<unknown> => counts.push(await archive.readChangeCount());
      await archive.appendSnapshot(snapshotAt(NOW)).then(count);
      await archive.set('a', '1').then(count);
      await archive.set('a', '2').then(count);
      await archive.set('a', undefined).then(count);
      assert.equal(new Set(counts).size, 5);
      await archive.takeLease({ owner: 'a', now: NOW, leaseMs: 100 });
      await archive.claimRead({ subject: 's', now: NOW, minGapMs: 100 });
      assert.equal(await archive.readChangeCount(), counts.at(-1));
    });

    const tolerance = CLOCK_TOLERANCE_MS;
    const leases: [string, { owner: string; now: number }, boolean][] = [
      ['by its owner, at once', { owner: 'a', now: NOW + 1 }, true],
      ['by its owner, after it has expired', { owner: 'a', now: NOW + 200 }, true],
      ['by nobody else while it lasts', { owner: 'b', now: NOW + 100 }, false],
      ['by another when it has expired', { owner: 'b', now: NOW + 101 }, true],
      ['by nobody else whose clock was read earlier', { owner: 'b', now: NOW - tolerance }, false],
      ['by another if the clock went back', { owner: 'b', now: NOW - tolerance - 1 }, true],
    ];
    for (const [title, { owner, now }, expected] of leases) {
      it(`T7: a lease is taken ${title}`, async () => {
        assert.ok(await archive.takeLease({ owner: 'a', now: NOW, leaseMs: 100 }));
        assert.equal(await archive.takeLease({ owner, now, leaseMs: 100 }), expected);
      });
    }

    it('T7: only its owner can give a lease back', async () => {
      await archive.takeLease({ owner: 'a', now: NOW, leaseMs: 100 });
      await archive.releaseLease('b');
      assert.equal(await archive.takeLease({ owner: 'b', now: NOW, leaseMs: 100 }), false);
      await archive.releaseLease('a');
      assert.equal(await archive.takeLease({ owner: 'b', now: NOW, leaseMs: 100 }), true);
    });

    const claims: [string, { subject?: string; owner?: string; now: number }, boolean][] = [
      ['again after the gap', { owner: 'a', now: NOW + 50 }, true],
      ['not again within the gap', { owner: 'a', now: NOW + 49 }, false],
      ['not within the gap by a user either', { now: NOW + 49 }, false],
      ['by a user in any window after the gap', { now: NOW + 50 }, true],
      ['for another subject at any time', { subject: 't', owner: 'a', now: NOW + 1 }, true],
      ['not by a window without the lease', { owner: 'b', now: NOW + 50 }, false],
      ['not by a holder whose lease has expired', { owner: 'a', now: NOW + 101 }, false],
      ['not twice because a clock was read earlier', { now: NOW - tolerance }, false],
      ['again if the clock went back', { now: NOW - tolerance - 1 }, true],
    ];
    for (const [title, claim, expected] of claims) {
      it(`T7: a read is claimed ${title}`, async () => {
        await archive.takeLease({ owner: 'a', now: NOW, leaseMs: 100 });
        const first = { subject: 's', owner: 'a', now: NOW, minGapMs: 50 };
        assert.ok(await archive.claimRead(first));
        const second = { subject: 's', minGapMs: 50, ...claim };
        assert.equal(await archive.claimRead(second), expected);
      });
    }

    it('neither stores nor rejects after it was disposed', async () => {
      archive.dispose();
      await archive.appendSnapshot(snapshotAt(NOW));
      await archive.set('a', '1');
      assert.equal(await archive.takeLease({ owner: 'a', now: NOW, leaseMs: 1 }), true);
    });
  });
}
