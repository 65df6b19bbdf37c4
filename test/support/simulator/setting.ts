import type { Signal } from '../../../src/core/agents/signal.ts';
import { ClaudeCodeDisk } from './claudeCodeDisk.ts';
import type { ClientId } from './clients.ts';
import type { Disk, TakeSignal } from './disk.ts';
import { Elsewhere } from './elsewhere.ts';
import { EventQueue } from './eventQueue.ts';
import { KimiCodeDisk } from './kimiCodeDisk.ts';
import { Machine, type Worker } from './machine.ts';
import { seededRandom, type Random } from './random.ts';
import { UsagesReader, type UsagesManner } from './readings.ts';
import { SimulatedKimi, type ServiceSetup, type TrueWindow } from './simulatedKimi.ts';
import { SignalDisk } from './signalDisk.ts';
import type { TrueCause } from './truth.ts';
import { waysToTell, type Refused } from './wordings.ts';

export const MINUTE_MS = 60_000;
/** Wednesday 14 October 2026, 10:00 UTC: not the time of day when capacity is short. */
export const START = Date.UTC(2026, 9, 14, 10);
/** Everybody works peacefully until then. */
export const BURST = START + 8 * MINUTE_MS;

/** A signal as it came off the disk. */
export interface Delivery {
  readonly at: number;
  readonly signal: Signal;
}

/** How an agent is run, and what of it can be seen. */
export interface Seat {
  readonly client: ClientId;
  readonly disk: Disk;
  /** Words of failures are kept: of the main thread, and of sub-agents. */
  readonly hasWords: (isSubagent: boolean, status: number | undefined) => boolean;
  /** The logs tell when requests begin. */
  readonly hasStarts: boolean;
  /** The data on disk shows the account, without the error text. */
  readonly isAttributed: boolean;
}

/** The stage for one run. */
export interface Setting {
  readonly random: Random;
  readonly queue: EventQueue;
  readonly service: SimulatedKimi;
  readonly machine: Machine;
  /** The other machines of the account. */
  readonly elsewhere: Elsewhere;
  readonly reader: UsagesReader;
  readonly manner: UsagesManner;
  readonly reported: Map<TrueCause, Refused>;
  readonly deliveries: Delivery[];
  readonly seat: (client?: ClientId, relay?: string) => Seat;
  readonly worker: (seat: Seat, more?: Partial<Worker>) => Worker;
}

type Product = ServiceSetup['product'];

/** Sets a stage: a plan with room, a key that mostly is there, words that are the same for a run. */
export function setStage(seed: number, product: Product, more: Partial<ServiceSetup>): Setting {
  const random = seededRandom(seed);
  const queue = new EventQueue(START);
  const reported = new Map<TrueCause, Refused>();
  const words = (cause: TrueCause): Refused => {
    const ways = waysToTell(product, cause);
    if (ways.length === 0) throw new Error(`${product} has no words for ${cause}`);
    const way = reported.get(cause) ?? random.pick(ways);
    reported.set(cause, way);
    return way;
  };
  const isPlan = product === 'kimi-code';
  const service = new SimulatedKimi(
    {
      product,
      parallelLimit: isPlan ? random.pick([10, 10, 20]) : 50,
      windows: isPlan ? roomyWindows(random) : [],
      ...(isPlan ? {} : { balance: 20 }),
      words,
      ...more,
    },
    random,
  );
  const machine = new Machine(queue, service, random);
  const manner = mannerOf(random);
  const reader = new UsagesReader({ queue, service, random }, manner);
  const deliveries: Delivery[] = [];
  const take = (at: number, signal: Signal): void => {
    deliveries.push({ at, signal });
    if (signal.kind === 'requestFailed') reader.failed();
  };
  const seat = (client = clientOf(random), relay?: string): Seat =>
    seatOf(client, { random, product, take, ...(relay === undefined ? {} : { relay }) });
  let threads = 0;
  const worker = (at: Seat, given: Partial<Worker> = {}): Worker => ({
    client: at.client,
    disk: at.disk,
    session: `session_${(threads++).toString(16).padStart(4, '0')}`,
    steps: 400,
    pauseMs: 9000,
    tokens: 9000,
    maxTokens: 8192,
    comebacks: random.whole(0, 3),
    ...given,
  });
  return {
    ...{ random, queue, service, machine, elsewhere: new Elsewhere(), reader, manner },
    ...{ reported, deliveries, seat, worker },
  };
}

