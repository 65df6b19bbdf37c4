import assert from 'node:assert/strict';
import { english } from '../../../src/core/base/format.ts';
import { explain } from '../../../src/core/explain/explain.ts';
import type { Incident } from '../../../src/core/incidents/incident.ts';
import type { Cause, Evidence } from '../../../src/core/incidents/verdict.ts';
import { failureSection } from '../../../src/core/panel/failureSection.ts';
import { type DetailPresent, incidentDetail } from '../../../src/core/panel/incidentPage.ts';
import { incidentSection } from '../../../src/core/panel/incidentSection.ts';
import { PANEL_LABELS, panelLabels } from '../../../src/core/panel/panelLabels.ts';
import { PageMessage } from '../../../src/core/panel/panelMessages.ts';
import { incidentOf, UNSURE } from '../../support/incidents.ts';
import {
  DAY_MS,
  ENGLISH,
  FIVE_HOURS,
  HOUR_MS,
  MINUTE_MS,
  NOW,
  snapshotOf,
  viewOf,
} from '../../support/quotaViews.ts';

const moment = { now: NOW, locale: ENGLISH };

describe('the dashboard: incidents', () => {
  const running = incidentOf('running', { from: NOW - HOUR_MS, to: NOW - HOUR_MS });
  const over = incidentOf('over', {
    from: NOW - 10 * MINUTE_MS,
    to: NOW - 8 * MINUTE_MS,
    count: 11,
    state: 'over',
    places: [
      { agent: 'claude-code', session: 'a', subagent: 'x', count: 6 },
      { agent: 'claude-code', session: 'b', count: 4 },
      { agent: 'codex', session: 'c', count: 1 },
    ],
    placeCount: 5,
    verdict: { ...UNSURE, cause: 'quota_weekly', certainty: 'certain' },
  });

  it('lists ongoing incidents first, then the newest, with filter values', () => {
    const { rows, agents, causes } = incidentSection([over, running], true, moment);
    assert.deepEqual(
      rows.map(({ id, isOpen, state }) => [id, isOpen, state]),
      [
        ['running', true, 'Ongoing'],
        ['over', false, ''],
      ],
    );
    assert.deepEqual(
      [rows[0]?.day, rows[1]?.day, rows[1]?.when, rows[1]?.count, rows[1]?.kind],
      ['Now', 'Today', '09:50 · 2 min', '11 failures', 'quota'],
    );
    assert.match(rows[1]?.spoken ?? '', /^confidence: certain, Ended$/);
    assert.deepEqual(agents, ['Claude Code', 'Codex', 'Kimi Code']);
    assert.equal(causes.length, 2);
  });

  it('distinguishes no incidents from no logs', () => {
    assert.match(
      incidentSection([], true, moment).empty?.text ?? '',
      /^No incidents in the last 90 days/,
    );
    assert.deepEqual(
      incidentSection([], false, moment).empty?.actions.map(({ command }) => command),
      ['showWatchedLogs'],
    );
  });

  const detailOf = (incident: Incident, present: DetailPresent = { activity: {} }) =>
    incidentDetail(incident, explain(incident, moment), { ...moment, present });

  it('gives advice for now only while an incident is current', () => {
    const account = {
      account: { id: 'kimiCode' } as never,
      view: viewOf(snapshotOf([FIVE_HOURS])),
    };
    const banner = { tone: 'spent', title: '5-hour quota used up', text: '', actions: [] } as const;
    const ended = { ...over, to: NOW - HOUR_MS, from: NOW - HOUR_MS };
    const now = detailOf(ended, { account, activity: {}, banner }).now;
    assert.deepEqual(now, {
      tone: 'spent',
      ended: 'This incident has ended (09:00).',
      text: '5-hour quota used up',
    });
    const verdict = { ...UNSURE, retry: 'at' as const, retryAt: NOW + 28_000 };
    const current = detailOf(incidentOf('now', { verdict }), { account, activity: {}, banner }).now;
    assert.deepEqual(current, {
      tone: 'spent',
      ended: '',
      text: 'Wait a minute, then retry.',
    });
  });

  const steps: [fact: string, change: Partial<Incident>, label: string][] = [
    ['of an ongoing incident are for now', { state: 'running', to: NOW }, 'whatToDo'],
    ['of a limit that passed are for the next time', { state: 'over' }, 'nextTime'],
    [
      'of a key that was never replaced are for now',
      { state: 'gaveUp', verdict: { ...UNSURE, cause: 'wrong_key' } },
      'whatToDo',
    ],
    [
      'of a key with which requests passed since are for the next time',
      { state: 'recovered', verdict: { ...UNSURE, cause: 'wrong_key' } },
      'nextTime',
    ],
  ];
  for (const [fact, change, label] of steps)
    it(`steps ${fact}`, () => {
      const ended = { ...over, from: NOW - HOUR_MS, to: NOW - HOUR_MS };
      assert.equal(detailOf({ ...ended, ...change }).stepsLabel, label);
    });

  it('has the strongest reasons first and one line about a quota that is not the cause', () => {
    const evidence: Evidence[] = [
      { kind: 'status', status: 429, source: 'text' },
      { kind: 'window', id: 'week', remainingPercent: 67, when: 'before', source: 'usages' },
      { kind: 'window', id: '5h', remainingPercent: 84, when: 'before', source: 'usages' },
      { kind: 'words', category: 'rate_limited_ambiguous', source: 'text' },
      { kind: 'seenLimit', meter: 'atOnce', limit: 10, source: 'log' },
    ];
    const verdict = { ...UNSURE, cause: 'own_concurrency', certainty: 'likely', evidence } as const;
    const { reasons, quota } = detailOf(incidentOf('reasons', { verdict }));
    assert.deepEqual(
      reasons.map(({ source }) => source),
      ['Agent log', 'Error text', 'Error text'],
    );
    assert.equal(
      quota,
      'Your quota was not the cause: 5-hour quota 84%, weekly quota 67% left then.',
    );
    const spent = { ...verdict, cause: 'quota_weekly' } as const;
    const other = detailOf(incidentOf('spent', { verdict: spent }));
    assert.equal(other.quota, undefined);
    assert.match(other.reasons[0]?.text ?? '', /weekly quota/);
  });

  it('has a text to copy, and the ticket inside its step', () => {
    const steps = [
      { id: 'fewerAgents', agent: 'kimi-code', count: 20 },
      { id: 'copyTicket' },
    ] as const;
    const verdict = { ...UNSURE, steps };
    const shown = detailOf(incidentOf('steps', { verdict })).steps;
    assert.equal(shown[0]?.code, 'KIMI_CODE_AGENT_SWARM_MAX_CONCURRENCY=16');
    assert.equal(shown[1]?.action?.kind, 'ticket');
  });

  it('describes places by counts, never by ids or paths', () => {
    const detail = detailOf(over);
    assert.deepEqual(detail.places, [
      'Claude Code: 10 failures in 2 sessions and 1 sub-agent',
      'Codex: 1 failure in 1 session',
      '2 more sessions and sub-agents',
    ]);
    assert.equal(detail.original, over.example.signal.text);
  });
});

