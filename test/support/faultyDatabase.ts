import { DatabaseSync, type StatementSync } from 'node:sqlite';

/**
 * Makes statements of the databases it opens fail by number, as SQLite would: from `failAt` on,
 * counted over those for which `concerns` returns true, `failCount` times.
 */
export class FaultyDatabases {
  executedCount = 0;
  failAt = Infinity;
  failCount = 1;
  errcode = 0;
  concerns: (sql: string) => boolean = () => true;

  readonly open = (path: string): DatabaseSync => {
    const db = new DatabaseSync(path);
    return intercept(db, (name, method) => {
      if (name === 'exec') return (...args) => this.#run(`${args[0]}`, () => method(...args));
      if (name !== 'prepare') return method;
      return (...args) => this.#interceptStatement(method(...args) as StatementSync, `${args[0]}`);
    });
  };

  #interceptStatement(statement: StatementSync, sql: string): StatementSync {
    return intercept(statement, (name, method) =>
      /^(run|get|all|iterate)$/.test(name)
        ? (...args) => this.#run(sql, () => method(...args))
        : method,
    );
  }

  #run<T>(sql: string, statement: () => T): T {
    if (!this.concerns(sql)) return statement();
    const n = ++this.executedCount;
    if (n >= this.failAt && n < this.failAt + this.failCount) {
      throw Object.assign(new Error('injected'), {
        code: 'ERR_SQLITE_ERROR',
        errcode: this.errcode,
      });
    }
    return statement();
  }
}

type Method = (...args: unknown[]) => unknown;

/** Native methods need their own `this`, which a plain proxy would not give them. */
function intercept<T extends object>(target: T, wrap: (name: string, method: Method) => Method): T {
  return new Proxy(target, {
    get(_, name) {
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? wrap(String(name), value.bind(target)) : value;
    },
  });
}
