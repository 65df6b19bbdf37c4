import assert from 'node:assert/strict';
import { otherLogs, parseLogGlob } from '../../../src/core/agents/otherLogs.ts';

type Platform = 'linux' | 'darwin' | 'win32';
const here = (platform: Platform = 'linux', home = '/home/me') => ({
  home,
  tmp: '/tmp',
  platform,
  env: {},
});

describe('parseLogGlob', () => {
  const cases: [glob: string, root: string, depth: number, yes: string[], no: string[]][] = [
    ['/var/log/litellm.log', '/var/log', 0, ['litellm.log'], ['litellmxlog', 'a/litellm.log']],
    ['~/litellm/*.log', '/home/me/litellm', 0, ['a.log', '.log'], ['a/b.log', 'a.log.1', 'alog']],
    [
      '~/runs/?/out*.txt',
      '/home/me/runs',
      1,
      ['1/out.txt', 'a/out-2.txt'],
      ['10/out.txt', 'out.txt'],
    ],
    ['/srv/n8n/**/*.log', '/srv/n8n', 8, ['a.log', 'a/b/c.log'], ['a/b/c.txt']],
    [
      '/srv/n8n/**/logs/x.log',
      '/srv/n8n',
      8,
      ['logs/x.log', 'a/logs/x.log'],
      ['x.log', 'alogs/x.log'],
    ],
    ['/srv/a (1)+[x]/*.log', '/srv/a (1)+[x]', 0, ['1.log'], []],
    ['/srv/***.log', '/srv', 0, ['a.log'], ['a/b.log']],
  ];
  for (const [glob, root, depth, yes, no] of cases)
    it(glob, () => {
      const parsed = parseLogGlob(glob, here());
      assert.ok(parsed.kind === 'source', JSON.stringify(parsed));
      assert.deepEqual([parsed.source.root, parsed.source.depth], [root, depth]);
      for (const path of yes) assert.ok(parsed.source.files.test(path), path);
      for (const path of no) assert.ok(!parsed.source.files.test(path), path);
    });

  const windows: [glob: string, root: string, path: string][] = [
    ['C:\\logs\\*.log', 'C:\\logs', 'A.LOG'],
    ['~/logs/**/a.log', 'C:\\Users\\me\\logs', 'x/y/a.log'],
    ['~\\logs\\a.log', 'C:\\Users\\me\\logs', 'a.log'],
    ['\\\\server\\share\\logs\\*.log', '\\\\server\\share\\logs', 'a.log'],
  ];
  for (const [glob, root, path] of windows)
    it(`on Windows ${glob}`, () => {
      const parsed = parseLogGlob(glob, here('win32', 'C:\\Users\\me'));
      assert.ok(parsed.kind === 'source', JSON.stringify(parsed));
      assert.equal(parsed.source.root, root);
      assert.ok(parsed.source.files.test(path));
    });

  const refused: [glob: string, platform?: Platform][] = [
    ['logs/*.log'],
    ['*.log'],
    [''],
    ['/'],
    ['/*.log'],
    ['/**/*.log'],
    ['/srv/**'],
    ['~/**/*.log'],
    ['~/*/a.log'],
    ['/home/**/*.log'],
    ['/home/*/logs/a.log'],
    ['/srv/../etc/*.log'],
    ['/srv/**/a/**/b.log'],
    ['/srv/*a*b*c*d*.log'],
    [`/srv/${'a/'.repeat(300)}x.log`],
    ['/srv/*/*/*/*/*/*/*/*/*/a.log'],
    ['C:\\**\\*.log', 'win32'],
    ['C:\\a.log', 'win32'],
    ['\\\\server\\share\\*.log', 'win32'],
    ['relative\\*.log', 'win32'],
  ];
  for (const [glob, platform] of refused)
    it(`refuses ${glob.slice(0, 40) || 'nothing'}`, () => {
      const home = platform === 'win32' ? 'C:\\Users\\me' : '/home/me';
      assert.equal(parseLogGlob(glob, here(platform, home)).kind, 'refused');
    });

  it('does not read the extension’s own output', () => {
    const parsed = parseLogGlob('~/.config/Code/logs/**/*.log', here());
    assert.ok(parsed.kind === 'source' && parsed.source.files.test('w/exthost/x/Other.log'));
    assert.ok(!parsed.source.files.test('w/exthost/kimi-quota/Kimi Quota.log'));
    assert.ok(!parsed.source.files.test('w/exthost/output/1-Kimi Quota.log'));
  });

  it('a long name with many asterisks is matched in linear time', () => {
    const parsed = parseLogGlob('/srv/*a*a*.log', here());
    assert.ok(parsed.kind === 'source' && !parsed.source.files.test(`${'a'.repeat(255)}b`));
  });

  it('only the first 32 globs are read', () => {
    const globs = Array.from({ length: 40 }, (_, n) => `/srv/${n}/*.log`);
    assert.equal(otherLogs.sources({ ...here(), otherLogs: globs }).length, 32);
    assert.deepEqual(otherLogs.sources(here()), []);
  });
});
