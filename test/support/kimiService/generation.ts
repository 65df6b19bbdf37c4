import { randomUUID } from 'node:crypto';

import { type Answer, ANSWER_FORMS } from './answerForms.ts';
import type { CompletionRequest } from './completionRequest.ts';
import type { Route } from './errorBody.ts';
import { type Exchange, sendReply } from './exchange.ts';
import type { Lane } from './lane.ts';
import { settle } from './serviceState.ts';

/** Where a completion is counted: its lane, and who pays for it once it is done. */
export interface Ledger {
  readonly lane: Lane;
  /** Books the tokens of prompt and answer. */
  charge(tokens: number): void;
}

const WORDS = 'This answer comes from a stand-in for Kimi, running on your machine.'.split(
  /(?<= )/,
);

/**
 * Generates an answer over `behaviour.generationMs` of the service's clock. The slot is held to the
 * end even if the client hangs up, as Kimi was measured to do (docs/kimi.md 4.2).
 */
export function generate(exchange: Exchange, ask: CompletionRequest, ledger: Ledger): void {
  const { state } = exchange;
  const answer = createAnswer(exchange, ask);
  ledger.lane.enter(answer.id, ask.promptTokens + ask.maxTokens, state.clock.now());
  state.changes.emit('change');
  if (ask.isStream) streamWords(exchange, ask.route, answer);
  state.clock.after(state.behaviour.generationMs, () => {
    const tokens = answer.promptTokens + answer.outputTokens;
    ledger.lane.leave(answer.id, tokens, state.clock.now());
    settle(state);
    ledger.charge(tokens);
    finish(exchange, ask, answer);
    state.changes.emit('change');
  });
}

/** Takes the next call if the request offers its tool. */
function takeToolCall({ behaviour }: Exchange['state'], { tools }: CompletionRequest) {
  const [next] = behaviour.toolCalls;
  const name = next && tools.find(each => each.endsWith(next.tool));
  if (!next || name === undefined) return {};
  behaviour.toolCalls.shift();
  return { toolCall: { id: `call_${randomUUID()}`, name, input: next.input } };
}

function createAnswer({ state }: Exchange, ask: CompletionRequest): Answer {
  state.prompts.push(ask.prompt);
  return {
    ...takeToolCall(state, ask),
    id: randomUUID(),
    model: ask.model,
    createdAt: state.clock.now(),
    words: WORDS,
    promptTokens: ask.promptTokens,
    outputTokens: Math.min(ask.maxTokens, state.behaviour.answerTokens),
    isCut: ask.maxTokens < state.behaviour.answerTokens,
  };
}

/** Spreads the words evenly over the time that the answer takes. */
function streamWords({ response, state }: Exchange, route: Route, answer: Answer): void {
  const form = ANSWER_FORMS[route];
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  response.write(form.opening(answer));
  for (const [index, word] of answer.words.entries()) {
    const delayMs = (state.behaviour.generationMs * (index + 1)) / answer.words.length;
    state.clock.after(delayMs, () => void response.write(form.word(answer, word)));
  }
}

function finish({ response }: Exchange, ask: CompletionRequest, answer: Answer): void {
  const form = ANSWER_FORMS[ask.route];
  if (ask.isStream) response.end(form.closing(answer));
  else sendReply(response, { status: 200, body: form.whole(answer) });
}
