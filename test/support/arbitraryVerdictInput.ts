import fc from 'fast-check';
import type { AgentId } from '../../src/core/agents/signal.ts';
import { CATEGORIES } from '../../src/core/errors/category.ts';
import { CAUSES, type VerdictInput } from '../../src/core/incidents/verdict.ts';
import { DAY_MS, NOW } from './quotaViews.ts';
import { teamOf } from './team.ts';

/** Numbers of one kind: those that are read, and those that no reader should let through. */
interface Numbers {
  readonly time: fc.Arbitrary<number>;
  readonly count: fc.Arbitrary<number>;
  readonly span: fc.Arbitrary<number>;
}

const sane: Numbers = {
  time: fc.integer({ min: NOW - 9 * DAY_MS, max: NOW + 9 * DAY_MS }),
  count: fc.nat(40),
  span: fc.nat(9_000_000),
};
const wild: Numbers = {
  time: fc.oneof(
    { weight: 9, arbitrary: sane.time },
    fc.constantFrom(0, -1, Number.MAX_SAFE_INTEGER, NaN, Infinity, -Infinity),
  ),
  count: fc.oneof(sane.count, fc.constantFrom(-1, 1e9, NaN, Infinity, 0.5)),
  span: fc.oneof(sane.span, fc.constantFrom(-5, 1e15, NaN)),
};

// A list of its own: with a new agent, generated and recorded inputs stay the same.
const AGENTS: readonly AgentId[] = [
  'kimi-code',
  'claude-code',
  'opencode',
  'kimi-cli',
  'cline',
  'roo-code',
  'kilo-code',
  'codex',
  'qwen-code',
  'openclaw',
  'pi',
  'droid',
  'copilot',
  'continue',
  'crush',
  'goose',
  'aider',
  'other',
];
const agent = fc.constantFrom(...AGENTS);

const optional = { requiredKeys: [] as never[] };

const fieldsOf = ({ count }: Numbers) =>
  fc.record(
    {
      status: fc.constantFrom(400, 401, 403, 429, 500),
      type: fc.constantFrom('exceeded_current_quota_error', 'rate_limit_error', ''),
      current: count,
      limit: count,
      retryAfterSeconds: fc.oneof(fc.nat(4000), fc.constantFrom(1e9, -1, NaN)),
      organization: fc.constant('org-…0001'),
      key: fc.constant('ak-…0001'),
      gateway: fc.constantFrom('OpenRouter', 'new-api'),
      provider: fc.constant('OpenRouter'),
      says: fc.constantFrom('balance' as const, 'rpm' as const),
    },
    optional,
  );

const windowOf = ({ count, time }: Numbers) =>
  fc.record(
    {
      id: fc.constantFrom('5h', 'week', 'month', 'daily'),
      usedPercent: fc.oneof(count, fc.constantFrom(99, 100)),
      resetsAt: time,
    },
    { requiredKeys: ['id'] },
  );

const snapshotOf = (numbers: Numbers) =>
  fc.record(
    {
      kind: fc.constant('snapshot' as const),
      at: numbers.time,
      origin: fc.constant('https://api.kimi.com'),
      clockSkewMs: fc.constantFrom(0, 90_000, -9000),
      windows: fc.array(windowOf(numbers), { maxLength: 5 }),
      parallelLimit: numbers.count,
      extraUsage: fc.record({ leftCents: numbers.count, totalCents: numbers.count }),
      balance: fc.record({
        available: fc.double({ noNaN: true }),
        currency: fc.constantFrom('USD', 'CNY', 'no'),
      }),
    },
    { requiredKeys: ['kind', 'at', 'origin', 'clockSkewMs', 'windows'] },
  );

const shapeOf = ({ count, span }: Numbers) =>
  fc.record(
    {
      inFlightPeak: count,
      inFlightNow: count,
      inFlightThreads: count,
      inFlightAgents: fc.array(fc.record({ agent, count }), { maxLength: 4 }),
      successesDuring: count,
      successesOfOtherAgents: count,
      firstSuccessAfterMs: span,
      lastSuccessBeforeMs: span,
      requestsLastMinute: count,
      tokensLastMinute: count,
      maxCompletionTokens: count,
      meters: fc.array(
        fc.record({
          meter: fc.constantFrom('atOnce', 'requests', 'tokens'),
          limit: fc.oneof(count, fc.constant(400_000)),
          share: fc.constantFrom(0, 0.5, 1),
        }),
        { maxLength: 3 },
      ),
    },
    {
      requiredKeys: [
        'inFlightPeak',
        'inFlightThreads',
        'inFlightAgents',
        'successesDuring',
        'requestsLastMinute',
      ],
    },
  );

const othersOf = ({ count: inFlight }: Numbers) =>
  fc
    .array(
      fc.record({
        machine: fc.constantFrom('ci-box', 'server'),
        inFlight,
        requestsLastMinute: inFlight,
        tokensLastMinute: inFlight,
        tokensLastDay: inFlight,
      }),
      { maxLength: 2 },
    )
    .map(machines => teamOf(machines));

function inputOf(numbers: Numbers): fc.Arbitrary<VerdictInput> {
  const { count, time } = numbers;
  const snapshot = snapshotOf(numbers);
  return fc.record(
    {
      now: time,
      provider: fc.constantFrom('kimi-code', 'open-platform', 'other', 'unknown'),
      agents: fc.array(agent, { maxLength: 3 }),
      category: fc.constantFrom(...CATEGORIES, null),
      wordsConfidence: fc.constantFrom('high', 'medium', 'low', null),
      fields: fieldsOf(numbers),
      status: fc.constantFrom(200, 401, 403, 429),
      host: fc.constantFrom('api.kimi.com', 'api.moonshot.cn', 'relay.example', ''),
      model: fc.string(),
      from: time,
      to: time,
      count,
      threadCount: count,
      state: fc.constantFrom('running', 'recovered', 'gaveUp', 'over'),
      waitUntil: time,
      before: snapshot,
      after: snapshot,
      shape: shapeOf(numbers),
      earlier: fc.array(
        fc.record({ cause: fc.constantFrom(...CAUSES), from: time, to: time, count }),
        { maxLength: 3 },
      ),
      key: fc.constantFrom('kimi-code', 'open-platform', 'sign-in'),
      others: othersOf(numbers),
    },
    {
      requiredKeys: [
        'now',
        'provider',
        'agents',
        'category',
        'wordsConfidence',
        'fields',
        'from',
        'to',
        'count',
        'threadCount',
        'state',
        'earlier',
      ],
    },
  );
}

/** Whatever may come in. */
export const arbitraryVerdictInput = inputOf(sane);
/** And what should not. */
export const wildVerdictInput = inputOf(wild);
