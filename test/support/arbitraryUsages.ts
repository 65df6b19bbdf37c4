import fc from 'fast-check';
import { arbitraryText } from './arbitraryText.ts';

const oddNumber = fc.oneof(
  fc.integer({ min: 0, max: 200 }),
  fc.double(),
  fc.constantFrom(Infinity, -0, 5e-324, 1e12, 2 ** 53 + 1),
);
const scalar = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 120 }).map(String) },
  { weight: 4, arbitrary: oddNumber },
  fc.constantFrom('', 'NaN', '1e309', '0x10', '-5', '9223372036854775807', null, true, false),
  arbitraryText(),
);
const time = fc.oneof(
  fc.date({ noInvalidDate: true }).map(date => date.toISOString()),
  fc.integer(),
  scalar,
);
/** Labels as an enemy would write them. */
export const hostileText = fc.oneof(
  arbitraryText({ maxLength: 90 }),
  fc.string({ unit: 'grapheme', maxLength: 90 }),
  fc.constantFrom(
    '<img src=x onerror=alert(1)>',
    '[x](command:kimiQuota.removeApiKey)',
    '$(warning) `code` | cell |\n# head',
    '\u001b[31mred\u0007\u202Egnp.exe',
    '𝕏'.repeat(60),
    '__proto__',
    'constructor',
  ),
);
const rowFields = {
  used: scalar,
  limit: scalar,
  remaining: scalar,
  used_ratio: fc.oneof(fc.double({ min: 0, max: 1.2, noNaN: true }), scalar),
  resetTime: time,
  reset_in: scalar,
  name: hostileText,
  duration: scalar,
  timeUnit: fc.constantFrom('TIME_UNIT_MINUTE', 'TIME_UNIT_HOUR', 'TIME_UNIT_DAY', 'FORTNIGHT', 3),
};
const junk = fc.jsonValue({ maxDepth: 2 });
const row = fc.oneof(
  { weight: 8, arbitrary: fc.record(rowFields, { requiredKeys: [] }) },
  { weight: 1, arbitrary: junk },
);
const entry = fc.oneof(
  row,
  fc.record({ window: row, detail: row, name: hostileText }, { requiredKeys: [] }),
);
const key = fc.oneof(
  fc.constantFrom('limit_5h', 'limit_7d', 'limit_month_total', 'limit_month_code', 'limit_day'),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty'),
  hostileText,
);
const wallet = fc.record(
  {
    balance: fc.record({ type: fc.constant('BOOSTER'), amount: scalar, amountLeft: scalar }),
    monthlyChargeLimitEnabled: scalar,
    monthlyChargeLimit: fc.record({ currency: hostileText, priceInCents: scalar }),
    monthlyUsed: junk,
  },
  { requiredKeys: [] },
);

/** Answers that look like Kimi's from afar and are wrong in every way that a field can be. */
export const arbitraryUsages = fc.record(
  {
    usage: row,
    limits: fc.oneof(fc.array(entry, { maxLength: 20 }), junk),
    usages: fc.oneof(
      fc.dictionary(key, row, { maxKeys: 12 }),
      fc.array(fc.record({ scope: hostileText, detail: row, limits: fc.array(entry) })),
      junk,
    ),
    data: junk,
    parallel: fc.record({ limit: scalar }),
    user: fc.record({ membership: fc.record({ level: hostileText }) }),
    goods_version: scalar,
    booster_wallet: wallet,
  },
  { requiredKeys: [] },
);
