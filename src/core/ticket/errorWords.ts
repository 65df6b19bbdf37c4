/** The vocabulary of errors of providers, gateways and connections (docs/kimi.md 4). */
const ENGLISH = `a an and any are as at be by can cannot could do does for from has have if in into is it its
  no not of on or please per than that the there this to too was we were will with you your yours
  account accounts aborted attempt attempts authorization bad balance body cancelled certificate
  concurrency conflict connection contact costs credit days deadline dns early eof error errors
  exceeded failure fetch gateway gone hang header headers hour hours html http https idle internal
  ip json large lookup malformed maximum minimum minute minutes modified month months must
  network nginx number only out page parse parameter permission plan proxy quota rate read redirect
  refused remaining request requests reset response retries schema second seconds server service
  socket start started stopped stream support team time timed tls unauthorized unavailable unexpected
  unknown unprocessable unreachable until upstream usage value week weeks write year
  cny usd yuan tpm tpd rpm rpd api sdk id url
  above access active administrator after again agents ai all allocated allowance allowed another appears
  associated authenticate authentication available base because been before benefits billing building but
  call canceled cause chat check claude cli client closed code coding command completion completions
  concurrent connect considered console content context continue cooldown cooling credentials current
  currently cycle daily database day denied details disconnected distributor docs down due enabled
  endpoint ends engine ensure evaluate exceed exceeds exhausted expired extra failed false fatal filter
  find finish forbidden found get go gpt high hit image incorrect increase info information insufficient
  invalid key keys kilo kimi last later left length limit limited limiting llm login many max may
  membership message metadata method min missing model moderato moment monthly moonshot more name new
  next now oauth official one ongoing openai org organization output overloaded package payment period
  platform precondition pro produced project provided provider purchase re reached reasoning receiving
  recharge refreshed rejected renew reply requested required resets resource retry retrying return returned
  run script sending session shortly sign size soon status subscription such suspended temporarily
  terminated terminating thinking throttling timeout token tokens tomorrow tool total try trying type
  unable unauthenticated upgrade used user verify wait weekly when window would we're you've`;

/** Shorter matches are usually parts of something else. */
const words = (text: string): string[] =>
  (text.toLowerCase().match(/[a-z]+(?:'[a-z]{1,2})?/g) ?? []).filter(
    word => word.length > 1 || word === 'a',
  );

let english: ReadonlySet<string> | undefined;

/** Whether a lower-case word belongs to the vocabulary of known errors. */
export function isErrorWord(word: string): boolean {
  english ??= new Set(words(ENGLISH));
  return english.has(word);
}

/** Phrases of Chinese errors, from Kimi and common gateways (docs/kimi.md 4). */
const PHRASES =
  `没有足够的余额 请充值 余额不足 账户余额不足 当前账户 该账号 已被暂时禁用 因违反用户协议
  请求过多 请求过于频繁 请求被拒绝 请求失败 请求超时 超出限制 已达上限 达到上限 用量上限 速率限制 频率限制
  并发限制 并发数 配额 额度 额度不足 额度已用尽 用户额度不足 剩余额度 需要预扣费额度 预扣费额度失败
  请稍后再试 请稍后重试 稍后再试 重试 分组 当前分组 上游负载已饱和 当前分组上游负载已饱和 下模型 模型 无可用渠道
  无效的令牌 该令牌额度已用尽 该令牌状态不可用 令牌 密钥 无效 已过期 未授权 未提供令牌 权限不足 没有权限 不存在
  服务器错误 内部错误 服务不可用 服务暂不可用 引擎过载 网络错误 连接超时 每分钟 每天 每周 每小时 小时 分钟 秒后 秒 天
  会员 订阅 套餐 升级 充值 错误 限流 限制 过载 超时`.split(/\s+/);

let chinese: RegExp | undefined;

/** Keeps the known phrases of a text with Chinese characters; the rest becomes `…`. */
export function knownChinese(text: string): string {
  chinese ??= new RegExp(
    `${[...new Set(PHRASES)].toSorted((a, b) => b.length - a.length).join('|')}|[，、。；：！？（）]`,
    'g',
  );
  let shown = '';
  let done = 0;
  for (const { 0: phrase, index } of text.matchAll(chinese)) {
    shown += (index > done ? '…' : '') + phrase;
    done = index + phrase.length;
  }
  return shown + (done < text.length ? '…' : '');
}
