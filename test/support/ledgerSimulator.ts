import type { AgentId } from '../../src/core/agents/signal.ts';
import type { LedgerRow, TokenCounts } from '../../src/core/ledger/ledger.ts';
import type { Snapshot } from '../../src/core/quota/snapshot.ts';
import { SimulatedWindow } from './simulatedWindow.ts';

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
  /** Default: the 5-hour window. */
  readonly windowId?: SimulatedWindowId;
  /** A second machine or a leaked key: this many points in a busy slot, from that day on. */
  readonly foreign?: {
    readonly fromDay: number;
    readonly share: number;
    readonly hours?: number;
    /** Only on one of so many days. */
    readonly everyDays?: number;
  };
  /** Tokens cost this many times as much from that day on. */
  readonly change?: { readonly day: number; readonly factor: number };
  /** The quota is read on this share of the days; agents run on all of them. Default: all. */
  readonly openDays?: number;
  /** One of the agents uses a second model, whose tokens cost this many times as much. */
  readonly modelFactor?: number;
}

/** A window that can be simulated. */
type SimulatedWindowId = '5h' | 'week' | 'month';

/** A longer window holds more of the same work. */
const WINDOWS: Readonly<Record<SimulatedWindowId, { lengthMs: number; scale: number }>> = {
  '5h': { lengthMs: 5 * HOUR_MS, scale: 1 },
  week: { lengthMs: 7 * DAY_MS, scale: 1 / 10 },
  month: { lengthMs: 30 * DAY_MS, scale: 1 / 45 },
};

/** The model of most work, and the one of `modelFactor`. */
export const SIMULATED_MODELS = ['kimi-for-coding', 'k3'] as const;

/** What can be seen of it, and the truth. */
export interface SimulatedLedger {
  readonly history: readonly Snapshot[];
  readonly rows: readonly LedgerRow[];
  /** Points per million tokens of the first model, before a change. */
  readonly perMillion: TokenCounts;
  /** In the last window: points by agent, and of others. */
  readonly truth: { readonly byAgent: ReadonlyMap<AgentId, number>; readonly foreign: number };
}

interface Style {
  readonly agent: AgentId;
  readonly weight: number;
  readonly model: (typeof SIMULATED_MODELS)[number];
  /** Tokens of a busy slot. */
  readonly tokens: TokenCounts;
}

/** Agents cache differently: only so the prices of classes can be told apart. */
const styles = (random: () => number, hasTwoModels: boolean): Style[] => [
  {
    agent: 'claude-code',
    weight: 0.3 + random(),
    model: 'kimi-for-coding',
    tokens: { input: 30e3, cacheRead: 900e3, cacheWrite: 120e3, output: 14e3 },
  },
  {
    agent: 'kimi-code',
    weight: 0.3 + random(),
    model: hasTwoModels ? 'k3' : 'kimi-for-coding',
    tokens: { input: 160e3, cacheRead: 500e3, cacheWrite: 0, output: 30e3 },
  },
  {
    agent: 'opencode',
    weight: 0.2 + random() / 2,
    model: 'kimi-for-coding',
    tokens: { input: 260e3, cacheRead: 60e3, cacheWrite: 10e3, output: 9e3 },
  },
];

/** Points per million: each class up to 2.5 times as much or as little as in the usual proportions. */
function hiddenPrices(random: () => number, scale: number): TokenCounts {
  const off = (): number => 2.5 ** (2 * random() - 1);
  const all = { input: off(), cacheRead: 0.25 * off(), cacheWrite: off(), output: 4.2 * off() };
  // Whatever a token costs, a user's work takes half a window to a whole one.
  const usual = { input: 1, cacheRead: 0.25, cacheWrite: 1, output: 4.2 };
  const slot = { input: 130e3, cacheRead: 550e3, cacheWrite: 50e3, output: 18e3 };
  const same = (costOf(slot, usual) / costOf(slot, all)) * (0.7 + 0.7 * random());
  return scaledBy(all, () => 4.5 * scale * same);
}

const costOf = (tokens: TokenCounts, prices: TokenCounts): number =>
  (tokens.input * prices.input +
    tokens.cacheRead * prices.cacheRead +
    tokens.cacheWrite * prices.cacheWrite +
    tokens.output * prices.output) /
  1e6;

