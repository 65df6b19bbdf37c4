import assert from 'node:assert/strict';
import { openMemoryArchive } from '../../support/memoryArchive.ts';
import type { SqliteArchive } from '../../../src/node/sqliteArchive.ts';
import type { QuotaOutcome } from '../../../src/core/quota/outcome.ts';
import {
  forgetSharedStatus,
  loadSharedStatus,
  NOTHING_KNOWN,
  saveSharedStatus,
  type SharedStatus,
} from '../../../src/core/quota/accountStore.ts';
import {
  FAILURES,
  FIVE_HOURS,
  MINUTE_MS,
  NOW,
  snapshotOf,
  WEEK,
} from '../../support/quotaViews.ts';

const snapshot = snapshotOf([FIVE_HOURS, WEEK], { parallelLimit: 30, plan: 'Allegro' });
const { origin } = snapshot;
const good: SharedStatus = {
  snapshot,
  lastReadAt: NOW,
  outcome: { kind: 'fresh', snapshot },
  failureCount: 0,
  jitter: 0.25,
};
const failed = (outcome: QuotaOutcome): SharedStatus => ({
  ...good,
  lastReadAt: NOW + MINUTE_MS,
  outcome,
  failureCount: 2,
});

let archive: SqliteArchive;
const open = (): void => {
  archive = openMemoryArchive();
};

async function assertLoaded(expected: SharedStatus, of = origin): Promise<void> {
  assert.deepEqual(await loadSharedStatus(archive, of), expected);
}

describe('sharedStatus', () => {
  beforeEach(open);

  it('knows nothing of an origin that was never asked', () => assertLoaded(NOTHING_KNOWN));

  it('gives a good answer back as it was', async () => {
    await saveSharedStatus(archive, origin, good);
    await assertLoaded(good);
    await assertLoaded(NOTHING_KNOWN, 'https://api.kimi.ai');
  });

  it('gives back which key was mistaken for which', async () => {
    const outcome = { kind: 'unauthorized', mistake: 'kimiCodeKeyForPlatform' } as const;
    await saveSharedStatus(archive, origin, good);
    await saveSharedStatus(archive, origin, failed(outcome));
    await assertLoaded(failed(outcome));
  });

  for (const [, outcome] of FAILURES)
    it(`gives ${JSON.stringify(outcome)} back next to the last numbers`, async () => {
      await saveSharedStatus(archive, origin, good);
      await saveSharedStatus(archive, origin, failed(outcome));
      await assertLoaded(failed(outcome));
    });

  it('gives a failure back that came before any number', async () => {
    const { snapshot: _none, ...status } = failed({ kind: 'unauthorized' });
    await saveSharedStatus(archive, origin, status);
    await assertLoaded(status);
  });

  it('forgets what an earlier key saw, and keeps the history', async () => {
    await saveSharedStatus(archive, origin, good);
    await forgetSharedStatus(archive, origin);
    await assertLoaded(NOTHING_KNOWN);
    assert.deepEqual(await archive.readHistory({ origin }), [snapshot]);
  });

  it('cuts the shape of a strange answer to what a value can hold', async () => {
    const shape = 'x'.repeat(100_000);
    const status = failed({ kind: 'malformed', issues: ['odd'], shape });
    await saveSharedStatus(archive, origin, status);
    const { outcome } = await loadSharedStatus(archive, origin);
    assert.equal(outcome?.kind === 'malformed' && outcome.shape?.length, 4000);
  });
});

describe('sharedStatus of what another version wrote', () => {
  beforeEach(open);

  const cases: [fact: string, json: string][] = [
    ['no JSON', '{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a failure to come', '{"failureCount":1,"failure":{"kind":"tired"}}'],
    ['a reason to come', '{"failureCount":1,"failure":{"kind":"forbidden","reason":"mood"}}'],
    ['a negative count', '{"failureCount":-1}'],
    ['a jitter above 1', '{"failureCount":1,"jitter":2}'],
    ['a time that is none', '{"failureCount":1,"at":"now"}'],
  ];
  for (const [fact, json] of cases)
    it(`takes ${fact} for nothing, and keeps the numbers`, async () => {
      await archive.appendSnapshot(snapshot);
      await archive.set(`lastRead ${origin}`, json);
      const outcome = { kind: 'fresh', snapshot } as const;
      await assertLoaded({ ...NOTHING_KNOWN, snapshot, lastReadAt: NOW, outcome });
    });
});
