import type { RecordReader } from '../../../src/core/agents/agent.ts';
import { claudeCode } from '../../../src/core/agents/claudeCode/claudeCode.ts';
import type { Disk, FailedAttempt, TakeSignal, Thread, WrittenRecord } from './disk.ts';
import type { Random } from './random.ts';
import { onAnthropicRoute, type Refused } from './wordings.ts';

/** How Claude Code runs: words of failures are written in print mode alone, and of the main thread. */
export interface ClaudeCodeMode {
  readonly isPrint: boolean;
  readonly model: string;
  /** The open platform does not rename the types. */
  readonly isKimiCode: boolean;
}

interface OpenRequest {
  readonly id: string;
  readonly digest: string;
}

/** Writes transcripts as Claude Code 2.1.330 does (docs/agents.md 7.3), and reads them. */
export class ClaudeCodeDisk implements Disk {
  readonly #take: TakeSignal;
  readonly #random: Random;
  readonly #mode: ClaudeCodeMode;
  readonly #readers = new Map<string, RecordReader>();
  readonly #open = new Map<string, OpenRequest>();
  readonly #repeated = new Map<string, OpenRequest>();

  constructor(take: TakeSignal, random: Random, mode: ClaudeCodeMode) {
    this.#take = take;
    this.#random = random;
    this.#mode = mode;
  }

  started(at: number, thread: Thread, maxTokens: number): void {
    const before = this.#repeated.get(nameOf(thread));
    this.#repeated.delete(nameOf(thread));
    const request = { id: this.#id(), digest: before?.digest ?? this.#id() };
    this.#open.set(nameOf(thread), request);
    this.#write(at, thread, {
      type: 'api-request',
      id: request.id,
      version: '2.1.330',
      querySource: thread.subagent ? 'agent:builtin:general-purpose' : this.#source,
      params: { model: this.#mode.model, max_tokens: maxTokens },
      ...(before ? { base: before.id, keep: 4, tail: [] } : { tail: ['f493'] }),
      requestDigest: request.digest,
    });
  }

  answered(at: number, thread: Thread, tokens: number): void {
    const { model } = this.#mode;
    const usage = {
      input_tokens: Math.round(tokens * 0.95),
      output_tokens: Math.round(tokens * 0.05),
    };
    this.#write(at, thread, {
      type: 'assistant',
      message: { id: `msg_${this.#id()}`, model, role: 'assistant', usage },
      requestRef: this.#open.get(nameOf(thread))?.id,
    });
  }

  failed(at: number, thread: Thread, { refusal, waitMs }: FailedAttempt): void {
    const open = this.#open.get(nameOf(thread));
    if (open && waitMs !== undefined) this.#repeated.set(nameOf(thread), open);
    if (thread.subagent !== undefined) return;
    const reported = this.#mode.isKimiCode ? onAnthropicRoute(refusal as Refused) : refusal;
    const { status, type, text } = reported;
    // A program in between has a body of its own.
    const body = text.startsWith('{')
      ? text
      : JSON.stringify({ error: { ...(type ? { type } : {}), message: text }, type: 'error' });
    if (waitMs !== undefined) {
      if (!this.#mode.isPrint) return;
      const error =
        status === undefined
          ? { message: 'Connection error.', connection: { code: 'ECONNRESET' } }
          : {
              message: `${status} ${body}`,
              status,
              formatted: `${status} ${text}`,
              rateLimits: null,
            };
      this.#write(at, thread, {
        type: 'system',
        subtype: 'api_error',
        uuid: this.#id(),
        error,
        retryInMs: waitMs,
      });
      return;
    }
    this.#write(at, thread, {
      type: 'assistant',
      uuid: this.#id(),
      message: {
        id: this.#id(),
        model: '<synthetic>',
        content: [{ type: 'text', text: finalText(reported, this.#mode) }],
      },
      isApiErrorMessage: true,
      ...(status === undefined ? {} : { apiErrorStatus: status }),
      ...(type === undefined ? {} : { apiErrorType: type }),
      ...(status === 400 ? { errorDetails: `400 ${body}` } : {}),
    });
  }

  get #source(): string {
    return this.#mode.isPrint ? 'sdk' : 'repl_main_thread';
  }

  #id = (): string =>
    Math.floor(this.#random.next() * 2 ** 48)
      .toString(16)
      .padStart(12, '0');

  #write(at: number, { session, subagent }: Thread, record: WrittenRecord): void {
    const relativePath =
      subagent === undefined
        ? `-home-dev-demo/${session}.jsonl`
        : `-home-dev-demo/${session}/subagents/agent-${subagent}.jsonl`;
    let reader = this.#readers.get(relativePath);
    if (!reader) {
      reader = claudeCode.createReader({ relativePath, format: 'transcript' });
      this.#readers.set(relativePath, reader);
    }
    const text = JSON.stringify({
      ...record,
      sessionId: session,
      timestamp: new Date(at).toISOString(),
      ...(subagent === undefined ? {} : { agentId: subagent }),
    });
    for (const signal of reader.read({ text, byteOffset: 0, isWhole: true }))
      this.#take(at, signal);
  }
}

const nameOf = ({ session, subagent = '' }: Thread): string => `${session} ${subagent}`;

/** The text at the end of a conversation (docs/agents.md 7.3.3). */
function finalText(
  { status, text }: Refused | FailedAttempt['refusal'],
  { isPrint }: ClaudeCodeMode,
): string {
  if (status === undefined)
    return 'API Error: Connection dropped (ECONNRESET). Check the gateway set in ANTHROPIC_BASE_URL, then try again.';
  if (status === 429) return `API Error: Request rejected (429) · ${text}`;
  if (status === 403 || status === 401)
    return isPrint
      ? `Failed to authenticate. API Error: ${status} ${text}`
      : `Please run /login · API Error: ${status} ${text}`;
  if (status === 404)
    return "There's an issue with the selected model (kimi-for-coding). It may not exist or you may not have access to it. Run --model to pick a different model.";
  if (status === 400) return 'Prompt is too long';
  return `API Error: ${status} ${text}`;
}
