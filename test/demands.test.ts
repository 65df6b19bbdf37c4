import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { supportIdsIn } from '../src/core/agents/supportIds.ts';
import { english } from '../src/core/base/format.ts';
import { backoffWords } from '../src/core/diagnosis/backoff.ts';
import { checklistsOf } from '../src/core/diagnosis/checklist.ts';
import type { ChecklistFacts } from '../src/core/diagnosis/checklistFacts.ts';
import { EMPTY_CHECKLIST } from '../src/core/diagnosis/checklistState.ts';
import { directRequest, readDirectAnswer } from '../src/core/diagnosis/directRequest.ts';
import { compareDirect } from '../src/core/diagnosis/directTest.ts';
import { idLines } from '../src/core/diagnosis/idLines.ts';
import { limitsCard } from '../src/core/diagnosis/limitsCard.ts';
import type { CheckStepId } from '../src/core/diagnosis/playbooks.ts';
import type { Category } from '../src/core/errors/category.ts';
import { classify } from '../src/core/errors/classify.ts';
import { explain } from '../src/core/explain/explain.ts';
import { judge } from '../src/core/incidents/judge.ts';
import type { Incident } from '../src/core/incidents/incident.ts';
import type { Cause, VerdictInput } from '../src/core/incidents/verdict.ts';
import { supportTicket } from '../src/core/ticket/supportTicket.ts';
import { parseBaseUrl } from '../src/node/parseBaseUrl.ts';
import { code, failed, ORG_A, raw, WORKS } from './support/directAnswers.ts';
import { judgedIncident } from './support/judgedIncident.ts';
import { NOW, snapshotOf } from './support/quotaViews.ts';
import { ALONE, inputOf, SWARM, TOO_MANY, usages } from './support/verdictInputs.ts';

const ENGLISH = { language: 'en', timeZone: 'UTC', t: english };
/** Made up, and put together so that no scanner takes them for real ones. */
const KEY_ID = `ak-${'4e5f'.repeat(5)}`;
const PROJECT = `proj-${'2c3d'.repeat(8)}`;
const TPD = `429 {"error":{"type":"rate_limit_reached_error","message":"Your account ${ORG_A} / ${PROJECT} <${KEY_ID}> request reached organization TPD rate limit, current: 1526210, limit: 1500000"}}`;
const PROXY =
  '429 {"errorMessage":"429 Your account is suspended due to insufficient balance, please recharge your account or check your plan and billing details"}';
const CODE = 'https://api.kimi.com';

const incidentOf = (text: string, more: Partial<VerdictInput> = {}): Incident =>
  judgedIncident(inputOf(text, more), { text });
const platform = { provider: 'open-platform', host: 'api.moonshot.ai' } as const;
const facts = (incident: Incident, more: Partial<ChecklistFacts> = {}): ChecklistFacts => ({
  incident,
  state: EMPTY_CHECKLIST,
  now: NOW,
  ...more,
});
const rowsOf = (incident: Incident, more: Partial<ChecklistFacts> = {}) =>
  checklistsOf(facts(incident, more), ENGLISH).flatMap(({ rows }) => rows);
const daily = () => incidentOf(TPD, platform);
const balance = () => incidentOf(PROXY, { provider: 'unknown' });
const rate = (more: Partial<VerdictInput> = {}) => incidentOf(TOO_MANY, more);

function hasSteps(incident: Incident, ...ids: CheckStepId[]): void {
  const found = rowsOf(incident).map(({ id }) => id);
  for (const id of ids) assert.ok(found.includes(id), `${id} is not in ${found.join(' ')}`);
}
const stepTexts = (incident: Incident): string =>
  explain(incident, { locale: ENGLISH, now: NOW })
    .steps.map(({ text }) => text)
    .join('\n');
const ticketOf = (incident: Incident): string =>
  supportTicket(
    { incident, incidents: [incident], snapshots: [], checklist: facts(incident) },
    { locale: ENGLISH, version: '1' },
  );
const says = (text: string, category: Category): void =>
  assert.equal(classify(text).category, category);
const causedBy = (input: VerdictInput, cause: Cause): void =>
  assert.equal(judge(input).cause, cause);

type Proof = (() => void) | readonly [file: string, words: string];