/** Simulates a window of an account: agents, readings, rounding, late counting, gaps. */
export function simulateLedger(scenario: LedgerScenario): SimulatedLedger {
  const { seed, days, windowId = '5h', openDays = 1, change, modelFactor = 1 } = scenario;
  const random = randomOf(seed);
  const { lengthMs, scale } = WINDOWS[windowId];
  const perMillion = hiddenPrices(random, scale);
  const all = styles(random, scenario.modelFactor !== undefined);
  const rows: LedgerRow[] = [];
  const history: Snapshot[] = [];
  const account = new SimulatedWindow({ windowId, lengthMs, startsAt: START });
  const end = START + days * DAY_MS;
  let session = { until: 0, style: all[0]!, pace: 1 };
  let isOpenDay = true;
  for (let at = START; at < end; at += SLOT_MS) {
    const day = (at - START) / DAY_MS;
    const hour = (day % 1) * 24;
    if (hour === 0) isOpenDay = random() < openDays || day > days - 1;
    if (at >= session.until) session = nextSession(at, random, all);
    const isAtWork = hour > 8 && hour < 20 && random() < 0.75;
    // What is used up refuses everybody.
    const isOpen = account.usedAt(at) < 100;
    if (isAtWork && isOpen) {
      const { style, pace } = session;
      const tokens = unevenly(style.tokens, pace * (0.4 + 1.2 * random()), random);
      rows.push(rowOf(at, style, tokens));
      const factor = (change && day >= change.day ? change.factor : 1) * factorOf(style);
      useBy(style.agent, at, factor * costOf(tokens, perMillion));
    }
    const points = scale * foreignPoints(scenario, day, hour, random);
    if (points > 0 && isOpen) useBy('foreign', at, points);
    // The editor is closed now and then, and the quota is read every five minutes or so.
    const isRead = isOpenDay && hour > 7 && hour < 22 && random() < 0.85;
    if (isRead) history.push(account.readingAt(at + SLOT_MS));
  }
  return { history, rows, perMillion, truth: account.truth(history.at(-1)?.at ?? end) };

  function factorOf({ model }: Style): number {
    return model === 'k3' ? modelFactor : 1;
  }

  /** A slot has several requests, each counted some minutes later. */
  function useBy(by: string, at: number, points: number): void {
    const count = 2 + Math.floor(4 * random());
    for (let n = 0; n < count; n++)
      account.use(at + random() * SLOT_MS + (1 + 6 * random()) * MINUTE_MS, points / count, by);
  }
}

function nextSession(at: number, random: () => number, all: readonly Style[]) {
  const total = all.reduce((sum, { weight }) => sum + weight, 0);
  let rest = random() * total;
  const style = all.find(({ weight }) => (rest -= weight) < 0) ?? all[0]!;
  return { until: at + (0.3 + 2 * random()) * HOUR_MS, style, pace: 0.3 + random() * 0.9 };
}

const unevenly = (tokens: TokenCounts, factor: number, random: () => number): TokenCounts =>
  scaledBy(tokens, count => Math.round(count * factor * (0.6 + 0.8 * random())), true);

/** Each class times a factor, or what the function makes of it. */
function scaledBy(
  tokens: TokenCounts,
  of: (count: number) => number,
  isWhole = false,
): TokenCounts {
  const each = (count: number): number => (isWhole ? of(count) : count * of(count));
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
  const { hours = 24, share, everyDays = 1 } = foreign;
  const isItsDay = Math.floor(day - foreign.fromDay) % everyDays === 0;
  const isOn = isItsDay && (day - foreign.fromDay) * 24 < hours && hour > 9 && hour < 21;
  return isOn && random() < 0.8 ? share * (0.5 + random()) : 0;
}

const rowOf = (from: number, { agent, model }: Style, tokens: TokenCounts): LedgerRow => ({
  from,
  spanMs: SLOT_MS,
  account: 'kimi-code',
  agent,
  model,
  isSubagent: false,
  answers: 10,
  failures: 0,
  retries: 0,
  tokens,
});
