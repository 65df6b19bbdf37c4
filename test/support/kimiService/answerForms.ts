import type { Route } from './errorBody.ts';

/** A generated answer, before it is written in a route's form. */
export interface Answer {
  readonly id: string;
  readonly model: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly words: readonly string[];
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** After the words. */
  readonly toolCall?: { readonly id: string; readonly name: string; readonly input: object };
  /** Whether the request's own limit ended it. */
  readonly isCut: boolean;
}

/** How a route writes an answer: whole, or as the three kinds of server-sent text. */
export interface AnswerForm {
  whole(answer: Answer): unknown;
  opening(answer: Answer): string;
  word(answer: Answer, word: string): string;
  closing(answer: Answer): string;
}

type Json = Record<string, unknown>;

const openAi: AnswerForm = {
  whole: answer => ({
    ...openAiHead(answer, 'chat.completion'),
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: answer.words.join(''),
          ...(answer.toolCall ? { tool_calls: [openAiCall(answer.toolCall)] } : {}),
        },
        finish_reason: openAiReason(answer),
      },
    ],
    usage: openAiUsage(answer),
  }),
  opening: answer => openAiChunk(answer, { role: 'assistant', content: '' }, {}),
  word: (answer, content) => openAiChunk(answer, { content }, {}),
  closing: answer =>
    (answer.toolCall
      ? openAiChunk(answer, { tool_calls: [{ index: 0, ...openAiCall(answer.toolCall) }] }, {})
      : '') +
    openAiChunk(answer, {}, { finish_reason: openAiReason(answer), usage: openAiUsage(answer) }) +
    'data: [DONE]\n\n',
};

const anthropic: AnswerForm = {
  whole: answer => ({
    ...anthropicHead(answer),
    content: [
      { type: 'text', text: answer.words.join('') },
      ...(answer.toolCall ? [{ type: 'tool_use', ...answer.toolCall }] : []),
    ],
    stop_reason: anthropicReason(answer),
    usage: { input_tokens: answer.promptTokens, output_tokens: answer.outputTokens },
  }),
  opening: answer =>
    event('message_start', {
      message: { ...anthropicHead(answer), usage: { input_tokens: answer.promptTokens } },
    }) +
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }) +
    event('ping', {}),
  word: (_answer, text) =>
    event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } }),
  closing: answer =>
    event('content_block_stop', { index: 0 }) +
    (answer.toolCall ? anthropicCall(answer.toolCall) : '') +
    event('message_delta', {
      delta: { stop_reason: anthropicReason(answer), stop_sequence: null },
      usage: { output_tokens: answer.outputTokens },
    }) +
    event('message_stop', {}),
};

const responses: AnswerForm = {
  whole: answer => responsesBody(answer, 'completed'),
  opening: answer =>
    event('response.created', { response: responsesBody(answer, 'in_progress') }) +
    event('response.output_item.added', { output_index: 0, item: responsesItem(answer, '') }),
  word: (answer, delta) =>
    event('response.output_text.delta', {
      item_id: `msg_${answer.id}`,
      output_index: 0,
      content_index: 0,
      delta,
    }),
  closing: answer =>
    event('response.output_item.done', {
      output_index: 0,
      item: responsesItem(answer, answer.words.join('')),
    }) + event('response.completed', { response: responsesBody(answer, 'completed') }),
};

/** The form of each route. */
export const ANSWER_FORMS: Record<Route, AnswerForm> = { openai: openAi, anthropic, responses };

function responsesItem({ id }: Answer, text: string): Json {
  const content = text === '' ? [] : [{ type: 'output_text', text, annotations: [] }];
  return { type: 'message', id: `msg_${id}`, role: 'assistant', status: 'completed', content };
}

function responsesBody(answer: Answer, status: string): Json {
  const { id, model, promptTokens, outputTokens } = answer;
  const isDone = status === 'completed';
  return {
    id: `resp_${id}`,
    object: 'response',
    created_at: Math.floor(answer.createdAt / 1_000),
    status,
    model,
    output: isDone ? [responsesItem(answer, answer.words.join(''))] : [],
    usage: isDone
      ? {
          input_tokens: promptTokens,
          input_tokens_details: { cached_tokens: 0 },
          output_tokens: outputTokens,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: promptTokens + outputTokens,
        }
      : null,
  };
}

function openAiHead(answer: Answer, object: string): Json {
  const created = Math.floor(answer.createdAt / 1_000);
  return { id: `chatcmpl-${answer.id}`, object, created, model: answer.model };
}

function openAiUsage({ promptTokens, outputTokens }: Answer): Json {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: outputTokens,
    total_tokens: promptTokens + outputTokens,
  };
}

type Call = NonNullable<Answer['toolCall']>;

function openAiCall({ id, name, input }: Call): Json {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(input) } };
}

function openAiReason({ isCut, toolCall }: Answer): string {
  if (toolCall) return 'tool_calls';
  return isCut ? 'length' : 'stop';
}

/** The platform puts `usage` into the last choice rather than next to it. */
function openAiChunk(answer: Answer, delta: Json, ending: Json): string {
  const choices = [{ index: 0, delta, finish_reason: null, ...ending }];
  const chunk = { ...openAiHead(answer, 'chat.completion.chunk'), choices };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

function anthropicHead({ id, model }: Answer): Json {
  return {
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
  };
}

function anthropicCall({ input, ...call }: Call): string {
  const delta = { type: 'input_json_delta', partial_json: JSON.stringify(input) };
  return (
    event('content_block_start', {
      index: 1,
      content_block: { type: 'tool_use', ...call, input: {} },
    }) +
    event('content_block_delta', { index: 1, delta }) +
    event('content_block_stop', { index: 1 })
  );
}

function anthropicReason({ isCut, toolCall }: Answer): string {
  if (toolCall) return 'tool_use';
  return isCut ? 'max_tokens' : 'end_turn';
}

function event(type: string, fields: Json): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}
