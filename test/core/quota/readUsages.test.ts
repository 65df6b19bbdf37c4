import assert from 'node:assert/strict';
import { readUsages } from '../../../src/core/quota/usages.ts';
import { MAX_WINDOWS, type QuotaWindow, type Snapshot } from '../../../src/core/quota/snapshot.ts';
import { EXPECTED, FIXTURES_AT, fixtureNames, readFixture } from '../../support/quotaFixtures.ts';

const ORIGIN = 'https://api.kimi.com';
const context = { at: FIXTURES_AT, origin: ORIGIN };
const HOUR_MS = 3_600_000;
const RESET = '2026-09-18T15:20:45.248979Z';
const RESET_AT = Date.UTC(2026, 8, 18, 15, 20, 45, 248);

function read(body: unknown, clockSkewMs = 0): Snapshot {
  const snapshot = readUsages(body, { ...context, clockSkewMs });
  assert.equal(snapshot.kind, 'snapshot', JSON.stringify(snapshot));
  return snapshot;
}

function windowWords({ id, usedPercent, contradiction, codeUsedPercent }: QuotaWindow): string {
  const other = contradiction ? ` (or ${contradiction.lowestUsedPercent})` : '';
  const code = codeUsedPercent === undefined ? '' : ` (code ${codeUsedPercent})`;
  return `${id} ${usedPercent ?? '?'}${other}${code}`;
}

function assertRead(body: unknown, expected: readonly string[]): void {
  assert.deepEqual(read(body).windows.map(windowWords), expected);
}

const minutes = (duration: unknown, detail: object): object => ({
  window: { duration, timeUnit: 'TIME_UNIT_MINUTE' },
  detail,
});
/** One 5-hour row with these fields. */
const row = (detail: object): object => ({ limits: [minutes(300, detail)] });
const ratio = (key: string, used_ratio: unknown): object => ({ usages: { [key]: { used_ratio } } });

describe('readUsages of the fixtures', () => {
  it('has an expectation for every fixture', () => {
    assert.deepEqual(fixtureNames.toSorted(), Object.keys(EXPECTED).toSorted());
  });

  for (const [name, expected] of Object.entries(EXPECTED)) {
    it(`reads ${name} as ${expected?.windows.join(', ') ?? 'no windows'}`, () => {
      const result = readUsages(readFixture(name), context);
      if (!expected)
        return assert.equal(result.kind, name === 'odd-empty' ? 'noPlan' : 'malformed');
      assert.equal(result.kind, 'snapshot');
      const { windows, plan, parallelLimit, extraUsage: extra } = result;
      assert.deepEqual(windows.map(windowWords), expected.windows);
      assert.equal(plan, expected.plan);
      assert.equal(parallelLimit, expected.parallelLimit);
      const { leftCents, totalCents, monthlyCapCents, monthlyUsedCents } = extra ?? {};
      const cents = extra && [leftCents, totalCents, monthlyCapCents, monthlyUsedCents];
      assert.deepEqual(cents, expected.extraUsage);
    });
  }
});

describe('readUsages of counts', () => {
  const cases: [fact: string, detail: object, expected: string][] = [
    ['takes used of limit', { limit: '100', used: '33' }, '5h 33'],
    ['uses remaining when used is missing', { limit: '100', remaining: '98' }, '5h 2'],
    ['reads a whole unused window', { limit: '100', remaining: '100' }, '5h 0'],
    ['reads a used-up quota without remaining', { limit: '100', used: '100' }, '5h 100'],
    ['does not know a limit of 0', { limit: '0', used: '0', remaining: '0' }, '5h ?'],
    ['does not know used without limit', { used: '5' }, '5h ?'],
    ['does not know remaining without limit', { remaining: '5' }, '5h ?'],
    ['shows a bonus as nothing used', { limit: '100', remaining: '150' }, '5h 0'],
    ['shows overuse as all used', { limit: 10, used: 11 }, '5h 100'],
    ['reports fields that disagree', { limit: 100, used: 33, remaining: 50 }, '5h 50 (or 33)'],
    ['ignores a difference of 5 points', { limit: 100, used: 45, remaining: 50 }, '5h 50'],
    ['has no float noise', { limit: 100, used: 7 }, '5h 7'],
    ['has no float noise below either', { limit: 100, remaining: 45 }, '5h 55'],
    ['keeps a sliver of use', { limit: 1e12, used: 1 }, '5h 0.000001'],
    ['keeps a sliver of quota left', { limit: 1e12, used: 1e12 - 1 }, '5h 99.999999'],
    ['does not know counts over 10^12', { limit: '9223372036854775807', used: '12' }, '5h ?'],
    ['reads 2^53+1 as no number', { limit: 9007199254740993, used: 1 }, '5h ?'],
  ];
  for (const [fact, detail, expected] of cases)
    it(fact, () => assertRead(row({ resetTime: RESET, ...detail }), [expected]));

  for (const odd of ['', ' ', '1e2', '0x10', '-5', '+5', '5.5', '٣', null, true, [], {}, -1, '1,0'])
    it(`does not take ${JSON.stringify(odd)} for a count`, () =>
      assertRead(row({ limit: '100', used: odd }), ['5h ?']));
});

