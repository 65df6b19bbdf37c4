import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Locale, Translate } from '../../src/core/base/ports.ts';
import {
  ageWords,
  balanceWords,
  durationWords,
  english,
  joinSentences,
  momentWords,
  moneyWords,
  remainingWords,
  shareBar,
  usedWords,
} from '../../src/core/base/format.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const percent = fc.oneof(
  fc.double({ min: 0, max: 100, noNaN: true }),
  fc.constantFrom(5e-324, 1e-9, 0.9999999999, 99.0000000001, 99.9999999999, 100 - 1e-14),
);
const locale = (timeZone: string, language = 'en'): Locale => ({ language, timeZone, t: english });

function assertWords(actual: string, expected: string): void {
  // Intl puts narrow no-break spaces into times.
  assert.equal(actual.replace(/[\u202F\u00A0]/g, ' '), expected);
}

describe('joinSentences', () => {
  const chinese: Translate = (message, ...args) => english(message.replace('} {', '}{'), ...args);
  const cases: [sentences: string[], english: string, chinese: string][] = [
    [[], '', ''],
    [['Only one.'], 'Only one.', 'Only one.'],
    [['One.', '', 'Two {0}.'], 'One. Two {0}.', 'One.Two {0}.'],
  ];
  for (const [sentences, inEnglish, inChinese] of cases)
    it(`writes ${JSON.stringify(sentences)} in the manner of each language`, () => {
      assert.equal(joinSentences(sentences, english), inEnglish);
      assert.equal(joinSentences(sentences, chinese), inChinese);
    });
});

describe('remainingWords and usedWords', () => {
  const cases: [remaining: number, left: string, used: string][] = [
    [100, '100%', '0%'],
    [99.999999, '99%', '1%'],
    [99.9999999999, '99%', '1%'],
    [84, '84%', '16%'],
    [84.9, '84%', '16%'],
    [100 - 55.00000000000001, '45%', '55%'],
    [28.999999999999996, '29%', '71%'],
    [1, '1%', '99%'],
    [0.999, '<1%', '>99%'],
    [0.000001, '<1%', '>99%'],
    [0, '0%', '100%'],
  ];
  for (const [remaining, left, used] of cases)
    it(`write ${remaining} as ${left} left and ${used} used`, () => {
      assertWords(remainingWords(remaining), left);
      assertWords(usedWords(remaining), used);
    });

  it('show 0% and 100% only for 0 and 100', () => {
    fc.assert(
      fc.property(percent, remaining => {
        assert.equal(remainingWords(remaining) === '0%', remaining === 0);
        assert.equal(remainingWords(remaining) === '100%', remaining === 100);
        assert.equal(usedWords(remaining) === '100%', remaining === 0);
        assert.equal(usedWords(remaining) === '0%', remaining === 100);
      }),
    );
  });

  it('never overstate the quota left', () => {
    fc.assert(
      fc.property(percent, remaining => {
        const words = remainingWords(remaining);
        if (words !== '<1%') assert.ok(Number.parseInt(words, 10) <= remaining + 1e-9);
      }),
    );
  });
});

describe('durationWords and ageWords', () => {
  const cases: [ms: number, duration: string, age: string][] = [
    [0, 'under 1 min', 'just now'],
    [MINUTE_MS - 1, 'under 1 min', 'just now'],
    [MINUTE_MS, '1 min', '1 min ago'],
    [HOUR_MS - 1, '59 min', '59 min ago'],
    [HOUR_MS, '1 h', '1 h ago'],
    [2 * HOUR_MS + 5 * MINUTE_MS, '2 h 5 min', '2 h 5 min ago'],
    [DAY_MS - 1, '23 h 59 min', '23 h 59 min ago'],
    [DAY_MS, '1 d', '1 d ago'],
    [DAY_MS + 59 * MINUTE_MS, '1 d', '1 d ago'],
    [4 * DAY_MS + 3 * HOUR_MS, '4 d 3 h', '4 d 3 h ago'],
    [3650 * DAY_MS, '3650 d', '3650 d ago'],
  ];
  for (const [ms, duration, age] of cases)
    it(`write ${ms} ms as ${duration}, ${age}`, () => {
      assertWords(durationWords(ms, english), duration);
      assertWords(ageWords(ms, english), age);
    });
});

