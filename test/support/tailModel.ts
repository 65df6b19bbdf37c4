import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import {
  failure,
  LOGS,
  type RecordingSink,
  TailFixture,
  type TailFixtureOptions,
} from './tailFixture.ts';

/** What is done to a log, and to its tailer. */
export type FileAction =
  | { readonly kind: 'append'; readonly sizes: readonly number[]; readonly isPartial: boolean }
  | { readonly kind: 'rotate' | 'copyTruncate' | 'delete' | 'complete' | 'read' | 'restart' }
  | { readonly kind: 'replace' | 'rewrite' | 'recreate'; readonly sizes: readonly number[] };

const sizes = fc.array(fc.constantFrom(0, 5, 300, 2_000), { minLength: 1, maxLength: 4 });

/** Any of them, as often as they happen in life. */
export const fileAction: fc.Arbitrary<FileAction> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('append'), sizes, isPartial: fc.boolean() }),
  },
  { weight: 5, arbitrary: fc.constant({ kind: 'read' } as const) },
  ...(['rotate', 'copyTruncate', 'delete', 'complete', 'restart'] as const).map(kind => ({
    weight: 1,
    arbitrary: fc.constant({ kind }),
  })),
  ...(['replace', 'rewrite', 'recreate'] as const).map(kind => ({
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant(kind), sizes }),
  })),
);

/**
 * A folder with one log and its rotated copies, and a tailer on it. What must be reported is all
 * that stood complete in any of the files whenever the tailer looked; what may be reported is all
 * that was ever written; both once.
 */
export class TailModel {
  readonly #folder: string;
  readonly #log: string;
  readonly #header: string;
  readonly #options: TailFixtureOptions;
  #tail: TailFixture;
  #lineCount = 0;
  #rest = '';
  readonly #written = new Set<string>();
  readonly #expected = new Set<string>();

  /** `header`: the same first line in every file, or none. */
  constructor(folder: string, header: string, options: TailFixtureOptions = {}) {
    this.#header = header;
    this.#folder = folder;
    this.#log = join(folder, 'a.log');
    this.#options = options;
    this.#tail = new TailFixture(folder, options);
  }

  async run(actions: readonly FileAction[]): Promise<void> {
    await this.#tail.start();
    for (const action of actions) await this.#do(action);
    await this.#read();
    this.#tail.tailer.dispose();
    assert.ok(!this.#tail.log.lines.some(line => line.startsWith('error')));
    await this.#check();
  }

  get #sink(): RecordingSink {
    return this.#tail.sink;
  }

  async #do(action: FileAction): Promise<void> {
    switch (action.kind) {
      case 'append':
        return this.#append(action.sizes, action.isPartial);
      case 'complete':
        return this.#append([], false);
      case 'read':
        return this.#read();
      case 'restart':
        this.#tail.tailer.dispose();
        this.#tail = new TailFixture(this.#folder, { ...this.#options, sink: this.#sink });
        await this.#tail.start();
        return this.#expect();
      case 'delete':
        this.#rest = '';
        return rmSync(this.#log, { force: true });
      case 'rotate':
        return this.#rotate(renameSync);
      case 'copyTruncate':
        return this.#rotate((from, to) => {
          copyFileSync(from, to);
          truncateSync(from, 0);
        });
      case 'replace': {
        const content = existsSync(this.#log) ? readFileSync(this.#log, 'utf8') : '';
        writeFileSync(
          join(this.#folder, 'tmp'),
          content + this.#takeRest() + this.#lines(action.sizes),
        );
        return renameSync(join(this.#folder, 'tmp'), this.#log);
      }
      case 'recreate':
        rmSync(this.#log, { force: true });
        return this.#rewrite(action.sizes);
      case 'rewrite':
        return this.#rewrite(action.sizes);
    }
  }

  #rewrite(sizes: readonly number[]): void {
    this.#rest = '';
    writeFileSync(this.#log, this.#header + this.#lines(sizes));
  }

  #append(sizes: readonly number[], isPartial: boolean): void {
    const isEmpty = !existsSync(this.#log) || statSync(this.#log).size === 0;
    const text = (isEmpty ? this.#header : '') + this.#takeRest() + this.#lines(sizes);
    const end = isPartial ? Math.max(0, text.length - 7) : text.length;
    this.#rest = text.slice(end);
    appendFileSync(this.#log, text.slice(0, end));
  }

  #rotate(move: (from: string, to: string) => void): void {
    if (!existsSync(this.#log)) return;
    // A writer ends its line before it turns to another file.
    this.#append([], false);
    if (existsSync(`${this.#log}.1`)) renameSync(`${this.#log}.1`, `${this.#log}.2`);
    move(this.#log, `${this.#log}.1`);
  }

  #takeRest(): string {
    const rest = this.#rest;
    this.#rest = '';
    return rest;
  }

  #lines(sizes: readonly number[]): string {
    return sizes
      .map(size => {
        const key = `${this.#lineCount++}`;
        this.#written.add(key);
        return failure(key, 'x'.repeat(size));
      })
      .join('');
  }

  async #read(): Promise<void> {
    await this.#tail.look();
    this.#expect();
  }

  #expect(): void {
    for (const name of readdirSync(this.#folder).filter(name => LOGS.test(name))) {
      const lines = readFileSync(join(this.#folder, name), 'utf8').split('\n').slice(0, -1);
      for (const line of lines) {
        const key = /429 (\d+)"/.exec(line)?.[1];
        if (key) this.#expected.add(key);
      }
    }
  }

  async #check(): Promise<void> {
    const stored = await this.#sink.stored();
    assert.equal(new Set(stored).size, stored.length, 'nothing is repeated');
    const lost = [...this.#expected].filter(key => !stored.includes(key));
    assert.deepEqual(lost, [], 'nothing is lost');
    assert.ok(stored.every(key => this.#written.has(key)));
  }
}