/** What public threads and guides about Kimi's limits ask, in the order of their sources. */
const STATUS_PAGE: Readonly<Record<string, Proof>> = {
  'is it everyone, or me': () =>
    hasSteps(
      incidentOf('429 engine_overloaded_error: The engine is currently overloaded'),
      'statusPage',
    ),
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
  'cause: the free tier': () =>
    assert.match(explain(daily(), { locale: ENGLISH, now: NOW }).cause, /only tier 0/),
  'fix: look at the dashboard': () =>
    assert.ok(rowsOf(rate()).some(({ url }) => url?.includes('console'))),
  'fix: wait 1, 2, 4, 8 seconds': () =>
    assert.match(backoffWords(undefined, '', english), /1, 2, 4 and 8 s/),
  'fix: fewer in parallel': () =>
    assert.match(
      stepTexts(rate({ shape: SWARM, after: usages({ '5h': 1 }), count: 9 })),
      /CONCURRENCY=8/,
    ),
  'fix: batch or queue': () => hasSteps(daily(), 'queueOrBatch'),
  'fix: a larger plan or tier': () => assert.match(stepTexts(daily()), /tier 1/),
  'fix: a batch for what is not urgent': () =>
    assert.ok(rowsOf(daily()).some(({ text }) => /batch/.test(text))),
  'reports of others': () => hasSteps(daily(), 'askForum'),
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

const FORUM_THREAD: Readonly<Record<string, Proof>> = {
  'the percentage that is shown is wrong': ['test/core/quota/readUsages.test.ts', 'contradict'],
  'the general 429 hides which limit it is': () => causedBy(inputOf(TOO_MANY), 'unsure'),
  'how many calls 5 hours hold': [
    'test/core/diagnosis/limitsCard.test.ts',
    "requests of the user's size",
  ],
  'tokens count, and a cache helps': ['test/node/archiveLedger.test.ts', 'cacheRead'],
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
  'which device sent what': () => hasSteps(rate(), 'otherDevices'),
  'nothing for an hour, then some, then nothing': [
    'test/core/incidents/judgeKnown.test.ts',
    'every request fails for an hour until the reset',
  ],
  'only with sub-agents': () =>
    causedBy(inputOf(TOO_MANY, { shape: SWARM, after: usages({ '5h': 1 }) }), 'own_concurrency'),
  'requests are not tasks': ['test/core/incidents/requestHistory.test.ts', 'in flight'],
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

const STAFF_ANSWER: Readonly<Record<string, Proof>> = {
  'rate_limit_reached_error is concurrency or a rolling limit': () =>
    assert.ok(judge(inputOf(TOO_MANY, { shape: ALONE })).alternatives.length > 0),
  'all or nothing is a quota, sporadic is concurrency': [
    'src/core/incidents/quotaMarks.ts',
    'isMixed',
  ],
  'use the endpoint': ['test/node/cli.test.ts', 'check'],
  'an answer without used': ['test/core/quota/readUsages.test.ts', 'remaining'],
  'the reset is personal': ['test/core/quota/quotaText.test.ts', 'eset'],
  'no pace and no live count from Kimi': [
    'test/core/quota/forecast.test.ts',
    'covers a steady pace',
  ],
  'look during the next incident': ['test/core/quota/quotaPoller.test.ts', 'readAfterLimitError'],
};

const DAILY_LIMIT_GUIDE: Readonly<Record<string, Proof>> = {
  'decode organization, project, key, current and limit': () => {
    const { limit, current, scope } = classify(TPD).fields;
    assert.deepEqual([limit, current, scope], [1_500_000, 1_526_210, 'organization']);
    assert.deepEqual(idLines(supportIdsIn(TPD), english), [
      `Organization ID: ${ORG_A}`,
      `Project ID: ${PROJECT}`,
      `Key ID: ${KEY_ID}`,
    ]);
  },
  'four buckets': () => {
    says(TPD, 'tpd');
    says('429 request reached organization max concurrency: 1, please try again', 'concurrency');
  },
  'five reasons for "I did not use it"': () =>
    hasSteps(
      daily(),
      'rightConsole',
      'sameOrganization',
      'findPrograms',
      'remoteSessions',
      'newKey',
      'waitForReset',
    ),
  'the console that belongs to the key': () => {
    const url = rowsOf(daily()).find(({ id }) => id === 'rightConsole')?.url;
    assert.equal(url, 'https://platform.kimi.ai/console');
    const china = incidentOf(TPD, { ...platform, host: 'api.moonshot.cn' });
    const other = rowsOf(china).find(({ id }) => id === 'rightConsole')?.url;
    assert.equal(other, 'https://platform.kimi.com/console');
  },
  'phone and Google are two accounts': () => hasSteps(daily(), 'signInKind'),
  'which tool uses my key': ['test/e2e/diagnosis.test.ts', 'Find Programs with This Key'],
  'stop agents and automation, close remote shells': () =>
    hasSteps(daily(), 'runningAgents', 'remoteSessions'),
  'signs of a leak': () => {
    const foreignUse = { origin: '', windowId: '5h', from: NOW - 60_000, to: NOW, points: 12 };
    const row = rowsOf(daily(), { activity: { foreignUse } }).find(
      ({ id }) => id === 'explainedUse',
    );
    assert.equal(row?.state, 'notDone');
  },
  'a new key, the old one deleted and refused': [
    'test/e2e/diagnosis.test.ts',
    'Kimi rejects the old key.',
  ],
  'is the day rolling or late': () =>
    assert.ok(rowsOf(daily()).some(({ text }) => /moves with the last 24 hours/.test(text))),
  'wait, then retry': () => {
    const fields = { ...classify(TPD).fields, retryAfterSeconds: 1152 };
    assert.equal(judge(inputOf(TPD, { ...platform, fields })).retry, 'at');
  },
  'keep the rate-limit headers': () => {
    const headers = { 'x-ratelimit-remaining': '7', 'retry-after': '1152' };
    const answer = readDirectAnswer({ status: 429, headers, body: '{}', origin: CODE, now: NOW });
    assert.ok(answer.kind === 'refused' && answer.retryAfterSeconds === 1152);
    assert.deepEqual(answer.rateLimits, [{ name: 'x-ratelimit-remaining', value: 7 }]);
  },
  'count tokens, to show who used them': ['test/core/ledger/reconcile.test.ts', 'shares of agents'],
  'the base URL fits the key, the model the product': () =>
    hasSteps(
      incidentOf('401 Invalid Authentication'),
      'keyFitsHost',
      'modelFitsProduct',
      'whichHost',
    ),
  'an agent moved to another provider without a word': [
    'test/core/incidents/fallbacks.test.ts',
    'another provider answers the same session',
  ],
  'caps: tokens a request, retries, parallel': () => {
    const shape = { ...ALONE, maxCompletionTokens: 32_000 };
    const tpm = '429 request reached organization TPM rate limit, current: 1, limit: 1';
    assert.match(stepTexts(incidentOf(tpm, { ...platform, shape })), /from 32,000/);
    hasSteps(incidentOf(tpm, platform), 'backOff', 'fewerAgents');
  },
  'back off with randomness': ['docs/faq.md', 'with some randomness'],
  'a shorter context': () => assert.match(stepTexts(daily()), /\/compact/),
  'look in the forum, replace the key anyway': () => hasSteps(daily(), 'askForum', 'newKey'),
  'a playbook, step by step': () => assert.ok(rowsOf(daily()).length >= 6),
  'the ticket has every field of the template': () => {
    const text = ticketOf(daily());
    for (const field of [
      ...['From: ', 'GMT', 'Host: api.moonshot.ai', 'Base URL: https://api.moonshot.ai/v1'],
      ...[
        `Organization ID: ${ORG_A}`,
        'Model: ',
        'HTTP status: 429',
        'Steps tried',
        'create a new one',
      ],
      ...['Delete the old key', 'Stop agents', 'Screenshots to add', 'Send it to Kimi: https://'],
    ])
      assert.ok(text.includes(field), `${field}\n${text}`);
  },
};

const BALANCE_THREAD: Readonly<Record<string, Proof>> = {
  'the exact JSON, type and message': () =>
    assert.equal(explain(balance(), { locale: ENGLISH, now: NOW }).original, PROXY),
  'the base URL, and where the balance is looked at': () =>
    hasSteps(balance(), 'whichHost', 'voucherAndCash'),
  'errorMessage is not Kimi’s format': () =>
    assert.equal(classify(PROXY).fields.gateway, 'errorMessage proxy'),
  'one direct request splits account and client': () => {
    const urls = (['kimiCode', 'openPlatform'] as const).map(product => {
      const base = product === 'kimiCode' ? `${CODE}/coding/v1` : 'https://api.moonshot.cn/v1';
      const endpoint = parseBaseUrl(base, product);
      return 'problem' in endpoint ? '' : directRequest(endpoint).url;
    });
    assert.deepEqual(urls, [
      'https://api.kimi.com/coding/v1/messages',
      'https://api.moonshot.cn/v1/chat/completions',
    ]);
  },
  'healthy, genuine or altered': () => {
    const failure = failed('balance', { isByGateway: true });
    const genuine = raw(429, {
      error: {
        message: 'suspended due to insufficient balance',
        type: 'exceeded_current_quota_error',
      },
    });
    const altered = raw(429, { errorMessage: '429 suspended due to insufficient balance' });
    const outcomes = [WORKS, genuine, altered].map(
      answer => compareDirect(failure, answer, CODE)[0],
    );
    assert.deepEqual(outcomes, ['gateway', 'account', 'gateway']);
  },
  'give the ids of organization and key': () => assert.match(ticketOf(daily()), new RegExp(KEY_ID)),
  'a temporary key to test, deleted after': () => hasSteps(balance(), 'temporaryKey'),
  'ak- is safe, sk- never': () => {
    const key = `sk-${'A1b2C3d4'.repeat(6)}`;
    assert.ok(!ticketOf(incidentOf(`${TPD} ${key}`, platform)).includes(key.slice(8)));
  },
  'support answers late by mail, the forum sooner': () =>
    assert.match(ticketOf(balance()), /https:\/\/forum\.moonshot\.ai/),
};

const SOURCES = { STATUS_PAGE, FORUM_THREAD, STAFF_ANSWER, DAILY_LIMIT_GUIDE, BALANCE_THREAD };

describe('what threads and guides about limits ask', () => {
  for (const [source, demands] of Object.entries(SOURCES))
    describe(source.toLowerCase().replaceAll('_', ' '), () => {
      for (const [asks, proof] of Object.entries(demands))
        it(asks, () => {
          if (typeof proof === 'function') return proof();
          const [file, words] = proof;
          const url = new URL(`../${file}`, import.meta.url);
          assert.ok(existsSync(url) && readFileSync(url, 'utf8').includes(words), file);
        });
    });
});
