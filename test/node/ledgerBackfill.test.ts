import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { claudeCode } from '../../src/core/agents/claudeCode/claudeCode.ts';
import type { TailBatch } from '../../src/core/agents/tail.ts';
import { groupRows } from '../../src/core/ledger/groups.ts';
import { isLedgerComplete } from '../../src/core/ledger/ledger.ts';
import { countPast } from '../../src/node/ledgerBackfill.ts';
import type { SqliteArchive } from '../../src/node/sqliteArchive.ts';
import { openArchive, useFolder } from '../support/archiveFixture.ts';
import { FakeLog } from '../support/fakeLog.ts';
import { openMemoryArchive } from '../support/memoryArchive.ts';
import { SystemClock } from '../../src/node/systemClock.ts';

/** The soak kills more often. */
const KILL_COUNT = Number(process.env.KIMI_QUOTA_KILLS ?? 6);
const FILE_COUNT = 3 * KILL_COUNT;
const WORKER = new URL('../support/backfillWorker.ts', import.meta.url);

const clock = new SystemClock({ keepsAlive: true });

/** A response as Claude Code writes it: two records, the second with all its output. */
function response(id: string): string {
  return [1, 7]
    .map(output =>
      JSON.stringify({
        type: 'assistant',
        timestamp: new Date().toISOString(),
        sessionId: 's',
        cwd: '/srv/demo',
        message: {
          id,
          model: 'kimi-for-coding',
          usage: { input_tokens: 10, cache_read_input_tokens: 20, output_tokens: output },
        },
      }),
    )
    .map(line => `${line}\n`)
    .join('');
}

describe('ledger: the past', () => {
  const inFolder = useFolder();
  const file = (name: string): string =>
    inFolder('home', '.claude', 'projects', '-srv-demo', `${name}.jsonl`);
  const write = (name: string, ...ids: string[]): void => {
    mkdirSync(dirname(file(name)), { recursive: true });
    writeFileSync(file(name), ids.map(response).join(''));
  };
  const sums = async (archive: SqliteArchive) => {
    const rows = await archive.ledgerRows({ from: 0, to: Infinity });
    const { answers, tokens } = groupRows(rows, { keyOf: () => undefined })[0]!;
    return [answers, tokens.input, tokens.cacheRead, tokens.output];
  };
  const count = async (archive: SqliteArchive, noteIn?: (batch: TailBatch) => void) => {
    const home = inFolder('home');
    const sources = claudeCode
      .sources({ home, tmp: home, platform: 'linux', env: {} })
      .map(source => ({ agent: claudeCode, source }));
    await countPast(
      {
        ...{ archive, sources, home, clock, log: new FakeLog(), hasProjects: true, coreShare: 1 },
        noteIn: async batch => {
          noteIn?.(batch);
          return batch;
        },
      },
      new AbortController().signal,
    );
  };

  it('counts each response once, reads nothing twice, and continues in a file that grew', async () => {
    write('a', 'a1', 'a2');
    write('b', 'b1', 'a1');
    const archive = openMemoryArchive();
    assert.equal(await isLedgerComplete(archive), false);
    await count(archive);
    assert.equal(await isLedgerComplete(archive), true);
    assert.deepEqual(await sums(archive), [3, 30, 60, 21]);
    const read: TailBatch[] = [];
    await count(archive, batch => read.push(batch));
    assert.deepEqual(
      read.flatMap(({ signals }) => signals),
      [],
    );
    appendFileSync(file('a'), response('a3'));
    await count(archive, batch => read.push(batch));
    assert.equal(read.flatMap(({ signals }) => signals).length, 2);
    assert.deepEqual(await sums(archive), [4, 40, 80, 28]);
    archive.dispose();
  });

  it('leaves out what the tailer has counted, and counts what it had only followed', async () => {
    write('a', 'a1', 'a2');
    const size = response('a1').length;
    const archive = openMemoryArchive();
    await count(archive);
    const [own] = await archive.readCheckpoints();
    const fingerprint = own?.fingerprint.replace('ledger ', '') ?? '';
    const tailed = { ...own!, fingerprint, countedFrom: size };
    const other = openMemoryArchive();
    await other.commitTail({ readAt: clock.now(), signals: [], checkpoints: [tailed] });
    await count(other);
    assert.deepEqual(await sums(other), [1, 10, 20, 7]);
    archive.dispose();
    other.dispose();
  });

  it(`loses nothing and counts nothing twice when it is killed ${KILL_COUNT} times`, async () => {
    for (let n = 0; n < FILE_COUNT; n++)
      write(`f${n}`, ...Array.from({ length: 40 }, (_, i) => `m${n}-${i}`), 'm0-0');
    const path = inFolder('archive.db');
    let kills = 0;
    while ((await run(path, kills < KILL_COUNT ? 1 + (kills % 3) : Infinity)) === 'killed') kills++;
    const { archive } = openArchive(path);
    const answers = FILE_COUNT * 40;
    assert.deepEqual(await sums(archive), [answers, 10 * answers, 20 * answers, 7 * answers]);
    archive.dispose();
  }).timeout(180_000);

  /** Kills the process when it has read that many batches. */
  function run(path: string, batches: number): Promise<'killed' | 'done'> {
    const worker = fork(WORKER, [path, inFolder('home')], { stdio: 'inherit' });
    let [count, isDone] = [0, false];
    worker.on('message', message => {
      isDone ||= message === 'done';
      if (!isDone && ++count >= batches) worker.kill('SIGKILL');
    });
    return new Promise(resolve => {
      worker.once('exit', () => resolve(isDone ? 'done' : 'killed'));
    });
  }
});
