import type { AgentId } from '../../src/core/agents/signal.ts';
import type { LedgerRow, TokenCounts } from '../../src/core/ledger/ledger.ts';
import type { Snapshot } from '../../src/core/quota/snapshot.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const SLOT_MS = 5 * MINUTE_MS;
const START = Date.UTC(2026, 9, 1);

/** Random numbers from a seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What a simulated account is like. Times in days from its beginning. */
export interface LedgerScenario {
  readonly seed: number;
  readonly days: number;
  /** A second machine with this share of all use, or a leaked key, from that day on. */
  readonly foreign?: { readonly fromDay: number; readonly share: number; readonly hours?: number };
  /** Tokens cost this many times as much from that day on. */
  readonly change?: { readonly day: number; readonly factor: number };
}

/** What can be seen of it, and the truth. */
export interface SimulatedLedger {
  readonly history: readonly Snapshot[];
  readonly rows: readonly LedgerRow[];
  /** Points per million tokens, before a change. */
  readonly perMillion: TokenCounts;
  /** In the last window: points by agent, and of others. */
  readonly truth: { readonly byAgent: ReadonlyMap<AgentId, number>; readonly foreign: number };
}

interface Style {
  readonly agent: AgentId;
  readonly weight: number;
  /** Tokens of a busy slot. */
  readonly tokens: TokenCounts;
}

/** Agents cache differently: only so the prices of classes can be told apart. */
const styles = (random: () => number): Style[] => [
  {
    agent: 'claude-code',
    weight: 0.3 + random(),
    tokens: { input: 30e3, cacheRead: 900e3, cacheWrite: 120e3, output: 14e3 },
  },
  {
    agent: 'kimi-code',
    weight: 0.3 + random(),
    tokens: { input: 160e3, cacheRead: 500e3, cacheWrite: 0, output: 30e3 },
  },
  {
    agent: 'opencode',
    weight: 0.2 + random() / 2,
    tokens: { input: 260e3, cacheRead: 60e3, cacheWrite: 10e3, output: 9e3 },
  },
];

/** Points per million: the usual proportions, each off by up to 40 %. */
function hiddenPrices(random: () => number): TokenCounts {
  const off = (): number => 0.7 + random() * 0.7;
  const scale = 4.5 * off();
  return {
    input: scale * off(),
    cacheRead: scale * 0.25 * off(),
    cacheWrite: scale * off(),
    output: scale * 4.2 * off(),
  };
}

const costOf = (tokens: TokenCounts, prices: TokenCounts): number =>
  (tokens.input * prices.input +
    tokens.cacheRead * prices.cacheRead +
    tokens.cacheWrite * prices.cacheWrite +
    tokens.output * prices.output) /
  1e6;

/** Simulates the 5-hour window of an account: agents, readings, rounding, late counting, gaps. */
export function simulateLedger(scenario: LedgerScenario): SimulatedLedger {
  const random = randomOf(scenario.seed);
  const perMillion = hiddenPrices(random);
  const all = styles(random);
  const rows: LedgerRow[] = [];
  const history: Snapshot[] = [];
  const account = new SimulatedWindow();
  const end = START + scenario.days * DAY_MS;
  let session = { until: 0, style: all[0]!, pace: 1 };
  for (let at = START; at < end; at += SLOT_MS) {
    const day = (at - START) / DAY_MS;
    const hour = (day % 1) * 24;
    if (at >= session.until) session = nextSession(at, random, all);
    const factor = scenario.change && day >= scenario.change.day ? scenario.change.factor : 1;
    const isAtWork = hour > 8 && hour < 20 && random() < 0.75;
    // What is used up refuses everybody.
    const isOpen = account.usedAt(at) < 100;
    if (isAtWork && isOpen) {
      const { style, pace } = session;
      const tokens = scaled(style.tokens, pace * (0.4 + 1.2 * random()), random);
      rows.push(rowOf(at, style.agent, tokens));
      account.use(at + lateOf(random), factor * costOf(tokens, perMillion), style.agent);
    }
    const points = foreignPoints(scenario, day, hour, random);
    if (points > 0 && isOpen) account.use(at + lateOf(random), points, 'foreign');
    // The editor is closed now and then, and the quota is read every five minutes or so.
    const isRead = hour > 7 && hour < 22 && random() < 0.85;
    if (isRead) history.push(account.readingAt(at + SLOT_MS));
  }
  return { history, rows, perMillion, truth: account.truth() };
}

