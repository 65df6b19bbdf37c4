import { english } from '../../src/core/base/format.ts';
import { PANEL_LABELS, type PanelLabels } from '../../src/core/panel/panelLabels.ts';
import type { IncidentDetail, PanelState } from '../../src/core/panel/panelState.ts';

const NOW = Date.UTC(2026, 7, 3, 12);
const HOUR_MS = 3_600_000;

/** A dashboard with every kind of content. */
export function samplePanel(change: Partial<PanelState> = {}): PanelState {
  return { present, history, failures, incidents, ...change };
}

/** Each label is its own name, so that tests are independent of the language. */
export const sampleLabels = Object.fromEntries(
  PANEL_LABELS.map(name => [name, name === 'retryIn' ? english('retryIn {0}', '{0}') : name]),
) as PanelLabels;

const times = Array.from({ length: 200 }, (_, index) => NOW - (199 - index) * 7 * 60_000);

const present: PanelState['present'] = {
  tabs: [
    { id: 'kimiCode', name: 'Kimi Code', figure: '84%', isOn: true },
    { id: 'moonshot.ai', name: 'Open Platform', figure: '$49.58', isOn: false },
  ],
  account: {
    name: 'Kimi Code',
    plan: 'Allegretto',
    updated: 'Updated just now',
    cards: [
      {
        id: '5h',
        name: '5-hour quota',
        head: 'resets in 2 h 32 min',
        value: '84%',
        unit: 'left',
        percent: 84,
        evenPercent: 60,
        tone: 'good',
        pace: { tone: 'good', text: '24% in reserve · lasts until reset' },
        notes: ['14:32'],
      },
      {
        id: 'week',
        name: 'Weekly quota',
        head: 'resets in 2 d 20 h',
        value: '12%',
        unit: 'left',
        percent: 12,
        evenPercent: 40,
        tone: 'low',
        pace: { tone: 'low', text: 'Runs out ~Wed 15:00, 2 d early' },
        notes: ['budget 4.2% a day'],
        badge: 'tightest',
      },
      {
        id: 'month',
        name: 'Monthly quota',
        head: '',
        value: 'unknown',
        unit: '',
        tone: 'unknown',
        notes: [],
      },
      {
        id: 'extraUsage',
        name: 'Extra Usage',
        head: '',
        value: '$12.50',
        unit: 'left',
        percent: 85,
        tone: 'money',
        notes: ['$7.50 of your $50.00 monthly cap used'],
      },
    ],
  },
  banner: {
    tone: 'spent',
    title: 'Too many parallel requests',
    meta: 'started 19:36 · 11 failures · likely',
    text: "Your quota isn't the cause.",
    fix: { label: 'Prevent it:', code: 'KIMI_CODE_AGENT_SWARM_MAX_CONCURRENCY=8' },
    actions: [
      { kind: 'incident', id: 'one', label: 'Why?' },
      { kind: 'log', id: 'one', label: 'Open Log' },
    ],
  },
  slots: {
    text: 'Parallel slots in use: 6 of 5',
    inUse: 6,
    limit: 5,
    agents: [
      { name: 'Kimi Code', count: 4 },
      { name: 'Claude Code', count: 2 },
    ],
  },
  facts: [],
};

const history: PanelState['history'] = {
  span: '24h',
  from: NOW - 24 * HOUR_MS,
  to: NOW,
  until: NOW + 4 * HOUR_MS,
  times,
  timeWords: times.map(at => new Date(at).toISOString().slice(11, 16)),
  ticks: times
    .filter((_, index) => index % 36 === 35)
    .map(at => ({ at, text: new Date(at).toISOString().slice(11, 16) })),
  series: [
    {
      id: '5h',
      name: '5-hour quota',
      label: '5-hour quota 84%',
      values: times.map((_, index) =>
        index > 90 && index < 110 ? null : 100 - ((index * 1.3) % 60),
      ),
      resets: [NOW - 4 * HOUR_MS],
    },
    {
      id: 'week',
      name: 'Week',
      label: 'Week 20%',
      values: times.map((_, index) => 60 - index / 5),
      resets: [],
      forecast: [
        { at: NOW, value: 20 },
        { at: NOW + 3 * HOUR_MS, value: 0 },
      ],
    },
  ],
  incidents: [{ id: 'one', at: NOW - 3 * HOUR_MS, title: 'Too many parallel requests' }],
};

