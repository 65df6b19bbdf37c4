import assert from 'node:assert/strict';
import { classify } from '../../../src/core/errors/classify.ts';
import { explain, explainWords } from '../../../src/core/explain/explain.ts';
import { stepWords } from '../../../src/core/explain/stepWords.ts';
import {
  CAUSES,
  type Cause,
  type Verdict,
  type VerdictInput,
} from '../../../src/core/incidents/verdict.ts';
import { CHINESE, judgedIncident } from '../../support/judgedIncident.ts';
import { ENGLISH, HOUR_MS, NOW } from '../../support/quotaViews.ts';
import {
  ACCOUNT,
  ALONE,
  AT_ONCE,
  CYCLE,
  inputOf,
  PLATFORM,
  platform,
  ROOM,
  SWARM,
  TOO_MANY,
  usages,
} from '../../support/verdictInputs.ts';

const BURST = inputOf(TOO_MANY, { shape: SWARM, threadCount: 7, count: 18, after: ROOM });
const HAN = /\p{Script=Han}/u;
const PAGES =
  /^https:\/\/(?:(?:www|platform)\.kimi\.(?:com|ai)\/(?:code|membership|docs|console)|status\.moonshot\.cn$)/;

/** Causes that recover on their own: for these the status bar shows the retry time. */
const PASSING: readonly Cause[] = [
  'own_concurrency',
  'foreign_concurrency',
  'quota_5h',
  'quota_weekly',
  'quota_monthly',
  'quota_unspecified',
  'rpm',
  'tpm',
  'tpd',
  'overloaded',
  'token_expired',
  'server_error',
  'network',
  'unsure',
];

const explained = (input: VerdictInput, locale = ENGLISH) =>
  explain(judgedIncident(input, { text: TOO_MANY, isOfSubagents: true }), {
    locale,
    now: input.now,
  });

const words = (text: string, locale = ENGLISH) =>
  explainWords({ ...classify(text), text }, { locale, now: NOW });

