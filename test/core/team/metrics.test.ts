import assert from 'node:assert/strict';
import { reportOf as makeReport } from '../../../src/core/team/machineReport.ts';
import { type MachineReport, prometheusText, samplesOf } from '../../../src/core/team/metrics.ts';
import { AGENT_IDS } from '../../../src/core/agents/signal.ts';
import { CAUSES } from '../../../src/core/incidents/verdict.ts';

const NOW = Date.UTC(2026, 10, 30, 12);

const REPORT: MachineReport = {
  account: 'acme',
  provider: 'kimi-code',
  machine: 'ci-box',
  at: NOW,
  windows: [{ id: '5h', remainingPercent: 84, resetsAt: NOW + 3_600_000 }],
  parallelLimit: 10,
  inFlight: [{ agent: 'claude-code', count: 7 }],
  answers: [{ agent: 'claude-code', count: 40 }],
  failures: [{ cause: 'own_concurrency', count: 3 }],
  tokens: [{ agent: 'claude-code', class: 'cache_read', count: 1000 }],
  tokensLastDay: 5000,
  open: ['own_concurrency'],
};

describe('metrics of a machine', () => {
  it('are text that Prometheus reads, with help and type once per name', () =>
    assert.equal(
      prometheusText(samplesOf(REPORT))
        .split('\n')
        .filter(line => line.includes('in_flight'))
        .join('\n'),
      [
        '# HELP kimi_quota_requests_in_flight Requests in flight, from the logs of agents. A lower bound.',
        '# TYPE kimi_quota_requests_in_flight gauge',
        'kimi_quota_requests_in_flight{account="acme",machine="ci-box",agent="claude-code"} 7',
      ].join('\n'),
    ));

  it('say 0 for a machine with nothing in flight', () =>
    assert.match(
      prometheusText(samplesOf({ ...REPORT, inFlight: [] })),
      /kimi_quota_requests_in_flight\{account="acme",machine="ci-box"\} 0\n/,
    ));

  it('escape what a user typed as a name', () =>
    assert.match(
      prometheusText(samplesOf({ ...REPORT, machine: 'a"b\\c\nd' })),
      /machine="a\\"b\\\\c\\nd"/,
    ));

  it('are at most 120 series, whatever a machine runs', () => {
    const agents = AGENT_IDS.map(agent => ({ agent, count: 1 }));
    const windows = Array.from({ length: 30 }, (_, i) => ({
      id: `w${i}`,
      remainingPercent: 1,
      resetsAt: NOW,
    }));
    const classes = ['input', 'cache_read', 'cache_write', 'output'] as const;
    const all = samplesOf({
      ...REPORT,
      windows,
      inFlight: agents,
      answers: agents,
      failures: CAUSES.map(cause => ({ cause, count: 1 })),
      tokens: agents.flatMap(one => classes.map(name => ({ ...one, class: name }))),
      open: CAUSES,
    });
    assert.ok(all.length <= 120, `${all.length}`);
  });

  it('have no key, path, project, session or text from a log', () => {
    const report = makeReport({
      now: NOW,
      provider: 'kimi-code',
      names: { account: 'acme', machine: 'ci-box' },
      snapshot: {
        kind: 'snapshot',
        at: NOW,
        origin: 'https://relay.example/secret',
        clockSkewMs: 0,
        windows: [],
      },
      activity: {},
      incidents: [],
      rows: [
        {
          from: NOW,
          spanMs: 300_000,
          agent: 'codex',
          session: 'SECRET-SESSION',
          project: 'SECRET-PROJECT',
          model: 'SECRET-MODEL',
          isSubagent: false,
          answers: 1,
          failures: 0,
          retries: 0,
          tokens: { input: 1, cacheRead: 2, cacheWrite: 3, output: 4 },
        },
      ],
    });
    const text = prometheusText(samplesOf(report));
    assert.doesNotMatch(text, /secret/i);
    assert.match(text, /kimi_quota_tokens_last_day\{account="acme",machine="ci-box"\} 10\n/);
  });
});
