// What Windows and macOS do with files, as a file system that behaves so (docs/windows.md 2, 4).
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { agents } from '../../src/core/agents/agents.ts';
import { findSources } from '../../src/node/agentSources.ts';
import { describeStat, type FileSystem, withComposedNames } from '../../src/node/fileSystem.ts';
import { useFolder } from '../support/archiveFixture.ts';
import { failure, hintlessFiles, TailFixture, testAgent } from '../support/tailFixture.ts';

const FACTS = {
  size: 10_000n,
  blocks: 24n,
  dev: 1n,
  ino: 7n,
  ...{ mtimeMs: 5n, mtimeNs: 5_000_000n, ctimeNs: 5_000_000n },
  isFile: () => true,
  isDirectory: () => false,
  isSymbolicLink: () => false,
  isFIFO: () => false,
  isSocket: () => false,
  isBlockDevice: () => false,
  isCharacterDevice: () => false,
};

describe('L25: a file that is only in the cloud is not opened', () => {
  const cases: [fact: string, platform: NodeJS.Platform, facts: object, kind: string][] = [
    ['content on the disk of Windows', 'win32', {}, 'file'],
    ['content in OneDrive', 'win32', { blocks: 0n }, 'other'],
    ['content in iCloud', 'darwin', { blocks: 0n }, 'other'],
    ['a small file in its directory entry', 'win32', { blocks: 0n, size: 700n }, 'file'],
    ['an empty file', 'win32', { blocks: 0n, size: 0n }, 'file'],
    ['a file of Linux that is not flushed yet', 'linux', { blocks: 0n }, 'file'],
  ];
  for (const [fact, platform, facts, kind] of cases)
    it(`${fact}: ${kind}`, () =>
      assert.equal(describeStat('/a', { ...FACTS, ...facts }, platform).kind, kind));
});

describe('L26: a drive without file ids', () => {
  it('files are known by their paths', () => {
    const identityOf = (path: string, ino: bigint) =>
      describeStat(path, { ...FACTS, ino }).identity;
    assert.notEqual(identityOf('X:\\a', 0n), identityOf('X:\\b', 0n));
    assert.equal(identityOf('X:\\a', 7n), identityOf('X:\\b', 7n));
  });

  const inFolder = useFolder();
  it('all its logs are read, once each', async () => {
    const withoutId = async (path: string, from: FileSystem['lstat']) => ({
      ...(await from(path)),
      ...{ identity: path, inode: '0' },
    });
    const files: FileSystem = {
      ...hintlessFiles,
      lstat: path => withoutId(path, hintlessFiles.lstat),
      stat: path => withoutId(path, hintlessFiles.stat),
      open: async path => {
        const file = await hintlessFiles.open(path);
        return { ...file, stat: () => withoutId(path, () => file.stat()) };
      },
    };
    for (const name of ['a', 'b', 'c']) writeFileSync(inFolder(`${name}.log`), failure(name));
    const tail = await new TailFixture(inFolder(), { files }).start();
    writeFileSync(inFolder('d.log'), failure('d'));
    await tail.look();
    assert.deepEqual(tail.keys.toSorted(), ['a', 'b', 'c', 'd']);
    tail.tailer.dispose();
  });
});

describe('macOS', () => {
  const inFolder = useFolder();

  it('a name that is reported decomposed is the file with the composed name', async () => {
    let hint = (_name: string): void => undefined;
    const decomposed: FileSystem = {
      ...hintlessFiles,
      readdir: async path =>
        (await hintlessFiles.readdir(path)).map(it => ({ ...it, name: it.name.normalize('NFD') })),
      watch: (_path, listener) => {
        hint = name => listener.onHint(name);
        return { dispose: () => undefined };
      },
    };
    const log = inFolder('séance 한글.log'.normalize('NFC'));
    writeFileSync(log, failure(1));
    const tail = await new TailFixture(inFolder(), {
      files: withComposedNames(decomposed),
    }).start();
    assert.deepEqual(tail.keys, ['1']);
    writeFileSync(log, failure(1) + failure(2));
    hint(basename(log).normalize('NFD'));
    await tail.clock.advance(100);
    await tail.tailer.whenIdle();
    assert.deepEqual(tail.keys, ['1', '2']);
    assert.deepEqual(tail.log.lines, []);
    tail.tailer.dispose();
  });

  it('a root in another case than on the disk is read once', async () => {
    mkdirSync(inFolder('Logs'));
    writeFileSync(inFolder('Logs', 'a.log'), failure(1));
    const real = (path: string): string => path.replace(`${inFolder()}/logs`, inFolder('Logs'));
    const files: FileSystem = {
      ...hintlessFiles,
      lstat: path => hintlessFiles.lstat(real(path)),
      stat: path => hintlessFiles.stat(real(path)),
      readdir: path => hintlessFiles.readdir(real(path)),
      open: path => hintlessFiles.open(real(path)),
    };
    const sources = ['logs', 'Logs'].map(name => {
      const root = join(inFolder(), name);
      const source = { root, files: /log$/, depth: 1, growth: 'append', format: 'x' } as const;
      return { agent: testAgent, source };
    });
    const tail = await new TailFixture(inFolder(), { files, sources }).start();
    assert.deepEqual(tail.keys, ['1']);
    tail.tailer.dispose();
  });

  /** Folders that macOS protects by asking the user (TCC). */
  const PROTECTED =
    /^\/Users\/me\/(?:Desktop|Documents|Downloads|Pictures|Movies|Music|Library\/(?!Application Support(?:\/|$)|Caches)[^/]+|\.Trash)(?:\/|$)|^\/Volumes\//;

  it('no folder that needs the consent of the user is touched', async () => {
    const touched = new Set<string>();
    const missing = (path: string): never => {
      touched.add(path);
      throw Object.assign(new Error('missing'), { code: 'ENOENT' });
    };
    const home = '/Users/me';
    const files: FileSystem = {
      lstat: async path => missing(path),
      stat: async path => missing(path),
      readdir: async path => missing(path),
      open: async path => missing(path),
      watch: path => missing(path),
    };
    const tmp = '/var/folders/x/T';
    const { sources } = findSources(agents, { home, tmp, platform: 'darwin', env: {} });
    const tail = await new TailFixture(home, { files, sources }).start();
    await tail.look(300_000);
    assert.ok(touched.size > 30, `${touched.size}`);
    assert.ok(touched.has(posix.join(home, '.claude/projects')));
    assert.deepEqual(
      [...touched].filter(path => PROTECTED.test(path)),
      [],
    );
    assert.ok([...touched].every(path => dirname(path) !== path || path === '/'));
    tail.tailer.dispose();
  });
});