function nextSession(at: number, random: () => number, all: readonly Style[]) {
  const total = all.reduce((sum, { weight }) => sum + weight, 0);
  let rest = random() * total;
  const style = all.find(({ weight }) => (rest -= weight) < 0) ?? all[0]!;
  return { until: at + (0.3 + 2 * random()) * HOUR_MS, style, pace: 0.3 + random() * 0.9 };
}

const lateOf = (random: () => number): number => (1 + 6 * random()) * MINUTE_MS;

function scaled(tokens: TokenCounts, factor: number, random: () => number): TokenCounts {
  const each = (count: number): number => Math.round(count * factor * (0.6 + 0.8 * random()));
  return {
    input: each(tokens.input),
    cacheRead: each(tokens.cacheRead),
    cacheWrite: each(tokens.cacheWrite),
    output: each(tokens.output),
  };
}

function foreignPoints(
  { foreign }: LedgerScenario,
  day: number,
  hour: number,
  random: () => number,
): number {
  if (!foreign || day < foreign.fromDay) return 0;
  const { hours = 24, share } = foreign;
  const isOn = (day - foreign.fromDay) * 24 < hours && hour > 9 && hour < 21;
  return isOn && random() < 0.8 ? share * (0.5 + random()) : 0;
}

const rowOf = (from: number, agent: AgentId, tokens: TokenCounts): LedgerRow => ({
  from,
  spanMs: SLOT_MS,
  account: 'kimi-code',
  agent,
  isSubagent: false,
  answers: 10,
  failures: 0,
  retries: 0,
  tokens,
});

const LENGTH_MS = 5 * HOUR_MS;

/** The 5-hour window at Kimi: begins with the first use, is counted late, and is told in percent. */
class SimulatedWindow {
  #uses: { at: number; points: number; by: string }[] = [];
  #beganAt = START;

  use(at: number, points: number, by: string): void {
    this.#uses.push({ at, points, by });
  }

  /** Begins a new window with the first use after the end of the last one. */
  usedAt(at: number): number {
    if (at >= this.#beganAt + LENGTH_MS) {
      const later = this.#uses.filter(one => one.at >= this.#beganAt + LENGTH_MS);
      const first = Math.min(...later.map(one => one.at));
      if (first <= at) this.#beganAt = first;
      this.#uses = later;
    }
    const inside = this.#uses.filter(one => one.at <= at && one.at >= this.#beganAt);
    return at >= this.#beganAt + LENGTH_MS ? 0 : inside.reduce((sum, one) => sum + one.points, 0);
  }

  readingAt(at: number): Snapshot {
    const used = this.usedAt(at);
    return {
      kind: 'snapshot',
      at,
      origin: 'https://api.kimi.com',
      clockSkewMs: 0,
      windows: [
        {
          id: '5h',
          usedPercent: Math.min(100, Math.round(used)),
          resetsAt: this.#beganAt + LENGTH_MS,
        },
      ],
    };
  }

  truth(): SimulatedLedger['truth'] {
    const byAgent = new Map<AgentId, number>();
    let foreign = 0;
    for (const { by, points } of this.#uses)
      if (by === 'foreign') foreign += points;
      else byAgent.set(by as AgentId, (byAgent.get(by as AgentId) ?? 0) + points);
    return { byAgent, foreign };
  }
}
