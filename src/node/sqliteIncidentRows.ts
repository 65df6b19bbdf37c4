import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  type Incident,
  INCIDENT_RETENTION,
  type IncidentRows,
} from '../core/incidents/incident.ts';
import { pause } from './turns.ts';
import type { EventQuery } from '../core/agents/tail.ts';

/** So many rows are parsed before others have their turn: a row is larger than a failure's. */
const BATCH = 100;

type Known = Map<unknown, { readonly json: unknown; readonly incident: Incident }>;

/** Incidents on an open database. Rejects with SQLite's errors. */
export class SqliteIncidentRows implements IncidentRows {
  readonly #sql: Readonly<Record<keyof typeof SQL, StatementSync>>;
  readonly #onSkipped: (id: unknown) => void;
  /** What was read last, by id: every window reads again whenever one has written anything. */
  #known: Known = new Map();

  /** Prepares every statement. `onSkipped` is told of rows that do not validate. */
  constructor(db: DatabaseSync, onSkipped: (id: unknown) => void) {
    const prepared = Object.entries(SQL).map(([name, sql]) => [name, db.prepare(sql)]);
    this.#sql = Object.fromEntries(prepared);
    this.#onSkipped = onSkipped;
  }

  async saveIncidents(incidents: readonly Incident[]): Promise<void> {
    if (incidents.length > 0) this.#sql.save.run(JSON.stringify(incidents));
  }

  async readIncidents({ since = -Infinity, limit = Infinity }: EventQuery = {}): Promise<
    readonly Incident[]
  > {
    const newest = Math.min(limit, 2 * INCIDENT_RETENTION.maxIncidents);
    const rows = this.#sql.newest.all(Math.max(since, -8.64e15), newest).reverse();
    if (rows.length === 0) return [];
    // The one large reader of rows, which a window without incidents does not need.
    const { parseStoredIncident } = await import('../core/incidents/incident.ts');
    const known: Known = new Map();
    for (const [index, { id, json }] of rows.entries()) {
      if (index % BATCH === BATCH - 1) await pause();
      const before = this.#known.get(id);
      const incident = before?.json === json ? before?.incident : parseStoredIncident(json);
      if (incident) known.set(id, { json, incident });
      else this.#onSkipped(`incident ${id}`);
    }
    this.#known = known;
    return [...known.values()].map(({ incident }) => incident);
  }

  /** Drops what is past the bounds of `INCIDENT_RETENTION`. */
  async prune(now: number): Promise<void> {
    const { keepMs, futureMs, maxIncidents } = INCIDENT_RETENTION;
    this.#sql.dropOutdated.run(now - keepMs, now + futureMs);
    this.#sql.dropExcess.run(maxIncidents);
  }
}

const SQL = {
  // One statement, so that all are stored or none. An upsert of a SELECT needs its WHERE.
  save: `INSERT INTO incident (id, fromAt, toAt, json)
    SELECT value ->> 'id', CAST(value ->> 'from' AS INTEGER), CAST(value ->> 'to' AS INTEGER), value
    FROM json_each(?) WHERE true
    ON CONFLICT (id) DO UPDATE SET
      fromAt = excluded.fromAt, toAt = excluded.toAt, json = excluded.json`,
  newest: `SELECT id, json FROM incident WHERE toAt >= ?
    ORDER BY toAt DESC, incident.rowid DESC LIMIT ?`,
  dropOutdated: 'DELETE FROM incident WHERE toAt < ? OR toAt > ?',
  dropExcess: `DELETE FROM incident WHERE id IN (
    SELECT id FROM incident ORDER BY toAt DESC LIMIT -1 OFFSET ?)`,
} as const;
