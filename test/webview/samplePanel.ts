import { english } from '../../src/core/base/format.ts';
import {
  type IncidentDetail,
  PANEL_LABELS,
  type PanelLabels,
  type PanelState,
} from '../../src/core/panel/panelState.ts';

const NOW = Date.UTC(2026, 7, 3, 12);
const HOUR_MS = 3_600_000;

/** A dashboard with every kind of content. */
export function samplePanel(change: Partial<PanelState> = {}): PanelState {
  return { present, history, incidents, ...change };
}

/** Each label is its own name, so that tests are independent of the language. */
export const sampleLabels = Object.fromEntries(
  PANEL_LABELS.map(name => [name, name === 'retryIn' ? english('retryIn {0}', '{0}') : name]),
) as PanelLabels;

const times = Array.from({ length: 200 }, (_, index) => NOW - (199 - index) * 7 * 60_000);

const present: PanelState['present'] = {
  accounts: [
    {
      name: 'Kimi Code',
      plan: 'Allegretto',
      sentences: [],
      windows: [
        {
          id: '5h',
          name: '5-hour quota',
          remainingPercent: 84,
          share: '84% left',
          reset: 'resets 14:32 UTC (in 2 h 32 min)',
          tone: 'good',
          isBinding: true,
        },
        {
          id: 'week',
          name: 'Week',
          remainingPercent: 12,
          share: '12% left',
          reset: 'resets Thu 6 Aug 08:00 UTC (in 2 d 20 h)',
          tone: 'low',
          isBinding: false,
        },
        {
          id: 'month',
          name: 'Month',
          share: 'unknown',
          reset: '',
          tone: 'unknown',
          isBinding: false,
        },
      ],
      facts: [
        '5-hour window: at this pace it lasts until 18:10 to 19:40.',
        'Parallel limit: 20.',
        'Asked just now.',
      ],
    },
  ],
  inFlight: {
    text: 'At least 6 of 20 requests are running.',
    agents: [
      { name: 'Kimi Code', count: 4 },
      { name: 'Claude Code', count: 2 },
    ],
  },
  start: { tone: 'good', text: 'Go: there is room in every window.' },
  facts: [],
};

const history: PanelState['history'] = {
  span: '24h',
  from: NOW - 24 * HOUR_MS,
  to: NOW,
  times,
  timeWords: times.map(at => new Date(at).toISOString().slice(11, 16)),
  ticks: times
    .filter((_, index) => index % 36 === 35)
    .map(at => ({ at, text: new Date(at).toISOString().slice(11, 16) })),
  series: [
    {
      id: '5h',
      name: '5-hour quota',
      remainingPercent: times.map((_, index) =>
        index > 90 && index < 110 ? null : 100 - ((index * 1.3) % 60),
      ),
      resets: [NOW - 4 * HOUR_MS],
    },
    {
      id: 'week',
      name: 'Week',
      remainingPercent: times.map((_, index) => 60 - index / 5),
      resets: [],
    },
  ],
  incidents: [{ id: 'one', at: NOW - 3 * HOUR_MS, title: 'Too many parallel requests' }],
};

const incidents: PanelState['incidents'] = {
  rows: [
    {
      id: 'one',
      title: 'Too many parallel requests',
      when: 'today 12:00, 11 failures in 2 min',
      agents: ['Kimi Code'],
      cause: 'concurrency',
      certainty: 'likely',
      isOpen: true,
      state: 'running',
    },
    {
      id: 'two',
      title: 'Weekly quota used up',
      when: 'yesterday 18:20, 4 failures in 1 min',
      agents: ['Claude Code'],
      cause: 'week',
      certainty: 'certain',
      isOpen: false,
      state: 'over',
    },
  ],
  agents: ['Kimi Code', 'Claude Code'],
  causes: ['concurrency', 'week'],
};

/** An incident with every kind of content. */
export function sampleDetail(change: Partial<IncidentDetail> = {}): IncidentDetail {
  return {
    id: 'one',
    title: 'Too many parallel requests',
    cause:
      'Kimi Code, your plan allows 10. had Probably too many requests at once: 11 requests in flight in 7 sub-agents',
    certainty: 'likely',
    when: 'today 12:00, 11 failures in 2 min',
    evidence: [
      '98% of the 5-hour quota and 67% of the weekly quota are left.',
      'Other requests succeeded 4 s later.',
    ],
    retry: 'You can retry now.',
    steps: [
      { text: 'Run fewer tasks in parallel.' },
      {
        text: 'See what your plan allows.',
        link: { label: 'Kimi Code console', url: 'https://www.kimi.com/code/console' },
      },
    ],
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
