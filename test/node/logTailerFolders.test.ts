import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import type { Agent, LogSource } from '../../src/core/agents/agent.ts';
import type { TailHealth } from '../../src/core/agents/tail.ts';
import { useFolder } from '../support/archiveFixture.ts';
import { FaultyFiles } from '../support/faultyFiles.ts';
import { failure, hintlessFiles, TailFixture, testAgent } from '../support/tailFixture.ts';

const NOON = Date.UTC(2026, 9, 1, 12);

describe('LogTailer: what it reports of its folders', () => {
  const inFolder = useFolder();
  let tail: TailFixture | undefined;

  const agentOf = (id: Agent['id']): Agent => ({ ...testAgent, id, name: id });
  const sourceOf = (fields: Partial<LogSource>): LogSource => ({
    ...{ root: inFolder(), files: /\.log$/, depth: 0, growth: 'append', format: 'x' },
    ...fields,
  });
  const begin = async (options: ConstructorParameters<typeof TailFixture>[1] = {}) =>
    (tail = await new TailFixture(inFolder(), { since: 0, ...options }).start());
  const write = (name: string, minutes: number): void => {
    writeFileSync(inFolder(name), failure(name));
    const time = new Date(NOON + minutes * 60_000);
    utimesSync(inFolder(name), time, time);
  };

  afterEach(() => tail?.tailer.dispose());

  it('counts the logs of each agent in one root, with the newest and those unreadable', async () => {
    mkdirSync(inFolder('deep'));
    write('a1.log', 1);
    write('a2.log', 3);
    write('a3.log', 2);
    write('deep/b.log', 0);
    const files = new FaultyFiles(hintlessFiles);
    files.fault = ({ name, path }) =>
      name === 'open' && /a[13]\.log$/.test(path) ? 'EACCES' : undefined;
    const own = sourceOf({ files: /^a\d\.log$/ });
    const deep = sourceOf({ files: /^deep\/b\.log$/, depth: 1 });
    const sources = [
      { agent: agentOf('kimi-code'), source: own },
      { agent: agentOf('codex'), source: deep },
      { agent: agentOf('kimi-code'), source: { ...own, files: /never/ } },
      { agent: agentOf('aider'), source: sourceOf({ files: /never/ }) },
      { agent: agentOf('goose'), source: sourceOf({ files: /never/, folders: /^deep$/ }) },
    ];
    const { tailer } = await begin({ files, sources });
    const common = { path: inFolder(), isPolled: false };
    assert.deepEqual(tailer.folders, [
      {
        ...common,
        agent: 'kimi-code',
        isThere: true,
        fileCount: 3,
        newest: { path: inFolder('a2.log'), modifiedAt: NOON + 3 * 60_000 },
        unreadable: { EACCES: 2 },
      },
      {
        ...common,
        agent: 'codex',
        isThere: true,
        fileCount: 1,
        newest: { path: inFolder('deep', 'b.log'), modifiedAt: NOON },
        unreadable: {},
      },
      // A folder that is only shared is not reported for an agent without logs in it.
      { ...common, agent: 'aider', isThere: false, fileCount: 0, unreadable: {} },
    ]);
  });

  it('a folder that cannot be read counts for each agent that may have logs in it', async () => {
    mkdirSync(inFolder('sub'));
    const files = new FaultyFiles(hintlessFiles);
    files.fault = ({ name, path }) =>
      name === 'readdir' && path === inFolder('sub') ? 'EPERM' : undefined;
    const shared = sourceOf({ depth: 1, folders: /^sub$/ });
    const ids = ['kimi-code', 'codex'] as const;
    const sources = ids.map(id => ({ agent: agentOf(id), source: shared }));
    const { tailer } = await begin({ files, sources });
    assert.deepEqual(
      tailer.folders,
      ids.map(agent => ({
        ...{ agent, path: inFolder(), isPolled: false, isThere: true, fileCount: 0 },
        unreadable: { EPERM: 1 },
      })),
    );
  });

  it('an agent without a place for its logs is reported, and logged once', async () => {
    const unplaced = [agentOf('cline')];
    const { tailer, log } = await begin({ unplaced, sources: [] });
    assert.deepEqual(tailer.folders, [
      {
        ...{ agent: 'cline', path: inFolder(), isThere: true, isPolled: false, fileCount: 0 },
        unreadable: { EINVAL: 1 },
      },
    ]);
    assert.deepEqual(log.lines, [
      'warn: cline: no place for its logs. Check its environment variables and the name of your home folder.',
    ]);
  });

  it('an event follows each change of what is unreadable or polled, and no other', async () => {
    writeFileSync(inFolder('a.log'), failure(1));
    const files = new FaultyFiles(hintlessFiles);
    tail = new TailFixture(inFolder(), { files });
    const { tailer, log } = tail;
    const events: TailHealth[] = [];
    tailer.onDidChangeHealth(event => events.push(event));
    assert.deepEqual(tailer.health, { polledRoots: [], unreadableCount: 0 });
    await tail.start();
    for (let i = 0; i < 3; i++) await tail.look();
    assert.deepEqual(events, []);
    let faulty: string | undefined = 'lstat';
    files.fault = ({ name, path }) =>
      name === faulty && path.endsWith('a.log') ? 'EACCES' : undefined;
    appendFileSync(inFolder('a.log'), failure(2));
    await tail.look();
    assert.deepEqual(events, [{ polledRoots: [], unreadableCount: 1 }]);
    assert.deepEqual(log.lines, ['warn: a.log cannot be read: EACCES.']);
    faulty = undefined;
    for (let i = 0; i < 3; i++) await tail.look();
    assert.deepEqual(events.slice(1), [{ polledRoots: [], unreadableCount: 0 }]);
    for (const key of [3, 4]) {
      appendFileSync(inFolder('a.log'), failure(key));
      for (let i = 0; i < 2; i++) await tail.look();
    }
    assert.deepEqual(events.slice(2), [{ polledRoots: [inFolder()], unreadableCount: 0 }]);
    assert.deepEqual(tailer.health, events.at(-1));
    tailer.dispose();
    assert.deepEqual(tail.keys, ['1', '2', '3', '4']);
  });
});
