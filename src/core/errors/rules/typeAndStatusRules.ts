import type { Rule } from '../rule.ts';

const reference = 'docs/kimi.md 4.1 and 4.2';
const shared = 'OpenAI and Anthropic shapes, shared by many';

/** By the type, when the words are unknown or gone. */
export const TYPE_RULES: readonly Rule[] = [
  typeRule('kimi', 'rate_limit_reached_error', 'rate_limited_ambiguous'),
  typeRule('kimi', 'exceeded_current_quota_error', 'balance'),
  typeRule('kimi', 'engine_overloaded_error', 'overloaded'),
  // Quota, concurrency, the client list and a closed account share it: only the door is known.
  typeRule('kimi-code', 'access_terminated_error', 'permission'),
  typeRule('any', 'incorrect_api_key_error', 'auth'),
  typeRule('any', 'invalid_authentication_error', 'auth'),
  typeRule('any', 'authentication_error', 'auth'),
  typeRule('any', 'permission_denied_error', 'permission'),
  typeRule('any', 'permission_error', 'permission'),
  typeRule('any', 'resource_not_found_error', 'wrong_endpoint'),
  typeRule('any', 'not_found_error', 'wrong_endpoint'),
  typeRule('any', 'rate_limit_error', 'rate_limited_ambiguous'),
  typeRule('any', 'content_filter', 'bad_request'),
  typeRule('any', 'client_closed_request', 'network'),
  typeRule('any', 'server_unavailable', 'server_error'),
  typeRule('any', 'unexpected_output', 'server_error'),
  typeRule('any', 'server_error', 'server_error'),
  // Said of a model or a path that is not there, too: then the status tells more.
  { ...typeRule('any', 'invalid_request_error', 'bad_request'), statuses: [0, 400, 422] },
];

function typeRule(product: Rule['product'], type: string, category: Rule['category']): Rule {
  return {
    id: `type-${type.replaceAll('_', '-')}`,
    product,
    types: [type],
    category,
    confidence: product === 'any' ? 'low' : 'medium',
    source: product === 'any' ? shared : reference,
    example: `{"error":{"message":"","type":"${type}"}}`,
    counterExample: `if (error.type === '${type}') retry();`,
  };
}

/** By the status, when nothing else is known. A bare 403 says that a door is shut, not which. */
export const STATUS_RULES: readonly Rule[] = [
  statusRule([400, 422], 'bad_request'),
  statusRule([401, 407], 'auth'),
  statusRule([402], 'membership'),
  statusRule([403], 'permission'),
  statusRule([404, 405, 410], 'wrong_endpoint'),
  statusRule([413], 'context_length'),
  statusRule([408, 499], 'network'),
  statusRule([429], 'rate_limited_ambiguous'),
  statusRule([500, 501, 502, 503, 504, 520, 521, 522, 523, 524], 'server_error'),
];

function statusRule(statuses: readonly number[], category: Rule['category']): Rule {
  const status = statuses[0] ?? 0;
  return {
    id: `status-${status}`,
    product: 'any',
    statuses,
    category,
    confidence: 'low',
    source: 'HTTP',
    example: `API Error: ${status}`,
    counterExample: `Ran ${status} tests in 12 s`,
  };
}
