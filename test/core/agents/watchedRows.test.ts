import assert from 'node:assert/strict';
import { AGENT_IDS, type AgentId } from '../../../src/core/agents/signal.ts';
import {
  loadWatchedLogs,
  saveWatchedLogs,
  otherSide,
  tildePath,
  unreadableAdvice,
  type WatchedFolder,
  watchedRows,
  type WatchedState,
  writeWatchedLogs,
} from '../../../src/core/agents/watchedLogs.ts';
import { openMemoryArchive } from '../../support/memoryArchive.ts';
import { english } from '../../../src/core/base/format.ts';
import { ENGLISH, HOUR_MS, MINUTE_MS, NOW } from '../../support/quotaViews.ts';
import { failed } from '../../support/tailBatches.ts';
import { MAX_VALUE_LENGTH } from '../../../src/core/base/store.ts';

function folder(agent: AgentId, path: string, fields: Partial<WatchedFolder> = {}): WatchedFolder {
  return {
    agent,
    path,
    isThere: true,
    isPolled: false,
    fileCount: 2,
    newest: { path: `${path}/a.log`, modifiedAt: NOW - MINUTE_MS },
    unreadable: {},
    ...fields,
  };
}

function empty(agent: AgentId, path: string, fields: Partial<WatchedFolder> = {}): WatchedFolder {
  const { newest: _newest, ...rest } = folder(agent, path, { fileCount: 0 });
  return { ...rest, ...fields };
}

/** `state name: summary | detail` of the rows of these folders. */
function rowsOf(folders: readonly WatchedFolder[], more: Partial<WatchedState> = {}): string[] {
  const agents = new Set(folders.map(({ agent }) => agent));
  const logs = { home: '/home/me', folders };
  const state = { logs, watched: AGENT_IDS, failures: [], now: NOW, ...more };
  return watchedRows(state, ENGLISH)
    .filter(({ agent }) => agents.has(agent))
    .map(({ state, name, summary, detail, hasProblem }) =>
      [hasProblem ? '!' : '', state, ` ${name}: ${summary} | ${detail}`].join(''),
    );
}

describe('watchedRows', () => {
  const cases: [fact: string, folders: WatchedFolder[], expected: string[]][] = [
    [
      'counts logs, and shows when one was last written and where they are',
      [
        folder('claude-code', '/home/me/.claude/projects'),
        folder('claude-code', '/home/me/.claude/debug', {
          fileCount: 1,
          newest: { path: '/x', modifiedAt: NOW - 2 * HOUR_MS },
        }),
      ],
      ['followed Claude Code: 3 logs · written 1 min ago | ~/.claude/projects, ~/.claude/debug'],
    ],
    [
      'lists the agent that wrote last first',
      [
        folder('kimi-code', '/a', { newest: { path: '/a/x', modifiedAt: NOW - HOUR_MS } }),
        folder('opencode', '/b', { fileCount: 1 }),
      ],
      [
        'followed OpenCode: 1 log · written 1 min ago | /b',
        'followed Kimi Code: 2 logs · written 1 h ago | /a',
      ],
    ],
    [
      'shows that a folder exists without a log',
      [empty('kimi-code', '/a')],
      ['followed Kimi Code: no log yet | /a'],
    ],
    [
      'shows where an agent’s logs would be, if there are none',
      [empty('kimi-code', '/home/me/.kimi-code', { isThere: false })],
      ['missing Kimi Code: not found here | ~/.kimi-code'],
    ],
    [
      'counts unreadable logs by reason',
      [folder('kimi-code', '/a', { unreadable: { EIO: 1, EACCES: 2 } })],
      ["!followed Kimi Code: 2 logs · written 1 min ago · 3 can't be read (EACCES, EIO) | /a"],
    ],
    [
      'shows that the system does not watch a folder',
      [folder('kimi-code', '/a', { isPolled: true })],
      ['followed Kimi Code: 2 logs · written 1 min ago | /a · checked every 2 s'],
    ],
    [
      'shows what an agent never logs',
      [folder('codex', '/a'), folder('cline', '/c'), empty('continue', '/b')],
      [
        'followed Cline: 2 logs · written 1 min ago | /c · it logs failed requests only when it stops retrying',
        "followed Codex: 2 logs · written 1 min ago | /a · it doesn't log the reason for a 429",
        'followed Continue: no log yet | /b · it logs failed requests only with --verbose',
      ],
    ],
  ];
  for (const [fact, folders, expected] of cases)
    it(fact, () => assert.deepEqual(rowsOf(folders), expected));

  it('shows when a request last failed, for each agent', () => {
    const failures = [
      failed('a', { agent: 'codex', at: NOW - HOUR_MS }),
      failed('b', { at: NOW - 3 * HOUR_MS }),
      failed('c', { at: NOW - 2 * HOUR_MS }),
    ].flatMap(({ signal, ...where }) =>
      signal.kind === 'requestFailed' ? [{ signal, ...where }] : [],
    );
    assert.deepEqual(rowsOf([folder('kimi-code', '/a')], { failures }), [
      'followed Kimi Code: 2 logs · written 1 min ago | /a · last failed request 2 h ago',
    ]);
  });

  it('has a row for every agent, those without logs last', () => {
    const rows = watchedRows(
      {
        logs: { home: '', folders: [folder('codex', '/a'), folder('aider', '/b')] },
        watched: ['codex', 'goose'],
        failures: [],
        now: NOW,
      },
      ENGLISH,
    );
    assert.deepEqual(rows.map(({ agent }) => agent).toSorted(), AGENT_IDS.toSorted());
    assert.deepEqual(
      rows.map(({ state }) => state),
      ['followed', ...AGENT_IDS.slice(2).map(() => 'off'), 'missing'],
    );
  });
});