const failures: PanelState['failures'] = {
  rows: [
    { cause: 'concurrency', count: 41 },
    { cause: 'week', count: 14 },
  ],
  insight: '41 of 55 failures: more parallel requests than your plan allows.',
};

const incidents: PanelState['incidents'] = {
  rows: [
    {
      id: 'one',
      title: 'Too many parallel requests',
      kind: 'rate',
      day: 'Now',
      when: '12:00 · 2 min',
      count: '11 failures',
      agents: ['Kimi Code'],
      cause: 'concurrency',
      isOpen: true,
      state: 'Ongoing',
      spoken: 'confidence: likely',
    },
    {
      id: 'two',
      title: 'Weekly quota used up',
      kind: 'quota',
      day: 'Yesterday',
      when: '18:20 · 1 min',
      count: '4 failures',
      agents: ['Claude Code'],
      cause: 'week',
      isOpen: false,
      state: '',
      spoken: 'confidence: certain, Ended',
    },
  ],
  agents: ['Kimi Code', 'Claude Code'],
  causes: ['concurrency', 'week'],
};

const STEPS: IncidentDetail['steps'] = [
  {
    text: 'Run fewer tasks in parallel.',
    code: 'KIMI_CODE_AGENT_SWARM_MAX_CONCURRENCY=8',
  },
  {
    text: 'See what your plan allows.',
    action: {
      kind: 'link',
      label: 'Kimi Code console',
      url: 'https://www.kimi.com/code/console',
    },
  },
  {
    text: 'If it keeps happening, contact Kimi support.',
    action: { kind: 'ticket', id: 'one', label: 'Create Support Ticket' },
  },
];

/** An incident with every kind of content. */
export function sampleDetail(change: Partial<IncidentDetail> = {}): IncidentDetail {
  return {
    id: 'one',
    title: 'Too many parallel requests',
    cause:
      'Kimi Code, your plan allows 10. had Probably too many requests at once: 11 requests in flight in 7 sub-agents',
    certainty: 'likely',
    when: 'today 12:00, 11 failures in 2 min',
    kind: 'rate',
    now: { tone: 'spent', ended: '', text: 'You can retry now.' },
    reasons: [
      { source: 'Agent log', text: 'Requests failed with 10 or more others in flight.' },
      { source: 'Agent log', text: 'Other requests succeeded 4 s later.' },
      { source: 'Error text', text: 'The error says: a rate limit.' },
      { source: 'Error text', text: 'HTTP 429.' },
    ],
    quota: 'Your quota was not the cause: 5-hour quota 98%, weekly quota 67% left then.',
    stepsLabel: 'whatToDo',
    steps: STEPS,
    links: [
      {
        label: 'Error reference',
        url: 'https://www.kimi.com/code/docs/en/kimi-code/error-reference.html',
      },
    ],
    original: "We're receiving too many requests at the moment. Please wait a moment.",
    rule: 'Read by rule kimi-too-many, last confirmed 2026-08-22.',
    course: [
      { time: '12:00:00', failed: 3, succeeded: 2, inFlight: 11 },
      { time: '12:00:02', failed: 5, succeeded: 0, inFlight: 10 },
      { time: '12:00:04', failed: 0, succeeded: 4, inFlight: 6 },
    ],
    places: ['Kimi Code, 7 sub-agents: 11'],
    canOpenLog: true,
    canCopyTicket: true,
    ...change,
  };
}
