import assert from 'node:assert/strict';
import { classify } from '../../src/core/errors/classify.ts';
import { judge } from '../../src/core/incidents/judge.ts';
import type {
  BurstShape,
  Cause,
  Certainty,
  Verdict,
  VerdictInput,
} from '../../src/core/incidents/verdict.ts';
import type { QuotaWindow, Snapshot } from '../../src/core/quota/snapshot.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, NOW, snapshotOf } from './quotaViews.ts';

/** Kimi's one sentence for several causes (kimi-cli #901). */
export const TOO_MANY =
  "429 We're receiving too many requests at the moment. Please wait a moment and try again.";
export const AT_ONCE =
  "403 You've reached your concurrent request limit. Please wait for your ongoing requests to finish and try again.";
export const CYCLE =
  "403 You've reached your usage limit for this billing cycle. Your quota will be refreshed in the next cycle.";
export const OVERLOADED =
  '429 {"error":{"message":"The engine is currently overloaded, please try again later","type":"engine_overloaded_error"}}';

/** The open platform's text for a rate or a parallel limit (kimi-cc #16). */
export const ORGANIZATION =
  '429 {"error":{"type":"rate_limit_reached_error","message":"Organization Rate limit exceeded, please try again after 1 seconds"}}';

/** The windows with so much used, as an answer that was read at `at`. */
export function usages(
  used: { readonly '5h'?: number; readonly week?: number; readonly month?: number },
  more: Partial<Snapshot> = {},
): Snapshot {
  const resets = { '5h': NOW + 2 * HOUR_MS, week: NOW + 4 * DAY_MS, month: NOW + 20 * DAY_MS };
  const windows = Object.entries(used).map(([id, usedPercent]): QuotaWindow => ({
    id,
    usedPercent,
    resetsAt: resets[id as keyof typeof resets],
  }));
  return snapshotOf(windows, { parallelLimit: 10, ...more });
}

/** Nothing but one request of the one agent that failed, which had worked a minute before. */
export const ALONE: BurstShape = {
  inFlightPeak: 1,
  inFlightThreads: 1,
  inFlightAgents: [{ agent: 'kimi-code', count: 1 }],
  successesDuring: 0,
  lastSuccessBeforeMs: MINUTE_MS,
  requestsLastMinute: 2,
};

/** A swarm of seven at the limit of ten, of which some went through. */
export const SWARM: BurstShape = {
  inFlightPeak: 11,
  inFlightThreads: 7,
  inFlightAgents: [{ agent: 'kimi-code', count: 11 }],
  inFlightNow: 6,
  successesDuring: 3,
  successesOfOtherAgents: 0,
  firstSuccessAfterMs: 4000,
  lastSuccessBeforeMs: 2000,
  requestsLastMinute: 25,
};

/** The meaning of `text`, for an input. */
function saying(
  text: string,
): Pick<VerdictInput, 'category' | 'wordsConfidence' | 'fields' | 'status'> {
  const { category, says, confidence, fields } = classify(text);
  const isOther = category === 'other_provider' && says !== undefined;
  return {
    category,
    wordsConfidence: confidence,
    fields: isOther ? { ...fields, says } : fields,
    ...(fields.status === undefined ? {} : { status: fields.status }),
  };
}

/** Three failures in ten seconds in one thread of Kimi Code, just now. */
export function inputOf(text: string | null, more: Partial<VerdictInput> = {}): VerdictInput {
  return {
    now: NOW + 15_000,
    provider: 'kimi-code',
    agents: ['kimi-code'],
    ...(text === null ? { category: null, wordsConfidence: null, fields: {} } : saying(text)),
    from: NOW,
    to: NOW + 10_000,
    count: 3,
    threadCount: 1,
    state: 'running',
    earlier: [],
    ...more,
  };
}

/** An input with what is made of it. */
export type JudgedCase = readonly [
  fact: string,
  input: VerdictInput,
  cause: Cause,
  certainty: Certainty,
  retry: Verdict['retry'],
];

/** One test for each case, which its title states whole. */
export function assertJudged(cases: readonly JudgedCase[]): void {
  for (const [fact, input, cause, certainty, retry] of cases)
    it(`${fact}: ${cause}, ${certainty}, retry ${retry}`, () => {
      const verdict = judge(input);
      assert.deepEqual(
        [verdict.cause, verdict.certainty, verdict.retry],
        [cause, certainty, retry],
      );
    });
}

/** An account of the open platform, and how it signs its errors. */
export const PLATFORM = { provider: 'open-platform', host: 'api.moonshot.ai' } as const;
export const ACCOUNT = 'Your account org-0f3c1d5e7a9b4c2d8e6f1a2b3c4d5e6f<ak-f8m2q7w1rtyu111abcd1>';
export const SUSPENDED = `${ACCOUNT} is suspended due to insufficient balance, please recharge your account or check your plan and billing details`;
/** An answer of the open platform as an agent logs it. */
export const platform = (words: string, type = 'rate_limit_reached_error'): string =>
  `429 ${JSON.stringify({ error: { type, message: words } })}`;

/** Windows with room, and accounts with and without money. */
export const ROOM = usages({ '5h': 2, week: 33 });
export const MONEY = usages({}, { balance: { available: 49, currency: 'USD' } });
export const NO_MONEY = usages({}, { balance: { available: 0, currency: 'USD' } });
