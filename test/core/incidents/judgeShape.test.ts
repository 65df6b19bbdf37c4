import type { MeterReading, VerdictInput } from '../../../src/core/incidents/verdict.ts';
import { MINUTE_MS, NOW } from '../../support/quotaViews.ts';
import {
  ALONE,
  assertJudged,
  AT_ONCE,
  inputOf,
  NO_MONEY,
  OVERLOADED,
  PLATFORM,
  ROOM,
  SWARM,
  TOO_MANY,
  usages,
  type JudgedCase,
} from '../../support/verdictInputs.ts';

const { lastSuccessBeforeMs: _, ...NEVER_WORKED } = ALONE;

/** One request at a time, without words, of which two passed meanwhile. */
const silenceWith = (meters: readonly MeterReading[]): VerdictInput =>
  inputOf(null, {
    ...PLATFORM,
    agents: ['claude-code'],
    shape: { ...ALONE, successesDuring: 2, meters },
  });

/** The number of failing threads, if logs have no starts. */
const PACE: readonly JudgedCase[] = [
  [
    'the concurrency text once, from an agent that logs each failure',
    inputOf(AT_ONCE, { agents: ['cline'], to: NOW, count: 1, after: ROOM }),
    'foreign_concurrency',
    'likely',
    'at',
  ],
  [
    'the same just now: others may follow',
    inputOf(AT_ONCE, { agents: ['cline'], to: NOW, now: NOW + 1000, count: 1, after: ROOM }),
    'unsure',
    'unsure',
    'unknown',
  ],
  [
    'the same with a low parallel limit',
    inputOf(AT_ONCE, {
      agents: ['cline'],
      to: NOW,
      count: 1,
      after: usages({ '5h': 2, week: 33 }, { parallelLimit: 3 }),
    }),
    'unsure',
    'unsure',
    'unknown',
  ],
  [
    'the concurrency text once in the log of Kimi Code, which may be of any thread',
    inputOf(AT_ONCE, { to: NOW, count: 1, after: ROOM }),
    'unsure',
    'unsure',
    'unknown',
  ],
  [
    'the concurrency text seven times in a quarter of a minute, never tried again',
    inputOf(AT_ONCE, { to: NOW + 15_000, now: NOW + 20_000, count: 7, after: ROOM }),
    'own_concurrency',
    'certain',
    'at',
  ],
  [
    'the generic text of six threads within half a minute',
    inputOf(TOO_MANY, {
      agents: ['cline'],
      to: NOW + 30_000,
      now: NOW + 40_000,
      count: 8,
      threadCount: 6,
      after: ROOM,
    }),
    'own_concurrency',
    'likely',
    'at',
  ],
];

/** Verdicts from the shape of a burst, with little or no error text. */
const SHAPE: readonly JudgedCase[] = [
  [
    'an overload of the very first request: capacity, or a rejected program',
    inputOf(OVERLOADED, { to: NOW, count: 1, shape: NEVER_WORKED, after: ROOM }),
    'unsure',
    'unsure',
    'unknown',
  ],
  [
    'an overload of a program that never worked, for minutes of attempts',
    inputOf(OVERLOADED, {
      to: NOW + 6 * MINUTE_MS,
      now: NOW + 7 * MINUTE_MS,
      count: 12,
      shape: NEVER_WORKED,
      after: ROOM,
    }),
    'disguised_overload',
    'likely',
    'unknown',
  ],
  [
    'no text and unknown account, rejected whenever two local requests were in flight',
    inputOf(null, {
      agents: ['claude-code'],
      provider: 'unknown',
      shape: { ...SWARM, meters: [{ meter: 'atOnce', limit: 2, share: 1 }] },
    }),
    'own_concurrency',
    'likely',
    'now',
  ],
  [
    'no text and an unknown limit, rejected whenever three local requests were in flight',
    inputOf(null, {
      ...PLATFORM,
      agents: ['claude-code'],
      shape: {
        ...ALONE,
        inFlightPeak: 4,
        meters: [
          { meter: 'atOnce', limit: 3, share: 0.95 },
          { meter: 'requests', limit: 4, share: 0.3 },
        ],
      },
    }),
    'own_concurrency',
    'likely',
    'at',
  ],
  [
    'no text, sequential, rejected after six within a minute',
    silenceWith([
      { meter: 'atOnce', limit: 0, share: 0 },
      { meter: 'requests', limit: 6, share: 1 },
      { meter: 'tokens', limit: 66_000, share: 1 },
    ]),
    'rpm',
    'likely',
    'at',
  ],
  [
    'no text and a parallel limit of ten, rejected after six within a minute',
    inputOf(null, {
      agents: ['claude-code'],
      shape: { ...ALONE, successesDuring: 2, meters: [{ meter: 'requests', limit: 6, share: 1 }] },
      after: ROOM,
    }),
    'unsure',
    'unsure',
    'unknown',
  ],
  [
    'a bare 429 of six threads in half a minute: a parallel limit or an overload',
    inputOf('API Error: 429', {
      agents: ['codex'],
      to: NOW + 30_000,
      now: NOW + 40_000,
      count: 6,
      threadCount: 6,
      after: ROOM,
    }),
    'unsure',
    'unsure',
    'unknown',
  ],
  [
    'no text, rejected after fewer large requests a minute than any tier allows',
    silenceWith([
      { meter: 'requests', limit: 2, share: 0.9 },
      { meter: 'tokens', limit: 210_000, share: 0.95 },
    ]),
    'tpm',
    'likely',
    'at',
  ],
  [
    'no text, rejected after six large requests: requests or tokens',
    silenceWith([
      { meter: 'requests', limit: 6, share: 1 },
      { meter: 'tokens', limit: 480_000, share: 1 },
    ]),
    'unsure',
    'unsure',
    'unknown',
  ],
  [
    'no text at the parallel limit, rejected as often with no other request',
    inputOf(null, {
      threadCount: 4,
      shape: { ...SWARM, meters: [{ meter: 'atOnce', limit: 0, share: 0.1 }] },
      after: ROOM,
    }),
    'unsure',
    'unsure',
    'now',
  ],
  [
    'a bare 429 of an account without credit',
    inputOf('API Error: 429', { ...PLATFORM, agents: ['codex'], count: 1, after: NO_MONEY }),
    'balance',
    'likely',
    'useless',
  ],
  [
    'a bare 429 of an account without credit that succeeded since',
    inputOf('API Error: 429', {
      ...PLATFORM,
      shape: { ...ALONE, firstSuccessAfterMs: 3000 },
      after: NO_MONEY,
    }),
    'unsure',
    'unsure',
    'now',
  ],
];

describe('judge: the pace of failures', () => assertJudged(PACE));
describe('judge: limits seen at work', () => assertJudged(SHAPE));
