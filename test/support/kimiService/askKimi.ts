import assert from 'node:assert/strict';

import type { KimiService } from './kimiService.ts';

/** An answer, read to its end. */
export interface KimiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** Where completions are asked for. */
const COMPLETION_PATHS = {
  openai: '/coding/v1/chat/completions',
  anthropic: '/coding/v1/messages',
  platform: '/v1/chat/completions',
} as const;

export type CompletionPath = keyof typeof COMPLETION_PATHS;

/** One request to the service, with the key that the path asks for unless a header names one. */
export async function askKimi(
  service: KimiService,
  path: string,
  init: RequestInit = {},
): Promise<KimiAnswer> {
  const given = new Headers(init.headers);
  const key = path.startsWith('/coding/') ? service.key : service.platformKey;
  const hasKey = given.has('authorization') || given.has('x-api-key');
  if (!hasKey) given.set('authorization', `Bearer ${key}`);
  const response = await fetch(service.url + path, { redirect: 'manual', ...init, headers: given });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

/** One completion, of few tokens unless `fields` of the body say otherwise. */
export function complete(
  service: KimiService,
  path: CompletionPath,
  fields: object = {},
  headers: Record<string, string> = {},
): Promise<KimiAnswer> {
  const model = path === 'platform' ? 'kimi-k2.5' : 'kimi-for-coding';
  const messages = [{ role: 'user', content: 'Hello' }];
  const body = JSON.stringify({ model, messages, max_tokens: 100, ...fields });
  return askKimi(service, COMPLETION_PATHS[path], { method: 'POST', body, headers });
}

/** That the answer is one of Kimi's errors, with this status, type and part of a message. */
export function assertRefused(
  answer: KimiAnswer,
  status: number,
  type: string,
  words: string,
): void {
  const body = JSON.parse(answer.text) as { error?: { type: string; message: string } };
  assert.deepEqual([answer.status, body.error?.type], [status, type], answer.text);
  assert.ok(body.error?.message.includes(words), answer.text);
}
