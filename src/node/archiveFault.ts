/**
 * What went wrong with the database. `moved`: another window has set the file aside meanwhile.
 * `damaged`: corrupt, or another program's. The rest is named as in `MemoryReason`.
 */
export type Fault =
  | 'busy'
  | 'moved'
  | 'damaged'
  | 'io'
  | 'full'
  | 'readOnly'
  | 'cannotOpen'
  | 'newerSchema'
  | 'noSqlite';

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

const READONLY_DBMOVED = 1032;

const FAULTS: Readonly<Record<number, Fault>> = {
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
