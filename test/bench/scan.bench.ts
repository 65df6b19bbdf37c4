import path from 'node:path';
import { agents } from '../../src/core/agents/agents.ts';
import { inBenchFolder } from './benchFolder.ts';
import { type BenchRow, isFull, timeMs } from './benchRow.ts';
import { writeChat, writeDense, writeLongLine, writeSparse, writeTranscript } from './logCorpus.ts';
import { Probe } from './probe.ts';
import type { ReadlineFigures, ReadlineTask } from './readlineProbe.ts';
import type { ScanFigures, ScanTask } from './scanProbe.ts';
import { findSearcher } from './searchers.ts';

const MB = 1_000_000;
const ROUNDS = isFull ? 9 : 4;

/** What an agent without names of its own would be searched for. */
const BARE_ANCHORS = ['429', '_limit', '_quota', '_overload'];

/** How fast logs are read, compared with other programs on the same file, and what it costs. */
export function benchScan(): Promise<BenchRow[]> {
  return inBenchFolder(async folder => {
    const probe = await Probe.build<ScanFigures>('scanProbe', folder);
    const transcript = await writeTranscript(
      path.join(folder, 'transcript/a.jsonl'),
      1_000 * MB,
      agents.flatMap(({ failureAnchors }) => failureAnchors),
    );
    return [
      await benchReadline(probe, transcript, folder),
      ...(await benchSpeed(probe, transcript)),
      ...(await benchCost(probe, transcript, folder)),
    ];
  });
}

/** Each in a process that was just started, and the faster of the ways that readline has. */
async function benchReadline(
  probe: Probe<ScanFigures>,
  transcript: string,
  folder: string,
): Promise<BenchRow> {
  const readline = await Probe.build<ReadlineFigures>('readlineProbe', folder);
  const { name, failureAnchors: anchors } = agents[0]!;
  const task = { path: transcript, anchors };
  const countByReadline = async (): Promise<ScanTime> => {
    const [a, b] = [
      await readline.run({ ...task, way: 'for await' } satisfies ReadlineTask),
      await readline.run({ ...task, way: 'on line' } satisfies ReadlineTask),
    ];
    return a.ms < b.ms ? a : b;
  };
  return compare(`${name}, time to that of readline`, 0.1, {
    ours: () => probe.run({ ...task } satisfies ScanTask),
    theirs: countByReadline,
  });
}

async function benchSpeed(probe: Probe<ScanFigures>, transcript: string): Promise<BenchRow[]> {
  const searcher = await findSearcher();
  const rows: BenchRow[] = [];
  for (const { name, failureAnchors: anchors } of agents)
    rows.push(
      await compare(`${name}, time to that of ${searcher.name}`, 3, {
        ours: () => probe.run({ path: transcript, anchors } satisfies ScanTask),
        theirs: async () => {
          let recordCount = 0;
          const ms = await timeMs(async () => {
            recordCount = await searcher.count(transcript, anchors);
          });
          return { ms, recordCount };
        },
      }),
    );
  return rows;
}

type ScanTime = Pick<ScanFigures, 'ms' | 'recordCount'>;

/** By turns and by the best run of each, as a shared machine stalls. */
async function compare(
  name: string,
  limit: number,
  { ours, theirs }: Record<'ours' | 'theirs', () => Promise<ScanTime>>,
): Promise<BenchRow> {
  const [ourMs, theirMs]: [number[], number[]] = [[], []];
  for (let i = 0; i < ROUNDS; i++) {
    const [our, their] = [await ours(), await theirs()];
    if (our.recordCount !== their.recordCount)
      throw new Error(`${name}: they count ${their.recordCount} lines, and we ${our.recordCount}.`);
    ourMs.push(our.ms);
    theirMs.push(their.ms);
  }
  const [our, their] = [Math.min(...ourMs), Math.min(...theirMs)];
  return {
    name: `scan: 1 GB of JSON lines for ${name}`,
    figure: our / their,
    unit: 'x',
    limit,
    peers: `${our.toFixed(0)} ms to ${their.toFixed(0)} ms`,
  };
}

async function benchCost(
  probe: Probe<ScanFigures>,
  transcript: string,
  folder: string,
): Promise<BenchRow[]> {
  const inFolder = (name: string): string => path.join(folder, name, 'a.log');
  const inputs: [name: string, path: string, growth?: ScanTask['growth']][] = [
    ['1 GB of JSON lines', transcript],
    ['a line of 500 MB', await writeLongLine(inFolder('line'))],
    ['60 MB of rewritten JSON', await writeChat(inFolder('chat')), 'rewrite'],
    ['50 MB of 429', await writeDense(inFolder('dense'), '429 ')],
    ['50 MB of short lines with 429', await writeDense(inFolder('lines'), DENSE_LINE)],
    ['a file of 4 GB', await writeSparse(inFolder('sparse'))],
  ];
  const empty = await probe.run({});
  const rows: BenchRow[] = [];
  for (const [input, path, growth] of inputs) {
    const task = { path, growth, anchors: BARE_ANCHORS };
    const it = best(await probe.run(task), await probe.run(task));
    const name = `scan: ${input}`;
    const grown = (it.peakBytes - empty.peakBytes) / MB;
    rows.push(
      { name: `${name}, memory above an empty Node`, figure: grown, unit: 'MB', limit: 32 },
      { name: `${name}, event loop blocked, p99`, figure: it.blockP99Ms, unit: 'ms', limit: 10 },
      { name: `${name}, longest`, figure: it.blockMaxMs, unit: 'ms', limit: 50 },
    );
    // 100 MB/s.
    if (input === '50 MB of 429') rows.push({ name, figure: it.ms, unit: 'ms', limit: 500 });
  }
  return rows;
}

/** By each figure: in the first run the system may still be busy with the file. */
function best(a: ScanFigures, b: ScanFigures): ScanFigures {
  return {
    ms: Math.min(a.ms, b.ms),
    recordCount: a.recordCount,
    peakBytes: Math.min(a.peakBytes, b.peakBytes),
    blockP99Ms: Math.min(a.blockP99Ms, b.blockP99Ms),
    blockMaxMs: Math.min(a.blockMaxMs, b.blockMaxMs),
  };
}

const DENSE_LINE = '{"type":"x","error":"429 too many requests","at":1234567}\n';
