import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RequestEnded } from '../../src/core/agents/signal.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/core/base/time.ts';
import { countedIn } from '../../src/core/ledger/counted.ts';
import type { Counted, LedgerGrouping } from '../../src/core/ledger/ledger.ts';
import { FIT_MS } from '../../src/core/ledger/whereItWent.ts';
import { PanelSource } from '../../src/core/panel/panelSource.ts';
import type { Snapshot } from '../../src/core/quota/snapshot.ts';
import { openArchive } from '../support/archiveFixture.ts';
import { ENGLISH, viewOf } from '../support/quotaViews.ts';
import { NOW, snapshotAt } from '../support/snapshots.ts';
import { type BenchRow, isFull, median, timeMs } from './benchRow.ts';

/** A heavy user: 2 M responses in 90 days, in 20 sessions a day. */
const DAYS = isFull ? 90 : 30;
const RESPONSES_A_DAY = isFull ? 22_222 : 2_222;
const SESSIONS_A_DAY = 20;

/** The ledger's figures, on a database in the system's folder for temporary files. */
export async function benchLedger(): Promise<BenchRow[]> {
  const path = join(mkdtempSync(join(tmpdir(), 'kimi-quota-bench-')), 'archive.db');
  try {
    const { archive } = openArchive(path);
    const batchMs = await fill(archive);
    const one = async (n: number): Promise<number> =>
      timeMs(() =>
        archive.addToLedger(
          { readAt: NOW, signals: [], checkpoints: [] },
          responseOf(0, RESPONSES_A_DAY + n),
        ),
      );
    const liveMs: number[] = [];
    for (let n = 0; n < 200; n++) liveMs.push(await one(n));
    const queryMs: number[] = [];
    const sectionMs: number[] = [];
    for (let n = 0; n < 9; n++) {
      queryMs.push(await timeMs(() => archive.ledgerRows({ from: 0, to: Infinity })));
      const query = { from: NOW - FIT_MS, to: NOW, detail: 'coarse' } as const;
      sectionMs.push(await timeMs(() => archive.ledgerRows(query)));
    }
    const sections = await benchSection(archive);
    archive.dispose();
    return [
      ...sections,
      { name: 'ledger: a response, live', figure: median(liveMs), unit: 'ms', limit: 0.2 },
      { name: 'ledger: a response, in a batch', figure: median(batchMs), unit: 'ms', limit: 0.1 },
      {
        name: 'ledger: rows of the section',
        figure: Math.min(...sectionMs),
        unit: 'ms',
        limit: 30,
      },
      {
        name: `ledger: all rows of ${DAYS} days`,
        figure: median(queryMs),
        unit: 'ms',
        ...(isFull ? {} : { limit: 150 }),
      },
      {
        name: `ledger: ${DAYS} days with ${RESPONSES_A_DAY} responses a day`,
        figure: statSync(path).size / 1024 / 1024,
        unit: 'MB',
        limit: 30,
      },
    ];
  } finally {
    rmSync(dirname(path), { recursive: true });
  }
}

/** How long a response took in each batch. */
async function fill(archive: ReturnType<typeof openArchive>['archive']): Promise<number[]> {
  const batchMs: number[] = [];
  for (let day = DAYS; day >= 0; day--) {
    const now = NOW - day * DAY_MS;
    const responses = Array.from({ length: RESPONSES_A_DAY }, (_, n) => responseOf(day, n)).flat();
    for (let from = 0; from < responses.length; from += 500) {
      const batch = { readAt: now, signals: [], checkpoints: [] };
      const part = responses.slice(from, from + 500);
      batchMs.push((await timeMs(() => archive.addToLedger(batch, part))) / part.length);
    }
    for (let at = now - DAY_MS + READ_EVERY_MS; at <= now; at += READ_EVERY_MS)
      await archive.appendSnapshot(readingAt(at));
    await archive.prune(now);
  }
  return batchMs;
}

/** What a click in the section "Where it went" waits for, in a window that is open. */
async function benchSection(
  archive: ReturnType<typeof openArchive>['archive'],
): Promise<BenchRow[]> {
  const source = new PanelSource({
    archive,
    accounts: () => [{ account: { id: 'kimiCode' } as never, view: viewOf(readingAt(NOW)) }],
    activity: () => ({}),
    recent: () => [],
    facts: () => [],
    region: () => 'kimi.com',
    clock: { now: () => NOW },
    locale: ENGLISH,
  });
  const read = (by: LedgerGrouping): Promise<number> =>
    timeMs(() => source.readLedger({ kind: 'ledger', window: '5h', by }));
  await source.read({ span: '24h' });
  const first = await read('agent');
  const ms: Record<'agent' | 'session', number[]> = { agent: [], session: [] };
  for (let n = 0; n < 9; n++)
    for (const by of ['agent', 'session'] as const) ms[by].push(await read(by));
  return [
    { name: 'ledger: section, opened first', figure: first, unit: 'ms' },
    { name: 'ledger: section by agent', figure: Math.min(...ms.agent), unit: 'ms', limit: 30 },
    { name: 'ledger: section by session', figure: Math.min(...ms.session), unit: 'ms', limit: 30 },
  ];
}

/** All day. */
const READ_EVERY_MS = 5 * MINUTE_MS;

/** Kimi's numbers of the responses before that time. */
function readingAt(at: number): Snapshot {
  const windowOf = (id: string, lengthMs: number, perHour: number) => {
    const from = NOW + lengthMs * Math.floor((at - NOW - 1) / lengthMs);
    const used = perHour * (hoursUntil(at) - hoursUntil(from));
    return { id, usedPercent: Math.round(used), resetsAt: from + lengthMs };
  };
  const windows = [
    windowOf('5h', 5 * HOUR_MS, 12),
    windowOf('week', 7 * DAY_MS, 1.2),
    windowOf('month', 30 * DAY_MS, 0.3),
  ];
  return { ...snapshotAt(at), windows };
}

/** Ten hours of work a day. */
function hoursUntil(at: number): number {
  const days = Math.floor((at - NOW) / DAY_MS);
  const hours = (at - NOW - days * DAY_MS) / HOUR_MS;
  return 10 * days + Math.max(0, hours - 14);
}

/** Spread over ten hours. */
function responseOf(day: number, n: number): Counted[] {
  const share = n / RESPONSES_A_DAY;
  const session = `day-${day}-session-${n % SESSIONS_A_DAY}`;
  const signal: RequestEnded = {
    kind: 'requestEnded',
    at: NOW - day * DAY_MS - Math.round((1 - share) * 10 * 3_600_000),
    agent: n % 4 === 0 ? 'claude-code' : 'kimi-code',
    session,
    model: 'kimi-for-coding',
    project: `project-${n % 5}`,
    evidence: { host: 'api.kimi.com' },
    contentKey: `${session} ${n}`,
    inputTokens: 20_000,
    cacheReadTokens: 15_000,
    outputTokens: 800,
  };
  const read = { signals: [{ signal, file: 'f', byteOffset: 0 }] };
  return countedIn(read, { signals: [] }, { hasProjects: true });
}
