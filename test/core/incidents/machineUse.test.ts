import assert from 'node:assert/strict';
import { evidenceWords } from '../../../src/core/explain/evidenceWords.ts';
import { stepWords } from '../../../src/core/explain/stepWords.ts';
import { judge } from '../../../src/core/incidents/judge.ts';
import type { MachineUse, VerdictInput } from '../../../src/core/incidents/verdict.ts';
import { ENGLISH, HOUR_MS, NOW } from '../../support/quotaViews.ts';
import { ALONE, CYCLE, inputOf, PLATFORM, platform, usages } from '../../support/verdictInputs.ts';

const USE: MachineUse = {
  agents: [
    { agent: 'claude-code', percent: 71 },
    { agent: 'kimi-code', percent: 29 },
  ],
  tokensLastDay: 300_000,
};
const FOREIGN: MachineUse = {
  ...USE,
  unexplained: { windowId: 'week', points: 12, from: NOW - 2 * HOUR_MS, to: NOW - HOUR_MS },
};

const TPD = platform(
  'request reached organization TPD rate limit, current: 1500100, limit: 1500000',
);
const TPM = platform(
  'request reached organization TPM rate limit, current: 2000100, limit: 2000000',
);

function sentencesOf(text: string, more: Partial<VerdictInput>): string {
  const input = inputOf(text, more);
  const verdict = judge(input);
  const { cause, evidence, steps } = verdict;
  const isOpenPlatform = input.provider === 'open-platform';
  return [
    ...evidence.map(each => evidenceWords(each, NOW, ENGLISH)),
    ...steps.map(step => stepWords(step, { cause, isOpenPlatform, locale: ENGLISH })),
  ].join('\n');
}

describe('a verdict with what this machine used', () => {
  const spent = { after: usages({ '5h': 20, week: 100 }) };
  const cases: [
    title: string,
    text: string,
    more: Partial<VerdictInput>,
    has: RegExp[],
    lacks: RegExp,
  ][] = [
    [
      'names the largest user of a used-up quota',
      CYCLE,
      { ...spent, use: USE },
      [/in the five hours before: Claude Code 71%, Kimi Code 29%/],
      /explains|not used on this machine/,
    ],
    [
      'has the number with the step that looks for another user',
      CYCLE,
      { ...spent, use: FOREIGN },
      [/explains 12 points of the weekly quota/, /which used 12 points\./],
      /tokens were not used/,
    ],
    [
      'compares tokens with a daily limit',
      TPD,
      { ...PLATFORM, use: USE },
      [/used 300,000 of the 1,500,100 tokens/, /which used 1,200,100 tokens\./],
      /points/,
    ],
    [
      'blames nobody else for a daily limit that this machine reached',
      TPD,
      { ...PLATFORM, use: { ...USE, tokensLastDay: 1_400_000 } },
      [/used 1,400,000 of the 1,500,100 tokens/],
      /not used on this machine/,
    ],
    [
      'compares tokens with a limit per minute, reserved output included',
      TPM,
      {
        ...PLATFORM,
        use: USE,
        shape: {
          ...ALONE,
          tokensLastMinute: 100_000,
          requestsLastMinute: 2,
          inFlightPeak: 1,
          maxCompletionTokens: 32_000,
        },
      },
      [/at most 196,000 of the 2,000,100 tokens/, /which used 1,804,100 tokens\./],
      /points/,
    ],
    ['has none of it without a ledger', CYCLE, spent, [], /five hours before|not used on/],
  ];
  for (const [title, text, more, has, lacks] of cases)
    it(title, () => {
      const words = sentencesOf(text, more);
      for (const pattern of has) assert.match(words, pattern);
      assert.doesNotMatch(words, lacks);
    });

  it('has the same cause', () =>
    assert.equal(
      judge(inputOf(CYCLE, { ...spent, use: FOREIGN })).cause,
      judge(inputOf(CYCLE, spent)).cause,
    ));
});