describe('explain', () => {
  it('explains forum t/191 in a few sentences', () => {
    const { title, short, cause, certainty, retry, steps } = explained(BURST);
    assert.equal(title, 'Too many parallel requests');
    assert.equal(short, 'parallel limit · retry now');
    assert.equal(
      cause,
      'Likely too many parallel requests: Kimi Code had 11 requests in flight in 7 sessions and sub-agents; your plan allows 10. 98% of the 5-hour quota and 67% of the weekly quota were left. Other requests succeeded 4 s later.',
    );
    assert.equal(certainty, 'likely');
    assert.equal(retry, 'You can retry now.');
    assert.match(steps[0]?.text ?? '', /KIMI_CODE_AGENT_SWARM_MAX_CONCURRENCY=8/);
  });

  it('explains it in Chinese', () => {
    const { short, cause, retry } = explained(BURST, CHINESE);
    assert.equal(short, '并发超限 · 可重试');
    assert.equal(
      cause,
      '很可能是并发请求过多：Kimi Code 的 7 个会话和子智能体有 11 个进行中的请求；你的套餐允许 10 个。当时 5 小时额度剩余 98%，周额度剩余 67%。4 秒后其他请求成功。',
    );
    assert.equal(retry, '现在可以重试。');
  });

  it('names all three causes of a parallel limit without local requests, and links the guidelines', () => {
    const { cause, steps } = explained(inputOf(AT_ONCE, { shape: ALONE, after: ROOM }));
    assert.match(cause, /another device, somebody with the same key, or Kimi limiting non-inter/);
    assert.ok(steps.some(({ link }) => link?.url.endsWith('/community-guidelines.html')));
  });

  it('reports only one rejected task for an agent without logged starts', () => {
    const once = { agents: ['cline'], to: NOW, count: 1, after: ROOM } as const;
    const { cause } = explained(inputOf(AT_ONCE, once));
    assert.match(cause, /: only one of your tasks was rejected, so it may be another device/);
  });

  it('names the observed limit, and stays below it', () => {
    const seen = (meter: 'atOnce' | 'requests' | 'tokens', limit: number) =>
      explained(
        inputOf(null, {
          ...PLATFORM,
          agents: ['claude-code'],
          shape: { ...ALONE, inFlightPeak: 2, meters: [{ meter, limit, share: 1 }] },
        }),
      );
    const { evidence, steps } = seen('atOnce', 1);
    const facts = evidence.join('\n');
    assert.match(facts, /failed with 1 or more others in flight, and succeeded with fewer/);
    assert.equal(steps[0]?.text, 'Tell Claude Code to use one sub-agent at a time.');
    const pace = /failed after 6 or more requests within a minute/;
    assert.match(seen('requests', 6).evidence.join('\n'), pace);
    const tokens =
      /failed after about 310,000 tokens or more within a minute \(including reserved output/;
    assert.match(seen('tokens', 310_000).evidence.join('\n'), tokens);
  });

  it('explains what TPD proves', () => {
    const text = `${ACCOUNT} request reached organization TPD rate limit, current: 1501880, limit: 1500000`;
    const { cause, retry } = explained(inputOf(platform(text), PLATFORM));
    assert.match(cause, /1,501,880 of 1,500,000 .* only tier 0 of the open platform/);
    assert.match(retry, /usually within a day/);
  });

  it('reports that `/usages` contradicts, and that the key may belong to another account', () => {
    const { cause, evidence } = explained(inputOf(CYCLE, { after: usages({ '5h': 0, week: 0 }) }));
    assert.match(cause, /^Likely a used-up quota: .* key may belong to another account/);
    assert.ok(evidence.some(fact => fact.includes('the error counts more')));
  });

  it('counts down from the current time', () => {
    const incident = judgedIncident(inputOf(CYCLE, { after: usages({ '5h': 100 }) }));
    const at = (now: number) => explain(incident, { locale: ENGLISH, now });
    assert.equal(at(NOW + HOUR_MS).retry, 'Retry after 12:00 (in 1 h).');
    assert.equal(at(NOW + HOUR_MS).short, '5h used up · 12:00');
    assert.equal(at(NOW + 2 * HOUR_MS - 20_000).retry, 'Retry in 20 s.');
    assert.equal(at(NOW + 2 * HOUR_MS).retry, 'You can retry now.');
  });

  it('names the rule, and its last confirmation', () => {
    const incident = judgedIncident(BURST);
    const { rule } = explain({ ...incident, rule: 'period-limit' }, { locale: ENGLISH, now: NOW });
    assert.deepEqual(rule, { id: 'period-limit', lastConfirmed: '2026-08' });
  });

  it('links the site of the rejecting host', () => {
    const url = (host: string, provider: VerdictInput['provider']) =>
      explained(inputOf('401 Invalid Authentication', { agents: ['opencode'], host, provider }))
        .steps[0]?.link?.url;
    assert.equal(url('api.kimi.ai', 'kimi-code'), 'https://www.kimi.ai/code/console');
    assert.equal(url('api.kimi.com', 'kimi-code'), 'https://www.kimi.com/code/console');
    assert.equal(url('api.moonshot.cn', 'open-platform'), 'https://platform.kimi.com/console');
    assert.equal(url('api.moonshot.ai', 'open-platform'), 'https://platform.kimi.ai/console');
  });

  it('contains the logged error text', () => assert.equal(explained(BURST).original, TOO_MANY));

  for (const locale of [ENGLISH, CHINESE])
    it(`has words for every cause, sure or not: ${locale.language}`, () => {
      for (const cause of CAUSES)
        for (const certainty of ['certain', 'likely'] as const)
          for (const retry of ['now', 'at', 'useless', 'unknown'] as const)
            assertWorded({ cause, certainty, retry }, locale);
    });

  function assertWorded(
    given: Pick<Verdict, 'cause' | 'certainty' | 'retry'>,
    locale: typeof ENGLISH,
  ): void {
    const incident = judgedIncident(BURST);
    const retryAt = { now: NOW - 1, at: NOW + 30_000, useless: undefined, unknown: undefined };
    const at = retryAt[given.retry];
    const { retryAt: _, ...verdict } = incident.verdict;
    const explanation = explain(
      {
        ...incident,
        verdict: { ...verdict, ...given, ...(at === undefined ? {} : { retryAt: at }) },
      },
      { locale, now: NOW },
    );
    const { title, short, cause, retry, steps, links } = explanation;
    for (const text of [title, short, cause, retry, ...steps.map(step => step.text)]) {
      assert.notEqual(text, '');
      if (locale === CHINESE) assert.match(text, HAN);
      else assert.doesNotMatch(text, HAN);
    }
    assert.ok(short.length <= 27, short);
    if (given.retry === 'now' && PASSING.includes(given.cause)) assert.match(short, / · /, short);
    for (const { url } of [...links, ...steps.flatMap(({ link }) => (link ? [link] : []))])
      assert.match(url, PAGES);
  }

  it('fits a cause and a time in a week into the status bar', () => {
    const incident = judgedIncident(BURST);
    for (const cause of CAUSES)
      for (const days of [1, 9])
        for (const locale of [ENGLISH, CHINESE]) {
          const retryAt = NOW + days * 24 * HOUR_MS;
          const verdict = { ...incident.verdict, cause, retry: 'at', retryAt } as const;
          const { short } = explain({ ...incident, verdict }, { locale, now: NOW });
          assert.ok(short.length <= 27, short);
        }
  });
});

describe('explain: steps', () => {
  const context = { cause: 'own_concurrency', isOpenPlatform: false, locale: ENGLISH } as const;
  const cases = [
    [
      'kimi-code',
      'fewerAgents',
      /KIMI_CODE_AGENT_SWARM_MAX_CONCURRENCY=16.*Tower mode .* name the limit in your prompt/,
    ],
    ['claude-code', 'fewerAgents', /Claude Code .* 16 sub-agents/],
    ['opencode', 'fewerAgents', /at most 16 tasks/],
    ['claude-code', 'switchModel', /ANTHROPIC_MODEL/],
    ['kimi-code', 'switchModel', /\/model/],
    ['claude-code', 'compact', /\/compact/],
    ['cline', 'compact', /Shorten/],
    ['claude-code', 'turnOnDebug', /--debug/],
    ['continue', 'turnOnDebug', /--verbose/],
  ] as const;
  for (const [agent, id, expected] of cases)
    it(`describes ${id} for ${agent}`, () =>
      assert.match(stepWords({ id, agent, count: 20 }, context), expected));
});

describe('explainWords', () => {
  it('says that it is based on the error text only', () => {
    const { title, cause, certainty, evidence, retry } = words(TOO_MANY);
    assert.equal(title, 'Rate limited (which limit is unclear)');
    assert.match(cause, /It may be too many parallel requests or a used-up quota\./);
    assert.equal(certainty, 'unsure');
    assert.match(evidence[0] ?? '', /^Based on the error text only/);
    assert.equal(retry, 'Wait a minute, then retry once.');
    assert.match(words(TOO_MANY, CHINESE).evidence[0] ?? '', /^仅根据报错信息/);
  });

  it('is certain of a named cause, and gives no time', () => {
    const { certainty, retry, retryAt, title } = words(
      "403 You've reached your weekly (7-day) usage limit.",
    );
    assert.deepEqual([title, certainty], ['Weekly quota used up', 'certain']);
    assert.match(retry, /when the quota resets/);
    assert.equal(retryAt, undefined);
  });

  const lacking: [lacks: string, text: string, title: string, cause: RegExp, step: RegExp][] = [
    [
      'any plan',
      '403 Your current subscription does not have access to Kimi Code right now. Upgrade your plan to keep coding with Kimi Code: https://www.kimi.com/code/#pricing',
      'No Kimi Code plan on this account',
      /another model won.t help/,
      /^Renew the plan/,
    ],
    [
      'this model',
      '401 Your current subscription does not have access to k3. Upgrade to higher-tier Kimi Code plans.',
      'Not included in your plan',
      /does not have this model|doesn't include this model/,
      /^Switch to another model/,
    ],
    [
      'this length of context',
      '401 Your current plan supports only k3 up to 256K context. 1M context is available on higher-tier Kimi Code plans.',
      'Not included in your plan',
      /shorter context/,
      /context limit/,
    ],
  ];
  for (const [lacks, text, title, cause, step] of lacking)
    it(`has a sentence and a step of its own for a plan without ${lacks}`, () => {
      const explained = words(text);
      assert.equal(explained.title, title);
      assert.match(explained.cause, cause);
      assert.match(explained.steps[0]?.text ?? '', step);
    });

  it('marks text of a document as possibly quoted', () => {
    const { title, evidence } = words(
      "| 403 | You've reached your concurrent request limit | wait |",
    );
    assert.equal(title, 'Too many parallel requests');
    assert.match(evidence.join(' '), /quote/);
    assert.doesNotMatch(words(TOO_MANY).evidence.join(' '), /quote/);
  });

  it('contains a wait that the text requests', () =>
    assert.equal(
      words(
        platform(
          `${ACCOUNT} request reached organization max RPM: 20, please try again after 7 seconds`,
        ),
      ).retry,
      'The error asks you to wait 7 s.',
    ));

  it('has no steps for a text that is no error', () => {
    const { title, steps, links, retry } = words('const limit = 429;');
    assert.deepEqual([title, steps, links, retry], ['No model provider error', [], [], '']);
  });

  it('links no page of Kimi for the limit of another provider', () => {
    const { title, links } = words('openrouter: 429 Too Many Requests');
    assert.deepEqual([title, links], ['Not from your Kimi account', []]);
  });
});
