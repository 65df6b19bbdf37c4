import assert from 'node:assert/strict';
import { english } from '../../../src/core/base/format.ts';
import { checklistsOf, checklistText, stepNamed } from '../../../src/core/diagnosis/checklist.ts';
import type { ChecklistFacts, CheckState } from '../../../src/core/diagnosis/checklistFacts.ts';
import {
  changeChecklist,
  EMPTY_CHECKLIST,
  loadChecklist,
  tickStep,
} from '../../../src/core/diagnosis/checklistState.ts';
import type { DirectResult } from '../../../src/core/diagnosis/directResults.ts';
import {
  CHECK_STEPS,
  type CheckStepId,
  PLAYBOOKS,
  playbooksOf,
} from '../../../src/core/diagnosis/playbooks.ts';
import { isKimiPage } from '../../../src/core/accounts/links.ts';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import { CAUSES, type Verdict } from '../../../src/core/incidents/verdict.ts';
import { ORG_A, ORG_B, platform, WORKS, WORKS_AS } from '../../support/directAnswers.ts';
import { incidentOf, UNSURE } from '../../support/incidents.ts';
import { CHINESE } from '../../support/judgedIncident.ts';
import { openMemoryArchive } from '../../support/memoryArchive.ts';
import { MINUTE_MS, NOW, snapshotOf } from '../../support/quotaViews.ts';

const ENGLISH = { language: 'en', timeZone: 'UTC', t: english };
const judged = (verdict: Partial<Verdict>, more: Partial<Incident> = {}): Incident =>
  incidentOf('i', { verdict: { ...UNSURE, ...verdict }, ...more });
const factsOf = (incident: Incident, more: Partial<ChecklistFacts> = {}): ChecklistFacts => ({
  incident,
  state: EMPTY_CHECKLIST,
  now: NOW,
  ...more,
});
const saying = (text: string, host?: string): Partial<Incident> => {
  const { example } = incidentOf('i');
  const evidence = host === undefined ? {} : { host };
  return { example: { ...example, signal: { ...example.signal, text, evidence } } };
};
const test = (answer: DirectResult['answer'], more: Partial<DirectResult> = {}): DirectResult => ({
  at: NOW - MINUTE_MS,
  account: 'kimiCode',
  host: 'api.kimi.com',
  model: 'kimi-for-coding',
  answer,
  outcome: 'over',
  reason: 'worksNow',
  ...more,
});

describe('playbooks: which one an incident gets', () => {
  const cases: readonly (readonly [fact: string, Incident, leak: boolean, ids: string])[] = [
    ['no balance', judged({ cause: 'balance' }), false, 'balance'],
    ["a gateway's balance", judged({ cause: 'gateway_balance' }), false, 'balance'],
    ['unclear, the text says balance', judged({}, { category: 'balance' }), false, 'balance'],
    ['the daily limit', judged({ cause: 'tpd' }), false, 'dailyLimit'],
    ['a 429 with quota left', judged({ cause: 'own_concurrency' }), false, 'openQuota'],
    ['unclear, a limit', judged({}), false, 'openQuota'],
    ['a quota', judged({ cause: 'quota_5h' }), false, 'usedUp'],
    ['a quota that nobody used', judged({ cause: 'quota_5h' }), true, 'usedUp dailyLimit'],
    ['a wrong key', judged({ cause: 'wrong_key' }), false, 'wrongPlace'],
    [
      'an agent that cannot stop',
      judged({ cause: 'quota_5h', isRunaway: true }),
      false,
      'runaway usedUp',
    ],
    ['overload', judged({ cause: 'overloaded' }), false, 'overload'],
    ['no connection', judged({ cause: 'network' }), false, 'connection'],
    ['too long a context', judged({ cause: 'context_length' }), false, ''],
    ['another provider', judged({}, { category: 'other_provider' }), false, ''],
  ];
  for (const [fact, incident, isLeak, ids] of cases)
    it(`${fact}: ${ids || 'none'}`, () => {
      const found = playbooksOf(incident, isLeak).map(({ id }) => id);
      assert.equal(found.join(' '), ids);
    });

  it('uses every step, and gives each cause one playbook at most', () => {
    const used = new Set<CheckStepId>(PLAYBOOKS.flatMap(({ steps }) => steps));
    for (const step of ['stopAgent', 'capRetries'] as const) used.add(step);
    assert.deepEqual(
      [...CHECK_STEPS].filter(step => !used.has(step)),
      [],
    );
    for (const cause of CAUSES)
      assert.ok(PLAYBOOKS.filter(({ causes }) => causes.includes(cause)).length <= 1, cause);
  });

  it('has words for every step in both languages, and links only to pages of Kimi', () => {
    for (const { causes } of PLAYBOOKS)
      for (const locale of [ENGLISH, CHINESE])
        for (const provider of ['kimi-code', 'open-platform'] as const)
          for (const { rows } of checklistsOf(
            factsOf(judged({ cause: causes[0]! }, { provider })),
            locale,
          ))
            for (const { text, url } of rows) {
              assert.ok(text.length > 3);
              assert.ok(url === undefined || isKimiPage(url), url);
            }
  });
});

