import { startOthers } from './machine.ts';
import type { Random } from './random.ts';
import type { ServiceSetup, Trouble } from './simulatedKimi.ts';
import { BURST, MINUTE_MS, setStage, START, type Seat, type Setting } from './setting.ts';
import type { TrueCause } from './truth.ts';

/** A stage on which something goes wrong, ready to be run. */
export interface Staged {
  readonly setting: Setting;
  /** The agent that meets it. */
  readonly seat: Seat;
  /** Other programs of this machine with the same account are seen to work. */
  readonly hasWitness: boolean;
}

/** What goes wrong, and how often that is so: shares of a hundred, after docs/kimi.md 4.7. */
export interface Scenario {
  readonly cause: TrueCause;
  readonly weight: number;
  readonly stage: (seed: number, random: Random) => Staged;
}

/** Some work for `seat`: a main thread from the start, and maybe another. */
function work(setting: Setting, seat: Seat, more = {}): void {
  const { machine, queue, random, worker } = setting;
  machine.start(worker(seat, more));
  if (random.chance(0.3))
    queue.after(random.between(0, 60_000), () => machine.start(worker(seat, more)));
}

/** Another logged agent of the same account on this machine. */
function witness(setting: Setting, client?: Seat['client']): Seat {
  const seat = setting.seat(client);
  setting.machine.start(setting.worker(seat, { pauseMs: 15_000 }));
  return seat;
}

type More = Partial<ServiceSetup>;

function plan(seed: number, more: More = {}): Setting {
  return setStage(seed, 'kimi-code', more);
}

const platform = (seed: number, more: More = {}): Setting => setStage(seed, 'open-platform', more);

function ownConcurrency(seed: number, random: Random): Staged {
  const isPlan = random.chance(0.8);
  const limit = isPlan ? random.pick([10, 10, 20]) : random.pick([1, 3]);
  const more = { parallelLimit: limit };
  // Paid use on top of a spent window: the window is no reason.
  const setting = isPlan
    ? plan(seed, { ...more, ...(random.chance(0.06) ? { hasExtraUsage: true } : {}) })
    : platform(seed, more);
  if (setting.service.setup.hasExtraUsage) setting.service.setup.windows[0]!.usedPercent = 100;
  const seat = setting.seat();
  const { machine, queue, worker } = setting;
  const main = worker(seat);
  machine.start({ ...main, steps: isPlan ? 60 : 6 });
  const count = Math.ceil(limit * random.between(1.15, 2)) + (isPlan ? 0 : 1);
  const isSwarm = seat.client === 'kimi-code' || seat.client === 'claude-code';
  const steps = random.whole(2, 5);
  queue.at(BURST, () =>
    machine.swarm(
      Array.from({ length: count }, (_, i) =>
        worker(seat, {
          steps,
          pauseMs: 4000,
          comebacks: 0,
          ...(isSwarm ? { session: main.session, subagent: `agent-${i}` } : {}),
        }),
      ),
    ),
  );
  return { setting, seat, hasWitness: false };
}

function foreignConcurrency(seed: number, random: Random): Staged {
  const isPlan = random.chance(0.85);
  const setting = isPlan ? plan(seed) : platform(seed, { parallelLimit: 3 });
  const seat = setting.seat();
  setting.machine.start(setting.worker(seat));
  const count = setting.service.setup.parallelLimit + random.whole(2, 8);
  startOthers(setting, { count, from: BURST, to: BURST + random.between(0.5, 4) * MINUTE_MS });
  return { setting, seat, hasWitness: false };
}

