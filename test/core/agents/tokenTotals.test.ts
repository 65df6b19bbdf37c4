import assert from 'node:assert/strict';
import type { Agent } from '../../../src/core/agents/agent.ts';
import { claudeCode } from '../../../src/core/agents/claudeCode/claudeCode.ts';
import { codex } from '../../../src/core/agents/codex/codex.ts';
import { copilotCli } from '../../../src/core/agents/copilotCli.ts';
import { droid } from '../../../src/core/agents/droid.ts';
import { kimiCode } from '../../../src/core/agents/kimiCode.ts';
import { openCode } from '../../../src/core/agents/openCode/openCode.ts';
import { pi } from '../../../src/core/agents/pi.ts';
import { countedIn } from '../../../src/core/ledger/counted.ts';
import { groupRows } from '../../../src/core/ledger/groups.ts';
import { fixtureLines, readAs } from '../../support/agentLogs.ts';

const KIMI_CODE = '/h/.kimi-code/sessions/wd_shop_c2b2c6e75618/session_1/agents/main/wire.jsonl';
const PI = '/h/.pi/agent/sessions/--w--/2026-11-30T00-00-00-000Z_1.jsonl';
const ROLLOUT = '/h/.codex/sessions/2026/11/21/rollout-2026-11-21T21-50-17-1.jsonl';

/** Sums of the records by hand: responses, input, cache read, cache write, output; the project. */
const RECORDED: [Agent, string, string, number[], string?][] = [
  [
    claudeCode,
    '/h/.claude/projects/-a/s.jsonl',
    'claude-code/print.jsonl',
    [3, 11_267, 26_281, 0, 80],
    'demo-app',
  ],
  [
    claudeCode,
    '/h/.claude/projects/-a/s.jsonl',
    'claude-code/parallel.jsonl',
    [5, 10_655, 24_845, 0, 178],
  ],
  [codex, ROLLOUT, 'codex/turn.jsonl', [3, 30_398 - 21_278, 21_278, 0, 78]],
  [kimiCode, KIMI_CODE, 'kimi-code/gave-up.wire.jsonl', [1, 6_304, 14_705, 0, 25], 'shop'],
  [kimiCode, KIMI_CODE, 'kimi-code/parallel.main.wire.jsonl', [2, 12_873, 30_031, 0, 66], 'shop'],
  [
    openCode,
    '/h/.local/share/opencode/opencode.db',
    'opencode/gave-up.rows.jsonl',
    [1, 7_744, 0, 0, 26],
  ],
  [pi, PI, 'pi/session.jsonl', [3, 409 + 455 + 486, 953 + 1_060 + 1_130, 0, 25 + 27 + 28], 'work'],
  [
    copilotCli,
    '/h/.copilot/session-state/s/events.jsonl',
    'copilot/events.jsonl',
    [1, 12_140, 0, 0, 25],
  ],
  [droid, '/h/.factory/logs/droid-log-single.log', 'droid/log.log', [1, 8_599, 0, 0, 27]],
];

const count = (agent: Agent, path: string, lines: readonly string[], hasProjects = true) => {
  const signals = readAs(agent, path, lines).map(signal => ({ signal, file: 'f', byteOffset: 0 }));
  const rows = countedIn({ signals }, { signals: [] }, { hasProjects }).map(({ row }) => row);
  const [sums] = groupRows(rows, { keyOf: () => undefined });
  const { input, cacheRead, cacheWrite, output } = sums!.tokens;
  return {
    totals: [sums!.answers, input, cacheRead, cacheWrite, output],
    projects: [...new Set(rows.map(({ project }) => project))],
  };
};

describe('tokens of recorded logs', () => {
  for (const [agent, path, fixture, totals] of RECORDED)
    it(`${agent.name}: ${fixture} has as many as its records`, () =>
      assert.deepEqual(count(agent, path, fixtureLines(fixture)).totals, totals));

  for (const [agent, path, fixture, , project] of RECORDED.filter(row => row[4] !== undefined))
    it(`${agent.name}: ${fixture} names its project, unless names are not kept`, () => {
      assert.ok(count(agent, path, fixtureLines(fixture)).projects.includes(project));
      assert.deepEqual(count(agent, path, fixtureLines(fixture), false).projects, [undefined]);
    });

  it('Copilot CLI: the project is that of the session’s start', () => {
    const [start = '', ...rest] = fixtureLines('copilot/events.jsonl');
    const named = start.replace('"data":{', '"data":{"context":{"cwd":"/srv/shop"},');
    const path = '/h/.copilot/session-state/s/events.jsonl';
    assert.deepEqual(count(copilotCli, path, [named, ...rest]).projects, ['shop']);
  });
});
