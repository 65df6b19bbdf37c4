import assert from 'node:assert/strict';
import { Lease } from '../../../src/core/base/lease.ts';
import type { Notice } from '../../../src/core/notices/notice.ts';
import { NoticeWatch, remind, snooze } from '../../../src/core/notices/noticePolicy.ts';
import type { AccountView } from '../../../src/core/quota/quotaAccounts.ts';
import { Settings } from '../../../src/core/settings.ts';
import { FakeArchive } from '../../support/fakeArchive.ts';
import { FakeClock, settled } from '../../support/fakeClock.ts';
import { FakeLog } from '../../support/fakeLog.ts';
import { accountOf } from '../../support/noticeHistory.ts';
import { FIVE_HOURS, snapshotOf, viewOf } from '../../support/quotaViews.ts';

const MINUTE_MS = 60_000;

describe('NoticeWatch', () => {
  let archive: FakeArchive;
  let clock: FakeClock;
  let log: FakeLog;
  let used: number;
  let isAnswering: boolean;
  let answeredAt: number;
  let refreshCount: number;
  let shown: [window: string, kind: Notice['kind']][];

  beforeEach(() => {
    [archive, clock, log] = [new FakeArchive(), new FakeClock(), new FakeLog()];
    used = 16;
    isAnswering = true;
    refreshCount = answeredAt = 0;
    shown = [];
  });

  function accounts(now: number): AccountView[] {
    const window = { ...FIVE_HOURS, usedPercent: used, resetsAt: now + 3_600_000 };
    if (isAnswering) answeredAt = now;
    const snapshot = { ...snapshotOf([window]), at: answeredAt };
    return [{ account: accountOf('kimiCode'), view: viewOf(snapshot, now - snapshotOf([]).at) }];
  }

  /** A VS Code window that shows notices; by default it has the lease. */
  function openWindow(name: string, claimRead?: Lease['claimRead']): NoticeWatch {
    const lease = new Lease({ archive, clock, log, owner: name });
    if (!claimRead) lease.start();
    return new NoticeWatch({
      archive,
      lease: claimRead ? { claimRead } : lease,
      clock,
      log,
      settings: () => Settings.parse({}),
      accounts,
      incidents: () => [],
      refresh: async () => refreshCount++,
      show: notice => shown.push([name, notice.kind]),
    });
  }

  /** Another response of Kimi, which every window sees, and a minute later. */
  async function read(percentUsed: number, ...windows: NoticeWatch[]): Promise<void> {
    used = percentUsed;
    for (let half = 0; half < 2; half++) {
      for (const window of windows) void window.look();
      await clock.advance(MINUTE_MS / 2 + 1000);
    }
  }

  it('shows a notice once when two windows both assume they have the lease', async () => {
    const [one, other] = ['one', 'other'].map(name =>
      openWindow(name, (subject, minGapMs) =>
        archive.claimRead({ subject, now: clock.now(), minGapMs }),
      ),
    ) as [NoticeWatch, NoticeWatch];
    await read(16, one, other);
    await read(100, one, other);
    await read(100, one, other);
    assert.deepEqual(
      shown.map(([, kind]) => kind),
      ['spent'],
    );
  });

  it('shows nothing without the lease', async () => {
    await openWindow('holder').look();
    const other = openWindow('other');
    await read(16, other);
    await read(100, other);
    assert.deepEqual(shown, []);
  });

  it('continues from what version 1.0.0 stored', async () => {
    const roomy = { told: 101, level: 101, since: clock.now(), until: clock.now() + 3_600_000 };
    const windows = { 'https://api.kimi.com 5h': roomy };
    const stored = { startedAt: clock.now(), windows, told: [], shownAt: [] };
    await archive.set('notices', JSON.stringify(stored));
    await read(
      100,
      openWindow('updated', async () => true),
    );
    // A window that starts over doesn't report what was used up before.
    assert.deepEqual(shown, [['updated', 'spent']]);
  });

  it('continues from the stored state after a restart', async () => {
    const first = openWindow('first', async () => true);
    await read(16, first);
    await read(100, first);
    first.dispose();
    const second = openWindow('second', async () => true);
    await read(100, second);
    await read(100, second);
    assert.deepEqual(shown, [['first', 'spent']]);
  });

  it('starts over if the stored state is unreadable, without notifying of existing problems', async () => {
    for (const junk of ['', '{', '[]', '{"startedAt":"x"}', 'null']) {
      await archive.set('notices', junk);
      await archive.set('notices snoozed', junk);
      const window = openWindow('one', async () => true);
      await read(100, window);
      window.dispose();
    }
    assert.deepEqual([shown, log.lines], [[], []]);
  });

  it('shows nothing while the archive is in memory, because windows cannot coordinate', async () => {
    const window = openWindow('one', async () => true);
    await read(16, window);
    archive.setHealth({ kind: 'memory', reason: 'full' });
    await read(100, window);
    assert.deepEqual(shown, []);
  });

  it('respects a snooze of any window', async () => {
    const window = openWindow('one', async () => true);
    await read(16, window);
    const now = clock.now();
    await snooze(archive, 'quota kimiCode', { until: now + 10 * MINUTE_MS, now });
    await read(100, window);
    await read(100, window);
    assert.deepEqual(shown, []);
    await clock.advance(10 * MINUTE_MS);
    assert.deepEqual(shown, [['one', 'spent']]);
  });

  it('checks the quota once for a reminder, and shows it once', async () => {
    const window = openWindow('one', async () => true);
    await read(16, window);
    await remind(archive, 'quota kimiCode', { until: clock.now() + MINUTE_MS, now: clock.now() });
    isAnswering = false;
    await window.look();
    await clock.advance(MINUTE_MS + 1000);
    await window.look();
    assert.deepEqual([refreshCount, shown], [1, []]);
    isAnswering = true;
    await read(16, window);
    await read(16, window);
    assert.deepEqual([refreshCount, shown], [1, [['one', 'worksAgain']]]);
  });

  it('writes only after a change', async () => {
    const window = openWindow('one', async () => true);
    await read(16, window);
    const before = await archive.readChangeCount();
    for (let look = 0; look < 100; look++) await window.look();
    const grown = (await archive.readChangeCount()) - before;
    assert.ok(grown <= 1, `${grown}`);
  });

  it('stops when disposed, and survives a failing archive', async () => {
    const window = openWindow('one', async () => true);
    archive.get = () => Promise.reject(new Error('no'));
    await window.look();
    assert.equal(log.lines.length, 1);
    window.dispose();
    await window.look();
    await settled();
    assert.deepEqual([log.lines.length, clock.timerCount], [1, 0]);
  });
});
