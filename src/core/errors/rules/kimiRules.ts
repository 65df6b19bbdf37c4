import type { Rule } from '../rule.ts';

/**
 * Kimi's misleading sentences: they name what they don't mean, or don't name what they do. Each has
 * its reason; everything else is read with `LEXICON` (docs/kimi.md 4).
 */
export const KIMI_RULES: readonly Rule[] = [
  // A server error that mentions a limit.
  {
    id: 'rate-limit-script',
    category: 'server_error',
    confidence: 'high',
    since: '2026-02',
    words: /failed to evaluate rate limit script/,
  },
  // "Failed to connect" and "membership" refer to a database.
  {
    id: 'kimi-database',
    category: 'server_error',
    confidence: 'high',
    since: '2026-02',
    words:
      /failed to connect to .{0,10}user=kimi|database=membership|kimi\.[a-z]{2,20}\.v\d\.\w{2,40}\.\w{2,40}: value/,
  },
  // "This period" is the 5-hour window; a billing period is called billing cycle.
  {
    id: 'period-limit',
    category: 'quota_5h',
    confidence: 'medium',
    since: '2026-02',
    lastConfirmed: '2026-08',
    words: /(?:usage limit|quota|allowance) for this period|refreshed in the next period/,
  },
  // "Model does not exist" for models that the plan or the product doesn't include.
  {
    id: 'model-of-other-product',
    category: 'entitlement',
    confidence: 'high',
    since: '2026-02',
    lastConfirmed: '2026-08',
    words: /model id does not exist, (?:recognized as|please set)/,
    lacks: 'model',
  },
  // Two causes in one sentence: usually the balance is used up.
  {
    id: 'balance-or-disabled',
    category: 'balance',
    confidence: 'medium',
    since: '2026-08',
    words: /balance is insufficient or the account has been disabled/,
  },
  // Rejected by a filter or a list, not by a limit or a key.
  {
    id: 'not-allowed',
    category: 'permission',
    confidence: 'high',
    since: '2026-02',
    lastConfirmed: '2026-07',
    words:
      /API you are accessing is not open|not allowed to get other user info|IP is not allowed to access this organization/,
  },
  {
    id: 'high-risk',
    category: 'bad_request',
    confidence: 'high',
    since: '2025-07',
    lastConfirmed: '2026-07',
    words: /rejected because it was considered high risk/,
  },
  // File sizes and message formats, which contain "max" and "missing".
  {
    id: 'request-shape',
    category: 'bad_request',
    confidence: 'high',
    since: '2025-07',
    lastConfirmed: '2026-10',
    words:
      /(?:thinking is enabled but )?reasoning_content is missing|unsupported image url|invalid purpose: only|file size is (?:zero,|too large, max file size is)|invalid temperature: only|tool_choice .{1,30}incompatible with thinking|duplicate function name/,
  },
  // Older Kimi clients print one text for every 403.
  {
    id: 'sign-in-again',
    category: 'permission',
    confidence: 'low',
    since: '2025-10',
    words:
      /authentication failed\. please sign in again|quota exceeded, please upgrade your plan or retry later/,
  },
  // Connect-RPC: the account has no plan with this feature (`/usages`, 403).
  {
    id: 'feature-without-plan',
    category: 'entitlement',
    confidence: 'high',
    since: '2026-09',
    lastConfirmed: '2026-10',
    words: /REASON_FEATURE_NO_PERMISSION/,
    lacks: 'plan',
  },
  {
    id: 'connect-auth-token',
    category: 'auth',
    confidence: 'high',
    since: '2026-09',
    words: /REASON_INVALID_AUTH_TOKEN/,
  },
];