describe('readUsages of ratios', () => {
  const cases: [fact: string, body: object, expected: string[]][] = [
    ['reads a number', ratio('limit_5h', 0.4372), ['5h 43.72']],
    ['reads a string', ratio('limit_7d', '0.55'), ['week 55']],
    ['has no float noise', ratio('limit_month_total', 0.07), ['month 7']],
    ['cuts above 1', ratio('limit5h', 1.3), ['5h 100']],
    ['knows the code share as month without a total', ratio('limit_month_code', 0.1), ['month 10']],
    ['keeps the key of a window to come', ratio('limit_90d', 0.1), ['90d 10']],
    ['keeps words of a key to come', ratio('limit_team_pool', 0.1), ['team-pool 10']],
  ];
  for (const [fact, body, expected] of cases) it(fact, () => assertRead(body, expected));

  for (const odd of ['', '-0.1', '1e-1', 'NaN', null, true, [], -0.1, 1001, '0,5'])
    it(`finds no window in a ratio of ${JSON.stringify(odd)}`, () =>
      assert.equal(readUsages(ratio('limit_5h', odd), context).kind, 'malformed'));

  it('prefers camelCase where both spellings are there', () => {
    assertRead({ usages: { limit_5h: { used_ratio: 0.9, usedRatio: 0.1 } } }, ['5h 10']);
    assertRead({ usages: { limit_5h: { usedRatio: 0.1, used_ratio: 0.9 } } }, ['5h 10']);
  });
});

describe('readUsages of several rows about one window', () => {
  const both = (countReset: string, ratioReset: string): object => ({
    ...row({ limit: 100, used: 47, resetTime: countReset }),
    usages: { limit_5h: { used_ratio: 0.9, reset_time: ratioReset } },
  });
  const past = '2026-09-18T11:00:00Z';

  it('takes the larger used share', () => assertRead(both(RESET, RESET), ['5h 90 (or 47)']));
  it('drops the row whose reset has passed', () => {
    assertRead(both(RESET, past), ['5h 47']);
    assertRead(both(past, RESET), ['5h 90']);
  });
  it('keeps rows whose resets have all passed', () =>
    assertRead(both(past, past), ['5h 90 (or 47)']));
  it("uses the server's clock for past resets", () => {
    const body = both(RESET, '2026-09-18T12:30:00Z');
    assert.equal(read(body).windows[0]?.usedPercent, 90);
    assert.equal(read(body, HOUR_MS).windows[0]?.usedPercent, 47);
  });
  it('keeps the contradiction between a ratio of 0 and counts (kimi-code #3908)', () => {
    const body = { ...row({ limit: 100, used: 47 }), ...ratio('limit_5h', 0) };
    assert.deepEqual(read(body).windows[0]?.contradiction, {
      lowestUsedPercent: 0,
      highestUsedPercent: 47,
    });
  });
});

