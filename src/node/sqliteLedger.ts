import { hash } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { AgentName } from '../core/agents/tail.ts';
import {
  type Counted,
  LEDGER_RETENTION,
  type LedgerQuery,
  type LedgerRow,
} from '../core/ledger/ledger.ts';
import { pause } from './turns.ts';

/** 6 bytes of a key's hash: with 300 keys in a slot, two agree once in a billion slots. */
const KEY_DIGITS = 12;

/** Rows created before the event loop gets a turn: about 5 ms. */
const BATCH = 5_000;

type Row = Record<string, unknown>;

interface AddOptions {
  readonly now: number;
  readonly isDetailed?: boolean;
}

/**
 * The ledger's tables. A key is known by the slot of its time and a part of its hash; the texts of
 * rows are stored once. Rejects with SQLite's errors.
 */
export class SqliteLedger {
  readonly #sql: Readonly<Record<keyof typeof SQL, StatementSync>>;

  constructor(db: DatabaseSync) {
    const prepared = Object.entries(SQL).map(([name, sql]) => [name, db.prepare(sql)]);
    this.#sql = Object.fromEntries(prepared);
  }

  /** Adds what was not counted before. Call in a transaction. `isDetailed`: no sums of hours. */
  add(counted: readonly Counted[], { now, isDetailed = false }: AddOptions): void {
    const { countedMs, futureMs } = LEDGER_RETENTION;
    const isInTime = ({ at }: Counted): boolean => at >= now - countedMs && at <= now + futureMs;
    const slots = new Map<number, Counted[]>();
    for (const it of counted.filter(isInTime)) {
      const ofSlot = slots.get(it.row.from);
      if (ofSlot) ofSlot.push(it);
      else slots.set(it.row.from, [it]);
    }
    const news = [...slots].flatMap(([slot, ofSlot]) => this.#takeNew(slot, ofSlot));
    const hourly = isDetailed ? -Infinity : hourlyBefore(now);
    const isOld = ({ from }: LedgerRow): boolean => from < hourly;
    this.addRows(news.map(({ row }) => (isOld(row) ? ofHour(row) : row)));
  }

  /** Adds rows to the sums. Call in a transaction. */
  addRows(rows: readonly LedgerRow[]): void {
    const sums = new Map<string, Sum>();
    for (const row of rows) addTo(sums, row);
    for (const sum of sums.values()) this.#store(sum);
  }

  async rows({ from, to, detail }: LedgerQuery): Promise<LedgerRow[]> {
    const texts = new Map(
      this.#sql.texts.all().map(row => [row.id, textsOf(detail === 'coarse' ? coarse(row) : row)]),
    );
    const found = this.#sql[detail ?? 'rows'].all(from, to);
    const rows: LedgerRow[] = [];
    let count = 0;
    for (const row of found) {
      if (++count % BATCH === 0) await pause();
      const names = texts.get(row.texts ?? null);
      if (names) rows.push(toRow(row, names));
    }
    return rows;
  }

  /** Those with a new key; stores their keys. */
  #takeNew(slot: number, counted: readonly Counted[]): Counted[] {
    const stored = this.#sql.keys.get(slot)?.keys;
    const before = stored instanceof Uint8Array ? Buffer.from(stored).toString('hex') : '';
    const known = new Set<string>();
    for (let at = 0; at < before.length; at += KEY_DIGITS)
      known.add(before.slice(at, at + KEY_DIGITS));
    const news = counted.filter(
      ({ key }) => known.size !== known.add(hash('sha1', key).slice(0, KEY_DIGITS)).size,
    );
    if (news.length > 0) this.#sql.setKeys.run(slot, Buffer.from([...known].join(''), 'hex'));
    return news;
  }

  #store({ row, ...sum }: Sum): void {
    const texts = [row.account, row.agent, row.session, row.model, row.project].map(it => it ?? '');
    const key = [...texts, row.isSubagent ? 1 : 0];
    const id = this.#sql.textsId.get(...key)?.id ?? this.#sql.addTexts.get(...key)?.id;
    this.#sql.add.run(
      ...[row.from, row.spanMs, Number(id), sum.answers, sum.failures, sum.retries],
      ...[sum.input, sum.cacheRead, sum.cacheWrite, sum.output],
    );
  }
}

/** Rows before this time are kept by the hour. */
export function hourlyBefore(now: number): number {
  const { fullDetailMs, hourMs } = LEDGER_RETENTION;
  return Math.floor((now - fullDetailMs) / hourMs) * hourMs;
}

function ofHour({ session: _session, ...row }: LedgerRow): LedgerRow {
  const { hourMs } = LEDGER_RETENTION;
  return { ...row, from: row.from - (row.from % hourMs), spanMs: hourMs };
}

interface Sum {
  readonly row: LedgerRow;
  answers: number;
  failures: number;
  retries: number;
  input: number;
  cacheRead: number;
  cacheWrite: number;
  output: number;
}

