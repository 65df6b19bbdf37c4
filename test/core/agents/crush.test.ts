import assert from 'node:assert/strict';
import { attribute } from '../../../src/core/agents/attribution.ts';
import { crush } from '../../../src/core/agents/crush.ts';
import { failed, fixtureLines, readLines } from '../../support/agentLogs.ts';

const lines = fixtureLines('crush/crush.log');
const read = (texts: readonly string[]) =>
  failed(readLines(crush, { relativePath: 'crush.log', format: 'log' }, texts));

describe('crush: failures (from source)', () => {
  const failures = read(lines);
  const BUSY =
    "We're receiving too many requests at the moment. Please wait a moment and try again.";
  const cases: [fact: string, expected: object][] = [
    ['a retry', { text: BUSY, status: 429, retryAfterMs: 2000, model: 'kimi-for-coding' }],
    ['a long wait in Go’s format', { text: BUSY, status: 429, retryAfterMs: 64_500 }],
    ['the last attempt, after the name of its status', { text: BUSY, isFinal: true }],
    [
      'the SDK’s format has status, type and host',
      { status: 429, errorType: 'exceeded_current_quota_error', isFinal: true, model: 'kimi-k2.5' },
    ],
  ];
  for (const [index, [fact, expected]] of cases.entries())
    it(fact, () => assert.deepEqual({ ...failures[index], ...expected }, failures[index]));

  it('a canceled turn and a tool result are not failures', () =>
    assert.equal(failures.length, cases.length));

  it('the line before names the provider, unless there is a URL', () =>
    assert.deepEqual(
      failures.map(failure => attribute(failure).reason),
      [...Array<string>(3).fill('provider kimi-coding'), 'host api.moonshot.ai'],
    ));

  it('the time has a zone', () =>
    assert.equal(failures[1]?.at, Date.UTC(2026, 7, 14, 10, 12, 33, 500)));

  it('lines with an anchor are enough', () => {
    const some = lines.filter(line => crush.failureAnchors.some(anchor => line.includes(anchor)));
    assert.deepEqual(read(some), failures);
  });
});

describe('crush: places', () => {
  type Platform = 'linux' | 'darwin' | 'win32';
  const here = (platform: Platform, home: string, env: Record<string, string> = {}) => ({
    home,
    tmp: '/tmp',
    platform,
    env,
  });
  const lists: [Platform, string, Record<string, string>, string][] = [
    ['linux', '/h', {}, '/h/.local/share/crush/projects.json'],
    ['linux', '/h', { XDG_DATA_HOME: '/d' }, '/d/crush/projects.json'],
    ['darwin', '/Users/me', {}, '/Users/me/.local/share/crush/projects.json'],
    ['win32', 'C:\\h', {}, 'C:\\h\\AppData\\Local\\crush\\projects.json'],
    ['win32', 'C:\\h', { LOCALAPPDATA: 'D:\\l' }, 'D:\\l\\crush\\projects.json'],
    ['linux', '/h', { CRUSH_GLOBAL_DATA: '/g' }, '/g/projects.json'],
  ];
  for (const [platform, home, env, expected] of lists)
    it(`its list on ${platform} ${JSON.stringify(env)}`, () =>
      assert.equal(crush.list?.file(here(platform, home, env)), expected));

  it('the folders that are open, and those of the list', () => {
    const roots = (surroundings: Parameters<typeof crush.sources>[0]) =>
      crush.sources(surroundings).map(({ root }) => root);
    assert.deepEqual(roots(here('linux', '/h')), []);
    const both = { workspaces: ['/w', '/v'], listed: ['/w/.crush', '/data/x'] };
    assert.deepEqual(roots({ ...here('linux', '/h'), ...both }), [
      '/w/.crush/logs',
      '/v/.crush/logs',
      '/data/x/logs',
    ]);
    assert.deepEqual(roots({ ...here('win32', 'C:\\h'), workspaces: ['C:\\w'] }), [
      'C:\\w\\.crush\\logs',
    ]);
    assert.deepEqual(roots(here('linux', '/h', { CRUSH_CACHE_DIR: '/c' })), ['/c']);
  });

  it('the list is read from the latest entry on, up to the limit', () => {
    const project = (n: number) => ({
      path: `/p${n}`,
      data_dir: `/p${n}/.crush`,
      last_accessed: `2026-01-${10 + n}`,
    });
    const many = Array.from({ length: 40 }, (_, n) => project(n));
    const listed = crush.list!.read(JSON.stringify({ projects: many }));
    assert.equal(listed.length, 32);
    assert.equal(listed[0], '/p39/.crush');
    for (const text of ['', '[]', '{"projects":[1,{"data_dir":"relative"}]}', '{"projects":"x"}'])
      assert.deepEqual(crush.list!.read(text), []);
  });
});