describe('playbooks: what a program finds out', () => {
  const platformTpd = (text = '') =>
    judged(
      { cause: 'tpd' },
      { provider: 'open-platform', category: 'tpd', ...saying(text, 'api.moonshot.ai') },
    );
  const cases: readonly (readonly [
    fact: string,
    ChecklistFacts,
    CheckStepId,
    CheckState,
    found: RegExp | undefined,
  ])[] = [
    [
      'an agent that retries',
      factsOf(judged({ isRunaway: true })),
      'stopAgent',
      'notDone',
      /still retries/,
    ],
    [
      'a stopped one',
      factsOf(judged({ isRunaway: true }, { state: 'over' })),
      'stopAgent',
      'done',
      undefined,
    ],
    [
      'a text with its status',
      factsOf(judged({ cause: 'quota_5h' }, { category: 'quota_5h', fields: { status: 403 } })),
      'readText',
      'done',
      /5-hour quota \(HTTP status 403\)/,
    ],
    ['no direct test', factsOf(judged({ cause: 'balance' })), 'testDirectly', 'notDone', undefined],
    [
      'a direct test',
      factsOf(judged({ cause: 'balance' }), { direct: test(WORKS) }),
      'testDirectly',
      'done',
      /: Works now\.$/,
    ],
    [
      'an accepted key',
      factsOf(judged({ cause: 'quota_5h' }), { direct: test(WORKS) }),
      'keepSignIn',
      'done',
      /accepts/,
    ],
    [
      "a host that is Kimi's",
      factsOf(judged({ cause: 'balance' }, saying('', 'api.moonshot.cn'))),
      'whichHost',
      'done',
      /api\.moonshot\.cn/,
    ],
    [
      'a relay',
      factsOf(judged({ cause: 'balance' }, saying('', 'llm.example'))),
      'whichHost',
      'notDone',
      /isn't Kimi's/,
    ],
    [
      'a gateway in the text',
      factsOf(judged({ cause: 'balance' }, { fields: { gateway: 'LiteLLM' } })),
      'gatewayBetween',
      'notDone',
      /LiteLLM/,
    ],
    [
      'no gateway',
      factsOf(judged({ cause: 'balance' }, saying('', 'api.moonshot.ai'))),
      'gatewayBetween',
      'done',
      undefined,
    ],
    [
      'voucher and cash',
      factsOf(judged({ cause: 'balance' }), {
        snapshot: snapshotOf([], {
          balance: { available: 49.58, voucher: 46.58, cash: 3, currency: 'USD' },
        }),
      }),
      'voucherAndCash',
      'done',
      /Voucher \$46\.58, cash \$3\.00/,
    ],
    [
      'debt',
      factsOf(judged({ cause: 'balance' }), {
        snapshot: snapshotOf([], { balance: { available: -1, cash: -1 } }),
      }),
      'voucherAndCash',
      'notDone',
      /cash -1\.00/,
    ],
    [
      'one organization',
      factsOf(platformTpd(ORG_A), { direct: test(WORKS_AS(ORG_A)) }),
      'sameOrganization',
      'done',
      new RegExp(ORG_A),
    ],
    [
      'two organizations',
      factsOf(platformTpd(ORG_B), { direct: test(platform('tpd')) }),
      'sameOrganization',
      'notDone',
      new RegExp(`${ORG_B}.+${ORG_A}`),
    ],
    [
      'quota left',
      factsOf(judged({ cause: 'rpm' }), { snapshot: snapshotOf([{ id: '5h', usedPercent: 16 }]) }),
      'quotaLeft',
      'done',
      /5-hour quota: 84% left/,
    ],
    [
      'a used-up quota',
      factsOf(judged({ cause: 'rpm' }), { snapshot: snapshotOf([{ id: '5h', usedPercent: 100 }]) }),
      'quotaLeft',
      'notDone',
      /0% left/,
    ],
    [
      'places of the key',
      factsOf(platformTpd(), {
        state: { ...EMPTY_CHECKLIST, places: ['Claude Code (~/.claude/settings.json)'] },
      }),
      'findPrograms',
      'done',
      /Claude Code/,
    ],
    ['no place searched', factsOf(platformTpd()), 'findPrograms', 'notDone', undefined],
    [
      'a running agent',
      factsOf(platformTpd(), {
        activity: { inFlight: { at: NOW, total: 2, byAgent: [{ agent: 'kimi-code', count: 2 }] } },
      }),
      'runningAgents',
      'notDone',
      /Kimi Code 2/,
    ],
    [
      'an agent that ran and ended',
      factsOf(platformTpd(), {
        activity: {
          inFlight: { at: NOW, total: 0, byAgent: [] },
          uses: [
            {
              origin: '',
              windowId: 'week',
              from: NOW - 99 * MINUTE_MS,
              to: NOW,
              used: 9,
              agents: [],
            },
            {
              ...{ origin: '', windowId: '5h', from: NOW - 9 * MINUTE_MS, to: NOW, used: 5 },
              agents: [{ agent: 'claude-code', sharePercent: 100 }],
            },
          ],
        },
      }),
      'runningAgents',
      'done',
      /^None has a request in flight\. Ran since \S+: Claude Code\.$/,
    ],
    [
      'no agent at all',
      factsOf(platformTpd(), { activity: { inFlight: { at: NOW, total: 0, byAgent: [] } } }),
      'runningAgents',
      'done',
      /^None has a request in flight\.$/,
    ],
    [
      'use by others',
      factsOf(platformTpd(), {
        activity: {
          foreignUse: { origin: '', windowId: '5h', from: NOW - MINUTE_MS, to: NOW, points: 12 },
        },
      }),
      'explainedUse',
      'notDone',
      /12 points/,
    ],
    [
      'an old key that is refused',
      factsOf(platformTpd(), {
        state: { ...EMPTY_CHECKLIST, oldKey: { result: 'refused', places: [] } },
      }),
      'oldKeyRefused',
      'done',
      /rejects the old key/,
    ],
    [
      'one that still works',
      factsOf(platformTpd(), {
        state: { ...EMPTY_CHECKLIST, oldKey: { result: 'accepted', places: ['a'] } },
      }),
      'oldKeyRefused',
      'notDone',
      /still accepts/,
    ],
    [
      'a program with the old key',
      factsOf(platformTpd(), {
        state: { ...EMPTY_CHECKLIST, oldKey: { result: 'refused', places: ['OpenCode'] } },
      }),
      'switchPrograms',
      'notDone',
      /still in: OpenCode/,
    ],
    [
      'a wait',
      factsOf(judged({ cause: 'quota_5h', retryAt: NOW + MINUTE_MS })),
      'waitForReset',
      'notDone',
      /^Until/,
    ],
    [
      'the status page',
      factsOf(judged({ cause: 'overloaded' }), {
        status: { at: NOW, level: 'degraded', incident: 'Elevated errors' },
      }),
      'statusPage',
      'done',
      /Elevated errors/,
    ],
    ['what only the user knows', factsOf(platformTpd()), 'revokeKey', 'unknown', undefined],
  ];
  for (const [fact, facts, step, state, found] of cases)
    it(`${fact}: ${step} is ${state}`, () => {
      const rows = checklistsOf(facts, ENGLISH).flatMap(one => one.rows);
      const row =
        rows.find(({ id }) => id === step) ?? assert.fail(rows.map(({ id }) => id).join());
      assert.equal(row.state, state);
      if (found) assert.match(row.found ?? '', found);
    });
});

