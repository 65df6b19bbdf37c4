/**
 * Why a database operation failed. `moved`: another window set the file aside. `schema`: the tables
 * changed since the file was opened. `damaged`: corrupt, or another program's. The others are as in
 * `MemoryReason`.
 */
export type Fault =
  | 'busy'
  | 'moved'
  | 'schema'
  | 'damaged'
  | 'io'
  | 'full'
  | 'readOnly'
  | 'cannotOpen'
  | 'newerSchema';

/** A fault that SQLite does not report. */
export class ArchiveFault extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(`The archive's database: ${fault}`);
    this.fault = fault;
  }
}

/**
 * The fault that an error means, by SQLite's result code (https://sqlite.org/rescode.html).
 * Undefined: a defect of this program.
 */
export function faultOf(error: unknown): Fault | undefined {
  if (error instanceof ArchiveFault) return error.fault;
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  const code = Number(error.errcode);
  return code === READONLY_DBMOVED ? 'moved' : FAULTS[code & 0xff];
}

/**
 * True: SQLite or Node refuses this value (wrong type, out of range, too long). Other records may
 * still be stored.
 */
export function isRefusal(error: unknown): boolean {
  const { code, errcode } = Object(error) as { code?: unknown; errcode?: number };
  if (errcode !== undefined) return REFUSALS.includes(errcode & 0xff);
  return code === 'ERR_INVALID_ARG_TYPE' || code === 'ERR_INVALID_ARG_VALUE';
}

/** SQLite's generic result code, for example for a missing table. */
export const SQLITE_ERROR = 1;

const READONLY_DBMOVED = 1032;

const FAULTS: Readonly<Record<number, Fault>> = {
  [SQLITE_ERROR]: 'schema',
  3: 'cannotOpen', // PERM
  5: 'busy',
  6: 'busy', // LOCKED
  8: 'readOnly',
  10: 'io',
  11: 'damaged', // CORRUPT
  13: 'full',
  14: 'cannotOpen',
  15: 'busy', // PROTOCOL: many windows race for the WAL
  26: 'damaged', // NOTADB
};

const REFUSALS = [18, 19, 20]; // TOOBIG, CONSTRAINT, MISMATCH
