import assert from 'node:assert/strict';
import type { Archive } from '../../src/core/ledger/archive.ts';
import { type Incident, INCIDENT_RETENTION } from '../../src/core/incidents/incident.ts';
import type { Evidence } from '../../src/core/incidents/verdict.ts';
import { openMemoryArchive } from '../support/memoryArchive.ts';
import { openArchive, runSql, useFolder } from '../support/archiveFixture.ts';
import { FaultyDatabases } from '../support/faultyDatabase.ts';
import { incidentOf, UNSURE } from '../support/incidents.ts';
import { NOW } from '../support/snapshots.ts';

const DAY_MS = 86_400_000;

const EVIDENCE: readonly Evidence[] = [
  { kind: 'words', category: 'concurrency', source: 'text' },
  { kind: 'status', status: 429, source: 'log' },
  { kind: 'inFlight', count: 11, threads: 7, agents: ['kimi-code'], limit: 10, source: 'log' },
  { kind: 'window', id: '5h', remainingPercent: 98, when: 'after', source: 'usages' },
  { kind: 'contradiction', id: '5h', source: 'usages' },
  { kind: 'usagesDisagree', id: 'week', source: 'usages' },
  { kind: 'mixed', successes: 4, source: 'log' },
  { kind: 'allFailed', count: 9, forMs: 3_600_000, source: 'log' },
];
const MORE_EVIDENCE: readonly Evidence[] = [
  { kind: 'recoveredAfter', ms: 4_000, source: 'log' },
  { kind: 'rate', requests: 70, tokens: 9_000, source: 'log' },
  { kind: 'limitInText', current: 1_501_880, limit: 1_500_000, source: 'text' },
  { kind: 'retryAfter', ms: 1_000, source: 'text' },
  { kind: 'gateway', name: 'new-api', source: 'text' },
  { kind: 'host', host: 'api.kimi.com', source: 'log' },
  { kind: 'maxTokens', tokens: 262_144, source: 'log' },
  { kind: 'earlier', count: 3, cause: 'tpm', source: 'archive' },
];

const FULL: Incident = incidentOf('full', {
  category: null,
  rule: null,
  wordsConfidence: null,
  fields: { limit: 3, scope: 'organization', retryAfterSeconds: 1 },
  to: NOW + 9_000,
  count: 11,
  sideCount: 2,
  places: [{ agent: 'claude-code', session: 's', subagent: 'a', count: 11 }],
  waitUntil: NOW + 60_000,
  state: 'recovered',
  shape: {
    inFlightPeak: 5,
    inFlightThreads: 5,
    inFlightAgents: [{ agent: 'claude-code', count: 5 }],
    successesDuring: 2,
    firstSuccessAfterMs: 400,
    lastSuccessBeforeMs: 30,
    requestsLastMinute: 7,
    tokensLastMinute: 9,
    maxCompletionTokens: 32_000,
  },
  verdict: {
    ...UNSURE,
    cause: 'own_concurrency',
    certainty: 'likely',
    alternatives: ['rpm'],
    evidence: EVIDENCE,
    retryAt: NOW + 1,
    retry: 'at',
    steps: [{ id: 'fewerAgents', agent: 'kimi-code', count: 10 }],
  },
});

async function idsOf(archive: Archive): Promise<string[]> {
  return (await archive.readIncidents()).map(({ id }) => id);
}

