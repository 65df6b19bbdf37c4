import assert from 'node:assert/strict';
import { kimiCode } from '../src/core/agents/kimiCode.ts';
import type { Signal } from '../src/core/agents/signal.ts';
import type { TailedSignal } from '../src/core/agents/tail.ts';
import { english } from '../src/core/base/format.ts';
import { backoffWords } from '../src/core/diagnosis/backoff.ts';
import { compareDirect } from '../src/core/diagnosis/directTest.ts';
import { limitsCard } from '../src/core/diagnosis/limitsCard.ts';
import { wantsStatus } from '../src/core/diagnosis/liveStatus.ts';
import { callsPerWindow } from '../src/core/diagnosis/ownRanges.ts';
import { classify } from '../src/core/errors/classify.ts';
import { judge } from '../src/core/incidents/judge.ts';
import { RequestHistory } from '../src/core/incidents/requestHistory.ts';
import { countedIn } from '../src/core/ledger/counted.ts';
import { forecast } from '../src/core/quota/forecast.ts';
import type { Snapshot } from '../src/core/quota/snapshot.ts';
import { readUsages } from '../src/core/quota/usages.ts';
import { contradictionFacts } from '../src/core/status/quotaFacts.ts';
import { parseBaseUrl } from '../src/node/parseBaseUrl.ts';
import { QuotaEndpoint } from '../src/node/quotaEndpoint.ts';
import { readAs } from './support/agentLogs.ts';
import {
  causedBy,
  CODE,
  daily,
  type Demands,
  describeDemands,
  ENGLISH,
  explained,
  hasSteps,
  incidentOf,
  ledgerRow,
  rate,
  rowOf,
  rowsOf,
  says,
  stepTexts,
} from './support/demands.ts';
import { code, failed } from './support/directAnswers.ts';
import { FakeMachine } from './support/fakeMachine.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, NOW, snapshotOf, viewOf } from './support/quotaViews.ts';
import { ALONE, inputOf, OVERLOADED, SWARM, TOO_MANY, usages } from './support/verdictInputs.ts';

/** A body of `/usages` with one 5-hour row. */
const usagesBody = (detail: object) => ({
  limits: [{ window: { duration: 300, timeUnit: 'TIME_UNIT_MINUTE' }, detail }],
});
function usagesOf(detail: object): Snapshot {
  const snapshot = readUsages(usagesBody(detail), { at: NOW, origin: CODE });
  return snapshot.kind === 'snapshot' ? snapshot : assert.fail();
}
const started: Signal = {
  ...{ kind: 'requestStarted', at: NOW, agent: 'kimi-code', session: 's' },
  ...{ evidence: {}, contentKey: 'k' },
};

