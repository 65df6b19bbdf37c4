import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';

const SESSION =
  '.kimi-code/sessions/wd_demo-app_0a1b2c3d4e5f/session_00000000-0000-4000-8000-000000000001';

/** Kimi's common error text for several limits. */
export const TOO_MANY =
  "We're receiving too many requests at the moment. Please wait a moment and try again.";

/** Kimi Code at work below a home folder: it writes as version 2.1.0 does. */
export class KimiCodeBurst {
  readonly #home: string;
  #count = 0;

  constructor(home: string) {
    this.#home = home;
  }

  /** The log of the session, absolute. */
  get logPath(): string {
    return path.join(this.#home, SESSION, 'logs/kimi-code.log');
  }

  /** So many sub-agents each ask something and get no answer yet. */
  async start(count: number): Promise<void> {
    const time = Date.now();
    this.#count = count;
    for (let index = 0; index < count; index++) {
      const agentId = agentOf(index);
      const request = { type: 'llm.request', agentId, kind: 'loop', turnStep: '0.1', time };
      await this.#append(
        `agents/${agentId}/wire.jsonl`,
        JSON.stringify({ type: 'metadata', protocol_version: '1.5', created_at: time }),
        JSON.stringify({ ...request, model: 'kimi-for-coding', modelAlias: 'kimi-code/k' }),
      );
    }
  }

  /** So many of the requests are refused, by default as too many. */
  async fail(count: number, words = TOO_MANY, status = 429): Promise<void> {
    const at = new Date().toISOString();
    const name = status === 429 ? 'APIProviderRateLimitError' : 'APIStatusError';
    const line = `${at} WARN  llm request failed  turnStep=0.1 model=kimi-code/k errorName=${name} errorMessage=${JSON.stringify(`${status} ${words}`)} statusCode=${status}`;
    for (let index = 0; index < count; index++) await this.#append('logs/kimi-code.log', line);
  }

  /** All of the requests are answered. */
  async answer(): Promise<void> {
    const time = Date.now();
    for (let index = 0; index < this.#count; index++) {
      const agentId = agentOf(index);
      const usage = { inputOther: 4200, output: 310, inputCacheRead: 0, inputCacheCreation: 0 };
      const record = { type: 'usage.record', agentId, model: 'kimi-code/k', usage, time };
      await this.#append(
        `agents/${agentId}/wire.jsonl`,
        JSON.stringify({ ...record, usageScope: 'turn' }),
      );
    }
  }

  async #append(file: string, ...lines: string[]): Promise<void> {
    const target = path.join(this.#home, SESSION, file);
    await mkdir(path.dirname(target), { recursive: true });
    await appendFile(target, lines.map(line => `${line}\n`).join(''));
  }
}

const agentOf = (index: number): string => (index === 0 ? 'main' : `agent-${index}`);
