import assert from 'node:assert/strict';
import { openMemoryArchive } from '../../support/memoryArchive.ts';
import type { SqliteArchive } from '../../../src/node/sqliteArchive.ts';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import {
  PanelSource,
  WORDS_ID,
  type PanelSourceOptions,
} from '../../../src/core/panel/panelSource.ts';
import type { LedgerRequest } from '../../../src/core/panel/panelMessages.ts';
import { savePlan } from '../../../src/core/quota/plan.ts';
import { wordsOfText } from '../../../src/core/errors/wordsOfText.ts';
import { incidentOf } from '../../support/incidents.ts';
import {
  DAY_MS,
  ENGLISH,
  FIVE_HOURS,
  MINUTE_MS,
  NOW,
  snapshotOf,
  viewOf,
} from '../../support/quotaViews.ts';

describe('PanelSource', () => {
  let now: number;
  let recent: Incident[];
  let reads: string[];
  let rows: SqliteArchive;
  let options: PanelSourceOptions;
  let source: PanelSource;

  beforeEach(async () => {
    now = NOW;
    recent = [];
    reads = [];
    rows = openMemoryArchive();
    await rows.appendSnapshot(snapshotOf([FIVE_HOURS]));
    await rows.saveIncidents([incidentOf('old', { from: NOW - 1, to: NOW - 1, state: 'over' })]);
    options = {
      archive: {
        readHistory: query => (reads.push('history'), rows.readHistory(query)),
        readIncidents: query => (reads.push('incidents'), rows.readIncidents(query)),
        ledgerRows: query => rows.ledgerRows(query),
        get: key => rows.get(key),
      },
      accounts: at => [
        { account: { id: 'kimiCode' } as never, view: viewOf(snapshotOf([FIVE_HOURS]), at - NOW) },
      ],
      activity: () => ({}),
      recent: () => recent,
      facts: () => [],
      region: () => 'kimi.com',
      clock: { now: () => now },
      locale: ENGLISH,
    };
    source = new PanelSource(options);
  });

  it('reads the archive once while it has nothing new', async () => {
    await source.read({ span: '24h' });
    now += MINUTE_MS - 1;
    await source.read({ span: '24h' });
    assert.deepEqual(reads.toSorted(), ['history', 'incidents']);
  });

  it('includes old incidents whose log is read late', async () => {
    await source.read({ span: '24h' });
    const at = NOW - 40 * DAY_MS;
    await rows.saveIncidents([incidentOf('older', { from: at, to: at, state: 'over' })]);
    now += MINUTE_MS;
    assert.deepEqual(
      (await source.read({ span: '24h' })).incidents.rows.map(({ id }) => id),
      ['old', 'older'],
    );
  });

  it('includes new and updated incidents without reading all again', async () => {
    await source.read({ span: '24h' });
    recent = [incidentOf('new', { from: NOW, to: NOW, state: 'running' })];
    source.changed();
    assert.deepEqual(
      (await source.read({ span: '24h' })).incidents.rows.map(({ id }) => id),
      ['new', 'old'],
    );
    recent = [incidentOf('new', { from: NOW, to: NOW, state: 'recovered', count: 7 })];
    source.changed();
    const { rows } = (await source.read({ span: '24h' })).incidents;
    assert.deepEqual([rows.length, rows[0]?.state], [2, 'Recovered']);
    assert.equal(reads.filter(read => read === 'incidents').length, 1);
  });

  it('opens an incident by its id, an error text, or nothing if it no longer exists', async () => {
    assert.equal((await source.read({ span: '24h', target: 'old' })).detail?.id, 'old');
    assert.equal((await source.read({ span: '24h', target: 'gone' })).detail, undefined);
    const words = wordsOfText(
      '429 request reached organization max concurrency: 50, please try again after 1 seconds',
    );
    assert.ok(words);
    const { detail } = await source.read({ span: '24h', target: words });
    assert.equal(detail?.id, WORDS_ID);
    assert.equal(detail?.canCopyTicket, false);
    assert.match(
      detail?.reasons.map(({ text }) => text).join(' ') ?? '',
      /Your quota now: 5-hour quota 84% left/,
    );
  });

  it('has the limits of the selected account, with what Kimi named and what is used now', async () => {
    const origin = 'https://api.moonshot.ai';
    const paid = viewOf(snapshotOf([], { origin, balance: { available: 5 } }));
    const code = viewOf(snapshotOf([FIVE_HOURS], { parallelLimit: 20 }));
    await rows.appendSnapshot(snapshotOf([FIVE_HOURS], { at: NOW + 1, parallelLimit: 20 }));
    await savePlan(rows, origin, { askedAt: NOW, plan: { limits: { rpm: 200 } } });
    const slot = { from: NOW - MINUTE_MS, spanMs: 5 * MINUTE_MS, account: 'open-platform' };
    const tokens = { input: 1, cacheRead: 0, cacheWrite: 0, output: 1 };
    const counts = { answers: 7, failures: 0, retries: 0, tokens };
    const both = new PanelSource({
      ...options,
      archive: {
        ...options.archive,
        ledgerRows: async () => [{ ...slot, ...counts, agent: 'pi', isSubagent: false }],
      },
      accounts: () => [
        { account: { id: 'kimiCode' } as never, view: code },
        { account: { id: 'moonshot.ai' } as never, view: paid },
      ],
    });
    const limits = async (account?: string) => {
      const { present } = await both.read({ span: '24h', ...(account ? { account } : {}) });
      return present.limits?.rows.map(({ id, limit, used }) => `${id} ${limit} ${used}`);
    };
    assert.deepEqual(await limits(), ['parallel 20 ']);
    assert.deepEqual(
      (await limits('moonshot.ai'))?.map(row => row.replace(/since .+/, 'since')),
      ['rpm 200 at least 7 since'],
    );
  });

  it('opens a known incident without another read', async () => {
    recent = [incidentOf('new', { from: NOW, to: NOW, state: 'running' })];
    await source.read({ span: '24h' });
    reads = [];
    const ids = ['old', 'new', 'gone', undefined].map(
      async id => (await source.readDetail(id))?.id,
    );
    assert.deepEqual(await Promise.all(ids), ['old', 'new', undefined, undefined]);
    assert.deepEqual(reads, []);
  });

  it('reads the history once for all spans', async () => {
    for (const span of ['24h', '30d', '7d'] as const) await source.read({ span });
    assert.equal(reads.filter(read => read === 'history').length, 1);
  });

  it('reads for "Where it went" only the sessions, and tokens of earlier logs after a minute', async () => {
    const shared = new PanelSource({
      ...options,
      archive: {
        ...options.archive,
        ledgerRows: async ({ detail = 'rows' }) => (reads.push(detail), []),
      },
    });
    await shared.read({ span: '24h' });
    const ask = async (more: Partial<LedgerRequest> = {}): Promise<string[]> => {
      reads = [];
      await shared.readLedger({ kind: 'ledger', window: '5h', by: 'agent', ...more });
      return reads;
    };
    assert.deepEqual(await ask(), []);
    assert.deepEqual(await ask({ by: 'session' }), ['total']);
    assert.deepEqual(await ask({ incident: 'old' }), ['history', 'coarse']);
    now += MINUTE_MS;
    assert.deepEqual(await ask(), ['coarse']);
  });

  it('reads once for a tab and a view, and again after a change or a second', async () => {
    const present = async () => (await source.read({ span: '24h' })).present;
    const first = await present();
    assert.equal(await present(), first);
    source.changed();
    const second = await present();
    assert.notEqual(second, first);
    now += 1000;
    assert.notEqual(await present(), second);
  });
});
