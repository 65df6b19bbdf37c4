import { spawn, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { openMemoryArchive } from '../support/memoryArchive.ts';
import type { TailBatch, TailSink } from '../../src/core/agents/tail.ts';
import { follow } from './benchSink.ts';

/** Follows one log from its beginning. */
export interface Follower {
  readonly name: string;
  /** Follows until the function is called that it resolves to, which gives what was seen, in order. */
  follow(path: string): Promise<() => Promise<string[]>>;
}

/** We, and who else is on this machine. */
export function findFollowers(): Follower[] {
  const isGnu = spawnSync('tail', ['--version']).stdout?.includes('GNU');
  return [kimiQuota, ...(isGnu ? [gnuTail] : []), npmTail];
}

class ReportSink implements TailSink {
  readonly lines: string[] = [];
  readonly #archive = openMemoryArchive();

  readCheckpoints(): ReturnType<TailSink['readCheckpoints']> {
    return this.#archive.readCheckpoints();
  }

  async commit(batch: TailBatch): Promise<void> {
    for (const { signal } of await this.#archive.commitTail(batch)) this.lines.push(signal.text);
  }
}

const kimiQuota: Follower = {
  name: 'Kimi Quota',
  follow: async path => {
    const sink = new ReportSink();
    const { tailer } = await follow(dirname(path), sink);
    return async () => {
      await tailer.whenIdle();
      tailer.dispose();
      return sink.lines;
    };
  },
};

const gnuTail: Follower = {
  name: 'tail -F (GNU)',
  follow: async path => {
    const tail = spawn('tail', ['-n', '+1', '-F', path], { stdio: ['ignore', 'pipe', 'ignore'] });
    const chunks: Buffer[] = [];
    tail.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    return () =>
      new Promise(resolve => {
        tail.once('close', () => resolve(Buffer.concat(chunks).toString().split('\n')));
        tail.kill();
      });
  },
};

interface NpmTail {
  on(event: 'line', listener: (line: string) => void): void;
  on(event: 'error', listener: () => void): void;
  unwatch(): void;
}

const npmTail: Follower = {
  name: 'tail (npm)',
  follow: async path => {
    const { Tail } = createRequire(import.meta.url)('tail') as {
      Tail: new (path: string, options: object) => NpmTail;
    };
    const lines: string[] = [];
    let tail: NpmTail | undefined;
    try {
      tail = new Tail(path, { fromBeginning: true });
      tail.on('line', line => lines.push(line));
      tail.on('error', () => undefined);
    } catch {
      // It gives up when there is no file.
    }
    return async () => {
      tail?.unwatch();
      return lines;
    };
  },
};
