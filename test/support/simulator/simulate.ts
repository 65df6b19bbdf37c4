import type { Snapshot } from '../../../src/core/quota/snapshot.ts';
import { ClaudeCodeDisk } from './claudeCodeDisk.ts';
import { Machine, startOthers } from './machine.ts';
import { seededRandom, type Random } from './random.ts';
import { SCENARIOS, type Scenario, type Staged } from './scenarios.ts';
import { SimulatedKimi } from './simulatedKimi.ts';
import { BURST, MINUTE_MS, START, type Delivery, type Setting } from './setting.ts';
import type { TrueRefusal } from './truth.ts';

/** What a run leaves behind: first what can be seen, then what was true. */
export interface SimulatedRun {
  readonly deliveries: readonly Delivery[];
  readonly snapshots: readonly Snapshot[];
  readonly end: number;
  readonly truth: {
    readonly scenario: Scenario;
    readonly staged: Staged;
    readonly refusals: readonly TrueRefusal[];
  };
}

/** A half hour of one person's agents, one thing of which goes wrong. The same for the same seed. */
export function simulate(seed: number): SimulatedRun {
  const random = seededRandom(seed * 7919 + 13);
  const scenario = pickScenario(random);
  const staged = scenario.stage(seed, random);
  const { setting } = staged;
  const end = BURST + random.between(18, 32) * MINUTE_MS;
  setting.reader.start(end);
  const isQuiet = setting.service.setup.parallelLimit < 5;
  if (!isQuiet && random.chance(0.25))
    startOthers(setting, { count: random.whole(1, 2), from: START, to: end });
  const noise = random.chance(0.12) ? startNoise(setting) : undefined;
  setting.queue.runUntil(end);
  const refusals = [...setting.machine.refusals, ...(noise?.refusals ?? [])];
  return {
    deliveries: setting.deliveries,
    snapshots: setting.reader.snapshots,
    end,
    truth: { scenario, staged, refusals },
  };
}

function pickScenario(random: Random): Scenario {
  const total = SCENARIOS.reduce((sum, { weight }) => sum + weight, 0);
  let at = random.between(0, total);
  return SCENARIOS.find(({ weight }) => (at -= weight) < 0) ?? SCENARIOS[0]!;
}

/** Claude Code with an account of Anthropic's, which is limited at the same time: not Kimi's. */
function startNoise({ queue, random, deliveries, worker }: Setting): Machine {
  const words = {
    wording: 'named',
    status: 429,
    type: 'rate_limit_error',
    text: "This request would exceed your account's rate limit. Please try again later.",
  } as const;
  const from = BURST + random.between(-2, 2) * MINUTE_MS;
  const troubles = [
    { cause: 'other_provider', from, to: from + random.between(5000, 90_000) },
  ] as const;
  const service = new SimulatedKimi(
    { product: 'open-platform', parallelLimit: 50, windows: [], troubles, words: () => words },
    random,
  );
  const mode = { isPrint: true, model: 'claude-sonnet-5', isKimiCode: false };
  const disk = new ClaudeCodeDisk((at, signal) => deliveries.push({ at, signal }), random, mode);
  const machine = new Machine(queue, service, random);
  machine.start({
    ...worker({
      client: 'claude-code',
      disk,
      hasWords: () => true,
      hasStarts: true,
      isAttributed: true,
    }),
  });
  return machine;
}
