import assert from 'node:assert/strict';
import { agents } from '../../../src/core/agents/agents.ts';
import { FailureLog } from '../../../src/core/agents/failureJoiner.ts';
import type { AgentId, Signal } from '../../../src/core/agents/signal.ts';
import { foldSignals } from '../../../src/core/incidents/incidents.ts';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import { judge } from '../../../src/core/incidents/judge.ts';
import { fixtureLines, readAs } from '../../support/agentLogs.ts';
import { readHome, realCases, type RealCase } from '../../support/realLogs.ts';

/** The incidents of what was read of logs, as `scan` finds them. */
function incidentsOf(signals: readonly Signal[]): Incident[] {
  const log = new FailureLog(Infinity);
  for (const signal of signals) log.add({ signal, file: 'f', byteOffset: 0 });
  const now = Math.max(...signals.map(({ at }) => at)) + 600_000;
  return foldSignals({ signals, failures: log.failures, now }, { judge, snapshots: () => [] });
}

const agentOf = (id: AgentId) => agents.find(agent => agent.id === id) ?? assert.fail(id);

const KIMI_SESSION = '/h/.kimi-code/sessions/wd_a/session_a';

describe('real bursts are one incident', () => {
  it('Kimi Code: three sub-agents above a limit of three, with what was in flight', () => {
    const read = (name: string, path: string): Signal[] =>
      readAs(agentOf('kimi-code'), `${KIMI_SESSION}/${path}`, fixtureLines(`kimi-code/${name}`));
    const signals = [
      ...read('parallel.log', 'logs/kimi-code.log'),
      ...['main', 'agent-0', 'agent-3', 'agent-4'].flatMap(agent =>
        read(`parallel.${agent}.wire.jsonl`, `agents/${agent}/wire.jsonl`),
      ),
    ];
    const [incident = assert.fail(), ...others] = incidentsOf(signals);
    assert.deepEqual(others, []);
    assert.equal(incident.category, 'concurrency');
    assert.equal(incident.verdict.cause, 'own_concurrency');
    assert.equal(incident.state, 'recovered');
    assert.deepEqual(incident.places.flatMap(({ subagent }) => subagent ?? []).sort(), [
      'agent-0',
      'agent-3',
      'agent-4',
    ]);
    assert.equal(incident.shape?.inFlightPeak, 3);
  });

  it('OpenCode: sub-agents above a limit of two; the continued session is the success', () => {
    const path = '/h/.local/share/opencode/log/opencode.log';
    const signals = readAs(agentOf('opencode'), path, fixtureLines('opencode/parallel.log'));
    const [incident = assert.fail(), ...others] = incidentsOf(signals);
    assert.deepEqual(others, []);
    assert.equal(incident.verdict.cause, 'own_concurrency');
    assert.equal(incident.state, 'recovered');
  });

  it('Claude Code: sub-agents above a limit of two, without error text and host', () => {
    const lines = fixtureLines('claude-code/parallel.jsonl');
    const threadOf = (line: string) => /"agentId":"(\w+)"/.exec(line)?.[1];
    const signals = [...new Set(lines.map(threadOf))].flatMap(agent =>
      readAs(
        agentOf('claude-code'),
        `/h/.claude/projects/-home-dev-demo/3f5fcb2d-31e3-4846-af55-0bb07ff14a6b/subagents/agent-${agent}.jsonl`,
        lines.filter(line => threadOf(line) === agent),
      ),
    );
    const [incident = assert.fail(), ...others] = incidentsOf(signals);
    assert.deepEqual(others, []);
    assert.deepEqual([incident.provider, incident.category, incident.count], ['unknown', null, 10]);
    assert.deepEqual(incident.shape?.meters?.[0], { meter: 'atOnce', limit: 2, share: 1 });
    const { cause, certainty, steps } = incident.verdict;
    assert.deepEqual([cause, certainty], ['own_concurrency', 'likely']);
    // A larger plan of Kimi's need not help.
    assert.deepEqual(steps, [{ id: 'fewerAgents', agent: 'claude-code', count: 2 }]);
  });
});

/** A folder of recordings: `<agent>/<case>/{case.json,home}`. Without it there is nothing to do. */
const folder = process.env['KIMI_QUOTA_REAL_LOGS'];

/** A description `agents:5 → text (cap 2 in flight → concurrency)` contains the truth: five in parallel. */
function askedAtOnce({ description }: RealCase): number {
  return Number(/agents:(\d+)/.exec(description)?.[1] ?? 1);
}

if (folder)
  describe('real logs: incidents', () => {
    for (const agent of agents)
      for (const real of realCases(folder, agent.id)) {
        const { count, failureRecordsOnDisk } = real.expected;
        const isOnDisk = Object.values(failureRecordsOnDisk).some(records => records > 0);
        if (count === 0 || !isOnDisk) continue;
        it(`${real.name}: one incident, no attempt counted twice`, async () => {
          const [incident, ...others] = incidentsOf(await readHome(agent, real.home));
          assert.deepEqual(
            others.map(({ category }) => category),
            [],
          );
          assert.ok((incident?.count ?? 0) <= count, `${incident?.count} of ${count}`);
        });
        if (real.scenario !== 'parallel-cap') continue;
        it(`${real.name}: a parallel limit, with the number in flight within one of the truth`, async () => {
          const [incident] = incidentsOf(await readHome(agent, real.home));
          const { inFlightPeak = 0 } = incident?.shape ?? {};
          assert.ok(Math.abs(inFlightPeak - askedAtOnce(real)) <= 1, `${inFlightPeak}`);
          // Attempts that recover leave nothing with Cline, and nobody's account with Copilot.
          if (incident && agent.id !== 'copilot')
            assert.equal(incident.verdict.cause, 'own_concurrency');
        });
      }
  });
