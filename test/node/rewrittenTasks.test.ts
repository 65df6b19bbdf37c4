import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { kiloCode } from '../../src/core/agents/kiloCode.ts';
import { rooCode } from '../../src/core/agents/rooCode.ts';
import { useFolder } from '../support/archiveFixture.ts';
import { hintlessFiles, RecordingSink, TailFixture } from '../support/tailFixture.ts';

const STORAGE = '.config/Code/User/globalStorage';
const FILE = 'tasks/t1/ui_messages.json';

describe('LogTailer: tasks of extensions', () => {
  const inFolder = useFolder();
  let tail: TailFixture | undefined;
  let listed: string[] = [];
  const files = {
    ...hintlessFiles,
    readdir: (path: string) => {
      listed.push(path);
      return hintlessFiles.readdir(path);
    },
  };
  const begin = async (sink = new RecordingSink()) => {
    const here = { home: inFolder(), tmp: '/tmp', platform: 'linux', env: {} } as const;
    const sources = [rooCode, kiloCode].flatMap(agent =>
      agent.sources(here).map(source => ({ agent, source })),
    );
    listed = [];
    return (tail = await new TailFixture(inFolder(), { sources, sink, files }).start());
  };
  const keys = (sink: RecordingSink): string[] =>
    sink.batches.flatMap(({ signals }) => signals.map(({ signal }) => signal.contentKey));
  /** As Roo Code does: a new file, the old one away, the new one in its place. */
  const write = (extension: string, ...failureTimes: number[]): void => {
    const path = inFolder(STORAGE, extension, FILE);
    mkdirSync(dirname(path), { recursive: true });
    const elements = failureTimes.map(ts => ({
      ts,
      type: 'ask',
      ask: 'api_req_failed',
      text: `429 x`,
    }));
    writeFileSync(`${path}.tmp`, JSON.stringify(elements));
    rmSync(path, { force: true });
    renameSync(`${path}.tmp`, path);
  };
  const T0 = Date.now() - 1000;

  afterEach(() => tail?.tailer.dispose());

  it('are found in one folder for all extensions, and reported under each extension’s name', async () => {
    write('rooveterinaryinc.roo-cline', T0);
    write('kilocode.kilo-code', T0 + 1);
    write('somebody.else', T0 + 2);
    const tail = await begin();
    assert.deepEqual(keys(tail.sink).sort(), [
      `kilo-code failed t1 ${T0 + 1}`,
      `roo-code failed t1 ${T0}`,
    ]);
    const found = tail.tailer.folders.map(({ agent, path }) => [agent, relative(inFolder(), path)]);
    assert.deepEqual(
      found.filter(([, path]) => path?.includes('globalStorage')),
      [
        ['roo-code', join(STORAGE)],
        ['kilo-code', join(STORAGE)],
      ],
    );
  });

  it('are read again after a rewrite: new records only, also after a restart', async () => {
    const key = (ts: number): string => `roo-code failed t1 ${ts}`;
    write('rooveterinaryinc.roo-cline', T0);
    const { sink, tailer } = await begin();
    write('rooveterinaryinc.roo-cline', T0, T0 + 1);
    await tail!.look();
    assert.deepEqual(keys(sink), [key(T0), key(T0 + 1)]);
    tailer.dispose();
    write('rooveterinaryinc.roo-cline', T0, T0 + 1, T0 + 2);
    await begin(sink);
    assert.deepEqual(keys(sink), [key(T0), key(T0 + 1), key(T0 + 2)]);
  });

  it('are not found in other folders: checkpoints, caches, other extensions', async () => {
    write('rooveterinaryinc.roo-cline', T0);
    write('somebody.else', T0);
    const deep = inFolder(STORAGE, 'rooveterinaryinc.roo-cline/tasks/t1/checkpoints');
    mkdirSync(deep, { recursive: true });
    await begin();
    const seen = [...new Set(listed)]
      .map(path => relative(inFolder(STORAGE), path))
      .filter(path => !/^\.\./.test(path));
    assert.deepEqual(seen.map(path => path.replaceAll('\\', '/')).sort(), [
      '',
      'rooveterinaryinc.roo-cline',
      'rooveterinaryinc.roo-cline/tasks',
      'rooveterinaryinc.roo-cline/tasks/t1',
    ]);
  });
});
