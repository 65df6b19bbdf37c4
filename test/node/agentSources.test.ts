import assert from 'node:assert/strict';
import type { Agent, Surroundings } from '../../src/core/agents/agent.ts';
import { agents } from '../../src/core/agents/agents.ts';
import { watchedRows } from '../../src/core/agents/watchedLogs.ts';
import { findSources } from '../../src/node/agentSources.ts';
import { english } from '../../src/core/base/format.ts';
import { TailFixture, testAgent } from '../support/tailFixture.ts';

const HERE: Surroundings = { home: '/h', tmp: '/tmp', platform: 'linux', env: {} };

describe('findSources', () => {
  it('finds places for every agent, whatever the home folder and variables', () => {
    const values = [
      '',
      '/',
      '//',
      '/x/',
      '/a\nb/',
      '/a\nb/c.log',
      '~',
      '\\',
      ' ',
      '$(x)',
      '(',
      '/[',
    ];
    const names = ['CLINE_LOG_PATH', 'CLINE_DIR', 'OPENCODE_DB', 'XDG_DATA_HOME', 'CODEX_HOME'];
    for (const home of ['/h', '/', '', '/a\nb'])
      for (const value of values) {
        const env = Object.fromEntries(names.map(name => [name, value]));
        const { unplaced } = findSources(agents, { ...HERE, home, env });
        assert.deepEqual(unplaced, [], JSON.stringify([home, value]));
      }
  });

  it('of an agent that throws costs that agent, which is shown with a problem', async () => {
    const broken: Agent = {
      ...testAgent,
      id: 'cline',
      name: 'Cline',
      sources: () => {
        throw new TypeError('x');
      },
    };
    const found = findSources([broken, ...agents.filter(({ id }) => id !== 'cline')], HERE);
    assert.deepEqual(found.unplaced, [broken]);
    assert.ok(found.sources.length > agents.length);
    const { tailer, log } = await new TailFixture('/nowhere', { unplaced: [broken] }).start();
    assert.equal(log.lines.length, 1);
    assert.match(log.lines[0]!, /Cline: no place for its logs\. Check its environment variables/);
    const state = {
      logs: { home: '/h', folders: tailer.folders },
      watched: ['cline' as const],
      failures: [],
      now: Date.now(),
    };
    const row = watchedRows(state, { t: english, language: 'en' }).find(
      ({ agent }) => agent === 'cline',
    );
    assert.deepEqual([row?.state, row?.hasProblem], ['followed', true]);
    tailer.dispose();
  });
});
