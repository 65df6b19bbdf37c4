import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { LATEST_PROTOCOL_VERSION } from '@modelcontextprotocol/sdk/types.js';
import { root } from '../editor/paths.ts';
import { runCommand } from '../editor/program.ts';
import { incidentOf } from '../support/incidents.ts';
import { createMachineHome, type MachineHome } from '../support/machineHome.ts';
import { HOUR_MS } from '../support/quotaViews.ts';
import { type BenchRow, percentile } from './benchRow.ts';

const RUNS = 40;

/** An empty Node on a machine with nothing else to do; the limits of the others are for that machine. */
const EMPTY_MS = 25;

/** What is started. `isReady`: measured until it answers, not until it ends. */
interface Start {
  readonly name: string;
  /** Default: the command line. */
  readonly program?: string;
  readonly args: readonly string[];
  readonly input: object;
  readonly limitMs: number;
  readonly percent: number;
  readonly isReady?: boolean;
}

const commandLine = path.join(root, 'dist/cli/kimi-quota.cjs');
const editorServer = path.join(root, 'dist/mcp.mjs');
const step = { hook_event_name: 'PreToolUse', tool_name: 'Agent', tool_input: {} };
const hello = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: LATEST_PROTOCOL_VERSION,
    capabilities: {},
    clientInfo: { name: 'bench', version: '1' },
  },
};

const ready = { input: hello, limitMs: 200, percent: 50, isReady: true };

const STARTS: readonly Start[] = [
  { name: 'check --line', args: ['check', '--line'], input: {}, limitMs: 60, percent: 50 },
  { name: 'hook, p95', args: ['hook', 'kimi-code'], input: step, limitMs: 150, percent: 95 },
  { ...ready, name: 'mcp, ready', args: ['mcp'] },
  { ...ready, name: 'mcp of the editor, ready', program: editorServer, args: [] },
];

/**
 * From the start of a process to its answer, from the archive of a machine, compared with an empty Node in
 * the same run. A limit in milliseconds is one in starts of an empty Node, which takes `EMPTY_MS`
 * where nothing else runs.
 */
export async function benchCliStart(): Promise<BenchRow[]> {
  if ((await runCommand([process.execPath, path.join(root, 'esbuild.mjs')])) !== 0)
    throw new Error('The command line could not be built.');
  const now = Date.now();
  const home = await createMachineHome({
    windows: [
      { id: '5h', usedPercent: 40, resetsAt: now + HOUR_MS },
      { id: 'week', usedPercent: 20, resetsAt: now + 50 * HOUR_MS },
    ],
    more: { parallelLimit: 10 },
    inFlight: 2,
    incidents: [incidentOf('i', { from: now - 3 * HOUR_MS, to: now - 2 * HOUR_MS, state: 'over' })],
  });
  const empty: Start = { ...STARTS[0]!, args: [], input: {} };
  const times = new Map<Start, number[]>([empty, ...STARTS].map(start => [start, []]));
  try {
    // One after the other, so that all meet the same load. The first of each compiles.
    for (let run = -1; run < RUNS; run++)
      for (const [start, all] of times) {
        const ms = await timeOf(
          start,
          start === empty ? ['-e', ''] : [start.program ?? commandLine],
          home,
        );
        if (run >= 0) all.push(ms);
      }
  } finally {
    await home.dispose();
  }
  const emptyMs = percentile(times.get(empty)!, 50);
  return [
    { name: 'an empty Node', figure: emptyMs, unit: 'ms' },
    ...STARTS.flatMap(start => {
      const figure = percentile(times.get(start)!, start.percent);
      const limit = start.limitMs / EMPTY_MS;
      return [
        { name: `kimi-quota ${start.name}`, figure, unit: 'ms' },
        { name: `  in starts of an empty Node`, figure: figure / emptyMs, unit: '×', limit },
      ];
    }),
  ];
}

async function timeOf(
  { args, input, isReady = false }: Start,
  script: readonly string[],
  { env }: MachineHome,
): Promise<number> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [...script, ...args], {
    env: { PATH: process.env['PATH'], LANG: 'en_US.UTF-8', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // An empty Node ends without reading.
  child.stdin.on('error', () => undefined);
  const exit = once(child, 'exit');
  child.stdin.write(`${JSON.stringify(input)}\n`);
  if (!isReady) child.stdin.end();
  await (isReady ? once(child.stdout, 'data') : (child.stdout.resume(), exit));
  const ms = performance.now() - startedMs;
  child.stdin.end();
  await exit;
  return ms;
}
