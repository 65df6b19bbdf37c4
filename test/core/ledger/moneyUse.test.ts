import assert from 'node:assert/strict';
import { moneyOf, moneyUse, readBalanceUses } from '../../../src/core/ledger/moneyUse.ts';
import { isOfAccount } from '../../../src/core/ledger/whereItWent.ts';
import { plus, ZERO_TOKENS } from '../../../src/core/ledger/tokens.ts';
import {
  balance,
  ORIGIN,
  simulateBalance,
  SLOT_MS,
  START,
} from '../../support/balanceSimulator.ts';

const HOUR_MS = 12 * SLOT_MS;
const SEEDS = Array.from({ length: 40 }, (_, i) => 17 + 1_001 * i);

describe('moneyUse: simulated balances with a top-up', () => {
  for (const [title, foreignPerSlot] of [
    ['alone', 0],
    ['next to a second machine', 1],
  ] as const)
    it(`gives shares of agents to within 5 % of the money, ${title}`, () => {
      for (const seed of SEEDS) {
        const { history, rows, money } = simulateBalance(seed, foreignPerSlot);
        const found = moneyUse({ history, rows, since: START })!;
        for (const [agent, truth] of money) {
          const own = rows.filter(row => row.agent === agent).map(row => row.tokens);
          const { amount } = moneyOf(own.reduce(plus, ZERO_TOKENS), found)!;
          assert.ok(Math.abs(amount - truth) <= 0.05 * found.used, `${seed} ${agent}`);
        }
      }
    });

  it('gives prices to within 20 %, nineteen times of twenty', () => {
    const offs = SEEDS.flatMap(seed => {
      const { history, rows, prices } = simulateBalance(seed);
      const { perMillion } = moneyUse({ history, rows, since: START })!.fit.prices!;
      return (['input', 'cacheRead', 'output'] as const).map(name =>
        Math.abs(perMillion[name] / 100 / prices[name] - 1),
      );
    });
    const good = offs.filter(each => each <= 0.2).length;
    assert.ok(good >= 0.95 * offs.length, `${good} of ${offs.length}`);
  });

  it('finds no use by others where there is none', () => {
    for (const seed of SEEDS) {
      const { history, rows } = simulateBalance(seed);
      assert.equal(moneyUse({ history, rows, since: START })!.unexplained, undefined, `${seed}`);
    }
  });

  it('finds use by others, and not more than there was', () => {
    for (const seed of SEEDS) {
      const { history, rows, foreign } = simulateBalance(seed, 1);
      const { unexplained = 0 } = moneyUse({ history, rows, since: START })!;
      assert.ok(
        unexplained > 0.7 * foreign && unexplained < 1.1 * foreign,
        `${seed} ${unexplained}`,
      );
    }
  });

  it('claims no prices from six balances', () => {
    const { history, rows } = simulateBalance(17);
    const found = moneyUse({ history: history.slice(0, 6), rows, since: START })!;
    assert.ok(found.used > 0);
    assert.equal(found.explained ?? found.perMillion ?? found.unexplained, undefined);
  });

  it('calls nothing unexplained while an agent without tokens ran', () => {
    const { history, rows } = simulateBalance(17);
    const own = rows.filter(({ from }) => from < START + 15 * HOUR_MS);
    const end = START + 20 * HOUR_MS;
    const activity = { watchedFrom: START, watchedUntil: end, spans: [[START, end]] as const };
    assert.ok(moneyUse({ history, rows: own, since: START })!.unexplained! > 1);
    const found = moneyUse({ history, rows: own, since: START, activity })!;
    assert.equal(found.unexplained, undefined);
  });

  it('takes a top-up for no use', () => {
    const history = [10, 9, 59, 58.5].map((each, i) => balance(START + i * SLOT_MS, each));
    assert.equal(moneyUse({ history, rows: [], since: START })!.used, 1.5);
  });
});

describe('readBalanceUses', () => {
  it('has each account with a balance, with its own tokens', async () => {
    const { history, rows, money } = simulateBalance(17);
    const other = rows.map(row => ({ ...row, account: 'open-platform moonshot.ai' }));
    const plan = { ...balance(START, 0), origin: 'https://api.kimi.com', balance: undefined };
    const { balance: _, ...withoutBalance } = plan;
    const archive = {
      get: async () => undefined,
      readLatest: async () => [history.at(-1)!, withoutBalance],
      readHistory: async ({ origin }: { origin: string }) => (origin === ORIGIN ? history : []),
      ledgerRows: async () => [...rows, ...other],
    };
    const now = START + 20 * HOUR_MS;
    const found = await readBalanceUses(archive, { since: START, now });
    assert.deepEqual(
      found.map(({ origin }) => origin),
      [ORIGIN],
    );
    const [{ agents, used } = { agents: [], used: 0 }] = found;
    assert.equal(agents.length, 2);
    for (const { agent, money: one } of agents)
      assert.ok(Math.abs(one.amount - money.get(agent)!) <= 0.05 * used, agent);
  });
});

describe('isOfAccount: the open platform in one region', () => {
  for (const [account, expected] of [
    ['open-platform moonshot.cn', true],
    ['open-platform', true],
    ['open-platform moonshot.ai', false],
    ['kimi-code', false],
    [undefined, false],
  ] as const)
    it(`${account ?? 'unknown'}: ${expected ? 'yes' : 'no'}`, () => {
      const row = simulateBalance(17).rows[0]!;
      const { account: _, ...rest } = row;
      const own = account === undefined ? rest : { ...rest, account };
      assert.equal(isOfAccount(own, balance(START, 1)), expected);
    });
});
