import type { DatabaseTable } from '../../src/core/agents/agent.ts';

/** A table as an agent keeps its messages in: those that failed have an error. */
export const TABLE: DatabaseTable = {
  name: 'message',
  columns: ['version', 'error'],
  version: 'version',
  where: `error IS NOT NULL`,
};

/** Creates the table, with a column that must not be read. */
export const CREATE =
  'CREATE TABLE message (id TEXT PRIMARY KEY, version INTEGER NOT NULL, error TEXT, other BLOB)';

/** The file that holds it. */
export const NAME = 'agent.db';