describe('otherSide', () => {
  const cases: [remoteName: string | undefined, hasWsl: boolean, title: string | undefined][] = [
    ['wsl', false, "Agents on Windows aren't watched here"],
    ['wsl', true, "Agents on Windows aren't watched here"],
    ['ssh-remote', true, "Agents on your computer aren't watched here"],
    ['dev-container', false, "Agents on your computer aren't watched here"],
    [undefined, true, "Agents in WSL aren't watched here"],
    [undefined, false, undefined],
  ];
  for (const [remoteName, hasWsl, title] of cases)
    it(`is ${title ?? 'nothing'} in ${remoteName ?? 'a local window'}${hasWsl ? ' with WSL' : ''}`, () =>
      assert.equal(otherSide({ remoteName, hasWsl }, english)?.title, title));
});

describe('tildePath', () => {
  const cases: [path: string, home: string | undefined, expected: string][] = [
    ['/home/me/.codex', '/home/me', '~/.codex'],
    ['C:\\h\\.codex', 'C:\\h', '~/.codex'],
    ['/h/menace/.codex', '/h/me', '/h/menace/.codex'],
    ['/home/me', '/home/me', '/home/me'],
    ['/tmp/openclaw', '/home/me', '/tmp/openclaw'],
    ['/a/$(trash)', undefined, '/a/$ (trash)'],
  ];
  for (const [path, home, expected] of cases)
    it(`${path} is ${expected}`, () => assert.equal(tildePath(path, home), expected));
});

describe('unreadableAdvice', () => {
  it('mentions permissions only where they are the reason', () => {
    assert.match(unreadableAdvice(['EACCES', 'EIO'], english), /permissions/);
    assert.doesNotMatch(unreadableAdvice(['EBUSY'], english), /permissions/);
  });
});

describe('the report of watched logs', () => {
  it('is read back unchanged', async () => {
    const archive = openMemoryArchive();
    assert.equal(await loadWatchedLogs(archive), undefined);
    const logs = {
      home: '/h',
      folders: [folder('codex', '/a', { unreadable: { EACCES: 1 } }), empty('aider', '/b')],
    };
    await saveWatchedLogs(archive, writeWatchedLogs(logs));
    assert.deepEqual(await loadWatchedLogs(archive), logs);
  });

  for (const json of ['', '{}', '{"home":"/h","folders":[{"agent":"codex"}]}', '[]'])
    it(`is unknown if another version wrote ${JSON.stringify(json)}`, async () => {
      const archive = openMemoryArchive();
      await saveWatchedLogs(archive, json);
      assert.equal(await loadWatchedLogs(archive), undefined);
    });

  it('fits, however many folders there are: those without logs are omitted first', () => {
    const folders = Array.from({ length: 2000 }, (_, i) =>
      folder('other', `/a/rather/long/path/${i}`, { fileCount: i }),
    );
    const json = writeWatchedLogs({ home: '/h', folders });
    assert.ok(json.length <= MAX_VALUE_LENGTH);
    assert.ok(json.includes('"/a/rather/long/path/1999"') && !json.includes('path/1"'));
  });
});