const archives: [name: string, create: (path: string) => Archive][] = [
  ['SqliteArchive', path => openArchive(path).archive],
  ['SqliteArchive in memory', () => openMemoryArchive()],
];
for (const [name, create] of archives)
  describe(`${name}: incidents`, () => {
    const inFolder = useFolder();
    let archive: Archive;

    beforeEach(() => {
      archive = create(inFolder('archive.db'));
    });
    afterEach(() => archive.dispose());

    it('gives them back with every field', async () => {
      const more = { ...FULL, id: 'more', verdict: { ...FULL.verdict, evidence: MORE_EVIDENCE } };
      await archive.saveIncidents([FULL, more]);
      assert.deepEqual(await archive.readIncidents(), [FULL, more]);
    });

    it('puts one in the place of an earlier one of its id', async () => {
      await archive.saveIncidents([incidentOf('a'), incidentOf('b', { to: NOW + 1 })]);
      const changed = incidentOf('a', { to: NOW + 2, count: 2 });
      await archive.saveIncidents([changed]);
      assert.deepEqual(await archive.readIncidents(), [incidentOf('b', { to: NOW + 1 }), changed]);
    });

    it('reads the newest, from a time on, in the order of their last failure', async () => {
      for (const n of [3, 1, 2]) await archive.saveIncidents([incidentOf(`${n}`, { to: NOW + n })]);
      const ids = (found: readonly Incident[]): string => found.map(({ id }) => id).join('');
      assert.equal(ids(await archive.readIncidents({ limit: 2 })), '23');
      assert.equal(ids(await archive.readIncidents({ since: NOW + 3 })), '3');
      assert.equal(ids(await archive.readIncidents({ since: NOW + 4, limit: 2 })), '');
    });

    it('counts each change', async () => {
      const counts = [await archive.readChangeCount()];
      for (const count of [1, 2]) {
        await archive.saveIncidents([incidentOf('a', { count })]);
        counts.push(await archive.readChangeCount());
      }
      assert.ok(counts[0]! < counts[1]! && counts[1]! < counts[2]!, counts.join());
      await archive.saveIncidents([]);
      assert.equal(await archive.readChangeCount(), counts[2]);
    });

    it('drops what is too old, from the future or beyond the bound', async () => {
      const many = Array.from({ length: INCIDENT_RETENTION.maxIncidents + 1 }, (_, i) =>
        incidentOf(`${i}`, { to: NOW - 1_000 + i / 4 }),
      ).map(one => ({ ...one, to: Math.floor(one.to) }));
      await archive.saveIncidents([
        incidentOf('old', { to: NOW - 91 * DAY_MS }),
        incidentOf('future', { to: NOW + 2 * DAY_MS }),
        incidentOf('first', { to: NOW - 2_000 }),
        ...many.slice(1),
      ]);
      await archive.prune(NOW);
      const ids = await idsOf(archive);
      assert.equal(ids.length, INCIDENT_RETENTION.maxIncidents);
      assert.ok(!['old', 'future', 'first'].some(id => ids.includes(id)));
    });
  });

describe('SqliteArchive: incidents of another version, or of a full disk', () => {
  const inFolder = useFolder();

  it('leaves out a row that it cannot read', async () => {
    const path = inFolder('archive.db');
    const { archive, log } = openArchive(path);
    await archive.saveIncidents([incidentOf('good'), incidentOf('bad'), incidentOf('worse')]);
    runSql(
      path,
      `UPDATE incident SET json = json_set(json, '$.verdict.cause', 'moon') WHERE id = 'bad'`,
    );
    runSql(path, `UPDATE incident SET json = '{' WHERE id = 'worse'`);
    assert.deepEqual(await idsOf(archive), ['good']);
    assert.equal(log.lines.length, 1);
    archive.dispose();
  });

  it('reads what another window has changed, though it has read the rest before', async () => {
    const path = inFolder('archive.db');
    const [{ archive: own }, { archive: other }] = [openArchive(path), openArchive(path)];
    await own.saveIncidents([incidentOf('a'), incidentOf('b')]);
    const [, unchanged] = await own.readIncidents();
    const changed = incidentOf('a', { count: 2 });
    await other.saveIncidents([changed]);
    const [first, second] = await own.readIncidents();
    assert.deepEqual(first, changed);
    assert.ok(second && second === unchanged, 'parsed once');
    own.dispose();
    other.dispose();
  });

  it('keeps in memory what a full disk refuses, and writes it back', async () => {
    const path = inFolder('archive.db');
    const databases = new FaultyDatabases();
    const { archive, clock } = openArchive(path, { openDatabase: databases.open });
    await archive.saveIncidents([incidentOf('a')]);
    Object.assign(databases, { errcode: 13, failAt: databases.executedCount + 1, failCount: 1 });
    await archive.saveIncidents([incidentOf('a', { count: 2 }), incidentOf('b')]);
    assert.equal(archive.health.kind, 'memory');
    clock.pass(60_001);
    const stored = [incidentOf('a', { count: 2 }), incidentOf('b')];
    assert.deepEqual(await archive.readIncidents(), stored);
    assert.equal(archive.health.kind, 'disk');
    archive.dispose();
    const again = openArchive(path).archive;
    assert.deepEqual(await again.readIncidents(), stored);
    again.dispose();
  });
});