describe('the dashboard: what failed', () => {
  const failed = (cause: Cause, count: number, agoMs = HOUR_MS) =>
    incidentOf(`${cause} ${count}`, {
      count,
      from: NOW - agoMs,
      to: NOW - agoMs,
      verdict: {
        ...UNSURE,
        cause,
        steps: [{ id: 'fewerAgents', agent: 'kimi-code', count: 20 }],
      },
    });

  it('counts failures of 7 days by cause', () => {
    const old = failed('quota_weekly', 99, 7 * DAY_MS);
    const { rows } = failureSection(
      [failed('overloaded', 2), old, failed('own_concurrency', 3), failed('own_concurrency', 4)],
      moment,
    );
    assert.deepEqual(rows, [
      { cause: 'Too many parallel requests', count: 7 },
      { cause: 'Kimi is overloaded', count: 2 },
    ]);
  });

  const insights: [Incident[], insight: RegExp][] = [
    [[failed('own_concurrency', 4)], /^$/],
    [
      [failed('own_concurrency', 5)],
      /^5 of 5 failures: more parallel .* A swarm limit of 16 would likely avoid them\.$/,
    ],
    [[failed('overloaded', 6), failed('network', 4)], /^6 of 10 failures: Kimi was busy/],
    [[failed('quota_5h', 6)], /a quota was used up/],
    [[failed('wrong_key', 6)], /a rejected key or sign-in/],
    [[failed('bad_request', 6)], /^$/],
    [[failed('overloaded', 3), failed('network', 3), failed('wrong_key', 3)], /^$/],
  ];
  for (const [incidents, insight] of insights)
    it(`has for ${incidents.map(({ id }) => id).join(', ')} the insight ${insight.source}`, () => {
      assert.match(failureSection(incidents, moment).insight, insight);
    });
});

describe('messages of the page', () => {
  it('has a text for every label', () => {
    const labels = panelLabels(english);
    assert.deepEqual(Object.keys(labels).toSorted(), [...PANEL_LABELS].toSorted());
    assert.deepEqual(
      Object.values(labels).filter(text => text === ''),
      [],
    );
  });

  for (const odd of [
    undefined,
    'ready',
    { kind: 'run' },
    { kind: 'command', command: 'removeApiKey' },
    { kind: 'command', command: 'workbench.action.terminal.new' },
    { kind: 'openLog' },
    { kind: 'openLog', id: 'x'.repeat(201) },
    { kind: 'openLink', url: 'x'.repeat(301) },
    { kind: 'span', span: '1y' },
  ])
    it(`is not ${JSON.stringify(odd)?.slice(0, 60)}`, () => {
      assert.equal(PageMessage.safeParse(odd).success, false);
    });
});
