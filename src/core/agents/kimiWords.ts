import { classify } from '../errors/classify.ts';
import { RULES } from '../errors/rules.ts';
import type { ProviderEvidence } from './signal.ts';

/** What a failure says, before or after redaction. */
export interface SaidOfFailure {
  readonly text: string;
  readonly errorType?: string | undefined;
  readonly status?: number | undefined;
}

/** Types that Kimi alone has (agents.md 2.4). */
const KIMI_TYPES: readonly string[] = [
  'rate_limit_reached_error',
  'exceeded_current_quota_error',
  'engine_overloaded_error',
];

/** Sentences of the subscription alone (kimi.md 4.2). Ids may be masked. */
const CODE_WORDS: readonly RegExp[] = [
  /kimi\.com\/(?:membership|code)\b/i,
  /subscription\?tab=quota/i,
  /your quota will (?:reset when the current|be refreshed in the next)/i,
  /we're receiving too many requests at the moment\. please wait a moment/i,
  /reached your concurrent request limit\. please wait for your ongoing requests/i,
  /only available for coding agents such as kimi/i,
  /unable to verify your membership benefits/i,
  /the api key appears to be invalid or may have expired\. please verify your credentials/i,
  /your current subscription does not have access to (?:k\d|kimi)/i,
  /your current plan supports only (?:k\d|kimi)/i,
  /your model id does not exist, recognized as other/i,
  /reached kimi monthly usage limit/i,
  /reached your monthly usage limit for this billing cycle/i,
];

/** Sentences that both products say, or the open platform does (kimi.md 4.1). */
const KIMI_WORDS: readonly RegExp[] = [
  /\borg-[^\s<]{0,80}(?: \/ proj-[^\s<]{1,80})? ?<ak-/i,
  /request reached (?:max )?(?:organization|project|user)\b/i,
  /request reached max request: \d/i,
  /suspended due to insufficient balance, please recharge your account/i,
  /<ak-[^>]{0,80}> is suspended, please check your plan/i,
  /is not active, organization <.{0,80}> exceeded current quota/i,
  /you exceeded your current token quota: /i,
  /total message size \d+ exceeds limit \d+/i,
  /request exceeded model token limit ?: ?\d/i,
  /organization rate limit exceeded, please try again after/i,
  /not found the model .{1,120} or permission denied/i,
  /failed to evaluate rate limit script/i,
  /\bMoonshotException\b/,
  /\b(?:rate_limit_reached|exceeded_current_quota|engine_overloaded)_error\b/,
];

/** OpenAI says the same, with 503 (agents.md 2.4). */
const OVERLOADED = /the engine is currently overloaded/i;

/** Marks of others, which beat Kimi's words: the account is the reseller's (agents.md 2.1). */
const OTHERS: readonly (readonly [name: string, mark: RegExp])[] = [
  ['Anthropic', /\breq_011|\bresets \d{1,2}(?::\d\d)? ?[ap]m\b|(?:anthropic\.com|claude\.ai)\b/i],
  ['Anthropic', /this request would exceed your (?:account|organization)'s rate limit/i],
  ['OpenAI', /\b(?:platform|help)\.openai\.com\b/i],
  ['OpenRouter', /\bopenrouter\.ai\b|provider returned error/i],
  ['Groq', /\bgroq\.com\b/i],
  ['Volcengine', /exceeded the 5-hour usage quota|\bvolcengine\b/i],
  ['NVIDIA', /upstream provider nim\b|\bnvidia\.com\b/i],
  ['OpenCode', /\bopencode\.ai\b|^error from provider \(console\b/i],
  ['a gateway', /distributor）/],
];

/** Types that only a gateway writes. */
const GATEWAY_TYPES: readonly string[] = ['new_api_error', 'ai_model_error'];

/** Longer words are not matched beyond this; every sentence above is shorter. */
const LONGEST = 4096;

/** What the words and the type of a failure tell of whose account it was (agents.md 2.4). */
export function evidenceOfWords(said: SaidOfFailure): ProviderEvidence {
  const text = said.text.slice(0, LONGEST).replace(/[‘’]/g, "'").replace(/\s+/g, ' ');
  const type = said.errorType ?? '';
  const other = GATEWAY_TYPES.includes(type)
    ? 'a gateway'
    : OTHERS.find(([, mark]) => mark.test(text))?.[0];
  if (other) return { otherProvider: other };
  if (CODE_WORDS.some(words => words.test(text)))
    return { hasKimiWords: true, product: 'kimi-code' };
  const isKimi =
    KIMI_TYPES.includes(type) ||
    KIMI_WORDS.some(words => words.test(text)) ||
    (said.status === 429 && OVERLOADED.test(text));
  return isKimi ? { hasKimiWords: true } : evidenceOfRule({ ...said, text });
}

/** Of words that only the rules know. Whose server a path or a label names is not asked here. */
function evidenceOfRule({ text, errorType: type, status }: SaidOfFailure): ProviderEvidence {
  const raw = `${status ?? ''} ${JSON.stringify({ error: { type, message: text } })}`.trim();
  const { rule: id } = classify(raw);
  const product = RULES.find(rule => rule.id === id)?.product;
  if (product === 'kimi-code') return { hasKimiWords: true, product };
  return product === 'kimi' || product === 'open-platform' ? { hasKimiWords: true } : {};
}
