import assert from 'node:assert/strict';
import { agents } from '../../src/core/agents/agents.ts';
import { attribute, withConfiguredHost } from '../../src/core/agents/attribution.ts';
import { ConfiguredHosts } from '../../src/node/configuredHosts.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { failuresOf, readHome, realCases } from '../support/realLogs.ts';

/** As in `realLogs.test.ts`. */
const folder = process.env['KIMI_QUOTA_REAL_LOGS'];

/** Whose account it was by the truth of a recording. */
const PROVIDERS: Readonly<Record<string, string>> = {
  moonshot: 'open-platform',
  'kimi-code': 'kimi-code',
};

/** Not on disk: agents that only the environment configures. */
const AGENTS = agents.filter(({ id }) => !['claude-code', 'qwen-code', 'copilot'].includes(id));

if (folder)
  describe('real logs, with the configuration next to them', () => {
    for (const agent of AGENTS)
      for (const { name, home, expected } of realCases(folder, agent.id)) {
        const truth = PROVIDERS[expected.provider] ?? 'other';
        it(`${name}: every failure is ${truth}`, async () => {
          const surroundings = { home, tmp: '/tmp', platform: 'linux', env: {} } as const;
          const hosts = new ConfiguredHosts({ surroundings, folders: [], clock: new FakeClock() });
          // A copy of a recording is younger than what it records.
          const inForce = (await hosts.read()).map(entry => ({ ...entry, since: 0 }));
          const providers = failuresOf(await readHome(agent, home))
            .map(failure => withConfiguredHost(failure, inForce))
            .map(failure => attribute(failure).provider);
          assert.deepEqual([...new Set(providers)], providers.length > 0 ? [truth] : []);
        });
      }
  });