function addTo(sums: Map<string, Sum>, row: LedgerRow): void {
  const { from, account, agent, session, isSubagent, model, project, tokens } = row;
  const key = [from, row.spanMs, account, agent, session, isSubagent, model, project].join('\n');
  let sum = sums.get(key);
  if (!sum) {
    const none = { answers: 0, failures: 0, retries: 0 };
    sum = { row, ...none, input: 0, cacheRead: 0, cacheWrite: 0, output: 0 };
    sums.set(key, sum);
  }
  sum.answers += row.answers;
  sum.failures += row.failures;
  sum.retries += row.retries;
  sum.input += tokens.input;
  sum.cacheRead += tokens.cacheRead;
  sum.cacheWrite += tokens.cacheWrite;
  sum.output += tokens.output;
}

type Texts = Pick<LedgerRow, 'account' | 'agent' | 'session' | 'isSubagent' | 'model' | 'project'>;

/** Undefined: written by another version, or damaged. */
function textsOf(row: Row): Texts | undefined {
  const text = (name: string): string | undefined => row[name]?.toString() || undefined;
  const agent = AgentName.safeParse(row.agent).data;
  const [account, session, model, project] = ['account', 'session', 'model', 'project'].map(text);
  return (
    agent && {
      ...(account === undefined ? {} : { account }),
      agent,
      ...(session === undefined ? {} : { session }),
      isSubagent: row.isSubagent === 1,
      ...(model === undefined ? {} : { model }),
      ...(project === undefined ? {} : { project }),
    }
  );
}

const coarse = (row: Row): Row => ({ ...row, session: '', project: '' });

function toRow(row: Row, texts: Texts): LedgerRow {
  return {
    from: Number(row.slot),
    spanMs: Number(row.spanMs),
    ...texts,
    answers: Number(row.answers),
    failures: Number(row.failures),
    retries: Math.max(0, Number(row.retries)),
    tokens: {
      input: Number(row.input),
      cacheRead: Number(row.cacheRead),
      cacheWrite: Number(row.cacheWrite),
      output: Number(row.output),
    },
  };
}

const SQL = {
  keys: 'SELECT keys FROM ledgerKeys WHERE slot = ?',
  setKeys: 'INSERT OR REPLACE INTO ledgerKeys (slot, keys) VALUES (?, ?)',
  textsId: `SELECT id FROM ledgerTexts WHERE account = ? AND agent = ? AND session = ?
    AND model = ? AND project = ? AND isSubagent = ?`,
  addTexts: `INSERT INTO ledgerTexts (account, agent, session, model, project, isSubagent)
    VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
  add: `INSERT INTO ledger (slot, spanMs, texts, answers, failures, retries,
      input, cacheRead, cacheWrite, output) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (slot, spanMs, texts) DO UPDATE SET
      answers = answers + excluded.answers, failures = failures + excluded.failures,
      retries = retries + excluded.retries, input = input + excluded.input,
      cacheRead = cacheRead + excluded.cacheRead, cacheWrite = cacheWrite + excluded.cacheWrite,
      output = output + excluded.output`,
  texts: 'SELECT id, account, agent, session, isSubagent, model, project FROM ledgerTexts',
  rows: `SELECT CAST(slot AS REAL) AS slot, CAST(spanMs AS REAL) AS spanMs, texts, answers,
      failures, retries, CAST(input AS REAL) AS input, CAST(cacheRead AS REAL) AS cacheRead,
      CAST(cacheWrite AS REAL) AS cacheWrite, CAST(output AS REAL) AS output
    FROM ledger WHERE ledger.slot >= ? AND ledger.slot < ?
    ORDER BY ledger.slot, ledger.spanMs, texts`,
  // Sorts numbers and not texts: `kind` is the first of the texts that differ in what is left out.
  coarse: `WITH kinds AS MATERIALIZED (
      SELECT id, min(id) OVER (PARTITION BY account, agent, model, isSubagent) AS kind
      FROM ledgerTexts)
    SELECT CAST(slot AS REAL) AS slot, CAST(spanMs AS REAL) AS spanMs, kind AS texts,
      sum(answers) AS answers, sum(failures) AS failures, sum(retries) AS retries,
      total(input) AS input, total(cacheRead) AS cacheRead, total(cacheWrite) AS cacheWrite,
      total(output) AS output
    FROM ledger JOIN kinds ON id = texts WHERE ledger.slot >= ? AND ledger.slot < ?
    GROUP BY ledger.slot, ledger.spanMs, kind`,
  total: `SELECT CAST(min(slot) AS REAL) AS slot, CAST(spanMs AS REAL) AS spanMs, texts,
      sum(answers) AS answers, sum(failures) AS failures, sum(retries) AS retries,
      total(input) AS input, total(cacheRead) AS cacheRead, total(cacheWrite) AS cacheWrite,
      total(output) AS output
    FROM ledger WHERE ledger.slot >= ? AND ledger.slot < ? GROUP BY texts ORDER BY min(slot), texts`,
} as const;