const STATUS_PAGE: Demands = {
  'is it everyone, or me': () => {
    const busy = { ...incidentOf(OVERLOADED), provider: 'kimi-code' } as const;
    assert.ok(wantsStatus([busy], NOW) && !wantsStatus([daily()], NOW));
    const status = { at: NOW, level: 'degraded', incident: 'API errors' } as const;
    const { state, found, action } = rowOf('statusPage', busy, { status });
    assert.deepEqual([state, action], ['done', 'statusPage']);
    assert.match(found ?? '', /API errors/);
  },
  'a 429 may be yours or the whole service’s': () => {
    assert.equal(compareDirect(failed('overloaded'), code('overloaded'), CODE)[0], 'service');
    assert.equal(compareDirect(failed('quota_5h'), code('fiveHour'), CODE)[0], 'account');
  },
  'its signatures, pasted bare': () => {
    for (const text of SIGNATURES) assert.notEqual(classify(text).category, 'not_an_error', text);
  },
  'cause: RPM and TPM': () => {
    says('429 Your account request reached organization max RPM: 3, please try again', 'rpm');
    says('429 request reached organization TPM rate limit, current: 1, limit: 1', 'tpm');
  },
  'cause: the quota of the period is used up': () =>
    says("403 You've reached your monthly usage limit for this billing cycle.", 'quota_monthly'),
  'cause: too many parallel requests': () =>
    says("403 You've reached your concurrent request limit.", 'concurrency'),
  'cause: throttling of everybody': () =>
    says('429 engine_overloaded_error: The engine is currently overloaded', 'overloaded'),
  'cause: the free tier': () => assert.match(explained(daily()).cause, /only tier 0/),
  'fix: look at the dashboard': () =>
    assert.ok(rowsOf(rate()).some(({ url }) => url?.includes('console'))),
  'fix: wait 1, 2, 4, 8 seconds': () => {
    assert.match(backoffWords(undefined, '', english), /1, 2, 4, then 8 s/);
    assert.match(rowOf('backOff', rate()).text, /tries 10 times .+ max_attempts_per_step changes/);
  },
  'fix: fewer in parallel': () =>
    assert.match(
      stepTexts(rate({ shape: SWARM, after: usages({ '5h': 1 }), count: 9 })),
      /CONCURRENCY=8/,
    ),
  'fix: batch or queue': () => hasSteps(daily(), 'queueOrBatch'),
  'fix: a larger plan or tier': () => assert.match(stepTexts(daily()), /tier 1/),
  'fix: a batch for what is not urgent': () =>
    assert.ok(rowsOf(daily()).some(({ text }) => /batch/.test(text))),
  'reports of others': () =>
    assert.match(rowOf('askForum', daily()).url ?? '', /^https:\/\/forum\.moonshot\.ai\//),
};

/** The page's error signatures that name a limit. */
const SIGNATURES = [
  '429 Too Many Requests',
  'Rate limit reached',
  'Rate limit exceeded',
  'Too many requests',
  'insufficient_quota',
  'quota_exceeded',
  'TPM limit exceeded',
  'RPM limit exceeded',
  'You exceeded your current quota',
];

const FORUM_THREAD: Demands = {
  'the percentage that is shown is wrong': () => {
    const view = viewOf(usagesOf({ limit: 100, used: 16, remaining: 0 }));
    assert.equal(view.windows[0]?.remainingPercent, 0);
    assert.match(contradictionFacts(view, ENGLISH).join(), /0% and 84% left\. The lower value/);
  },
  'the general 429 hides which limit it is': () => causedBy(inputOf(TOO_MANY), 'unsure'),
  'how many calls 5 hours hold': () => {
    const day = Math.floor(NOW / DAY_MS) * DAY_MS;
    const days = [day, day + DAY_MS];
    const readings = days.flatMap(at =>
      [0, 1].map(hour =>
        snapshotOf([{ id: '5h', usedPercent: hour * 20, resetsAt: at + 5 * HOUR_MS }], {
          at: at + hour * HOUR_MS,
        }),
      ),
    );
    const rows = days.map((from, index) => ledgerRow({ from, answers: 60 + index * 20 }));
    assert.deepEqual(callsPerWindow(readings, rows), { low: 300, high: 400, days: 2 });
  },
  'tokens count, and a cache helps': () => {
    const usage = { inputOther: 4200, output: 310, inputCacheRead: 9000, inputCacheCreation: 0 };
    const common = { agentId: 'main', model: 'kimi-code/k', time: NOW };
    const lines = [
      { ...common, type: 'llm.request', kind: 'loop', turnStep: '0.1', modelAlias: 'kimi-code/k' },
      { ...common, type: 'usage.record', usage, usageScope: 'turn' },
    ].map(line => JSON.stringify(line));
    const wire = '/h/.kimi-code/sessions/wd_a_c2b2c6e75618/session_1/agents/main/wire.jsonl';
    const signals = readAs(kimiCode, wire, lines).map(signal => ({ signal }) as TailedSignal);
    const [counted] = countedIn({ signals }, { signals: [] }, { hasProjects: false });
    const { input, cacheRead, output } = counted?.row.tokens ?? {};
    assert.deepEqual([input, cacheRead, output], [4200, 9000, 310]);
  },
  '84 % and 100 % left, and yet 429': () => {
    const snapshot = snapshotOf([
      { id: '5h', usedPercent: 16 },
      { id: 'week', usedPercent: 0 },
    ]);
    const row = rowsOf(rate(), { snapshot }).find(({ id }) => id === 'quotaLeft');
    assert.match(row?.found ?? '', /84% left.+100% left/);
  },
  'where is this rate limit shown': () => {
    const history = [snapshotOf([], { parallelLimit: 20 })];
    const { rows } = limitsCard({
      ...{ account: 'kimiCode', history, incidents: [], activity: {}, now: NOW, locale: ENGLISH },
    });
    assert.deepEqual(
      rows.map(({ id, limit }) => [id, limit]),
      [['parallel', '20']],
    );
  },
  'which device sent what': () => {
    assert.match(rowOf('otherDevices', rate()).url ?? '', /console/);
    const inFlight = { at: NOW, total: 5, byAgent: [{ agent: 'codex', count: 5 }] } as const;
    const runaway = { ...rate(), verdict: { ...rate().verdict, isRunaway: true } };
    const { found } = rowOf('runningAgents', runaway, { activity: { inFlight } });
    assert.equal(found, 'In flight: Codex 5.');
  },
  'nothing for an hour, then some, then nothing': () =>
    causedBy(
      inputOf(TOO_MANY, {
        ...{ from: NOW + HOUR_MS, to: NOW + 2 * HOUR_MS - MINUTE_MS, now: NOW + 3 * HOUR_MS },
        ...{ count: 40, state: 'recovered', before: usages({ '5h': 70, week: 33 }) },
        shape: { ...ALONE, firstSuccessAfterMs: 2 * MINUTE_MS },
      }),
      'quota_5h',
    ),
  'only with sub-agents': () =>
    causedBy(inputOf(TOO_MANY, { shape: SWARM, after: usages({ '5h': 1 }) }), 'own_concurrency'),
  'requests are not tasks': () => {
    const history = new RequestHistory();
    for (const subagent of ['agent-1', 'agent-2', 'agent-3'])
      history.apply({ ...started, subagent, contentKey: subagent }, NOW);
    assert.equal(history.count(NOW).total, 3);
  },
  'take CreateSubagent out of the agent file': () =>
    assert.match(
      stepTexts(rate({ agents: ['kimi-cli'], shape: SWARM, after: usages({ '5h': 1 }) })),
      /CreateSubagent/,
    ),
  'a stack trace with curly quotes': () =>
    says(
      'openai.RateLimitError: Error code: 429 - {‘error’: {‘message’: “We’re receiving too many requests at the moment.”}}',
      'rate_limited_ambiguous',
    ),
};

const STAFF_ANSWER: Demands = {
  'rate_limit_reached_error is concurrency or a rolling limit': () =>
    assert.ok(judge(inputOf(TOO_MANY, { shape: ALONE })).alternatives.length > 0),
  'all or nothing is a quota, sporadic is concurrency': () => {
    const hour = { from: NOW, to: NOW + HOUR_MS, now: NOW + HOUR_MS, count: 60 };
    const after = usages({ '5h': 100 }, { at: NOW + MINUTE_MS });
    causedBy(inputOf(TOO_MANY, { ...hour, shape: ALONE, after }), 'quota_5h');
    causedBy(inputOf(TOO_MANY, { shape: SWARM, after: usages({ '5h': 1 }) }), 'own_concurrency');
  },
  'use the endpoint': async () => {
    const endpoint = parseBaseUrl(`${CODE}/coding/v1`, 'kimiCode');
    if ('problem' in endpoint) return assert.fail(endpoint.problem);
    const asked: string[] = [];
    const fetch = async (url: string): Promise<Response> => {
      asked.push(url);
      return Response.json(usagesBody({ limit: 100, used: 16 }));
    };
    const client = new QuotaEndpoint({ endpoint, fetch, userAgent: 'test', now: () => NOW });
    const outcome = await client.readQuota('sk-kimi-made-up');
    assert.deepEqual(asked, [`${CODE}/coding/v1/usages`]);
    assert.ok(outcome.kind === 'fresh' && outcome.snapshot.windows[0]?.usedPercent === 16);
  },
  'an answer without used': () =>
    assert.equal(usagesOf({ limit: '100', remaining: '98' }).windows[0]?.usedPercent, 2),
  'the reset is personal': () => {
    const resets = ['2026-09-18T15:20:45Z', '2026-09-18T17:00:00Z'].map(resetTime => {
      const [window] = usagesOf({ limit: 100, used: 1, resetTime }).windows;
      return window?.resetsAt;
    });
    assert.deepEqual(resets, [Date.UTC(2026, 8, 18, 15, 20, 45), Date.UTC(2026, 8, 18, 17)]);
  },
  'no pace and no live count from Kimi': () => {
    const history = Array.from({ length: 36 }, (_, index) =>
      snapshotOf([{ id: '5h', usedPercent: 20 + index * 2, resetsAt: NOW + 2 * HOUR_MS }], {
        at: NOW - (35 - index) * 5 * MINUTE_MS,
      }),
    );
    assert.equal(forecast({ history, windowId: '5h', now: NOW }).kind, 'runsOut');
    const requests = new RequestHistory();
    requests.apply(started, NOW);
    assert.equal(requests.count(NOW).total, 1);
  },
  'look during the next incident': async () => {
    const machine = new FakeMachine();
    const { poller, store } = await machine.openAlone();
    await machine.clock.advance(2 * MINUTE_MS);
    machine.kimi.usedPercent = 100;
    const before = machine.requestCount;
    await poller.readAfterLimitError();
    assert.equal(machine.requestCount, before + 1);
    const { snapshot } = store.status;
    assert.equal(snapshot?.windows[0]?.usedPercent, 100);
    const after = { ...snapshot, at: NOW + 12_000 };
    causedBy(inputOf(TOO_MANY, { shape: ALONE, after: after }), 'quota_5h');
    machine.dispose();
  },
};

describeDemands('a status page', STATUS_PAGE);
describeDemands('a forum thread', FORUM_THREAD);
describeDemands('the answer of staff in it', STAFF_ANSWER);