function roomyWindows(random: Random): TrueWindow[] {
  const hour = 60 * MINUTE_MS;
  const percentPerRequest = random.between(0.005, 0.03);
  const five = {
    id: '5h' as const,
    usedPercent: random.between(2, 70),
    resetsAt: START + random.between(1, 4.9) * hour,
    percentPerRequest,
  };
  const [length, id] = random.chance(0.7)
    ? ([7 * 24, 'week'] as const)
    : ([30 * 24, 'month'] as const);
  const longer = {
    id,
    usedPercent: random.between(2, 75),
    resetsAt: START + random.between(5, length) * hour,
    percentPerRequest: percentPerRequest / 6,
  };
  return [five, longer];
}

function mannerOf(random: Random): UsagesManner {
  const lie = random.chance(0.03) ? 'stale' : random.chance(0.05) ? 'zeros' : undefined;
  return {
    hasKey: random.chance(0.9),
    lagMs: random.chance(0.4) ? random.between(0, 90_000) : 0,
    isRounded: random.chance(0.7),
    hasParallelLimit: random.chance(0.93),
    ...(lie ? { lie } : {}),
  };
}

/** How many people use which, roughly. */
function clientOf(random: Random): ClientId {
  const at = random.next();
  if (at < 0.42) return 'kimi-code';
  if (at < 0.72) return 'claude-code';
  if (at < 0.86) return 'opencode';
  return at < 0.94 ? 'cline' : 'codex';
}

interface SeatContext {
  readonly random: Random;
  readonly product: Product;
  readonly take: TakeSignal;
  /** The host of a gateway that agents are configured for. */
  readonly relay?: string;
}

function seatOf(client: ClientId, { random, product, take, relay }: SeatContext): Seat {
  const isPlan = product === 'kimi-code';
  const host = relay ?? (isPlan ? 'api.kimi.com' : 'api.moonshot.ai');
  const isConfigured = random.chance(0.9);
  // Agents that keep no address: it is in their configuration, where that can be read.
  const placed: TakeSignal = (at, signal) =>
    take(
      at,
      isConfigured ? { ...signal, evidence: { ...signal.evidence, configuredHost: host } } : signal,
    );
  const whole = { client, hasStarts: true, isAttributed: isConfigured };
  if (client === 'kimi-code') {
    // Of an older version only the log is read.
    const hasWire = !random.chance(0.07);
    const alias = isPlan ? 'kimi-code/kimi-for-coding' : 'moonshot-ai/kimi-k2.5';
    const disk = new KimiCodeDisk(take, random, alias, hasWire);
    return { client, disk, hasWords: () => true, hasStarts: hasWire, isAttributed: true };
  }
  if (client === 'claude-code') {
    const isPrint = random.chance(0.45);
    const model = isPlan ? 'kimi-for-coding' : 'kimi-k2.5';
    const disk = new ClaudeCodeDisk(placed, random, { isPrint, model, isKimiCode: isPlan });
    return { ...whole, disk, hasWords: isSubagent => isPrint && !isSubagent };
  }
  const habits = {
    agent: client,
    providerId: client === 'opencode' ? (isPlan ? 'kimi-for-coding' : 'moonshotai') : 'openai',
    model: isPlan ? 'kimi-for-coding' : 'kimi-k2.5',
    hasStarts: client === 'opencode',
    losesWordsOf: client === 'codex' ? [429] : [],
    tellsTurns: client === 'codex',
  };
  const disk = new SignalDisk(client === 'opencode' ? take : placed, habits);
  return {
    ...whole,
    disk,
    hasStarts: habits.hasStarts,
    isAttributed: client === 'opencode' || isConfigured,
    hasWords: (_, status) => !habits.losesWordsOf.includes(status ?? 0),
  };
}
