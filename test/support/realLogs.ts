import { openReader } from '../../src/core/agents/readerDoor.ts';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import * as z from 'zod/mini';
import type { Agent, LogSource } from '../../src/core/agents/agent.ts';
import { attribute } from '../../src/core/agents/attribution.ts';
import { unwrapError } from '../../src/core/agents/agentError.ts';
import { FailureJoiner } from '../../src/core/agents/failureJoiner.ts';
import type { RequestFailed, Signal } from '../../src/core/agents/signal.ts';
import { redact } from '../../src/core/base/redact.ts';
import { RewrittenLog } from './rewrittenLogs.ts';

/** What the server of a recording answered, and what a reader should conclude. */
const Case = z.object({
  agent: z.string(),
  scenario: z.string(),
  mode: z.string(),
  description: z.string(),
  httpResponses: z.array(
    z.object({ t: z.string(), status: z.number(), body: z.optional(z.string()) }),
  ),
  expected: z.object({
    count: z.number(),
    provider: z.string(),
    failureRecordsOnDisk: z.record(z.string(), z.number()),
  }),
});

/** One recording of an agent: its home folder, and the truth. */
export interface RealCase extends z.infer<typeof Case> {
  /** `<agent>/<case>`. */
  readonly name: string;
  readonly home: string;
}

/** The recordings of one agent below `folder`. */
export function realCases(folder: string, agent: string): RealCase[] {
  const below = join(folder, agent);
  if (!existsSync(below)) return [];
  return readdirSync(below)
    .filter(name => existsSync(join(below, name, 'case.json')))
    .map(name => {
      const text = readFileSync(join(below, name, 'case.json'), 'utf8');
      return {
        name: `${agent}/${name}`,
        home: join(below, name, 'home'),
        ...Case.parse(withDefaults(JSON.parse(text) as object)),
      };
    });
}

/** Newer recordings name the answers alone: each of them is a failure, of Kimi Code's plan.
 * Where they run sub-agents, there are five. */
function withDefaults(found: object): object {
  const count = 'httpResponses' in found ? Array.from(found.httpResponses as []).length : 0;
  const expected = { count, provider: 'kimi-code', failureRecordsOnDisk: { all: count } };
  return { mode: 'print', description: 'agents:5', expected, ...found };
}

/** Reads all that an agent left in a home, file after file, as a first start does. */
export async function readHome(agent: Agent, home: string): Promise<Signal[]> {
  const tmp = join(home, '../tmp');
  const sources = agent.sources({ home, tmp, platform: 'linux', env: {} });
  const files = sources.flatMap(source =>
    [...filesOf(source), ...rowsOf(source, join(home, '..'))].map(file => ({ file, source })),
  );
  const signals = files.map(async ({ file, source: { growth, format } }) =>
    growth === 'rewrite'
      ? new RewrittenLog(agent, { ...file, format }).read(readFileSync(file.path, 'utf8'))
      : readLines(agent, format, file),
  );
  return (await Promise.all(signals)).flat();
}

/** Rows of a database, which lie next to the home: `<database>.<table>.jsonl`. */
function rowsOf({ tables = [] }: LogSource, folder: string): FoundFile[] {
  return readdirSync(folder)
    .filter(file => tables.some(({ name }) => file.endsWith(`.${name}.jsonl`)))
    .map(name => ({ path: join(folder, name), relativePath: name }));
}

interface FoundFile {
  readonly path: string;
  readonly relativePath: string;
}

function filesOf({ root, files, depth }: LogSource): FoundFile[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .map(path => ({ path, relativePath: relative(root, path).replaceAll('\\', '/') }))
    .filter(
      ({ relativePath }) => files.test(relativePath) && relativePath.split('/').length - 1 <= depth,
    );
}

function readLines(agent: Agent, format: string, { path, relativePath }: FoundFile): Signal[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  const file = { relativePath, format };
  let memory: string | undefined;
  return lines.flatMap(text => {
    // Each record in a reader of its own: nothing may be lost in a restart.
    const reader = openReader(agent, file, memory);
    const signals = reader.read({ text, byteOffset: 0, isWhole: true });
    memory = reader.saveMemory();
    return signals;
  });
}

/** What was found in a recording, in the terms of its description. */
export interface Conclusion {
  readonly count: number;
  readonly statuses: readonly number[];
  readonly texts: readonly string[];
  readonly providers: readonly string[];
}

const PROVIDERS: Readonly<Record<string, string>> = {
  moonshot: 'open-platform',
  'kimi-code': 'kimi-code',
};

/** The failures of the signals, each once, as a scan reports them. */
export function failuresOf(signals: readonly Signal[]): RequestFailed[] {
  const joiner = new FailureJoiner();
  const failures = signals.flatMap(signal => joiner.join([signal]));
  return [...new Map(failures.map(failure => [failure.contentKey, failure])).values()];
}

/** What the failures say. */
export function concludeFrom(failures: readonly RequestFailed[]): Conclusion {
  return {
    count: failures.reduce((sum, { attemptCount = 1 }) => sum + attemptCount, 0),
    statuses: unique(failures.flatMap(({ status }) => (status === undefined ? [] : [status]))),
    texts: unique(failures.flatMap(({ text }) => (text === '' ? [] : [text]))),
    providers: unique(
      failures.map(failure => attribute(failure).provider).filter(name => name !== 'unknown'),
    ),
  };
}

/** What a perfect reader would say. */
export function truthOf({ httpResponses, expected }: RealCase): Conclusion {
  return {
    count: expected.count,
    // 200 is an error inside a stream, 0 a connection that was cut: no status of a failure.
    statuses: unique(httpResponses.map(({ status }) => status).filter(status => status >= 400)),
    texts: unique(httpResponses.map(({ body = '' }) => redact(unwrapError(body).text))).filter(
      text => text !== '',
    ),
    providers: expected.count === 0 ? [] : [PROVIDERS[expected.provider] ?? 'other'],
  };
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)].sort();
