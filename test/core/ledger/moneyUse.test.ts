import assert from 'node:assert/strict';
import type { LedgerRow, TokenCounts } from '../../../src/core/ledger/ledger.ts';
import { moneyOf, moneyUse, readBalanceUses } from '../../../src/core/ledger/moneyUse.ts';
import { isOfAccount } from '../../../src/core/ledger/whereItWent.ts';
import { plus, ZERO_TOKENS } from '../../../src/core/ledger/tokens.ts';
import type { Snapshot } from '../../../src/core/quota/snapshot.ts';

const SLOT_MS = 5 * 60_000;
const HOUR_MS = 12 * SLOT_MS;
const START = Date.UTC(2026, 10, 2);
const ORIGIN = 'https://api.moonshot.cn';
const AGENTS = ['claude-code', 'kimi-code'] as const;

const balance = (at: number, available: number): Snapshot => ({
  ...{ kind: 'snapshot', at, origin: ORIGIN, clockSkewMs: 0, windows: [] },
  balance: { available: Math.round(available * 100) / 100, currency: 'CNY' },
});

const costOf = (tokens: TokenCounts, prices: TokenCounts): number =>
  (['input', 'cacheRead', 'cacheWrite', 'output'] as const).reduce(
    (sum, name) => sum + (tokens[name] * prices[name]) / 1e6,
    0,
  );

/** Two days of two agents, a top-up on the second one; a second machine in its last three hours. */
function simulate(seed: number, foreignPerSlot = 0) {
  let state = seed;
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const off = (): number => 1.5 ** (2 * random() - 1);
  const prices = { input: 4 * off(), cacheRead: off(), cacheWrite: 0, output: 16 * off() };
  const rows: LedgerRow[] = [];
  const history: Snapshot[] = [];
  let available = 200;
  const money = new Map<string, number>(AGENTS.map(agent => [agent, 0]));
  for (let slot = 0; slot < 20 * 12; slot++) {
    const at = START + slot * SLOT_MS;
    history.push(balance(at, available));
    const agent = AGENTS[Math.floor(slot / 7) % 2]!;
    const isClaude = agent === 'claude-code';
    const some = (amount: number): number => Math.round(amount * (0.2 + 1.6 * random()));
    const tokens = {
      input: some(isClaude ? 20e3 : 120e3),
      cacheRead: some(isClaude ? 600e3 : 250e3),
      cacheWrite: 0,
      output: some(isClaude ? 9e3 : 25e3),
    };
    const base = { from: at, spanMs: SLOT_MS, isSubagent: false, failures: 0, retries: 0 };
    rows.push({ ...base, account: 'open-platform moonshot.cn', agent, answers: 1, tokens });
    const cost = costOf(tokens, prices);
    money.set(agent, money.get(agent)! + cost);
    available -= cost;
    if (slot >= 17 * 12) available -= foreignPerSlot;
    if (slot === 130) available += 100;
  }
  history.push(balance(START + 20 * HOUR_MS, available));
  return { history, rows, prices, money, foreign: 36 * foreignPerSlot };
}

const SEEDS = Array.from({ length: 40 }, (_, i) => 17 + 1_001 * i);

describe('moneyUse: simulated balances with a top-up', () => {
  it('gives shares of agents to within 5 % of the money', () => {
    for (const seed of SEEDS) {
      const { history, rows, money } = simulate(seed);
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
      const { history, rows, prices } = simulate(seed);
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
      const { history, rows } = simulate(seed);
      assert.equal(moneyUse({ history, rows, since: START })!.unexplained, undefined, `${seed}`);
    }
  });

  it('finds use by others, and not more than there was', () => {
    for (const seed of SEEDS) {
      const { history, rows, foreign } = simulate(seed, 1);
      const { unexplained = 0 } = moneyUse({ history, rows, since: START })!;
      assert.ok(
        unexplained > 0.7 * foreign && unexplained < 1.1 * foreign,
        `${seed} ${unexplained}`,
      );
    }
  });

  it('claims no prices from six balances', () => {
    const { history, rows } = simulate(17);
    const found = moneyUse({ history: history.slice(0, 6), rows, since: START })!;
    assert.ok(found.used > 0);
    assert.equal(found.explained ?? found.perMillion ?? found.unexplained, undefined);
  });

  it('calls nothing unexplained while an agent without tokens ran', () => {
    const { history, rows } = simulate(17);
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
    const { history, rows, money } = simulate(17);
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
      const row = simulate(17).rows[0]!;
      const { account: _, ...rest } = row;
      const own = account === undefined ? rest : { ...rest, account };
      assert.equal(isOfAccount(own, balance(START, 1)), expected);
    });
});
