/**
 * What went wrong with the database. `moved`: another window has set the file aside meanwhile.
 * `schema`: its tables are not those that it was opened with. `damaged`: corrupt, or another
 * program's. The rest is named as in `MemoryReason`.
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

/** A fault that we find ourselves rather than SQLite. */
export class ArchiveFault extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(`The archive's database: ${fault}`);
    this.fault = fault;
  }
}

/**
 * Reads the fault off an error, by SQLite's number and never by its text
 * (https://sqlite.org/rescode.html). Undefined: not the disk's doing but a defect of ours.
 */
export function faultOf(error: unknown): Fault | undefined {
  if (error instanceof ArchiveFault) return error.fault;
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  const code = Number(error.errcode);
  return code === READONLY_DBMOVED ? 'moved' : FAULTS[code & 0xff];
}

/**
 * True if the database, or Node's way to it, takes no such value: of another type than its column,
 * out of range, too long. Another record may be stored all the same.
 */
export function isRefusal(error: unknown): boolean {
  const { code, errcode } = Object(error) as { code?: unknown; errcode?: number };
  if (errcode !== undefined) return REFUSALS.includes(errcode & 0xff);
  return code === 'ERR_INVALID_ARG_TYPE' || code === 'ERR_INVALID_ARG_VALUE';
}

/** SQLite's number for all that has none of its own, such as a table that is not there. */
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
  15: 'busy', // PROTOCOL: the race of many windows for the log
  26: 'damaged', // NOTADB
};

const REFUSALS = [18, 19, 20]; // TOOBIG, CONSTRAINT, MISMATCH
