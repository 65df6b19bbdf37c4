import { openReader } from '../../src/core/agents/readerDoor.ts';
import { readFileSync } from 'node:fs';
import type { Agent, LogFile } from '../../src/core/agents/agent.ts';
import type { RequestFailed, Signal } from '../../src/core/agents/signal.ts';

/** The lines of an excerpt below `test/fixtures/logs`. */
export function fixtureLines(name: string): string[] {
  const url = new URL(`../fixtures/logs/${name}`, import.meta.url);
  return readFileSync(url, 'utf8').trimEnd().split('\n');
}

/** Reads lines as one file of an agent; its format is that of the source that takes the path. */
export function readAs(agent: Agent, path: string, lines: readonly string[]): Signal[] {
  const surroundings = { home: '/h', tmp: '/tmp', platform: 'linux', env: {} } as const;
  const source = agent
    .sources(surroundings)
    .find(({ root, files }) => path.startsWith(`${root}/`) && files.test(below(root, path)));
  if (!source) throw new Error(`${agent.name} does not read ${path}`);
  const file = { relativePath: below(source.root, path), format: source.format };
  return readLines(agent, file, lines);
}

/** Reads lines as that file, wherever it lies. */
export function readLines(agent: Agent, file: LogFile, lines: readonly string[]): Signal[] {
  const reader = openReader(agent, file);
  return lines.flatMap(text => reader.read({ text, byteOffset: 0, isWhole: true }));
}

/** Reads each line with a reader of its own, made of what the one before remembered. */
export function readRestarting(
  agent: Agent,
  file: LogFile,
  lines: readonly string[],
): { signals: Signal[]; memory: string | undefined } {
  let memory: string | undefined;
  const signals = lines.flatMap(text => {
    const reader = openReader(agent, file, memory);
    const read = reader.read({ text, byteOffset: 0, isWhole: true });
    memory = reader.saveMemory();
    return read;
  });
  return { signals, memory };
}

const below = (root: string, path: string): string => path.slice(root.length + 1);

/** The failures among signals. */
export const failed = (signals: readonly Signal[]): RequestFailed[] =>
  signals.filter(signal => signal.kind === 'requestFailed');
