import assert from 'node:assert/strict';
import fc from 'fast-check';
import { classify } from '../../../src/core/errors/classify.ts';
import {
  DATED_TEXTS,
  isOtherLimit,
  isSameOrParent,
  WRAPPINGS,
  type DatedText,
} from '../../support/errorCases.ts';

type Mutation = (text: string) => string;

/** Other names and numbers in the same places. */
const VARIABLES: Readonly<Record<string, Mutation>> = {
  'other models': text =>
    text
      .replace(/kimi-k3|kimi-for-coding-highspeed|kimi-k9|moonshot-v1-16k/g, 'kimi-k4-thinking')
      .replace(/\bk3\b/g, 'k5'),
  'other numbers': text =>
    text
      .replace(/\b256K\b/g, '512K')
      .replace(/\b1M\b/g, '2M')
      .replace(/(?<=(?:RPM|concurrency|request): )\d+/g, '77')
      .replace(/(?<=(?:current|limit): )\d+/g, '123456')
      .replace(/\b(?:262144|2097152|5943865)\b/g, '998877'),
  'other plans': text => text.replace(/an Moderato plan/g, 'the Pro plan'),
  'another link': text => text.replace(/https?:\/\/\S+/g, 'https://www.kimi.com/plans/next?from=x'),
};

/** Other words for the same. */
const SYNONYMS: readonly (readonly [from: RegExp, to: readonly string[]])[] = [
  [/\busage limit\b/g, ['usage quota', 'usage cap', 'quota', 'usage allowance']],
  [/\breached your\b/g, ['hit your', 'exceeded your', 'used up your', 'exhausted your']],
  [/\bconcurrent request limit\b/g, ['limit of concurrent requests', 'concurrency limit']],
  [/\bconcurrent\b/g, ['simultaneous', 'parallel']],
  [/\b5-hour\b/g, ['5 hour', '5h', 'five-hour']],
  [/\bweekly \(7-day\)/g, ['weekly', '7-day', 'seven-day']],
  [/\bis currently overloaded\b/g, ['is at capacity', 'is overloaded at the moment', 'is busy']],
  [/\binsufficient\b/g, ['too low', 'not sufficient']],
  [/\bdoes not have access to\b/g, ['does not include', 'has no access to', "doesn't cover"]],
  [/\bsupports only\b/g, ['only supports', 'is limited to', 'only includes']],
  [/\bappears to be invalid\b/g, ['is invalid', 'is incorrect', 'is not valid']],
  [/\bsubscription\b/g, ['plan', 'membership plan']],
];

const TAILS = [
  '',
  ' To continue now, buy more usage.',
  ' Please try again later.',
  ' See https://www.kimi.com/help for details.',
  ' Upgrade your plan to get more.',
  ' Contact support@moonshot.cn if this is wrong.',
] as const;

/** The same said in Chinese, as Kimi's own pages say it. */
const CHINESE: readonly (readonly [
  category: DatedText['category'],
  status: number,
  text: string,
])[] = [
  ['quota_5h', 403, '您已达到 5 小时用量上限，额度将在当前 5 小时窗口结束后重置。'],
  ['quota_5h', 403, '5小时额度已用完，请稍后再试。'],
  ['quota_weekly', 403, '您的每周用量已用尽，额度将在下周重置。'],
  ['quota_weekly', 403, '已达到本周（7 天）使用上限。'],
  ['quota_monthly', 403, '您的月度额度已用完，请升级套餐。'],
  ['quota_unspecified', 403, '您的使用额度已耗尽，请购买加油包或升级套餐。'],
  ['concurrency', 403, '并发请求数已达上限，请等待正在进行的请求完成。'],
  ['concurrency', 429, '请求达到组织最大并发数限制：3，请 1 秒后重试'],
  ['rpm', 429, '已超过每分钟请求数限制：20，请稍后再试'],
  ['tpm', 429, '已达到组织的 TPM 限制，当前：1410，上限：100'],
  ['tpd', 429, '已超出每日 token 限额'],
  ['balance', 429, '账户余额不足，请充值后再试'],
  ['balance', 403, '您的账号已欠费停用，请充值'],
  ['overloaded', 429, '当前引擎过载，请稍后再试'],
  ['rate_limited_ambiguous', 429, '请求过于频繁，请稍后再试'],
  ['auth', 401, 'API Key 无效或已过期'],
  ['auth', 401, '登录已过期，请重新登录'],
  ['membership', 402, '无法验证您的会员权益，请确认会员有效。'],
  ['entitlement', 403, '您当前的套餐不包含 Kimi Code，请升级套餐。'],
  ['entitlement', 401, '您当前的订阅不支持 k3 模型'],
  ['entitlement', 401, '当前套餐仅支持最多 256K 上下文的 k3'],
  ['account_closed', 403, '因违反用户协议，该账号已被封禁。'],
  ['context_length', 400, '输入的上下文长度超过模型上限'],
  ['wrong_endpoint', 404, '未找到模型 kimi-k9'],
];

const LIMITS = DATED_TEXTS.filter(({ category }) => !/_error$|^bad_/.test(category));

