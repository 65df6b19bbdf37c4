import type { RecordReader } from '../../../src/core/agents/agent.ts';
import { kimiCode } from '../../../src/core/agents/kimiCode.ts';
import type { Disk, FailedAttempt, TakeSignal, Thread, WrittenRecord } from './disk.ts';
import type { Random } from './random.ts';
import type { Refusal } from './truth.ts';

const ERRORS: Readonly<Record<number, string>> = {
  429: 'APIProviderRateLimitError',
  529: 'APIProviderOverloadedError',
};

/** Writes the session log and the wires as Kimi Code 2.1.0 does (docs/agents.md 7.1), and reads them. */
export class KimiCodeDisk implements Disk {
  readonly #take: TakeSignal;
  readonly #random: Random;
  readonly #alias: string;
  /** Without it, neither starts nor sub-agents are logged. */
  readonly #hasWire: boolean;
  readonly #readers = new Map<string, RecordReader>();
  readonly #steps = new Map<string, number>();

  constructor(take: TakeSignal, random: Random, alias: string, hasWire: boolean) {
    this.#take = take;
    this.#random = random;
    this.#alias = alias;
    this.#hasWire = hasWire;
  }

  started(at: number, thread: Thread, maxTokens: number): void {
    const step = (this.#steps.get(nameOf(thread)) ?? 0) + 1;
    this.#steps.set(nameOf(thread), step);
    this.#wire(at, thread, {
      type: 'llm.request',
      kind: 'loop',
      provider: 'openai',
      model: this.#alias.replace(/^.*\//, ''),
      modelAlias: this.#alias,
      maxTokens,
      messageCount: 2 * step + 1,
      turnStep: `0.${step}`,
    });
    this.#log(at, thread, `INFO  llm request  turnStep=0.${step}`);
  }

  answered(at: number, thread: Thread, tokens: number): void {
    const output = Math.max(1, Math.round(tokens * 0.05));
    this.#wire(at, thread, {
      type: 'usage.record',
      model: this.#alias,
      usage: { inputOther: Math.round(tokens) - output, output, inputCacheRead: 0 },
      usageScope: 'turn',
    });
    this.#log(
      at,
      thread,
      `INFO  llm response  turnStep=${this.#step(thread)} outputTokens=${output}`,
    );
  }

  failed(at: number, thread: Thread, { refusal, waitMs }: FailedAttempt): void {
    const { status, text } = refusal;
    const message = status === undefined ? text : `${status} ${text}`;
    const errorName = nameOfError(refusal);
    const code = status === undefined ? '' : ` statusCode=${status}`;
    this.#log(
      at,
      thread,
      `WARN  llm request failed  turnStep=${this.#step(thread)} model=${this.#alias} errorName=${errorName} errorMessage=${quoted(message)}${code}`,
    );
    const later = at + this.#random.whole(1, 20);
    this.#wire(later, thread, {
      type: 'context.append_loop_event',
      event: { type: 'step.end', turnId: '0', finishReason: 'error' },
    });
    if (waitMs !== undefined) {
      const more = status === undefined ? {} : { statusCode: status };
      const fields = { delayMs: waitMs, errorName, errorMessage: message, ...more };
      this.#wire(later, thread, {
        type: 'turn.step.retrying',
        turnId: 0,
        maxAttempts: 10,
        ...fields,
      });
      return;
    }
    const words = `[provider.${status === 403 || status === 401 ? 'auth_error' : 'api_error'}] ${message}`;
    this.#wire(later, thread, {
      type: 'turn.step.interrupted',
      turnId: 0,
      reason: 'error',
      message: words,
    });
    const error = { code: 'provider.api_error', message, details: { statusCode: status ?? null } };
    this.#wire(later, thread, { type: 'turn.ended', turnId: 0, reason: 'failed', error });
  }

  #step = (thread: Thread): string => `0.${this.#steps.get(nameOf(thread)) ?? 0}`;

  #log(at: number, { session }: Thread, line: string): void {
    this.#read(
      at,
      `wd_demo_0123456789ab/${session}/logs/kimi-code.log`,
      'log',
      `${new Date(at).toISOString()} ${line}`,
    );
  }

  #wire(at: number, thread: Thread, record: WrittenRecord): void {
    if (!this.#hasWire) return;
    const agentId = thread.subagent ?? 'main';
    const { type, ...rest } = record;
    const path = `wd_demo_0123456789ab/${thread.session}/agents/${agentId}/wire.jsonl`;
    this.#read(at, path, 'wire', JSON.stringify({ type, agentId, ...rest, time: at }));
  }

  #read(at: number, relativePath: string, format: string, text: string): void {
    let reader = this.#readers.get(relativePath);
    if (!reader) {
      reader = kimiCode.createReader({ relativePath, format });
      this.#readers.set(relativePath, reader);
    }
    for (const signal of reader.read({ text, byteOffset: 0, isWhole: true }))
      this.#take(at, signal);
  }
}

const nameOf = ({ session, subagent = 'main' }: Thread): string => `${session} ${subagent}`;

function nameOfError({ status, type }: Refusal): string {
  if (status === undefined) return 'APIConnectionError';
  if (type === 'exceeded_current_quota_error') return 'APIProviderQuotaExhaustedError';
  return ERRORS[status] ?? 'APIStatusError';
}

/** As its formatter does: quoted only when it has to be. */
const quoted = (value: string): string =>
  /[\s="]/.test(value) ? `"${value.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"` : value;