describe('readUsages of windows', () => {
  const of = (name: string): object => ({ name, limit: 100, used: 1 });
  const cases: [fact: string, body: object, expected: string[]][] = [
    ['knows 5 hours by minutes', row({ limit: 100, used: 1 }), ['5h 1']],
    [
      'knows windows by duration, not by place',
      {
        limits: [
          minutes('10080', { limit: 100, used: 1 }),
          minutes('300', { limit: 100, used: 2 }),
        ],
      },
      ['5h 2', 'week 1'],
    ],
    [
      'knows a window by its name',
      { limits: [of('5h limit'), of('Weekly limit')] },
      ['5h 1', 'week 1'],
    ],
    ['keeps an unknown label', { limits: [of('Team pool')] }, ['team-pool 1']],
    ['numbers a row without a name', { limits: [{ limit: 100, used: 1 }] }, ['limit-1 1']],
    ['does not guess a duration of 0', { limits: [minutes(0, of('Burst'))] }, ['burst 1']],
    ['does not guess a duration of 10^9', { limits: [minutes(1e9, of('Burst'))] }, ['burst 1']],
    ['takes usage for the week', { usage: { limit: 100, used: 1 } }, ['week 1']],
    ['uses the name of usage', { usage: of('Monthly limit') }, ['month 1']],
    ['ignores totalQuota', { ...row({ limit: 9, used: 0 }), totalQuota: of('x') }, ['5h 0']],
    ['skips invalid rows', { limits: [null, 3, 'x', [], of('5h')] }, ['5h 1']],
    [
      'passes over array items that are none',
      { usages: [null, 3, { scope: 'FEATURE_CODING', detail: { limit: 100, used: 3 } }] },
      ['week 3'],
    ],
  ];
  for (const [fact, body, expected] of cases) it(fact, () => assertRead(body, expected));

  const spans: [duration: number, unit: string, id: string, label?: string][] = [
    [300, 'TIME_UNIT_MINUTE', '5h'],
    [5, 'HOURS', '5h'],
    [18_000, 'time_unit_second', '5h'],
    [1, 'TIME_UNIT_WEEK', 'week'],
    [28, 'TIME_UNIT_DAY', 'month'],
    [31, 'TIME_UNIT_DAY', 'month'],
    [27, 'TIME_UNIT_DAY', '27d', '27d limit'],
    [32, 'TIME_UNIT_DAY', '32d', '32d limit'],
    [90, 'TIME_UNIT_MINUTE', '90m', '90m limit'],
    [20, 'TIME_UNIT_SECOND', '20s', '20s limit'],
    [80, 'TIME_UNIT_SECOND', '80s', '80s limit'],
    [120, 'TIME_UNIT_SECOND', '2m', '2m limit'],
    [18_000_000, 'TIME_UNIT_MILLISECOND', '18000000-millisecond', '18000000 MILLISECOND'],
    [7, 'BUSINESS_DAY', '7-business-day', '7 BUSINESS DAY'],
    [1, 'TIME_UNIT_BIWEEK', '1-biweek', '1 BIWEEK'],
    [5, 'MICROHOUR', '5-microhour', '5 MICROHOUR'],
  ];
  for (const [duration, timeUnit, id, label] of spans)
    it(`reads ${duration} ${timeUnit} as ${id}, in a list and next to one`, () => {
      const entry = { window: { duration, timeUnit }, detail: { limit: 100, used: 1 } };
      for (const body of [
        { limits: [entry] },
        { usage: { duration, timeUnit, limit: 100, used: 1 } },
      ]) {
        const [window, ...others] = read(body).windows;
        assert.deepEqual([window?.id, window?.label, others.length], [id, label, 0]);
      }
    });

  const names: [name: string, id: string][] = [
    ['5h limit', '5h'],
    ['Rolling 5-hour limit', '5h'],
    ['5 hrs', '5h'],
    ['2.5h limit', '2-5h-limit'],
    ['2,5h limit', '2-5h-limit'],
    ['15h limit', '15h-limit'],
    ['5 hectares', '5-hectares'],
    ['Weekly limit', 'week'],
    ['7-day limit', 'week'],
    ['1 week', 'week'],
    ['7d', 'week'],
    ['biweekly limit', 'biweekly-limit'],
    ['bi-weekly limit', 'bi-weekly-limit'],
    ['weekend limit', 'weekend-limit'],
    ['2 week limit', '2-week-limit'],
    ['17 days', '17-days'],
    ['Weekday pool', 'weekday-pool'],
    ['Monthly limit', 'month'],
    ['bimonthly limit', 'bimonthly-limit'],
    ['3-month limit', '3-month-limit'],
  ];
  for (const [name, id] of names)
    it(`knows "${name}" as ${id}`, () =>
      assert.equal(read({ limits: [of(name)] }).windows[0]?.id, id));

  it('keeps the used-up one of nine windows, at any place', () => {
    for (let spent = 0; spent < 9; spent++) {
      const entries = Array.from({ length: 9 }, (_, index) => ({
        window: { duration: index + 8, timeUnit: 'TIME_UNIT_DAY' },
        detail: { limit: 100, used: index === spent ? 100 : 10 + index },
      }));
      const { windows } = read({ limits: entries });
      assert.equal(windows.length, MAX_WINDOWS);
      assert.ok(
        windows.some(({ id, usedPercent }) => usedPercent === 100 && id === `${spent + 8}d`),
      );
      const ids = windows.map(({ id }) => id);
      assert.deepEqual(
        ids,
        entries.map(entry => `${entry.window.duration}d`).filter(id => ids.includes(id)),
      );
    }
  });

  it('keeps of nine used-up windows those that reset last', () => {
    const hour = (index: number) => new Date(FIXTURES_AT + index * HOUR_MS).toISOString();
    const entries = Array.from({ length: 9 }, (_, index) => ({
      window: { duration: index + 8, timeUnit: 'TIME_UNIT_DAY' },
      detail: { limit: 100, used: 100, resetTime: hour(9 - index) },
    }));
    const ids = read({ limits: entries }).windows.map(({ id }) => id);
    assert.deepEqual([ids.length, ids[0], ids.at(-1)], [MAX_WINDOWS, '8d', '15d']);
  });

  it('shows at most eight rows of 200, the known ones first', () => {
    const others = Array.from({ length: 200 }, (_, i) =>
      of(`Pool ${String.fromCharCode(65 + (i % 26))}`),
    );
    const { windows } = read({ limits: others, usage: { limit: 100, used: 1 } });
    assert.equal(windows.length, MAX_WINDOWS);
    assert.deepEqual(
      [windows[0]?.id, windows[1]?.label, windows[2]?.label],
      ['week', 'Pool A', 'Pool B'],
    );
  });
});

