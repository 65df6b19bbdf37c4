import { fork, type ChildProcess } from 'node:child_process';

/** What the flood server sends, and what people call it. */
export const FLOODS: Readonly<Record<string, string>> = {
  json: '10 MB of JSON',
  stream: 'a 1 GB stream',
  gzip: 'a gzip bomb of 1 GB',
  deflate: 'a deflate bomb of 100 MB',
  brotli: 'a brotli bomb of 100 MB',
};

/** Server and client run in processes of their own, so that the client's memory can be told. */
export function startFloodProcess(
  file: 'floodServer.ts' | 'floodClient.ts',
  ...args: string[]
): ChildProcess {
  return fork(new URL(file, import.meta.url), args, { execArgv: ['--expose-gc'] });
}
