import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { bundledOnce } from '../builtProgram.ts';
import type { FloodReport, FloodTask } from './floodClient.ts';

/** The bodies of the flood server, with their names. */
export const FLOODS: Readonly<Record<string, string>> = {
  json: '10 MB of JSON',
  stream: 'a 1 GB stream',
  gzip: 'a gzip bomb of 1 GB',
  deflate: 'a deflate bomb of 100 MB',
  brotli: 'a brotli bomb of 100 MB',
};

/** Server and client are separate processes, to measure the client's memory. */
export function startFloodServer(): Promise<ChildProcess> {
  return start('floodServer.ts');
}

/** What a flood did to a process that does nothing else. */
export async function meetFlood(task: FloodTask): Promise<FloodReport> {
  const client = await start('floodClient.ts', JSON.stringify(task));
  const [report] = await once(client, 'message');
  return report as FloodReport;
}

async function start(file: string, ...args: string[]): Promise<ChildProcess> {
  const program = await bundledOnce(join(import.meta.dirname, file));
  return fork(program, args, { execArgv: ['--expose-gc'] });
}
