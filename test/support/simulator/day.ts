import { english } from '../../../src/core/base/format.ts';
import type { Clock } from '../../../src/core/base/ports.ts';
import { paceReason } from '../../../src/core/status/pace.ts';
import { waitUntilOpen } from '../../../src/core/status/waitUntilOpen.ts';
import { ClaudeCodeDisk } from './claudeCodeDisk.ts';
import type { Disk, TakeSignal } from './disk.ts';
import type { EventQueue } from './eventQueue.ts';
import { KimiCodeDisk } from './kimiCodeDisk.ts';
import { KnownState } from './knownState.ts';
import type { Worker } from './machine.ts';
import { seededRandom } from './random.ts';
import { UsagesReader } from './readings.ts';
import { MINUTE_MS, setStage, START, type Setting } from './setting.ts';
import type { TrueRefusal } from './truth.ts';

const HOUR_MS = 60 * MINUTE_MS;
/** The simulation moves on in such steps, so that what a wait awaits is settled in between. */
const TICK_MS = 250;
const LONGEST_DAY_MS = 48 * HOUR_MS;
const LOCALE = { language: 'en', timeZone: 'UTC', t: english } as const;

/** A swarm of sub-agents that a session starts at its time, or after the one before it. */
interface Job {
  readonly session: number;
  readonly plannedAt: number;
  /** Requests of each sub-agent. */
  readonly steps: readonly number[];
}

/** What became of a day. Times are milliseconds after its start. */
export interface Day {
  readonly requests: number;
  readonly refusals: readonly TrueRefusal[];
  /** When each job was finished, in the order of the plan. */
  readonly finishedMs: readonly number[];
}

/**
 * A day of four sessions on one plan, whose swarms together need more than the parallel slots and
 * than a 5-hour window has. `isPaced`: they ask the hook before they start sub-agents, and wait. The
 * same seed gives the same work and limits, with and without.
 */
export async function simulateDay(seed: number, { isPaced }: { isPaced: boolean }): Promise<Day> {
  const jobs = planOf(seed);
  const setting = stageOf(seed, jobs);
  const known = isPaced ? new KnownState(setting) : undefined;
  const { queue } = setting;
  setting.reader.start(START + LONGEST_DAY_MS);
  const finishedMs: number[] = [];
  let requests = 0;
  const disks = disksOf(setting, () => requests++);
  const sessions = [...new Set(jobs.map(({ session }) => session))];
  for (const session of sessions) {
    const own = jobs.flatMap((job, index) => (job.session === session ? [{ job, index }] : []));
    const next = (): void => {
      const first = own.shift();
      if (!first) return;
      queue.at(first.job.plannedAt, () => {
        const swarm = new Swarm({
          setting,
          seat: disks[session % 2]!,
          ...(known ? { known } : {}),
        });
        swarm.run(first.job, () => {
          finishedMs[first.index] = queue.now - START;
          next();
        });
      });
    };
    next();
  }
  const isDone = (): boolean => jobs.every((_, index) => finishedMs[index] !== undefined);
  for (let at = START; !isDone(); at += TICK_MS) {
    if (at > START + LONGEST_DAY_MS) throw new Error(`day ${seed} does not end`);
    queue.runUntil(at);
    await new Promise(setImmediate);
  }
  return { requests, refusals: setting.machine.refusals, finishedMs };
}

function planOf(seed: number): Job[] {
  const random = seededRandom(seed * 104_729 + 7);
  return Array.from({ length: 4 }, (_, session) => {
    let at = START + random.between(0, 30) * MINUTE_MS;
    return Array.from({ length: 6 }, (): Job => {
      const plannedAt = at;
      at += random.between(50, 110) * MINUTE_MS;
      const steps = Array.from({ length: random.whole(3, 14) }, () => random.whole(8, 30));
      return { session, plannedAt, steps };
    });
  }).flat();
}

/** A 5-hour window has room for 45 % of the work, so that two of them are spent. */
function stageOf(seed: number, jobs: readonly Job[]): Setting {
  const total = jobs.flatMap(({ steps }) => steps).reduce((sum, count) => sum + count, 0);
  const percentPerRequest = 100 / (total * 0.45);
  const stage = setStage(seed, 'kimi-code', {
    parallelLimit: 10,
    windows: [
      { id: '5h', usedPercent: 0, resetsAt: START + 5 * HOUR_MS, percentPerRequest },
      {
        id: 'week',
        usedPercent: 10,
        resetsAt: START + 90 * HOUR_MS,
        percentPerRequest: percentPerRequest / 8,
      },
    ],
  });
  // The errors are worded alike with and without the hook.
  for (const cause of ['quota_5h', 'own_concurrency'] as const) stage.service.setup.words(cause);
  const manner = { hasKey: true, lagMs: 30_000, isRounded: true, hasParallelLimit: true };
  return { ...stage, manner, reader: new UsagesReader(stage, manner) };
}