describe('momentWords', () => {
  const at = Date.UTC(2026, 8, 23, 15, 20);
  const cases: [fact: string, at: number, now: number, locale: Locale, expected: string][] = [
    ['shows the time and zone for today', at, at - HOUR_MS, locale('UTC'), '15:20 UTC'],
    ['shows the day for tomorrow', at + DAY_MS, at, locale('UTC'), 'Thu, Sep 24, 15:20 UTC'],
    [
      'counts days in the zone',
      at + HOUR_MS,
      at,
      locale('Asia/Shanghai'),
      'Thu, Sep 24, 00:20 GMT+8',
    ],
    [
      'recognizes the same day in the zone',
      at,
      at - HOUR_MS,
      locale('Asia/Shanghai'),
      '23:20 GMT+8',
    ],
    ['writes midnight as 00', Date.UTC(2026, 8, 23), at, locale('UTC'), '00:00 UTC'],
    [
      'is in summer time before the clocks go back',
      Date.UTC(2026, 9, 25, 0, 30),
      Date.UTC(2026, 9, 24, 23),
      locale('Europe/Berlin', 'en-GB'),
      '02:30 CEST',
    ],
    [
      'is in winter time an hour later',
      Date.UTC(2026, 9, 25, 1, 30),
      Date.UTC(2026, 9, 24, 23),
      locale('Europe/Berlin', 'en-GB'),
      '02:30 CET',
    ],
    [
      'shows the day across a year',
      Date.UTC(2027, 0, 1, 8),
      Date.UTC(2026, 11, 31, 8),
      locale('UTC'),
      'Fri, Jan 1, 08:00 UTC',
    ],
  ];
  for (const [fact, moment, now, where, expected] of cases)
    it(fact, () => assertWords(momentWords(moment, now, where), expected));

  it("uses the machine's zone by default", () => {
    assert.match(momentWords(at, at, { language: 'en', t: english }), /^\d\d:\d\d .+/);
  });
  it('formats in Chinese', () => {
    assert.match(momentWords(at + DAY_MS, at, locale('Asia/Shanghai', 'zh-cn')), /9月24日.*23:20/);
  });
});

describe('moneyWords and balanceWords', () => {
  const en = locale('UTC');
  const cases: [amount: number, currency: string | undefined, expected: string][] = [
    [49.58, 'USD', '$49.58'],
    [49.58, 'CNY', 'CN¥49.58'],
    [-3, 'USD', '-$3.00'],
    [12.3456, undefined, '12.35'],
    [12.3, 'usd', '12.30'],
    [12.3, 'US DOLLAR', '12.30'],
    [1234.5, 'USD', '$1,234.50'],
  ];
  for (const [amount, currency, expected] of cases)
    it(`write ${amount} ${currency} as ${expected}`, () =>
      assertWords(moneyWords(amount, currency, en), expected));

  it('write the available balance', () => {
    assertWords(balanceWords({ available: 5, currency: 'USD' }, en), '$5.00');
    assertWords(balanceWords({ available: 5 }, en), '5.00');
  });
});

describe('shareBar', () => {
  const cases: [remaining: number | undefined, left: number, used: number][] = [
    [undefined, 0, 0],
    [0, 0, 10],
    [0.1, 1, 9],
    [50, 5, 5],
    [84, 8, 2],
    [99.9, 9, 1],
    [100, 10, 0],
  ];
  for (const [remaining, left, used] of cases)
    it(`fills ${left} cells for the quota left and ${used} for the used quota at ${remaining}`, () => {
      assert.equal(shareBar(remaining, 'remaining'), '█'.repeat(left) + '░'.repeat(10 - left));
      assert.equal(shareBar(remaining, 'used'), '█'.repeat(used) + '░'.repeat(10 - used));
    });
});

describe('english', () => {
  const cases: [expected: string, message: string, ...args: (string | number)[]][] = [
    ['a 1 b', '{0} {1} {2}', 'a', 1, 'b'],
    ['b a b', '{1} {0} {1}', 'a', 'b'],
    ['a {1}', '{0} {1}', 'a'],
    ['{1} {0}', '{0} {1}', '{1}', '{0}'],
    ['plain', 'plain', 'unused'],
  ];
  for (const [expected, message, ...args] of cases)
    it(`fills "${message}" to "${expected}"`, () =>
      assertWords(english(message, ...args), expected));
});
