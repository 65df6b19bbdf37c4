import type { Rule } from '../rule.ts';
import { WINDOW_RULES } from './fallbackRules.ts';

const FIVE_HOURS =
  "403 You've reached your 5-hour usage limit. Your quota will reset when the current 5-hour window ends.";

/**
 * What Kimi Code answers (api.kimi.com/coding): wording set 1 of February to August 2026, set 2
 * since. The month stands before the billing cycle, whose words the monthly texts hold too; what
 * names a window stands before what does not.
 */
export const KIMI_CODE_RULES: readonly Rule[] = [
  {
    id: 'concurrent-request-limit',
    product: 'kimi-code',
    words: /(?:reached|hit|exceeded) your concurrent request limit/,
    category: 'concurrency',
    confidence: 'high',
    firstSeen: '2026-08-22',
    lastConfirmed: '2026-10',
    source: 'sub2api #6203, #6955; community guidelines',
    example:
      "403 You've reached your concurrent request limit. Please wait for your ongoing requests to finish and try again.",
    counterExample:
      'Set maxParallel below your concurrent request limit before you start many tasks.',
  },
  {
    id: 'five-hour-window',
    product: 'kimi-code',
    words: /current 5-hour window ends|5-hour usage limit\. your quota will/,
    category: 'quota_5h',
    confidence: 'high',
    firstSeen: '2026-08-25',
    lastConfirmed: '2026-11',
    source: 'error reference of Kimi Code; openclaw #142524',
    example: FIVE_HOURS,
    counterExample: 'Your quota resets every 5 hours, counted from the first request.',
  },
  {
    id: 'seven-day-window',
    product: 'kimi-code',
    words: /weekly \(7-day\) usage limit|current 7-day window ends/,
    category: 'quota_weekly',
    confidence: 'high',
    firstSeen: '2026-08-25',
    lastConfirmed: '2026-11',
    source: 'error reference of Kimi Code; openclaw #142524',
    example:
      "403 You've reached your weekly (7-day) usage limit. Your quota will reset when the current 7-day window ends.",
    counterExample: 'Your weekly usage is at 81 %, and the 7-day period began on Monday.',
  },
  {
    // Before the billing cycle: both monthly texts go on with "for this billing cycle".
    id: 'monthly-limit',
    product: 'kimi-code',
    words: /kimi monthly usage limit|monthly usage limit for this billing cycle|from=quota-upgrade/,
    category: 'quota_monthly',
    confidence: 'high',
    firstSeen: '2026-07',
    lastConfirmed: '2026-09-12',
    source: 'error reference of Kimi Code; oh-my-pi PR #11827',
    example:
      "429 You've reached kimi monthly usage limit for this billing cycle. Your quota will be refreshed in the next cycle. Upgrade to get more: https://www.kimi.com/code/console?from=quota-upgrade",
    counterExample: 'Monthly usage of the team: 1.2 M tokens in this billing cycle.',
  },
  // Before what names no window: a sentence may name one and go on as those do.
  ...WINDOW_RULES,
  {
    id: 'period-limit',
    product: 'kimi-code',
    words: /usage limit for this period|from=limit-upgrade/,
    category: 'quota_5h',
    confidence: 'medium',
    firstSeen: '2026-02',
    lastConfirmed: '2026-08',
    source: 'error reference of Kimi Code',
    example:
      "429 You've reached your usage limit for this period. Your quota will be refreshed in the next period. Upgrade to get more: https://www.kimi.com/code/console?from=limit-upgrade",
    counterExample: 'Usage for this period: 40 of 100.',
  },
  {
    // Documented for the week, seen for the 5-hour window too: the words settle no window.
    id: 'billing-cycle-limit',
    product: 'kimi-code',
    words: /usage limit for this billing cycle|refreshed in the next cycle/,
    category: 'quota_unspecified',
    confidence: 'high',
    firstSeen: '2026-02',
    lastConfirmed: '2026-09',
    source: 'kimi-code #2121, #2389; OmniRoute PR #10058',
    example:
      "403 You've reached your usage limit for this billing cycle. Your quota will be refreshed in the next cycle.",
    counterExample: 'The next billing cycle starts on 1 December.',
  },
  {
    id: 'too-many-requests-at-the-moment',
    product: 'kimi',
    words: /we(?:re| are)(?: currently)? receiving too many requests at the moment/,
    category: 'rate_limited_ambiguous',
    confidence: 'high',
    firstSeen: '2026-02-04',
    lastConfirmed: '2026-11',
    source: 'kimi-cli #901, #907, #998; staff: concurrency, throughput or the window',
    example:
      "Error code: 429 - {'error': {'message': \"We're receiving too many requests at the moment. Please wait a moment and try again.\", 'type': 'rate_limit_reached_error'}}",
    counterExample: 'The weather page is receiving too many requests at the moment.',
  },
  {
    // With 429 or the type it is Kimi's; OpenAI says the same sentence with 503.
    id: 'engine-overloaded-429',
    product: 'kimi',
    words: /engine is currently overloaded/,
    statuses: [429],
    category: 'overloaded',
    confidence: 'high',
    firstSeen: '2026-04',
    lastConfirmed: '2026-11',
    source: 'kimi-cli #2571; kimi-code #1252, #3176; pi #3494',
    example: '429 The engine is currently overloaded, please try again later',
    counterExample: 'Last week I wondered why the engine is currently overloaded all the time.',
  },
  {
    id: 'coding-agents-only',
    product: 'kimi-code',
    words: /only available for Coding Agents/,
    category: 'client_not_accepted',
    confidence: 'high',
    firstSeen: '2026-02',
    lastConfirmed: '2026-11',
    source: 'error reference of Kimi Code; kodus-ai #1257',
    example:
      '{"error":{"message":"Kimi For Coding is currently only available for Coding Agents such as Kimi CLI, Claude Code, Roo Code, Kilo Code, etc.","type":"access_terminated_error"}}',
    counterExample: 'Kimi For Coding can be used with many coding agents.',
  },
  {
    // The type access_terminated_error is shared by quota and concurrency: the sentence decides.
    id: 'access-terminated',
    product: 'kimi-code',
    words: /access terminated(?:\.|}|$)/,
    category: 'account_closed',
    confidence: 'high',
    firstSeen: '2026-02',
    lastConfirmed: '2026-08',
    source: 'error reference of Kimi Code; openclacky #192',
    example:
      '{"error":{"code":403,"message":"Access terminated.","type":"access_terminated_error"}}',
    counterExample: 'The process with write access terminated. See the core dump.',
  },
  {
    id: 'account-disabled-zh',
    product: 'any',
    words: /(?:因违反.{2,16})?该账号已被.{0,4}(?:禁用|封禁|停用)/,
    category: 'account_closed',
    confidence: 'high',
    source: 'error reference of Kimi Code (listed under 500)',
    example: 'unauthenticated: failed_precondition: 因违反用户协议，该账号已被暂时禁用。',
    counterExample: '请在设置中检查该账号的状态。',
  },
  {
    id: 'membership-unverified',
    product: 'kimi-code',
    words: /unable to verify your membership benefits/,
    category: 'membership',
    confidence: 'high',
    firstSeen: '2026-02',
    lastConfirmed: '2026-11',
    source: 'error reference of Kimi Code (402)',
    example:
      "error, status code: 402, message: We're unable to verify your membership benefits at this time. Please ensure your membership is active.",
    counterExample: 'Compare the membership benefits of all plans.',
  },
  {
    id: 'membership-expired',
    product: 'kimi-code',
    words: /membership expired, please renew your plan/,
    category: 'membership',
    confidence: 'medium',
    source: 'Kimi CLI (Python), its words for every 402',
    example: 'Membership expired, please renew your plan',
    counterExample: 'Your gym membership expired on Friday.',
  },
  {
    id: 'subscription-without-model',
    product: 'kimi-code',
    words:
      /current subscription does not have access to|current plan supports only .{1,40} up to \d{1,4}[KM] context|current plan supports only kimi|model id does not exist, recognized as other/,
    category: 'entitlement',
    confidence: 'high',
    firstSeen: '2026-02',
    lastConfirmed: '2026-08',
    source: 'error reference of Kimi Code (401, not the key)',
    example:
      '401 Your current subscription does not have access to k3. Upgrade to an Moderato plan or above.',
    counterExample: 'This subscription does not include phone support.',
  },
  {
    id: 'key-invalid-or-expired',
    product: 'kimi-code',
    words: /API key appears to be invalid or (?:may have|has) expired/,
    category: 'auth',
    confidence: 'high',
    firstSeen: '2026-02',
    lastConfirmed: '2026-11',
    source: 'error reference of Kimi Code',
    example:
      '401 The API Key appears to be invalid or may have expired. Please verify your credentials and try again.',
    counterExample: 'Rotate an API key before it may have expired.',
  },
  {
    id: 'message-size',
    product: 'kimi-code',
    words: /total message size \d{1,12} exceeds limit/,
    category: 'context_length',
    confidence: 'high',
    source: 'error reference of Kimi Code (400)',
    example: 'error, status code: 400, message: total message size 5943865 exceeds limit 2097152',
    counterExample: 'total message size 1200, limit 2097152',
  },
  {
    // A server fault that speaks of limits: before everything that reads "rate limit".
    id: 'rate-limit-script',
    product: 'kimi-code',
    words: /failed to evaluate rate limit script/,
    category: 'server_error',
    confidence: 'high',
    source: 'error reference of Kimi Code (500)',
    example: 'internal: failed to evaluate rate limit script: read tcp: i/o timeout',
    counterExample: 'Write a script that evaluates the rate limit of each key.',
  },
  {
    id: 'kimi-database',
    product: 'kimi-code',
    words: /failed to connect to .{0,10}user=kimi|database=membership/,
    category: 'server_error',
    confidence: 'high',
    source: 'error reference of Kimi Code (500)',
    example:
      'internal: failed to connect to `user=kimi_chat database=membership_001`: connection reset by peer',
    counterExample: 'connected to `user=app database=orders`',
  },
];
