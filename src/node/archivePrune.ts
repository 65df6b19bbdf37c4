import type { DatabaseSync } from 'node:sqlite';
import { TAIL_RETENTION } from '../core/agents/tail.ts';
import { MAX_VALUES } from '../core/base/store.ts';
import { DAY_MS } from '../core/base/time.ts';
import { INCIDENT_RETENTION } from '../core/incidents/incident.ts';
import { RETENTION } from '../core/quota/snapshot.ts';
import { LEDGER_RETENTION } from '../core/ledger/ledger.ts';
import { hourlyBefore } from './sqliteLedger.ts';
import { pause } from './turns.ts';

/** Rows deleted before the event loop gets a turn: about 10 ms. */
const BATCH = 500;

/** Times of the last reads expire after a day, longer than any interval between reads. */
const LAST_READ_KEPT_MS = DAY_MS;

/**
 * Deletes rows beyond the retention limits. A separate chunk: only the holder of the lease loads
 * it.
 */
export async function prune(db: DatabaseSync, now: number): Promise<void> {
  const run = (sql: string, ...params: number[]): number =>
    Number(db.prepare(sql).run(...params).changes);
  const { maxSnapshots, keepMs, futureMs, fullDetailMs } = RETENTION;
  const bounds = [now - keepMs, now + futureMs, now - fullDetailMs, BATCH];
  while (run(OUTDATED_SNAPSHOTS, ...bounds) === BATCH) await pause();
  const tail = TAIL_RETENTION;
  while (run(OUTDATED_EVENTS, now - tail.keepMs, now + tail.futureMs, BATCH) === BATCH)
    await pause();
  run(allButLast('snapshot'), maxSnapshots);
  run(allButLast('value'), MAX_VALUES);
  run(allButLast('event'), tail.maxEvents);
  run('DELETE FROM lastRead WHERE at < ?', now - LAST_READ_KEPT_MS);
  run('DELETE FROM checkpoint WHERE seenAt < ?', now - tail.checkpointKeepMs);
  run(EXCESS_CHECKPOINTS, tail.maxCheckpoints);
  const { maxIncidents, ...incidents } = INCIDENT_RETENTION;
  run(OUTDATED_INCIDENTS, now - incidents.keepMs, now + incidents.futureMs);
  run(EXCESS_INCIDENTS, maxIncidents);
  await pruneLedger(db, now);
  // Checkpoints the WAL, so that it does not keep its largest size.
  db.prepare('PRAGMA wal_checkpoint(PASSIVE)').all();
}

/** Sums an hour's rows at a time, without the session. */
async function pruneLedger(db: DatabaseSync, now: number): Promise<void> {
  const { hourMs, slotMs, keepMs, futureMs, countedMs, maxRows } = LEDGER_RETENTION;
  const run = (sql: string, ...params: number[]): unknown => db.prepare(sql).run(...params);
  const oldest = db.prepare('SELECT min(slot) AS slot FROM ledger WHERE spanMs = ? AND slot < ?');
  run('DELETE FROM ledger WHERE slot < ? OR slot > ?', now - keepMs, now + futureMs);
  run(EXCESS_LEDGER, maxRows);
  run('DELETE FROM ledgerKeys WHERE slot < ?', now - countedMs - DAY_MS);
  for (;;) {
    const slot = oldest.get(slotMs, hourlyBefore(now))?.slot;
    if (typeof slot !== 'number') break;
    const from = slot - (slot % hourMs);
    db.exec('BEGIN IMMEDIATE');
    run(TEXTS_OF_HOUR, slotMs, from, from + hourMs);
    run(SUM_OF_HOUR, from, hourMs, slotMs, from, from + hourMs);
    run(
      'DELETE FROM ledger WHERE spanMs = ? AND slot >= ? AND slot < ?',
      slotMs,
      from,
      from + hourMs,
    );
    db.exec('COMMIT');
    await pause();
  }
  run('DELETE FROM ledgerTexts WHERE id NOT IN (SELECT texts FROM ledger)');
}

const TEXTS = 'account, agent, model, project, isSubagent';
const TEXTS_OF_HOUR = `INSERT OR IGNORE INTO ledgerTexts (session, ${TEXTS})
  SELECT DISTINCT '', ${TEXTS} FROM ledger JOIN ledgerTexts ON ledgerTexts.id = texts
  WHERE spanMs = ? AND slot >= ? AND slot < ?`;
const AMOUNTS = [
  ...['answers', 'failures', 'retries'],
  ...['input', 'cacheRead', 'cacheWrite', 'output'],
] as const;
const SUM_OF_HOUR = `INSERT INTO ledger (slot, spanMs, texts, ${AMOUNTS.join()})
  SELECT ?, ?, (SELECT id FROM ledgerTexts AS hourly WHERE hourly.session = ''
      AND hourly.agent = detail.agent AND hourly.account = detail.account
      AND hourly.model = detail.model AND hourly.project = detail.project
      AND hourly.isSubagent = detail.isSubagent) AS hourlyTexts,
    ${AMOUNTS.map(name => `sum(${name})`).join()}
  FROM ledger JOIN ledgerTexts AS detail ON detail.id = texts
  WHERE spanMs = ? AND slot >= ? AND slot < ? GROUP BY hourlyTexts
  ON CONFLICT (slot, spanMs, texts) DO UPDATE SET
    ${AMOUNTS.map(name => `${name} = ${name} + excluded.${name}`).join()}`;
const EXCESS_LEDGER = `DELETE FROM ledger WHERE slot < (
  SELECT slot FROM ledger ORDER BY slot DESC LIMIT 1 OFFSET ?)`;

const allButLast = (table: 'snapshot' | 'value' | 'event'): string =>
  `DELETE FROM ${table} WHERE id <= (SELECT id FROM ${table} ORDER BY id DESC LIMIT 1 OFFSET ?)`;

// The span is not a parameter: numbers are bound as floats, which would make it a float division.
const OUTDATED_SNAPSHOTS = `DELETE FROM snapshot WHERE id IN (
  SELECT id FROM snapshot WHERE at < ?1 OR at > ?2 OR (
    at < ?3 AND id NOT IN (
      SELECT max(id) FROM snapshot GROUP BY origin, at / ${RETENTION.thinnedSpanMs})
  ) LIMIT ?4)`;
const OUTDATED_EVENTS = `DELETE FROM event WHERE id IN (
  SELECT id FROM event WHERE at < ? OR at > ? LIMIT ?)`;
const EXCESS_CHECKPOINTS = `DELETE FROM checkpoint WHERE fingerprint IN (
  SELECT fingerprint FROM checkpoint ORDER BY seenAt DESC LIMIT -1 OFFSET ?)`;
const OUTDATED_INCIDENTS = 'DELETE FROM incident WHERE toAt < ? OR toAt > ?';
const EXCESS_INCIDENTS = `DELETE FROM incident WHERE id IN (
  SELECT id FROM incident ORDER BY toAt DESC LIMIT -1 OFFSET ?)`;
