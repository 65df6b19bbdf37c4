// A process that reads an agent's own records again and again, with other ids and later times.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Agent, LogRecord, LogSource, RecordReader } from '../../src/core/agents/agent.ts';
import { agents } from '../../src/core/agents/agents.ts';
import { readLogsOnce } from '../../src/node/logTailer.ts';
import { SystemClock } from '../../src/node/systemClock.ts';
import { FakeLog } from '../support/fakeLog.ts';
import { HOSTILE, RECORD_STARTS } from '../support/hostile/texts.ts';
import { MAX_LINE_BYTES } from '../../src/node/lineScanner.ts';

/** Which agent, where its excerpts are, and how much of them to read. */
export interface ReplayTask {
  readonly agent: string;
  readonly folder: string;
  readonly bytes: number;
}

/** Result of a replay. */
export interface ReplayFigures {
  readonly recordCount: number;
  readonly signalCount: number;
  /** Of the reading alone. */
  readonly ms: number;
  /** What is held at the end and was not after a quarter. */
  readonly grownBytes: number;
  /** Of a line of 1 MB that is made to be slow. */
  readonly worstLineMs: number;
}

interface Excerpt {
  readonly reader: RecordReader;
  readonly records: readonly LogRecord[];
}

const alive = setInterval(() => undefined, 60_000);
void replay(JSON.parse(process.argv[2]!) as ReplayTask).then(figures => {
  clearInterval(alive);
  process.stdout.write(JSON.stringify(figures));
});

async function replay({ agent: id, folder, bytes }: ReplayTask): Promise<ReplayFigures> {
  const agent = agents.find(it => it.id === id)!;
  const excerpts: Excerpt[] = [];
  for (const name of readdirSync(folder)) {
    const excerpt = await readExcerpt(agent, folder, name);
    if (excerpt) excerpts.push(excerpt);
  }
  let [recordCount, signalCount, ms, readBytes, pass, heldBytes] = [0, 0, 0, 0, 0, 0];
  while (excerpts.length > 0 && readBytes < bytes) {
    pass++;
    for (const { reader, records } of excerpts) {
      const altered = records.map(record => ({ ...record, text: alter(record.text, pass) }));
      const startedMs = performance.now();
      for (const record of altered) signalCount += reader.read(record).length;
      reader.saveMemory();
      ms += performance.now() - startedMs;
      recordCount += records.length;
      readBytes += records.reduce((sum, { text }) => sum + text.length, 0);
    }
    if (heldBytes === 0 && readBytes >= bytes / 4) heldBytes = held();
  }
  const grownBytes = held() - heldBytes;
  return { recordCount, signalCount, ms, grownBytes, worstLineMs: worstOf(agent) };
}

function worstOf(agent: Agent): number {
  let worstMs = 0;
  for (const { format } of sourcesOf(agent)) {
    const reader = agent.createReader({ relativePath: 'a/b.log', format });
    for (const start of RECORD_STARTS)
      for (const unit of [...HOSTILE, ...agent.failureAnchors]) {
        const text = start + unit.repeat((MAX_LINE_BYTES - start.length) / unit.length);
        const times = [0, 1].map(() => {
          const startedMs = performance.now();
          reader.read({ text, byteOffset: 0, isWhole: true });
          return performance.now() - startedMs;
        });
        worstMs = Math.max(worstMs, Math.min(...times));
      }
  }
  return worstMs;
}

function sourcesOf(agent: Agent): readonly LogSource[] {
  const places = { workspaces: ['/w'], otherLogs: ['/o/*.log', '/o/*.json'] };
  return agent.sources({ home: '/h', tmp: '/tmp', env: {}, platform: 'linux', ...places });
}

/** The agent's format with the most signals, or undefined. */
async function readExcerpt(
  agent: Agent,
  folder: string,
  name: string,
): Promise<Excerpt | undefined> {
  let [best, most]: [Excerpt | undefined, number] = [undefined, 0];
  for (const { growth, format } of sourcesOf(agent)) {
    const records = await recordsOf(agent, { folder, name, growth });
    const file = { relativePath: name, format };
    const reader = agent.createReader(file);
    const count = records.reduce((sum, record) => sum + reader.read(record).length, 0);
    if (count > most) [best, most] = [{ reader: agent.createReader(file), records }, count];
  }
  return best;
}

async function recordsOf(
  agent: Agent,
  { folder, name, growth }: { folder: string; name: string; growth: LogSource['growth'] },
): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  const collector: Agent = {
    ...agent,
    createReader: () => ({
      read: record => {
        records.push(record);
        return [];
      },
      saveMemory: () => undefined,
    }),
  };
  const files = new RegExp(`^${name.replaceAll('.', '\\.')}$`);
  await readLogsOnce({
    sources: [{ agent: collector, source: { root: folder, files, depth: 0, growth, format: '' } }],
    clock: new SystemClock(),
    log: new FakeLog(),
    home: join(folder, '..'),
    since: 0,
    sink: { readCheckpoints: async () => [], commit: async () => undefined },
    reading: { everyRecord: 'always' },
  });
  return records;
}

/** Other ids and later times, so that what is remembered for each of them is seen to grow. */
function alter(text: string, pass: number): string {
  return text
    .replace(/\b[0-9a-f]{8}(?=-[0-9a-f]{4}-)/g, pass.toString(16).padStart(8, '0'))
    .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/g, time =>
      new Date(Date.parse(`${time}Z`) + pass * 60_000).toISOString().slice(0, 19),
    )
    .replace(/\b1[5-9]\d{11}\b/g, time => `${Number(time) + pass * 60_000}`);
}

function held(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
