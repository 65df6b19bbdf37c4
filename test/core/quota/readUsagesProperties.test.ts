import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readBalance } from '../../../src/core/quota/readBalance.ts';
import { readUsages } from '../../../src/core/quota/usages.ts';
import {
  type Malformed,
  MAX_WINDOWS,
  parseStoredSnapshot,
  type Snapshot,
  storeSnapshot,
} from '../../../src/core/quota/snapshot.ts';
import type { NoPlan } from '../../../src/core/quota/outcome.ts';
import { arbitraryUsages, hostileText } from '../../support/arbitraryUsages.ts';
import { FIXTURES_AT } from '../../support/quotaFixtures.ts';

const context = { at: FIXTURES_AT, origin: 'https://api.kimi.com', clockSkewMs: 3000 };
/** Of Kimi's characters; and the one label that is our own. */
const INERT = /^(?:[\p{L}\p{N} .,%/()+-]{1,40}|Limit #\d+)$/u;
const SLUG = /^[\p{L}\p{N}-]{1,80}$/u;
const anyAnswer = fc.oneof(fc.jsonValue({ maxDepth: 8 }), arbitraryUsages);

type Check = (result: Snapshot | Malformed | NoPlan, body: unknown) => void;

/** What came through JSON, as every answer does. */
function assertAlways(check: Check, numRuns = 200): void {
  const property = fc.property(anyAnswer, answer => {
    const body: unknown = JSON.parse(JSON.stringify(answer));
    check(readUsages(body, context), body);
  });
  fc.assert(property, { numRuns });
}

function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value ? Object.values(value).flatMap(numbersIn) : [];
}

const isPercent = (percent: number | undefined): boolean =>
  percent === undefined || (percent >= 0 && percent <= 100);

describe('readUsages of any JSON', () => {
  it('is a snapshot with windows, no plan, or malformed with an issue, and never throws', () => {
    assertAlways((result, body) => {
      if (result.kind === 'noPlan') assert.match(JSON.stringify(body), /^(?:\{"data":)?\{\}\}?$/);
      else if (result.kind === 'snapshot') assert.ok(result.windows.length > 0);
      else assert.ok(result.issues.length > 0);
    });
  });

  it('has percentages from 0 to 100, or none', () => {
    assertAlways(result => {
      for (const window of result.kind === 'snapshot' ? result.windows : []) {
        const { usedPercent, codeUsedPercent, contradiction } = window;
        const { lowestUsedPercent, highestUsedPercent } = contradiction ?? {};
        const percents = [usedPercent, codeUsedPercent, lowestUsedPercent, highestUsedPercent];
        assert.ok(percents.every(isPercent), JSON.stringify(window));
        assert.equal(highestUsedPercent ?? usedPercent, usedPercent);
      }
    });
  });

  it('has finite numbers only, and reset times between 2025 and 2100', () => {
    assertAlways(result => {
      assert.ok(numbersIn(result).every(Number.isFinite), JSON.stringify(result));
      for (const { resetsAt = context.at } of result.kind === 'snapshot' ? result.windows : [])
        assert.ok(resetsAt >= Date.UTC(2025) && resetsAt <= Date.UTC(2100), String(resetsAt));
    });
  });
});

describe('readUsages of any JSON, beyond numbers', () => {
  it('has at most eight windows, each once', () => {
    assertAlways(result => {
      const ids = result.kind === 'snapshot' ? result.windows.map(({ id }) => id) : [];
      assert.ok(ids.length <= MAX_WINDOWS);
      assert.equal(new Set(ids).size, ids.length);
    });
  });

  it('has labels of inert characters only', () => {
    assertAlways(result => {
      for (const { id, label } of result.kind === 'snapshot' ? result.windows : []) {
        assert.match(id, SLUG);
        if (label !== undefined) assert.match(label, INERT);
      }
      if (result.kind === 'snapshot' && result.plan) assert.match(result.plan, INERT);
      const { currency } = (result.kind === 'snapshot' && result.extraUsage) || {};
      if (currency !== undefined) assert.match(currency, INERT);
    });
  });

  it('survives the archive as it is', () => {
    assertAlways(result => {
      if (result.kind !== 'snapshot') return;
      assert.deepEqual(parseStoredSnapshot({ ...storeSnapshot(result) }), result);
    });
  });

  it('never touches a prototype', () => {
    assertAlways(() => {
      assert.deepEqual(Object.keys(Object.prototype), []);
      assert.equal(Object.hasOwn(Object.prototype, 'usedRatio'), false);
    }, 200);
    const body =
      '{"__proto__":{"polluted":1},"usages":{"__proto__":{"used_ratio":0.1,"polluted":1}}}';
    readUsages(JSON.parse(body), context);
    assert.equal('polluted' in {}, false);
  });
});

describe('readUsages of a row that lacks what it takes', () => {
  const count = fc.integer({ min: 0, max: 100 }).map(String);
  const lacking = fc.oneof(
    fc.record({ limit: count }),
    fc.record({ used: count, remaining: count }),
    fc.record({ limit: fc.constant('0'), used: count }),
    fc.record({ limit: count, used: fc.constantFrom(null, '', true, [], 'NaN', '-1') }),
  );

  it('is unknown, never 0 and never 100', () => {
    fc.assert(
      fc.property(lacking, detail => {
        const limits = [{ window: { duration: 300, timeUnit: 'TIME_UNIT_MINUTE' }, detail }];
        const result = readUsages({ limits }, context);
        assert.equal(result.kind === 'snapshot' ? result.windows[0]?.usedPercent : 0, undefined);
      }),
    );
  });
});

describe('readUsages of hostile answers', () => {
  it('is not thrown off by a depth of 10^5', () => {
    const deep: unknown = JSON.parse('['.repeat(1e5) + ']'.repeat(1e5));
    for (const body of [deep, { usages: deep }, { limits: [deep] }, { data: deep }])
      assert.equal(readUsages(body, context).kind, 'malformed');
  });

  it('makes every label inert or drops it', () => {
    const property = fc.property(hostileText, name => {
      const result = readUsages({ limits: [{ name, limit: 100, used: 1 }] }, context);
      const [window] = result.kind === 'snapshot' ? result.windows : [];
      assert.ok(window);
      if (window.label !== undefined) assert.match(window.label, INERT);
    });
    fc.assert(property, { numRuns: 500 });
  });
});

describe('readBalance of any JSON', () => {
  it('has finite numbers or is malformed, and never throws', () => {
    const amount = fc.oneof(fc.double(), fc.string(), fc.constantFrom('-3.5', '1e309', null, true));
    const data = fc.record(
      { available_balance: amount, cash_balance: amount },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record({ data })), body => {
        const result = readBalance(body, context);
        assert.ok(numbersIn(result).every(Number.isFinite), JSON.stringify(result));
      }),
    );
  });
});