/** Read with each wrapping; what is asked holds for all of them. */
function assertSameOrParent(text: DatedText, mutated: string): void {
  for (const wrap of WRAPPINGS) {
    const raw = wrap({ ...text, text: mutated });
    const { says } = classify(raw);
    assert.ok(isSameOrParent(says, text.category), `${text.category} read as ${says}: ${raw}`);
  }
}

/** "Extra usage or upgrade your plan" alone is said of a spent window and of spent money. */
function assertHalf(text: DatedText, half: string): void {
  const isEither = text.category === 'balance' && /extra usage/.test(half);
  assertSameOrParent(isEither ? { ...text, category: 'quota_monthly' } : text, half);
}

function assertNoOtherLimit(text: DatedText, raw: string): void {
  const { says, rule = '' } = classify(raw);
  // Without words the type counts, which a month's limit shares with money.
  if (rule.startsWith('type-')) return;
  // "Purchase extra usage" alone is said of a spent window and of spent money.
  const isEither = says === 'quota_unspecified' && text.category === 'balance';
  const isOther = isOtherLimit(says, text.category) && !isEither;
  assert.ok(!isOther, `${text.category} read as ${says}: ${raw}`);
  assert.notEqual(says, 'network', raw);
}

describe('classify: what Kimi said, changed', () => {
  for (const [name, mutate] of Object.entries(VARIABLES))
    it(`${name}: the same category, or its parent`, () => {
      for (const text of DATED_TEXTS) assertSameOrParent(text, mutate(text.text));
    });

  it('synonyms: the same category, or its parent', () => {
    for (const text of DATED_TEXTS)
      for (const [from, words] of SYNONYMS)
        for (const word of words) {
          const mutated = text.text.replace(from, word);
          if (mutated !== text.text) assertSameOrParent(text, mutated);
        }
  });

  it('another tail: the same category, or its parent', () => {
    for (const text of LIMITS) {
      const [first = ''] = text.text.split(/(?<=\.) (?=[A-Z])/);
      const sentence = first.replace(/[.。]?$/, '.');
      for (const tail of TAILS) assertSameOrParent(text, `${sentence}${tail}`);
    }
  });

  it('several changes at once: the same category, or its parent', () => {
    const change = fc.record({
      text: fc.constantFrom(...DATED_TEXTS),
      swaps: fc.array(fc.tuple(fc.constantFrom(...SYNONYMS), fc.nat()), { maxLength: 3 }),
      variables: fc.subarray(Object.values(VARIABLES)),
    });
    fc.assert(
      fc.property(change, ({ text, swaps, variables }) => {
        const said = swaps.reduce(
          (words, [[from, to], at]) => words.replace(from, to[at % to.length]!),
          text.text,
        );
        assertSameOrParent(
          text,
          variables.reduce((words, mutate) => mutate(words), said),
        );
      }),
      { numRuns: 600 },
    );
  });

  it('a rest that is also the text of a broken connection: a response with a type is none', () => {
    for (const rest of ['terminated.', 'fetch failed', 'Request timed out.', 'Connection error.'])
      for (const type of ['access_terminated_error', 'rate_limit_error'])
        for (const wrap of WRAPPINGS) {
          const [text] = DATED_TEXTS;
          const raw = wrap({ ...text!, status: 403, type, text: rest });
          if (raw.includes(type)) assert.notEqual(classify(raw).says, 'network', raw);
        }
  });

  it('a part of it, with its status or alone: no other limit, and no network', () => {
    const part = fc.record({
      text: fc.constantFrom(...DATED_TEXTS),
      from: fc.nat({ max: 100 }),
      to: fc.nat({ max: 100 }),
      wrap: fc.constantFrom(...WRAPPINGS, ({ text }: DatedText) => text),
    });
    fc.assert(
      fc.property(part, ({ text, from, to, wrap }) => {
        const words = text.text.split(' ');
        const [first, last] = [Math.min(from, to), Math.max(from, to)];
        const some = words.slice(
          Math.floor((first * words.length) / 101),
          Math.ceil((last * words.length) / 100),
        );
        const raw = wrap({ ...text, text: some.join(' ') });
        // One word alone, such as undici's "terminated", says too little for this.
        if (raw.includes(' ')) assertNoOtherLimit(text, raw);
      }),
      { numRuns: 2000 },
    );
  });

  it('either half of it: the same category, or its parent, where the status is one of limits', () => {
    for (const text of DATED_TEXTS) {
      if (![403, 429].includes(text.status)) continue;
      const words = text.text.split(' ');
      const middle = Math.ceil(words.length / 2);
      for (const half of [words.slice(0, middle), words.slice(middle)])
        // A number behind the status would be one with it.
        if (!/^\d/.test(half[0] ?? '')) assertHalf(text, half.join(' '));
    }
  });

  for (const [category, status, text] of CHINESE)
    it(`in Chinese: ${text} is ${category}`, () => {
      for (const raw of [
        `${status} ${text}`,
        `${status} ${JSON.stringify({ error: { message: text } })}`,
        `调用失败：${status} ${text}`,
      ])
        assert.equal(classify(raw).says, category, raw);
    });
});
