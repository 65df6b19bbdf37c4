import assert from 'node:assert/strict';
import { judge } from '../../../src/core/incidents/judge.ts';
import type { VerdictInput } from '../../../src/core/incidents/verdict.ts';
import { DAY_MS } from '../../support/quotaViews.ts';
import {
  ALONE,
  CYCLE,
  inputOf,
  MONEY,
  OVERLOADED,
  PLATFORM,
  platform,
  ROOM,
  SUSPENDED,
  SWARM,
  TOO_MANY,
  usages,
} from '../../support/verdictInputs.ts';

const WEEK = "403 You've reached your weekly (7-day) usage limit.";
const RPM = 'request reached organization max RPM: 20, please try again after 1 seconds';
const passed = { ...ALONE, successesDuring: 3 };
const extra = usages({ week: 100 }, { extraUsage: { leftCents: 500, totalCents: 900 } });
const spent = usages({ '5h': 50, week: 100 });
const telling = {
  ...SWARM,
  meters: [{ meter: 'atOnce', limit: 10, share: 1 } as const],
};
const silent = { category: null, wordsConfidence: null, fields: {} } as const;
const unknown = { provider: 'unknown' } as const;
const throughGateway = { fields: { ...inputOf(RPM).fields, gateway: 'LiteLLM' } };
const waitsForWeek = { waitUntil: inputOf(null).to + 4 * DAY_MS };

type Row = readonly [
  fact: string,
  text: string | null,
  more: Partial<VerdictInput>,
  expected: string,
];

function assertVerdicts(rows: readonly Row[]): void {
  for (const [fact, text, more, expected] of rows)
    it(`${fact}: ${expected}`, () => {
      const { cause, certainty, alternatives } = judge(inputOf(text, more));
      assert.equal([cause, certainty, ...alternatives].join(' '), expected);
    });
}

describe('a verdict is certain', () =>
  assertVerdicts([
    ['if the text names the quota', WEEK, {}, 'quota_weekly certain'],
    ['not if requests passed meanwhile', WEEK, { shape: passed }, 'quota_weekly likely'],
    [
      'though they passed, if Extra Usage pays',
      WEEK,
      { shape: passed, after: extra },
      'quota_weekly certain',
    ],
    ['of a rate though requests passed', RPM, { shape: passed }, 'rpm certain'],
    ['not if the text only likely means it', RPM, { wordsConfidence: 'medium' }, 'rpm likely'],
    ['not if a gateway wrote the text', RPM, throughGateway, 'rpm likely'],
    ['if nothing is against a named balance', platform(SUSPENDED), PLATFORM, 'balance certain'],
    ['not if there is money', platform(SUSPENDED), { ...PLATFORM, after: MONEY }, 'balance likely'],
    [
      'not of an overload, which may be disguised',
      OVERLOADED,
      { after: ROOM },
      'overloaded likely',
    ],
    ['not without a text', null, { after: spent }, 'quota_weekly likely'],
  ]));

describe('a quota of which it is unclear which one', () =>
  assertVerdicts([
    [
      'two nearly used up',
      CYCLE,
      { before: usages({ '5h': 98, week: 99 }) },
      'quota_unspecified likely quota_5h quota_weekly',
    ],
    [
      'the wait fits one that is not used up',
      CYCLE,
      { before: usages({ '5h': 0, week: 95 }), ...waitsForWeek },
      'quota_unspecified likely quota_weekly',
    ],
    ['one used up', CYCLE, { before: spent }, 'quota_weekly likely quota_unspecified'],
  ]));

describe('a failure of an account that is not known', () =>
  assertVerdicts([
    ['is not guessed from a quota with room', null, { ...unknown, after: ROOM }, 'unsure unsure'],
    ['may be of a used-up quota', null, { ...unknown, after: spent }, 'quota_weekly likely'],
    [
      'is of a quota alone, if an unknown text came with it',
      'short and stout',
      { ...unknown, category: 'unknown', wordsConfidence: 'low', fields: {}, after: spent },
      'quota_weekly likely',
    ],
    [
      'is of a limit that request counts show',
      null,
      { ...unknown, ...silent, shape: telling },
      'own_concurrency likely',
    ],
    ['is nothing else without such counts', null, { ...unknown, shape: passed }, 'unsure unsure'],
    ['has the cause that its text names', RPM, unknown, 'rpm certain'],
    [
      'of the user, without a text, may be an overload',
      null,
      { after: ROOM, shape: passed },
      'unsure unsure overloaded',
    ],
    [
      'has at most two other causes',
      TOO_MANY,
      { after: ROOM, shape: SWARM },
      'own_concurrency likely rpm overloaded',
    ],
  ]));
