import type { Concept } from './concepts.ts';

/** Terms of one concept, known since the same month. */
export interface Entry {
  readonly concept: Concept;
  /** Month of the first dated evidence, from Kimi or another provider. */
  readonly since: string;
  /** Lower case, as people write them; spaces, quotes and line breaks are ignored. */
  readonly words: readonly string[];
  /** For lower-case squeezed text, where no space ends a word. */
  readonly patterns: readonly RegExp[];
}

/** `RPM` and the like end before a word about limits, punctuation or a number. */
const UNIT_END =
  '(?=rate|limit|quota|cap|allow|budget|usage|exceed|reach|thresh|hit|is|was|has|on|[^a-z]|$)';
/** A duration is not a window: "in 5 hours". */
const noSpan = (number: string): string =>
  `(?:${number})(?<!(?:[\\d.]|in|after|within|least|about|for|last|next)(?:${number}))`;

/** An offer, which names a plan: "Upgrade to Vivace to use it". */
const UPGRADE_TO = /upgradeto[a-z]{3,20}to(?:use|access|unlock)/;

/**
 * Terms for limits, plans, keys and servers, in English and Chinese, each with the month in which an
 * error of a model provider first contained it. Common terms are older than Kimi Code: they are in
 * the error references of OpenAI and Anthropic (2024-01 means "by then"). Numbers and the names of
 * models and plans are not terms: they vary. Sources: docs/kimi.md 4.
 */
