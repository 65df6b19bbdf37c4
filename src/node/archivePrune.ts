import type { DatabaseSync } from 'node:sqlite';
import { TAIL_RETENTION } from '../core/agents/tail.ts';
import { MAX_VALUES } from '../core/base/store.ts';
import { DAY_MS } from '../core/base/time.ts';
import { INCIDENT_RETENTION } from '../core/incidents/incident.ts';
import { RETENTION } from '../core/quota/snapshot.ts';
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
  // Checkpoints the WAL, so that it does not keep its largest size.
  db.prepare('PRAGMA wal_checkpoint(PASSIVE)').all();
}

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
