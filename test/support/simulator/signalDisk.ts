import { evidenceFromText } from '../../../src/core/agents/failureFromText.ts';
import type { AgentId, RequestFailed, Signal } from '../../../src/core/agents/signal.ts';
import { redact } from '../../../src/core/base/redact.ts';
import type { Disk, FailedAttempt, TakeSignal, Thread } from './disk.ts';

/** What an agent's files keep, where the signals are made without them (docs/agents.md 3.1, 7). */
export interface SignalHabits {
  readonly agent: AgentId;
  readonly providerId: string;
  readonly model: string;
  readonly hasStarts: boolean;
  /** Of these statuses the words are lost. */
  readonly losesWordsOf: readonly number[];
  /** One record covers all attempts of a turn. */
  readonly tellsTurns: boolean;
}

/** An agent whose signals stand for its files. */
export class SignalDisk implements Disk {
  readonly #take: TakeSignal;
  readonly #habits: SignalHabits;
  #count = 0;
  readonly #untold = new Map<string, number>();

  constructor(take: TakeSignal, habits: SignalHabits) {
    this.#take = take;
    this.#habits = habits;
  }

  started(at: number, thread: Thread): void {
    if (!this.#habits.hasStarts) return;
    this.#take(at, { kind: 'requestStarted', ...this.#fields(at, thread) });
  }

  answered(at: number, thread: Thread, tokens: number): void {
    if (!this.#habits.hasStarts) return;
    const inputTokens = Math.round(tokens * 0.95);
    const outputTokens = Math.round(tokens * 0.05);
    this.#take(at, {
      kind: 'requestEnded',
      ...this.#fields(at, thread),
      inputTokens,
      outputTokens,
    });
  }

  failed(at: number, thread: Thread, { refusal, waitMs }: FailedAttempt): void {
    const { losesWordsOf, tellsTurns } = this.#habits;
    const hasWords = !losesWordsOf.includes(refusal.status ?? 0);
    const name = `${thread.session} ${thread.subagent ?? ''}`;
    const attemptCount = (this.#untold.get(name) ?? 0) + 1;
    if (tellsTurns && waitMs !== undefined) {
      this.#untold.set(name, attemptCount);
      return;
    }
    this.#untold.delete(name);
    const { status, type } = refusal;
    const text = hasWords ? redact(refusal.text) : '';
    const fields = this.#fields(at, thread);
    const failed: RequestFailed = {
      kind: 'requestFailed',
      ...fields,
      evidence: { ...fields.evidence, ...evidenceFromText({ text, errorType: type, status }) },
      text,
      ...(status === undefined ? {} : { status }),
      ...(type === undefined || !hasWords ? {} : { errorType: type }),
      ...(waitMs === undefined ? { isFinal: true } : { retryAfterMs: Math.round(waitMs) }),
      ...(tellsTurns && attemptCount > 1 ? { attemptCount } : {}),
    };
    this.#take(at, failed);
  }

  #fields(
    at: number,
    { session, subagent }: Thread,
  ): Omit<Signal & { kind: 'requestStarted' }, 'kind'> {
    const { agent, model, providerId } = this.#habits;
    return {
      at,
      agent,
      session,
      model,
      evidence: { providerId },
      contentKey: `${agent} ${session} ${at} ${this.#count++}`,
      ...(subagent === undefined ? {} : { subagent }),
    };
  }
}
