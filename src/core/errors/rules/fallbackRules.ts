import type { Rule } from '../rule.ts';

/** By type, if the text is unknown or missing. */
export const TYPE_RULES: readonly Rule[] = [
  byType('rate_limit_reached_error', 'rate_limited_ambiguous', '2025-07', 'medium'),
  byType('exceeded_current_quota_error', 'balance', '2025-07', 'medium'),
  byType('engine_overloaded_error', 'overloaded', '2025-07', 'medium'),
  // Quota, concurrency, client list and closed accounts share it.
  byType('access_terminated_error', 'permission', '2026-02', 'medium'),
  byType('incorrect_api_key_error', 'auth', '2025-07'),
  byType('invalid_authentication_error', 'auth', '2025-07'),
  byType('authentication_error', 'auth', '2024-01'),
  byType('permission_denied_error', 'permission', '2025-07'),
  byType('permission_error', 'permission', '2024-01'),
  byType('resource_not_found_error', 'wrong_endpoint', '2025-07'),
  byType('not_found_error', 'wrong_endpoint', '2024-01'),
  byType('rate_limit_error', 'rate_limited_ambiguous', '2024-01'),
  byType('content_filter', 'bad_request', '2025-07'),
  byType('client_closed_request', 'network', '2025-07'),
  byType('server_unavailable', 'server_error', '2025-07'),
  byType('unexpected_output', 'server_error', '2025-07'),
  byType('server_error', 'server_error', '2024-01'),
  // Also used for a missing model or path: then the status is more specific.
  { ...byType('invalid_request_error', 'bad_request', '2024-01'), statuses: [0, 400, 422] },
];

function byType(
  type: string,
  category: Rule['category'],
  since: string,
  confidence: Rule['confidence'] = 'low',
): Rule {
  return { id: `type-${type.replaceAll('_', '-')}`, types: [type], category, confidence, since };
}

/** By status, if nothing else is known. A bare 403 doesn't name its reason. */
export const STATUS_RULES: readonly Rule[] = [
  byStatus([400, 422], 'bad_request'),
  byStatus([401, 407], 'auth'),
  byStatus([402], 'membership'),
  byStatus([403], 'permission'),
  byStatus([404, 405, 410], 'wrong_endpoint'),
  byStatus([413], 'context_length'),
  byStatus([408, 499], 'network'),
  byStatus([429], 'rate_limited_ambiguous'),
  byStatus([500, 501, 502, 503, 504, 520, 521, 522, 523, 524], 'server_error'),
];

/** HTTP is older than every provider. */
function byStatus(statuses: readonly number[], category: Rule['category']): Rule {
  return {
    id: `status-${statuses[0] ?? 0}`,
    statuses,
    category,
    confidence: 'low',
    since: '2024-01',
  };
}
