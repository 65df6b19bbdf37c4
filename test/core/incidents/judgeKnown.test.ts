import { HOUR_MS, MINUTE_MS, NOW } from '../../support/quotaViews.ts';
import {
  ACCOUNT,
  ALONE,
  assertJudged,
  CYCLE,
  inputOf,
  MONEY,
  PLATFORM,
  platform,
  SUSPENDED,
  SWARM,
  TOO_MANY,
  usages,
  type JudgedCase,
} from '../../support/verdictInputs.ts';

const HOUR_OF_FAILURES = { from: NOW, to: NOW + 60 * MINUTE_MS, count: 60 } as const;

/** The cases by name that users brought (docs/kimi.md 4.7). */
const KNOWN: readonly JudgedCase[] = [
  [
    'forum t/191: a burst of CreateSubagent with usages at 2 % and 33 % is no quota',
    inputOf(TOO_MANY, {
      shape: SWARM,
      threadCount: 7,
      count: 18,
      before: usages({ '5h': 2, week: 33 }),
      after: usages({ '5h': 2, week: 33 }),
    }),
    'own_concurrency',
    'likely',
    'now',
  ],
  [
    'every request fails for an hour until the reset: quota, although text and snapshot give no hint',
    inputOf(TOO_MANY, {
      ...HOUR_OF_FAILURES,
      now: NOW + 3 * HOUR_MS,
      to: NOW + 2 * HOUR_MS - MINUTE_MS,
      state: 'recovered',
      before: usages({ '5h': 70, week: 33 }),
      shape: { ...ALONE, firstSuccessAfterMs: 2 * MINUTE_MS },
    }),
    'quota_5h',
    'likely',
    'now',
  ],
  [
    'every request fails for an hour, with the quota at 0',
    inputOf(TOO_MANY, {
      ...HOUR_OF_FAILURES,
      now: NOW + 61 * MINUTE_MS,
      shape: ALONE,
      after: usages({ '5h': 100, week: 33 }, { at: NOW + MINUTE_MS }),
    }),
    'quota_5h',
    'likely',
    'at',
  ],
  [
    'TPD 1501880 of 1500000: an open-platform key of tier 0',
    inputOf(
      platform(
        `${ACCOUNT} request reached organization TPD rate limit, current: 1501880, limit: 1500000`,
        'rate_limit_reached_error',
      ),
      PLATFORM,
    ),
    'tpd',
    'certain',
    'unknown',
  ],
  [
    'kimi-code #1796: TPD with Retry-After',
    inputOf(
      platform(
        `${ACCOUNT} request reached organization TPD rate limit, current: 1507272, limit: 1500000`,
        'rate_limit_reached_error',
      ),
      { ...PLATFORM, waitUntil: NOW + 10_000 + 1_152_000 },
    ),
    'tpd',
    'certain',
    'at',
  ],
  [
    'the balance thread: `errorMessage` of a proxy, with funds on the account',
    inputOf(
      '{"errorMessage":"429 Your account is suspended due to insufficient balance, please recharge your account or check your plan and billing details"}',
      { ...PLATFORM, after: MONEY },
    ),
    'gateway_balance',
    'likely',
    'useless',
  ],
  [
    "opencode #24462: Moonshot's own words about the reseller's account",
    inputOf(
      `{"error":{"message":"Error from provider: Provider returned error","code":429,"metadata":{"raw":${JSON.stringify(JSON.stringify({ error: { message: SUSPENDED, type: 'exceeded_current_quota_error' } }))}}}}`,
      { provider: 'other' },
    ),
    'gateway_balance',
    'likely',
    'useless',
  ],
  [
    'the same if only the record names the account: a relay without credit',
    inputOf('429 Too Many Requests', {
      provider: 'other',
      category: 'other_provider',
      host: 'relay.example',
      fields: { says: 'balance' },
    }),
    'gateway_balance',
    'likely',
    'useless',
  ],
  [
    'kimi-code #3014: 0 % used on the wrong console, and still a 403',
    inputOf(CYCLE, { after: usages({ '5h': 0, week: 0 }) }),
    'quota_unspecified',
    'likely',
    'unknown',
  ],
  [
    'kimi-code #2389: a 403 that the agent calls "authentication failed" is a used-up weekly quota',
    inputOf(
      "Failed to authenticate. API Error: 403 You've reached your weekly (7-day) usage limit. Your quota will reset when the current 7-day window ends.",
      { agents: ['claude-code'], after: usages({ '5h': 20, week: 100 }) },
    ),
    'quota_weekly',
    'certain',
    'at',
  ],
  [
    'the same if the agent logged only its label',
    inputOf('Authentication failed. Please sign in again.', {
      status: 403,
      after: usages({ '5h': 20, week: 100 }),
    }),
    'quota_weekly',
    'likely',
    'at',
  ],
];

describe('judge: known cases', () => assertJudged(KNOWN));