type Seat = Pick<Worker, 'client' | 'disk'>;

/** The two agents that have hooks. */
function disksOf({ random, deliveries, reader }: Setting, onRequest: () => void): Seat[] {
  const take: TakeSignal = (at, signal) => {
    deliveries.push({ at, signal });
    if (signal.kind === 'requestFailed') reader.failed();
  };
  const placed: TakeSignal = (at, signal) =>
    take(at, { ...signal, evidence: { ...signal.evidence, configuredHost: 'api.kimi.com' } });
  const mode = { isPrint: true, model: 'kimi-for-coding', isKimiCode: true };
  const counted = (disk: Disk): Disk => ({
    started: (...args) => {
      onRequest();
      disk.started(...args);
    },
    answered: (...args) => disk.answered(...args),
    failed: (...args) => disk.failed(...args),
  });
  return [
    {
      client: 'kimi-code',
      disk: counted(new KimiCodeDisk(take, random, 'kimi-code/kimi-for-coding', true)),
    },
    { client: 'claude-code', disk: counted(new ClaudeCodeDisk(placed, random, mode)) },
  ];
}

interface SwarmOptions {
  readonly setting: Setting;
  /** Absent: without the hook. */
  readonly known?: KnownState;
  readonly seat: Seat;
}

/** The first try again after a sub-agent gave up, and the longest: then somebody looks now and then. */
const COMEBACK_MS = 40_000;
const LONGEST_COMEBACK_MS = 15 * MINUTE_MS;

/** One swarm: starts its sub-agents, and starts those again that gave up. */
class Swarm {
  readonly #options: SwarmOptions;
  #toStart: Worker[] = [];
  #running = 0;
  #isStarting = false;
  #comebacks = 0;
  #onEnd: () => void = () => {};

  constructor(options: SwarmOptions) {
    this.#options = options;
  }

  run({ session: number, steps, plannedAt }: Job, onEnd: () => void): void {
    const { seat } = this.#options;
    const session = `session_${number}_${plannedAt}`;
    this.#onEnd = onEnd;
    this.#toStart = steps.map((count, index) => ({
      ...seat,
      session,
      subagent: `a${index}`,
      steps: count,
      pauseMs: 9000,
      tokens: 9000,
      maxTokens: 8192,
      comebacks: 0,
    }));
    void this.#startAll();
  }

  async #startAll(): Promise<void> {
    this.#isStarting = true;
    const { known, setting } = this.#options;
    while (this.#toStart.length > 0) {
      const fitting = known ? this.#fitting(known) : this.#toStart.length;
      const started = this.#toStart.splice(0, fitting);
      this.#running += started.length;
      setting.machine.swarm(started.map(worker => this.#watched(worker)));
      if (this.#toStart.length === 0) break;
      if (known && fitting === 0)
        await waitUntilOpen({
          clock: clockOf(setting.queue),
          goal: 'go',
          maxMs: 6 * HOUR_MS,
          random: () => setting.random.next(),
          read: async freshMs => known.read(freshMs),
        });
      // The agent reads the answer, does something else, and calls the tool again.
      await pause(setting.queue, setting.random.between(10_000, 40_000));
    }
    this.#isStarting = false;
  }

  /** How many sub-agents the hook lets start: it is asked with all, then with as many as it names. */
  #fitting(known: KnownState): number {
    const state = known.read();
    if (!state) return this.#toStart.length;
    const { activity, incidents, now } = state;
    const context = { activity, incidents, now, guard: {}, locale: LOCALE };
    const isLet = (subagents: number): boolean =>
      paceReason(state, { subagents }, context) === undefined;
    let count = this.#toStart.length;
    while (count > 0 && !isLet(count)) count--;
    return count;
  }

  #watched(worker: Worker): Worker {
    return {
      ...worker,
      onEnd: () => {
        this.#comebacks = 0;
        this.#end();
      },
      onGiveUp: steps => {
        this.#toStart.push({ ...worker, steps });
        this.#end();
      },
    };
  }

  /** The session goes on when all that it started has ended. */
  #end(): void {
    if (--this.#running > 0 || this.#isStarting) return;
    if (this.#toStart.length === 0) return this.#onEnd();
    const { queue, random } = this.#options.setting;
    const wait = Math.min(LONGEST_COMEBACK_MS, COMEBACK_MS * 2 ** this.#comebacks++);
    queue.after(random.skewed(wait, 0.3), () => void this.#startAll());
  }
}

const pause = (queue: EventQueue, delayMs: number): Promise<void> =>
  new Promise(resolve => queue.after(delayMs, resolve));

function clockOf(queue: EventQueue): Clock {
  return {
    now: () => queue.now,
    monotonicMs: () => queue.now - START,
    after: (delayMs, callback) => {
      let isCancelled = false;
      queue.after(delayMs, () => {
        if (!isCancelled) callback();
      });
      return { dispose: () => void (isCancelled = true) };
    },
  };
}
