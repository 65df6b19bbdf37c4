import type { LedgerRow, TokenCounts } from '../../src/core/ledger/ledger.ts';
import type { Snapshot } from '../../src/core/quota/snapshot.ts';

export const SLOT_MS = 5 * 60_000;
/** The first reading: epoch milliseconds. */
export const START = Date.UTC(2026, 10, 2);
/** Of the simulated account. */
export const ORIGIN = 'https://api.moonshot.cn';
const AGENTS = ['claude-code', 'kimi-code'] as const;

/** A reading of a balance. */
export const balance = (at: number, available: number): Snapshot => ({
  ...{ kind: 'snapshot', at, origin: ORIGIN, clockSkewMs: 0, windows: [] },
  balance: { available: Math.round(available * 100) / 100, currency: 'CNY' },
});

const costOf = (tokens: TokenCounts, prices: TokenCounts): number =>
  (['input', 'cacheRead', 'cacheWrite', 'output'] as const).reduce(
    (sum, name) => sum + (tokens[name] * prices[name]) / 1e6,
    0,
  );

/** Two days of two agents, a top-up on the second one; a second machine in its last three hours. */
export function simulateBalance(seed: number, foreignPerSlot = 0) {
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
  history.push(balance(START + 20 * 12 * SLOT_MS, available));
  return { history, rows, prices, money, foreign: 36 * foreignPerSlot };
}
