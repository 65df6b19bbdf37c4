import { CLIENTS, waitMs, type ClientId } from './clients.ts';
import type { Disk, Thread } from './disk.ts';
import { Elsewhere } from './elsewhere.ts';
import type { EventQueue } from './eventQueue.ts';
import type { Random } from './random.ts';
import type { SimulatedKimi } from './simulatedKimi.ts';
import type { TrueRefusal } from './truth.ts';

/** One thread of an agent at work. */
export interface Worker extends Thread {
  readonly client: ClientId;
  readonly disk: Disk;
  /** Requests of the thread, one after the other. */
  readonly steps: number;
  /** Between an answer and the next request: tools, reading. Median. */
  readonly pauseMs: number;
  /** Prompt and answer of a request, and the largest answer that it asks for. */
  readonly tokens: number;
  readonly maxTokens: number;
  /** How often a person sends it off again after it gave up. */
  readonly comebacks: number;
  /** After its last step. */
  readonly onEnd?: () => void;
  /** It gave up with so many steps left; whoever takes this sends it off again, in place of a person. */
  readonly onGiveUp?: (stepsLeft: number) => void;
}

/** The agents of one machine: they ask, wait, try again and give up, and write what they write. */
export class Machine {
  readonly #queue: EventQueue;
  readonly #service: SimulatedKimi;
  readonly #random: Random;
  /** What was true of each refusal. */
  readonly refusals: TrueRefusal[] = [];

  constructor(queue: EventQueue, service: SimulatedKimi, random: Random) {
    this.#queue = queue;
    this.#service = service;
    this.#random = random;
  }

  start(worker: Worker): void {
    this.#step(worker, worker.steps, worker.comebacks);
  }

  /** Five in parallel, then one every 700 ms (docs/kimi.md 7). */
  swarm(workers: readonly Worker[]): void {
    for (const [index, worker] of workers.entries())
      this.#queue.after(Math.max(0, index - 4) * 700 + this.#random.between(0, 40), () =>
        this.start(worker),
      );
  }

  #step(worker: Worker, stepsLeft: number, comebacks: number): void {
    if (stepsLeft > 0) this.#attempt(worker, { stepsLeft, comebacks, failures: 0 });
    else worker.onEnd?.();
  }

  #attempt(worker: Worker, course: Course): void {
    const { disk, session } = worker;
    const tokens = worker.tokens * this.#random.skewed(1, 0.3);
    disk.started(this.#queue.now, worker, worker.maxTokens);
    const ask = { owner: 'own', session, tokens, maxTokens: worker.maxTokens } as const;
    const answer = this.#service.ask(this.#queue.now, ask);
    if (answer.kind === 'answered') {
      this.#queue.after(answer.tookMs, () => {
        this.#service.release('own');
        disk.answered(this.#queue.now, worker, tokens);
        const pause = this.#random.skewed(worker.pauseMs, 0.8);
        this.#queue.after(pause, () => this.#step(worker, course.stepsLeft - 1, course.comebacks));
      });
      return;
    }
    const { own, foreign } = this.#service.open;
    const failures = course.failures + 1;
    this.#queue.after(this.#random.between(60, 350), () => {
      const { now } = this.#queue;
      this.refusals.push({ at: now, session, cause: answer.cause, own: own + 1, foreign });
      const client = CLIENTS[worker.client];
      const { refusal } = answer;
      const isFinal = failures >= client.attempts(refusal);
      const wait = waitMs(client, failures, refusal, this.#random);
      disk.failed(now, worker, isFinal ? { refusal } : { refusal, waitMs: wait });
      if (!isFinal) this.#queue.after(wait, () => this.#attempt(worker, { ...course, failures }));
      else if (worker.onGiveUp) worker.onGiveUp(course.stepsLeft);
      else if (course.comebacks > 0)
        this.#queue.after(this.#random.skewed(40_000, 0.8), () =>
          this.#step(worker, course.stepsLeft, course.comebacks - 1),
        );
    });
  }
}

interface Course {
  readonly stepsLeft: number;
  readonly comebacks: number;
  /** Of the request that is tried. */
  readonly failures: number;
}

interface Surroundings {
  readonly queue: EventQueue;
  readonly service: SimulatedKimi;
  readonly random: Random;
  readonly elsewhere: Elsewhere;
}

/** Requests in flight of others on the same account, without a log on this machine. */
export function startOthers(
  { queue, service, random, elsewhere }: Surroundings,
  { count, from, to }: { count: number; from: number; to: number },
): void {
  const ask = { owner: 'foreign', session: 'elsewhere', tokens: 8000, maxTokens: 8000 } as const;
  const turn = (machine: string): void => {
    if (queue.now >= to) return;
    const answer = service.ask(queue.now, ask);
    if (answer.kind === 'refused')
      return queue.after(random.between(300, 1500), () => turn(machine));
    elsewhere.started(queue.now, machine, ask.tokens);
    queue.after(answer.tookMs, () => {
      service.release('foreign');
      elsewhere.ended(queue.now, machine);
      queue.after(random.between(50, 400), () => turn(machine));
    });
  };
  for (let i = 0; i < count; i++)
    queue.at(from + random.between(0, 3000), () => turn(Elsewhere.machineOf(i)));
}
