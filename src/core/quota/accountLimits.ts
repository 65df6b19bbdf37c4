import * as z from 'zod/mini';
import { Count, lenient, omitUndefined } from '../base/fields.ts';
import type { AccountLimits } from './plan.ts';

const Answer = z.object({
  data: z.object({
    organization: z.object({
      max_concurrency: lenient(Count),
      max_request_per_minute: lenient(Count),
      max_token_per_minute: lenient(Count),
    }),
    user_group_id: lenient(z.string()),
  }),
});

/**
 * Reads the limits in the response of `GET /v1/users/me` (docs/kimi.md 3) and drops the ids of
 * organization, project, key and user. Undefined if it names no limit. Never throws.
 */
export function parseAccountLimits(body: unknown): AccountLimits | undefined {
  const { data: answer } = Answer.safeParse(body);
  if (!answer) return undefined;
  const { organization, user_group_id: group = '' } = answer.data;
  const tier = /\btier-?(\d)\b/.exec(group)?.[1];
  const limits = omitUndefined({
    concurrency: positive(organization.max_concurrency),
    rpm: positive(organization.max_request_per_minute),
    tpm: positive(organization.max_token_per_minute),
    tier: tier === undefined ? undefined : Number(tier),
  });
  return Object.keys(limits).length > 0 ? limits : undefined;
}

/** 0 is a field that is not set: such an account could send nothing. */
const positive = (limit: number | undefined): number | undefined =>
  limit === 0 ? undefined : limit;
