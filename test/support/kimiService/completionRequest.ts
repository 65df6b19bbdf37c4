import type { IncomingMessage } from 'node:http';

import * as z from 'zod/mini';

import type { Route } from './errorBody.ts';

/** What a completion request asks for, as far as a limit can hang on it. */
export interface CompletionRequest {
  readonly route: Route;
  readonly model: string;
  readonly isStream: boolean;
  readonly promptTokens: number;
  /** The most tokens that the answer may have. */
  readonly maxTokens: number;
  /** The size of the whole body. */
  readonly byteLength: number;
  readonly wantsMaxEffort: boolean;
  readonly userAgent: string;
  /** The conversation as JSON. */
  readonly prompt: string;
  /** The names of the tools that the agent offers. */
  readonly tools: readonly string[];
}

/** Our rule for counting a prompt; the tokenizer is not public. */
const CHARACTERS_PER_TOKEN = 4;
/** What a request may be answered with that does not say. Our choice. */
const DEFAULT_MAX_TOKENS = 1_024;
/** Kimi refuses at 2 MiB with words of its own; beyond this we stop listening. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

const Body = z.looseObject({
  model: z.string(),
  messages: z.optional(z.array(z.unknown())),
  /** Of the route `responses`. */
  input: z.optional(z.unknown()),
  stream: z.optional(z.boolean()),
  max_tokens: z.nullish(z.number()),
  max_completion_tokens: z.nullish(z.number()),
});

const name = z.optional(z.string());
const Tools = z.array(z.looseObject({ name, function: z.optional(z.looseObject({ name })) }));

/** Reads the body of a completion request; `undefined` if it is none. */
export async function readCompletionRequest(
  request: IncomingMessage,
  route: Route,
): Promise<CompletionRequest | undefined> {
  const bytes = await readBody(request);
  const parsed = Body.safeParse(parseJson(bytes.toString()));
  if (!parsed.success) return undefined;
  const { model, stream, max_tokens, max_completion_tokens, ...rest } = parsed.data;
  const messages = route === 'responses' ? rest.input : rest.messages;
  if (messages === undefined) return undefined;
  const prompt = JSON.stringify([messages, rest['system'], rest['tools']]);
  return {
    route,
    model,
    isStream: stream ?? false,
    prompt: JSON.stringify(messages),
    tools: toolNames(rest['tools']),
    promptTokens: Math.ceil(prompt.length / CHARACTERS_PER_TOKEN),
    maxTokens: max_completion_tokens ?? max_tokens ?? DEFAULT_MAX_TOKENS,
    byteLength: bytes.length,
    wantsMaxEffort: /"(?:reasoning_)?effort":"max"/.test(JSON.stringify(rest)),
    userAgent: request.headers['user-agent'] ?? '',
  };
}

/** Anthropic has names, OpenAI has them within `function`. */
function toolNames(tools: unknown): string[] {
  const { data = [] } = Tools.safeParse(tools);
  return data.flatMap(tool => tool.name ?? tool.function?.name ?? []);
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let byteLength = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    byteLength += chunk.length;
    if (byteLength > MAX_BODY_BYTES) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
