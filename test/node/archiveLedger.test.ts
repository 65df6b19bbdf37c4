import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import type { RequestEnded, RequestFailed } from '../../src/core/agents/signal.ts';
import { countedIn } from '../../src/core/ledger/counted.ts';
import type { Archive } from '../../src/core/ledger/archive.ts';
import type { Counted, LedgerRow } from '../../src/core/ledger/ledger.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/core/base/time.ts';
import { openArchive, useFolder } from '../support/archiveFixture.ts';
import { FaultyDatabases } from '../support/faultyDatabase.ts';
import { openMemoryArchive } from '../support/memoryArchive.ts';
import { NOW } from '../support/snapshots.ts';
import { batch, checkpoint } from '../support/tailBatches.ts';

const ALL = { from: 0, to: Infinity };
const SLOT = NOW - (NOW % (5 * MINUTE_MS));

/** A response with tokens, as a reader reports it. */
function answerAt(at: number, key: string, fields: Partial<RequestEnded> = {}): Counted[] {
  const signal: RequestEnded = {
    kind: 'requestEnded',
    at,
    agent: 'claude-code',
    session: 's1',
    model: 'kimi-for-coding',
    project: 'demo',
    evidence: { host: 'api.kimi.com' },
    contentKey: key,
    inputTokens: 100,
    cacheReadTokens: 60,
    cacheWriteTokens: 10,
    outputTokens: 5,
    ...fields,
  };
  const read = { signals: [{ signal, file: 'f', byteOffset: 0 }] };
  return countedIn(read, { signals: [] }, { hasProjects: true });
}

const add = (archive: Archive, counted: readonly Counted[], now = NOW) =>
  archive.addToLedger({ ...batch([], []), readAt: now }, counted);

/** Answers, tokens and spans of rows, as short as a table needs. */
const short = (rows: readonly LedgerRow[]) =>
  rows.map(({ from, spanMs, session, answers, tokens }) => [
    (from - SLOT) / MINUTE_MS,
    spanMs / MINUTE_MS,
    session ?? '-',
    answers,
    tokens.output,
  ]);

