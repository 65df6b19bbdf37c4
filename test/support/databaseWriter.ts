import { DatabaseSync } from 'node:sqlite';

/** An agent that writes 500 rows to its database, without patience for anybody. */
const db = new DatabaseSync(process.argv[2]!);
db.exec('PRAGMA busy_timeout = 0; PRAGMA wal_autocheckpoint = 20');
const insert = db.prepare('INSERT INTO message VALUES (?, 1, ?, zeroblob(500))');
for (let i = 0; i < 500; i++) {
  insert.run(String(i), `429 ${i}`);
  await new Promise(resolve => setTimeout(resolve, 1));
}
db.close();
process.disconnect?.();