/** A window is used up soon after the burst begins; others use it too, at times. */
function quota(id: '5h' | 'week' | 'month') {
  return (seed: number, random: Random): Staged => {
    const setting = plan(seed);
    const { windows } = setting.service.setup;
    const untilReset = id === '5h' ? random.between(6, 200) : random.between(20, 6000);
    const spent = {
      id,
      usedPercent: 100 - random.between(0.3, 2),
      resetsAt: BURST + untilReset * MINUTE_MS,
      percentPerRequest: random.between(0.05, 0.4),
    };
    windows.splice(0, windows.length, ...windows.filter(other => other.id !== id), spent);
    windows.sort(
      (a, b) => ['5h', 'week', 'month'].indexOf(a.id) - ['5h', 'week', 'month'].indexOf(b.id),
    );
    const seat = setting.seat();
    work(setting, seat, { comebacks: random.whole(0, 15), pauseMs: 5000 });
    if (random.chance(0.3))
      startOthers(setting, { count: 2, from: START, to: BURST + 20 * MINUTE_MS });
    return { setting, seat, hasWitness: false };
  };
}

const limits =
  (more: More, workerOf: (random: Random) => object) =>
  (seed: number, random: Random): Staged => {
    const setting = platform(seed, { parallelLimit: 50, ...more });
    const seat = setting.seat();
    const given = workerOf(random);
    setting.queue.at(BURST - 2 * MINUTE_MS, () => work(setting, seat, given));
    return { setting, seat, hasWitness: false };
  };

/** Kimi's own trouble, from the burst on for some minutes. */
function trouble(cause: TrueCause, make: (random: Random) => Partial<Trouble>) {
  return (seed: number, random: Random): Staged => {
    const troubles: Trouble[] = [];
    const setting = plan(seed, { troubles });
    const seat = setting.seat();
    const main = setting.worker(seat);
    troubles.push({ cause, from: BURST, to: Infinity, ...make(random) });
    setting.machine.start(main);
    return { setting, seat, hasWitness: false };
  };
}

/**
 * Capacity is short, on either product (docs/kimi.md 4.1, 4.2), and at times while sub-agents are at work
 * (kimi-code #3176): they look like too many parallel requests.
 */
function overloaded(seed: number, random: Random): Staged {
  const to = BURST + random.skewed(60_000, 0.8);
  const troubles: Trouble[] = [
    { cause: 'overloaded', from: BURST, to, share: random.between(0.5, 1) },
  ];
  const setting = random.chance(0.85) ? plan(seed, { troubles }) : platform(seed, { troubles });
  const seat = setting.seat();
  const { machine, queue, worker } = setting;
  const main = worker(seat);
  machine.start(main);
  if (random.chance(0.3)) {
    const most = Math.min(12, setting.service.setup.parallelLimit - 2);
    const subagents = Array.from({ length: random.whole(2, most) }, (_, i) =>
      worker(seat, { session: main.session, subagent: `agent-${i}`, steps: random.whole(3, 12) }),
    );
    queue.at(BURST - random.between(-10, 40) * 1000, () => machine.swarm(subagents));
  }
  return { setting, seat, hasWitness: false };
}

/** One client or effort is refused from its beginning, and called overload; others work. */
function disguised(seed: number, random: Random): Staged {
  const troubles: Trouble[] = [];
  const setting = plan(seed, { troubles });
  const seat = setting.seat(random.pick(['opencode', 'kimi-code', 'claude-code'] as const));
  const hasWitness = random.chance(0.75);
  if (hasWitness) witness(setting, seat.client === 'kimi-code' ? 'claude-code' : 'kimi-code');
  const refused = setting.worker(seat, { comebacks: random.whole(1, 4) });
  troubles.push({
    cause: 'disguised_overload',
    from: START,
    to: Infinity,
    session: refused.session,
  });
  setting.queue.at(BURST, () => setting.machine.start(refused));
  return { setting, seat, hasWitness };
}

/** A key or client that never worked here. */
function neverWorked(cause: TrueCause) {
  return (seed: number, random: Random): Staged => {
    const troubles: Trouble[] = [];
    const setting =
      random.chance(0.8) || cause !== 'wrong_key'
        ? plan(seed, { troubles })
        : platform(seed, { troubles });
    const seat = setting.seat();
    const refused = setting.worker(seat);
    troubles.push({ cause, from: START, to: Infinity, session: refused.session });
    setting.queue.at(BURST, () => setting.machine.start(refused));
    return { setting, seat, hasWitness: false };
  };
}