const archives: [name: string, create: (path: string) => Archive][] = [
  ['SqliteArchive', path => openArchive(path).archive],
  ['SqliteArchive in memory', () => openMemoryArchive()],
];
for (const [name, create] of archives)
  describe(`${name}: the ledger`, () => {
    const inFolder = useFolder();
    let archive: Archive;

    beforeEach(() => {
      archive = create(inFolder('archive.db'));
    });
    afterEach(() => archive.dispose());

    it('counts an attempt once that two records count', async () => {
      const signal: RequestFailed = {
        kind: 'requestFailed',
        at: SLOT + 1,
        agent: 'codex',
        session: 's1',
        evidence: { host: 'api.kimi.com' },
        contentKey: 'turn',
        text: '',
        isFinal: true,
      };
      const countOf = (failures: RequestFailed[], amendments: RequestFailed[] = []) =>
        countedIn(
          { signals: [] },
          { signals: failures.map(it => ({ signal: it, file: 'f', byteOffset: 0 })), amendments },
          { hasProjects: true },
        );
      await add(archive, countOf([{ ...signal, attemptCount: 3 }]));
      const others = ['a', 'b'].map(contentKey => ({ ...signal, contentKey, isFinal: false }));
      const fewer = { ...signal, fewerAttempts: 2 };
      await add(archive, countOf(others, [fewer, fewer]));
      const rows = await archive.ledgerRows(ALL);
      const sum = (of: 'failures' | 'retries') => rows.reduce((total, row) => total + row[of], 0);
      assert.deepEqual([sum('failures'), sum('retries')], [3, 2]);
    });

    it('gives back a row with every field', async () => {
      await add(archive, answerAt(SLOT + 1, 'a', { subagent: 'x' }));
      assert.deepEqual(await archive.ledgerRows(ALL), [
        {
          from: SLOT,
          spanMs: 5 * MINUTE_MS,
          account: 'kimi-code',
          agent: 'claude-code',
          session: 's1',
          isSubagent: true,
          model: 'kimi-for-coding',
          project: 'demo',
          answers: 1,
          failures: 0,
          retries: 0,
          tokens: { input: 30, cacheRead: 60, cacheWrite: 10, output: 5 },
        },
      ]);
    });

    it('counts each key once, in one batch and in several', async () => {
      await add(archive, [...answerAt(SLOT, 'a'), ...answerAt(SLOT + 9, 'a')]);
      await add(archive, [...answerAt(SLOT, 'b'), ...answerAt(SLOT, 'a', { session: 's2' })]);
      assert.deepEqual(short(await archive.ledgerRows(ALL)), [[0, 5, 's1', 2, 10]]);
    });

    it('has a row for each slot, session, model and project', async () => {
      await add(archive, [
        ...answerAt(SLOT, 'a'),
        ...answerAt(SLOT, 'b', { session: 's2' }),
        ...answerAt(SLOT, 'c', { model: 'k3' }),
        ...answerAt(SLOT, 'd', { project: 'other' }),
        ...answerAt(SLOT - 1, 'e'),
      ]);
      const rows = await archive.ledgerRows(ALL);
      assert.equal(rows.length, 5);
      assert.equal(rows[0]?.from, SLOT - 5 * MINUTE_MS);
      assert.equal((await archive.ledgerRows({ from: SLOT, to: SLOT + 1 })).length, 4);
    });

    it('sums without sessions and projects, or over the whole time', async () => {
      await add(archive, [
        ...answerAt(SLOT - 1, 'a', { session: 's2' }),
        ...answerAt(SLOT, 'b', { session: 's2', project: 'other' }),
        ...answerAt(SLOT, 'c'),
        ...answerAt(SLOT, 'd', { session: 's2' }),
        ...answerAt(SLOT + 5 * MINUTE_MS, 'e'),
      ]);
      const rows = async (detail: 'coarse' | 'total') =>
        (await archive.ledgerRows({ from: SLOT - 1, to: SLOT + 1, detail })).map(row => [
          ...short([row])[0]!,
          row.project ?? '-',
        ]);
      assert.deepEqual(await rows('coarse'), [[0, 5, '-', 3, 15, '-']]);
      const all = { from: 0, to: SLOT + 1, detail: 'total' } as const;
      assert.deepEqual(
        (await archive.ledgerRows(all)).map(row => [...short([row])[0]!, row.project]),
        [
          [-5, 5, 's2', 2, 10, 'demo'],
          [0, 5, 's2', 1, 5, 'other'],
          [0, 5, 's1', 1, 5, 'demo'],
        ],
      );
    });

    it('sums by the hour and without sessions after 8 days, whenever it is pruned', async () => {
      const hour = NOW - (NOW % HOUR_MS) - 9 * DAY_MS;
      await add(archive, answerAt(hour + 1, 'a'), hour);
      await add(archive, answerAt(hour + 6 * MINUTE_MS, 'b', { session: 's2' }), hour);
      assert.equal((await archive.ledgerRows(ALL)).length, 2);
      await archive.prune(NOW);
      // Read late: the same form.
      await add(archive, answerAt(hour + 59 * MINUTE_MS, 'c'));
      await archive.prune(NOW);
      const rows = await archive.ledgerRows(ALL);
      assert.deepEqual(short(rows), [[(hour - SLOT) / MINUTE_MS, 60, '-', 3, 15]]);
      assert.equal(rows[0]?.project, 'demo');
    });

    it('deletes rows after 90 days, and ignores records that are older than 30', async () => {
      await add(archive, answerAt(NOW - 91 * DAY_MS, 'a'), NOW - 91 * DAY_MS);
      await add(archive, answerAt(NOW - 31 * DAY_MS, 'b'));
      assert.equal((await archive.ledgerRows(ALL)).length, 1);
      await archive.prune(NOW);
      assert.deepEqual(await archive.ledgerRows(ALL), []);
    });

    it('keeps where a file was counted from with its checkpoint', async () => {
      const counted = checkpoint('f', { countedFrom: 7 });
      await archive.addToLedger(batch([], [counted, checkpoint('g')]), []);
      assert.deepEqual(await archive.readCheckpoints(), [counted, checkpoint('g')]);
    });
  });

describe('SqliteArchive: the file of the ledger', () => {
  const inFolder = useFolder();

  it('adds what was counted in memory when the disk is back', async () => {
    const databases = new FaultyDatabases();
    const { archive, clock } = openArchive(inFolder('archive.db'), {
      openDatabase: databases.open,
    });
    await add(archive, answerAt(SLOT, 'a'));
    Object.assign(databases, { errcode: 13, failAt: 0, failCount: Infinity });
    await add(archive, answerAt(SLOT, 'b'));
    assert.equal(archive.health.kind, 'memory');
    databases.failAt = Infinity;
    clock.pass(61_000);
    await add(archive, [...answerAt(SLOT, 'a'), ...answerAt(SLOT, 'b'), ...answerAt(SLOT, 'c')]);
    assert.equal(archive.health.kind, 'disk');
    assert.deepEqual(short(await archive.ledgerRows(ALL)), [[0, 5, 's1', 3, 15]]);
    archive.dispose();
  });

  it('needs less than 300 KB for a thousand responses of one day', async () => {
    const { archive } = openArchive(inFolder('archive.db'));
    const counted = Array.from({ length: 1_000 }, (_, index) =>
      answerAt(NOW - index * 86_000, `msg_${index}`, { session: `s${index % 20}` }),
    ).flat();
    await add(archive, counted);
    await archive.prune(NOW);
    archive.dispose();
    assert.ok(statSync(inFolder('archive.db')).size < 300_000);
  });
});