export const LEXICON: readonly Entry[] = [
  say(
    'reached',
    '2024-01',
    `reached | exceed | hit your | hit the | hit a rate | hit a limit | used up | use up | exhaust |
    run out | ran out | running out | surpass | went over | gone over | over the limit | over your |
    over its | maxed out | at your limit | at its limit | used all | fully used | spent all |
    no more | no remaining | consumed | deplet | is spent | has been hit | was hit | limit hit |
    is full | none left | nothing left | over limit | been used | all used`,
  ),
  say(
    'reached',
    '2024-05',
    '用完 | 用尽 | 用光 | 耗尽 | 已达 | 达到 | 超出 | 超过 | 超限 | 已满 | 触发 | 触及 | 用满',
  ),
  say('tooMany', '2024-01', 'too many | more requests than | slow down'),
  say('tooMany', '2024-05', '过于频繁 | 太频繁 | 过多 | 请求太多 | 太多请求'),
  say(
    'limited',
    '2024-01',
    `rate limited | rate-limited | throttled | ratelimiterror | rate_limit_exceeded |
    quota_exceeded`,
  ),
  say('limited', '2024-05', '限流 | 限速'),
  say('limit', '2024-01', 'limit | rate limit | ceiling | threshold | max', /cap(?!a|t|i|e(?!xc))/),
  say('limit', '2024-05', '上限 | 限制 | 限额 | 速率'),
  say(
    'quota',
    '2024-01',
    `quota | usage limit | usage cap | usage ceiling | usage threshold | usage maximum |
    allowance | allotment | usage budget | usage quota`,
    /usage(?<!(?:disk|memory|cpu|gpu|ram|storage)usage)(?![:=]|error)/,
  ),
  say('quota', '2024-05', '额度 | 配额 | 用量 | 使用限额 | 使用上限 | 使用限制'),
  // Each names its window, too: see `week` and `month`.
  say('quota', '2024-05', '周用量 | 周额度 | 周限额 | 月用量 | 月额度 | 月限额'),
  say('requests', '2024-01', 'request | api calls | sessions | connections | 请求 | 调用'),
  say('tokens', '2024-01', 'token | input token | 令牌'),
  say('resets', '2024-01', 'reset | refresh | renews | replenish | 重置 | 刷新 | 恢复'),
  say('retry', '2024-01', 'try again | please wait | retry after | 稍后 | 重试 | 再试'),

  // The open platform (kimi-cc #16) and ElevenLabs.
  say(
    'concurrency',
    '2024-06',
    `concurren | simultaneous | parallel | at the same time | at once | in-flight | in flight |
    ongoing request | running request | 并发 | 同时进行 | 同时请求 | 同时运行 | 并行`,
  ),
  // MoneyPrinterTurbo #339; OpenAI.
  say(
    'rpm',
    '2024-01',
    `requests per min | request per min | requests a min | requests/min | requests each min |
    calls per min | requests in one min | requests in a min | max request: | 每分钟请求 |
    每分钟的请求 | 每分钟调用 | 每分钟最大请求`,
    new RegExp(`rpm${UNIT_END}`),
  ),
  say(
    'tpm',
    '2024-01',
    `tokens per min | token per min | tokens a min | tokens/min | tokens each min |
    tokens in one min | 每分钟token | 每分钟的token | 每分钟令牌`,
    new RegExp(`tpm(?<!httpm)${UNIT_END}`),
  ),
  say(
    'tpd',
    '2024-01',
    `tokens per day | token per day | tokens a day | daily token | tokens/day | tokens each day |
    每日token | 每天token | 每天的token | 每日的token | 每日令牌`,
    new RegExp(`tpd(?<!httpd)${UNIT_END}`),
  ),
  say('minute', '2024-01', 'per minute | each minute | a minute | 每分钟'),
  say('day', '2024-01', 'daily | per day | each day | 24-hour | 每日 | 每天 | 当日 | 今日'),
  // Claude's plans had these windows first.
  say(
    'fiveHours',
    '2025-03',
    '',
    new RegExp(
      `${noSpan('5|five')}-?(?:hours?|hrs?|h(?=usage|coding|limit|quota|window|allow|rolling|cap|plan|[^a-z\\d]|$))`,
    ),
    /[5五]个?小时(?!后)/,
  ),
  say(
    'week',
    '2025-08',
    'weekly | 每周 | 本周 | 周用量 | 周额度 | 周限额 | 一周',
    /(?:per|a|this|current|each|every|the)week(?!end)/,
    new RegExp(`${noSpan('7|seven')}-?days?`),
    /[7七][天日](?!后)/,
  ),
  say(
    'month',
    '2024-01',
    'monthly | 每月 | 本月 | 月度 | 月用量 | 月额度 | 月限额 | 当月',
    /(?:per|a|this|current|each|every|the)month/,
    new RegExp(`${noSpan('30')}-?days?`),
  ),

  // "Current quota" means money at OpenAI, Google and Moonshot.
  say(
    'money',
    '2023-11',
    `current quota | current token quota | recharge | top up | credit | funds | prepaid |
    out of money | arrears`,
    /balance(?<!loadbalance)(?!r)/,
  ),
  // The open platform's docs call tokens that are paid for a quota.
  say('money', '2026-08', 'token quota'),
  say('money', '2024-05', '余额 | 欠费 | 充值 | 资金 | 钱包'),
  say('billing', '2023-11', 'billing details | billing hard limit | 账单'),
  say(
    'insufficient',
    '2023-11',
    `insufficient | not enough | too low | running low | empty | negative | not sufficient |
    no credit | no balance | no funds | is zero | used up | run out | ran out | out of | deplet |
    exhaust | arrears | no remaining | 不足 | 不够 | 为零 | 欠费 | 耗尽 | 用完 | 用尽`,
  ),

  // OpenAI, ElevenLabs, GitHub Copilot.
  say(
    'plan',
    '2024-01',
    'subscription | your trial | 套餐 | 订阅 | 方案',
    /plan(?<!(?:ex|air)plan)(?!et|ned|ning)/,
  ),
  say('plan', '2026-09', 'higher-tier'),
  say(
    'subscribe',
    '2024-01',
    'subscribe to | no subscription | no plan | 未订阅',
    /active[a-z\d-]{0,20}(?:subscription|plan)/,
  ),
  say('member', '2024-01', 'membership | 会员'),
  say(
    'lapsed',
    '2024-01',
    `expired | lapsed | inactive | not active | is active | has ended | cancelled |
    unable to verify | cannot verify | cant verify | could not verify | couldnt verify |
    failed to verify | renew your | 过期 | 到期 | 失效 | 未开通 | 无法验证 | 无法核实 | 续费`,
  ),
  say(
    'lacks',
    '2024-01',
    `not have access | no access | doesnt have access | not include | doesnt include |
    not support | doesnt support | only support | supports only | supports up to | not available |
    not cover | doesnt cover | not part of | not entitled | only available | is limited to |
    not unlocked | upgrade to use | upgrade to access | lacks access | requires a | requires the |
    not have permission | cannot use | cant use | unavailable | not permit | available on |
    not allow | doesnt allow | without access | not give access | not offer | only allow |
    allows only | only include | includes only | need to upgrade | limited to`,
  ),
  say(
    'lacks',
    '2024-05',
    `不支持 | 不包含 | 不包括 | 无权 | 没有权限 | 无法使用 | 仅支持 | 只支持 | 暂无 | 未包含 |
    不能使用 | 不可用 | 没有访问 | 无法访问 | 需要升级 | 没有权益 | 最多支持 | 不含 | 无法访问`,
  ),
  say('product', '2025-10', 'kimi code | kimi for coding'),
  say('model', '2024-01', 'model | 模型'),
  say(
    'context',
    '2024-01',
    `context | model token limit | prompt is | prompt too | prompt token | prompt length |
    input token | message size | max_tokens | input length | conversation is | request size |
    payload | 上下文 | 提示词 | 输入长度`,
    /\d[km]context/,
  ),
  say('size', '2024-01', 'too long | too large | too big | 过长 | 太长 | 过大'),

  // Every provider.
  say(
    'key',
    '2024-01',
    `api key | api-key | credential | authentication | access token | auth token |
    refresh token | oauth token | authorization failed | 密钥 | 凭证 | 鉴权 | 认证 | 访问令牌`,
  ),
  say('unauthorized', '2024-01', 'unauthenticated | unauthorized | 未授权'),
  say(
    'signIn',
    '2024-01',
    `not logged in | log in again | login again | sign in again | login expired | please log in |
    please login | please sign in | not signed in | login required | session expired |
    session has expired | logged out | signed out | re-authenticate | reauthenticate |
    not logged into | login has expired | no credential | no api key | no stored credential |
    grant has expired | grant expired | grant has ended | grant ended | invalid_grant |
    重新登录 | 请登录 | 未登录 | 请先登录 | 登录已过期 | 登录过期 | 登录失效 | 登录状态已过期`,
  ),
  say(
    'invalid',
    '2024-01',
    `invalid | incorrect | expired | revoked | is wrong | not valid | not accepted |
    not recognized | malformed | missing | been deleted | authorization failed |
    has been disabled | could not be verified | cannot be verified | does not exist |
    无效 | 过期 | 失效 | 不正确 | 不存在 | 已删除 | 失败`,
    /错误(?<=(?:key|密钥|令牌|凭证)[有是]?错误)/,
  ),
  say('account', '2024-01', 'account | 账号 | 账户 | 帐号 | 帐户'),
  // Kimi's own short sentence: "Access terminated."
  say('account', '2026-02', 'access'),
  say(
    'closed',
    '2024-01',
    `terminated | banned | disabled | suspended | deactivated | been blocked | been closed |
    not active | been restricted | has been disabled | 封禁 | 禁用 | 停用 | 封停 | 注销 | 冻结`,
  ),
  // Literally "muted" (error reference of Kimi Code).
  say('closed', '2026-07', '禁言'),
  say(
    'missing',
    '2024-01',
    `not found | does not exist | doesnt exist | no such | unknown model |
    未找到 | 找不到 | 没找到 | 不存在`,
  ),
  say('client', '2026-02', 'coding agent | your client | this client | user-agent | 客户端'),
  say(
    'onlyFor',
    '2026-02',
    `only available | only for | not supported | unsupported | not allowed | not accepted |
    not on the | 仅限 | 仅供 | 不支持`,
  ),
  say(
    'refused',
    '2024-01',
    `permission denied | access denied | not allowed to | not authorized to | is not open |
    is not allowed | not have permission | 没有权限 | 拒绝访问 | 无权限`,
  ),
  say(
    'busy',
    '2024-01',
    `overload | capacity | high demand | heavy load | high load | saturated | congest |
    heavy traffic | high traffic`,
    /busy(?<=(?:is|are|too|currently|very|servers?|engine|model)busy)/,
  ),
  say(
    'busy',
    '2024-05',
    '过载 | 繁忙 | 负载 | 负载已饱和 | 负载过高 | 负载较高 | 负载过大 | 拥挤 | 拥堵 | 人太多 | 优先队列',
  ),

  // Not yet seen from Kimi: synonyms, so that the next wording is recognized.
  say(
    'reached',
    '2026-11',
    '100% of | 100% used | used 100%',
    /(?:left|remaining)(?<=no[a-z\d-]{0,30}(?:left|remaining))/,
  ),
  say(
    'limit',
    '2026-11',
    '',
    /window(?<=(?:hours?|hrs?|\dh|days?|weekly|monthly|rolling|usage)-?window)/,
  ),
  say(
    'reached',
    '2026-11',
    'is gone | are gone | all gone | rate limit hit | at 100%',
    /hit(?<=(?:cap|quota|window|ceiling|allowance)hit)/,
  ),
  say('limit', '2026-11', 'rate limit hit'),
  // Contains 余额, a balance.
  say('quota', '2026-11', '剩余额度 | 剩余用量'),
  say('money', '2026-11', 'no credit | no balance | no funds'),
  say('tooMany', '2026-11', 'too quickly | too frequent | too fast | 频率过高 | 频率太高'),
  say('tooMany', '2026-11', 'slow down, too many requests'),
  say('requests', '2026-11', 'slow down, too many requests'),
  say('client', '2026-11', '智能体 | 编程工具 | 编程助手'),
  say('onlyFor', '2026-11', 'only support'),
  say('lacks', '2026-11', '仅对 | 仅面向'),
  say('concurrency', '2026-11', '同一时间 | 同时发起 | 同时处理 | 并发数'),
  say('plan', '2026-11', '', UPGRADE_TO),
  say('lacks', '2026-11', '', UPGRADE_TO),
  say('invalid', '2026-11', '被删除 | 吊销'),
  // Each names what is too long, too.
  say('context', '2026-11', '输入过长 | 输入太长 | 内容过长'),
  say('size', '2026-11', '输入过长 | 输入太长 | 内容过长 | 超长'),
  say('key', '2026-11', 'bad api key | token expired | token is expired | token has expired'),
  say('invalid', '2026-11', 'bad api key | token expired | token is expired | token has expired'),
  say('busy', '2026-11', '人数过多 | 人数较多 | 正在排队'),
  say('plan', '2026-11', 'subscribers'),
  say(
    'lacks',
    '2026-11',
    '',
    /(?:need|needs|requires?)(?:a|an|the)?(?=active|higher|paid|pro|plus|max|kimi)/,
  ),
  say('onlyFor', '2026-11', 'only be used'),
];

function say(
  concept: Concept,
  since: string,
  words: string,
  ...patterns: readonly RegExp[]
): Entry {
  const list = words.split('|').map(word => word.trim());
  return { concept, since, words: list.filter(word => word !== ''), patterns };
}
