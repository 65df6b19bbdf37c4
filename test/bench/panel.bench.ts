import { join } from 'node:path';
import type { EventQuery } from '../../src/core/agents/tail.ts';
import type { Incident } from '../../src/core/incidents/incident.ts';
import type { LedgerQuery } from '../../src/core/ledger/ledger.ts';
import type { HistoryQuery } from '../../src/core/quota/snapshot.ts';
import { PanelSource } from '../../src/core/panel/panelSource.ts';
import type { PanelState } from '../../src/core/panel/panelState.ts';
import { fill, openArchive } from '../support/archiveFixture.ts';
import { incidentOf } from '../support/incidents.ts';
import { ENGLISH, FIVE_HOURS, NOW, snapshotOf, viewOf } from '../support/quotaViews.ts';
import { startPanelBrowser, type PanelPage } from '../webview/panelPage.ts';
import { sampleLabels } from '../webview/samplePanel.ts';
import { inBenchFolder } from './benchFolder.ts';
import { type BenchRow, isFull, median, percentile, timeMs } from './benchRow.ts';

const INCIDENTS = 500;
const SNAPSHOTS = 4000;
const DAYS = 90;
const DAY_MS = 86_400_000;
const OPENINGS = 7;
const WARM_UPDATES = 200;
/** With `--full` one each minute of 30 working days. */
const UPDATES = isFull ? 30 * 8 * 60 : 1_500;

/** The page in a real browser, and what is made for it, with as much as 90 days leave. */
export function benchPanel(): Promise<BenchRow[]> {
  return inBenchFolder(async folder => {
    const browser = await startPanelBrowser();
    try {
      const source = await sourceIn(join(folder, 'archive.db'));
      const firstPaints: number[] = [];
      for (let opening = 0; opening < OPENINGS; opening++) {
        const [readMs, state] = await source.readAnew();
        const { panel, paintMs } = await openedPanel(await browser.open(), state);
        firstPaints.push(readMs + paintMs);
        await panel.page.context().close();
      }
      const [, state] = await source.readAnew();
      const { panel } = await openedPanel(await browser.open(), state);
      const { updates, grownMb } = await update(panel, state);
      const [once, both] = await source.readBoth();
      source.dispose();
      return [
        row('first paint, 90 days and 500 incidents', median(firstPaints), 'ms', 400),
        row(
          'reads of the archive for view and tab compared with the tab alone',
          both / once,
          '×',
          1,
        ),
        row('an update of every section, p95', percentile(updates, 95), 'ms', 16),
        row('page script', browser.script.length / 1024, 'KB', 120),
        row(`heap grown in ${UPDATES} updates`, Math.max(0, grownMb), 'MB', 5),
      ];
    } finally {
      await browser.close();
    }
  });
}

const row = (name: string, figure: number, unit: string, limit: number): BenchRow => ({
  name: `panel: ${name}`,
  figure,
  unit,
  limit,
});

async function sourceIn(path: string) {
  fill(path, SNAPSHOTS, i => NOW - (SNAPSHOTS - i) * ((DAYS * DAY_MS) / SNAPSHOTS));
  const { archive } = openArchive(path);
  await archive.saveIncidents(Array.from({ length: INCIDENTS }, (_, index) => incident(index)));
  const snapshot = (await archive.readLatest())[0] ?? snapshotOf([FIVE_HOURS]);
  let reads = 0;
  const counted =
    <Args extends unknown[], T>(read: (...args: Args) => T) =>
    (...args: Args): T => (reads++, read(...args));
  const counting = {
    readHistory: counted((query: HistoryQuery) => archive.readHistory(query)),
    readIncidents: counted((query?: EventQuery) => archive.readIncidents(query)),
    ledgerRows: counted((query: LedgerQuery) => archive.ledgerRows(query)),
    get: counted((key: string) => archive.get(key)),
  };
  const create = (): PanelSource =>
    new PanelSource({
      archive: counting,
      accounts: at => [{ account: { id: 'kimiCode' } as never, view: viewOf(snapshot, at - NOW) }],
      activity: () => ({}),
      recent: () => [],
      facts: () => [],
      region: () => 'kimi.com',
      clock: { now: () => NOW },
      locale: ENGLISH,
    });
  return {
    dispose: () => archive.dispose(),
    /** Reads of the archive for one page, and for two at the same moment. */
    async readBoth(): Promise<[number, number]> {
      const readsOf = async (pages: number): Promise<number> => {
        const source = create();
        reads = 0;
        await Promise.all(Array.from({ length: pages }, () => source.read({ span: '30d' })));
        return reads;
      };
      return [await readsOf(1), await readsOf(2)];
    },
    async readAnew(): Promise<[number, PanelState]> {
      let state: PanelState | undefined;
      const readMs = await timeMs(async () => (state = await create().read({ span: '30d' })));
      return [readMs, state!];
    },
  };
}

function incident(index: number): Incident {
  const at = NOW - index * ((DAYS * DAY_MS) / INCIDENTS);
  return incidentOf(`incident ${index}`, { from: at - 60_000, to: at, count: 9, state: 'over' });
}

/** From the beginning of its loading to the frame that shows what the editor sent. */
async function openedPanel(panel: PanelPage, state: PanelState) {
  const before = await panel.page.evaluate<number>('performance.now()');
  const message = JSON.stringify({ kind: 'state', state, labels: sampleLabels });
  const paintMs = await panel.page.evaluate<number>(`new Promise(resolve => {
    const sentMs = performance.now();
    dispatchEvent(new MessageEvent('message', { data: ${message} }));
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - sentMs)));
  })`);
  const rows = await panel.page.locator('.incident-title').count();
  if (rows === 0) throw new Error('The page shows no incident.');
  const loadMs = await panel.page.evaluate<number>(
    `performance.getEntriesByType('navigation')[0].domComplete`,
  );
  return { panel, paintMs: Math.min(before, loadMs) + paintMs };
}

async function update(panel: PanelPage, { present, history, incidents }: PanelState) {
  const session = await panel.page.context().newCDPSession(panel.page);
  const heapMb = async (): Promise<number> => {
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    return usedSize / 1e6;
  };
  const sections = JSON.stringify({ present, history, incidents });
  const run = (from: number, count: number): Promise<number[]> =>
    panel.page.evaluate(`(async () => {
      const sections = ${sections};
      const figures = [];
      for (let index = ${from}; index < ${from + count}; index++) {
        const [first, ...rest] = sections.incidents.rows;
        const rows = [{ ...first, state: 'state ' + index }, ...rest];
        const change = { ...sections, now: ${NOW} + index, incidents: { ...sections.incidents, rows } };
        const startedMs = performance.now();
        dispatchEvent(new MessageEvent('message', { data: { kind: 'change', change } }));
        document.body.offsetHeight;
        figures.push(performance.now() - startedMs);
        if (index % 20 === 0) await new Promise(resolve => requestAnimationFrame(resolve));
      }
      return figures;
    })()`);
  await run(0, WARM_UPDATES);
  const warmMb = await heapMb();
  const updates = await run(WARM_UPDATES, UPDATES);
  const grownMb = (await heapMb()) - warmMb;
  return { updates, grownMb };
}