describe('playbooks: ticks', () => {
  it('are kept by incident, and can be removed', async () => {
    const archive = openMemoryArchive();
    await tickStep(archive, 'a', { step: 'newKey', isDone: true, at: NOW });
    await tickStep(archive, 'a', { step: 'revokeKey', isDone: true, at: NOW });
    await tickStep(archive, 'b', { step: 'askForum', isDone: true, at: NOW });
    await tickStep(archive, 'a', { step: 'newKey', isDone: false, at: NOW });
    await changeChecklist(archive, 'a', { at: NOW, places: ['x'] });
    assert.deepEqual(await loadChecklist(archive, 'a'), {
      at: NOW,
      ticks: ['revokeKey'],
      places: ['x'],
    });
    assert.deepEqual((await loadChecklist(archive, 'b')).ticks, ['askForum']);
  });

  it('are in the text for a terminal', () => {
    const state = { ...EMPTY_CHECKLIST, ticks: ['revokeKey'] as const };
    const facts = factsOf(judged({ cause: 'tpd' }, { category: 'tpd' }), { state });
    const text = checklistText(checklistsOf(facts, ENGLISH));
    assert.match(text, /^Usage you can't account for\n/);
    assert.match(
      text,
      /\n {3}9 \[x\] Delete the old key in the console\. https:\/\/platform\.kimi\.ai\/console\n/,
    );
    assert.match(text, /\n {3}4 \[!\] Find the programs/);
    assert.equal(stepNamed(checklistsOf(facts, ENGLISH), '9'), 'revokeKey');
    assert.equal(stepNamed(checklistsOf(facts, ENGLISH), 'revokeKey'), 'revokeKey');
    for (const name of ['0', '17', '-1', '1.5', 'x', ''])
      assert.equal(stepNamed(checklistsOf(facts, ENGLISH), name), undefined, name);
    assert.match(text, /\n {3}6 \[ \] Close remote shells/);
  });
});