describe('readUsages of reset times', () => {
  const cases: [value: unknown, resetsAt: number | undefined][] = [
    [RESET, RESET_AT],
    ['2026-09-18T15:20:45.248979433Z', RESET_AT],
    ['2026-09-18T15:20:45Z', RESET_AT - 248],
    ['2026-09-18T23:20:45.248+08:00', RESET_AT],
    ['2026-09-18T15:20:45,248Z', RESET_AT],
    ['2026-09-18 15:20:45.248Z', RESET_AT],
    [RESET_AT, RESET_AT],
    [String(RESET_AT), RESET_AT],
    [Math.floor(RESET_AT / 1000), RESET_AT - 248],
    [RESET_AT * 1e6, undefined],
    ['2026-09-18T15:20:45.248', undefined],
    ['2026-13-40T99:99:99Z', undefined],
    ['0001-01-01T00:00:00Z', undefined],
    ['', undefined],
    ['tomorrow', undefined],
    [null, undefined],
    [0, undefined],
    [-1, undefined],
  ];
  for (const [value, resetsAt] of cases)
    it(`reads ${JSON.stringify(value)} as ${resetsAt ?? 'unknown'}`, () => {
      const [window] = read(row({ limit: 100, used: 1, resetTime: value })).windows;
      assert.equal(window?.resetsAt, resetsAt);
      assert.equal(window?.usedPercent, 1);
    });

  it('counts a relative time from the server clock', () => {
    const [window] = read(row({ limit: 100, used: 1, reset_in: 3600 }), 5000).windows;
    assert.equal(window?.resetsAt, FIXTURES_AT + HOUR_MS + 5000);
  });
  it('ignores a relative time of more than a year', () => {
    const [window] = read(row({ limit: 100, used: 1, ttl: 1e9 })).windows;
    assert.equal(window?.resetsAt, undefined);
  });
  it('keeps a row despite an invalid field of another', () => {
    assertRead({ ...row({ limit: 9, used: {} }), usage: { limit: 100, used: 1 } }, [
      '5h ?',
      'week 1',
    ]);
  });
});