/** A sign-in of 15 minutes, after a pause of 15 minutes. */
function tokenExpired(seed: number, random: Random): Staged {
  const troubles: Trouble[] = [];
  const setting = plan(seed, { troubles });
  const seat = setting.seat('kimi-code');
  const main = setting.worker(seat, { steps: 3, comebacks: 3 });
  setting.machine.start(main);
  const at = START + 17 * MINUTE_MS;
  troubles.push({
    cause: 'token_expired',
    from: at - 1,
    to: at + random.between(2000, 20_000),
    session: main.session,
  });
  setting.queue.at(at, () => setting.machine.start({ ...main, steps: 200 }));
  return { setting, seat, hasWitness: false };
}

/** The account of a program in between has no money. */
function gatewayBalance(seed: number): Staged {
  const troubles: Trouble[] = [{ cause: 'gateway_balance', from: BURST, to: Infinity }];
  const setting = platform(seed, { troubles });
  const seat = setting.seat(
    setting.random.pick(['claude-code', 'cline'] as const),
    'relay.example.net',
  );
  setting.machine.start(setting.worker(seat));
  return { setting, seat, hasWitness: false };
}

/** All scenarios. */
export const SCENARIOS: readonly Scenario[] = [
  { cause: 'own_concurrency', weight: 20, stage: ownConcurrency },
  { cause: 'foreign_concurrency', weight: 8, stage: foreignConcurrency },
  { cause: 'quota_5h', weight: 14, stage: quota('5h') },
  { cause: 'quota_weekly', weight: 8, stage: quota('week') },
  { cause: 'quota_monthly', weight: 4, stage: quota('month') },
  {
    cause: 'rpm',
    weight: 5,
    stage: limits({ maxRequestsPerMinute: 6 }, () => ({ pauseMs: 800, tokens: 3000 })),
  },
  {
    cause: 'tpm',
    weight: 4,
    stage: limits({ maxTokensPerMinute: 300_000 }, random => ({
      tokens: random.between(40_000, 90_000),
      maxTokens: 65_536,
    })),
  },
  {
    cause: 'tpd',
    weight: 4,
    stage: limits({ maxTokensPerDay: 1_500_000, tokensToday: 1_400_000 }, () => ({
      tokens: 30_000,
    })),
  },
  {
    cause: 'balance',
    weight: 5,
    stage: limits({ balance: 0.05 }, () => ({ tokens: 20_000 })),
  },
  { cause: 'gateway_balance', weight: 2, stage: gatewayBalance },
  {
    cause: 'overloaded',
    weight: 7,
    stage: overloaded,
  },
  { cause: 'disguised_overload', weight: 2, stage: disguised },
  { cause: 'wrong_key', weight: 3, stage: neverWorked('wrong_key') },
  { cause: 'token_expired', weight: 2, stage: tokenExpired },
  { cause: 'client_not_accepted', weight: 1, stage: neverWorked('client_not_accepted') },
  { cause: 'membership', weight: 1, stage: trouble('membership', () => ({})) },
  { cause: 'entitlement', weight: 2, stage: neverWorked('entitlement') },
  { cause: 'account_closed', weight: 1, stage: trouble('account_closed', () => ({})) },
  { cause: 'wrong_endpoint', weight: 1, stage: neverWorked('wrong_endpoint') },
  { cause: 'context_length', weight: 2, stage: trouble('context_length', () => ({})) },
  {
    cause: 'server_error',
    weight: 2,
    stage: trouble('server_error', random => ({ to: BURST + random.between(20_000, 120_000) })),
  },
  {
    cause: 'network',
    weight: 2,
    stage: trouble('network', random => ({ to: BURST + random.between(5000, 60_000) })),
  },
];
