import assert from 'node:assert/strict';
import { useBefore } from '../../../src/core/ledger/machineUse.ts';
import type { LedgerRow } from '../../../src/core/ledger/ledger.ts';
import { largestUserLine } from '../../../src/core/status/largestUser.ts';
import type { WindowUse } from '../../../src/core/quota/windowUse.ts';
import { ENGLISH, HOUR_MS, NOW } from '../../support/quotaViews.ts';

const row = (hours: number, agent: LedgerRow['agent'], input: number): LedgerRow => ({
  from: NOW - hours * HOUR_MS,
  spanMs: 300_000,
  account: 'kimi-code',
  agent,
  isSubagent: false,
  answers: 1,
  failures: 0,
  retries: 0,
  tokens: { input, cacheRead: 0, cacheWrite: 0, output: 0 },
});

const use = (more: Partial<WindowUse>): WindowUse => ({
  origin: 'https://api.kimi.com',
  windowId: 'week',
  from: NOW - 50 * HOUR_MS,
  to: NOW,
  used: 33,
  agents: [],
  ...more,
});

describe('useBefore', () => {
  const rows = [
    row(1, 'claude-code', 71),
    row(2, 'codex', 29),
    row(6, 'codex', 500),
    row(30, 'codex', 9000),
    row(-1, 'codex', 9000),
  ];

  it('is who used how much in the five hours before, and the tokens of a day', () =>
    assert.deepEqual(useBefore(rows, [], NOW), {
      agents: [
        { agent: 'claude-code', percent: 71 },
        { agent: 'codex', percent: 29 },
      ],
      tokensLastDay: 600,
    }));

  it('is unknown without tokens', () => assert.equal(useBefore([], [], NOW), undefined));

  it('has what no agent explains, unless it began later', () => {
    const unexplained = { points: 12, from: NOW - 2 * HOUR_MS, to: NOW - HOUR_MS };
    assert.equal(useBefore(rows, [use({ unexplained })], NOW)?.unexplained?.points, 12);
    const later = use({ unexplained: { ...unexplained, from: NOW + 1 } });
    assert.equal(useBefore(rows, [later], NOW)?.unexplained, undefined);
  });
});

describe('largestUserLine', () => {
  const cases: [title: string, more: Partial<WindowUse>, line: string | undefined][] = [
    [
      'has points where prices are known',
      {
        agents: [
          { agent: 'claude-code', sharePercent: 64, points: { points: 21.2, low: 18, high: 24 } },
        ],
      },
      'Largest user of the weekly quota: Claude Code, 21 of 33 points.',
    ],
    [
      'has a share of this machine where they are not',
      { agents: [{ agent: 'claude-code', sharePercent: 64 }] },
      'Largest user of the weekly quota on this machine: Claude Code (64%).',
    ],
    ['is absent without an agent', {}, undefined],
    [
      'is absent where nothing was used',
      { used: 0, agents: [{ agent: 'codex', sharePercent: 64 }] },
      undefined,
    ],
  ];
  for (const [title, more, line] of cases)
    it(title, () => {
      const { origin, windowId } = use({});
      assert.equal(largestUserLine({ uses: [use(more)] }, { origin, windowId }, ENGLISH), line);
    });
});
