import { chargeTokens } from './allowance.ts';
import { readCompletionRequest } from './completionRequest.ts';
import { errorReply, type Route } from './errorBody.ts';
import type { Exchange, Handler, Reply } from './exchange.ts';
import { generate } from './generation.ts';
import { type Refusal, refuseCompletion } from './kimiCodeChecks.ts';
import { KIMI_CODE_ERRORS } from './kimiCodeErrors.ts';
import { refuseKimiCodeKey } from './keys.ts';
import { listedModel, MODELS } from './models.ts';
import { answerUsages } from './usagesScenario.ts';

/** `METHOD path` to handler, for the subscription's host. Sources: docs/kimi.md 1.1, 2 and 3. */
export const KIMI_CODE_ROUTES: Readonly<Record<string, Handler>> = {
  'GET /coding/v1/usages': guarded('openai', exchange =>
    answerUsages(exchange, exchange.state.behaviour.usages),
  ),
  'GET /coding/v1/me': guarded('openai', answerMe),
  'GET /coding/v1/models': guarded('openai', answerModels),
  'POST /coding/v1/chat/completions': guarded('openai', answerCompletion('openai')),
  'POST /coding/v1/responses': guarded('responses', answerCompletion('responses')),
  'POST /coding/v1/messages': guarded('anthropic', answerCompletion('anthropic')),
};

function guarded(route: Route, handler: Handler): Handler {
  return exchange => refuseKimiCodeKey(exchange.request, route) ?? handler(exchange);
}

/** Holds made-up personal data on purpose: the extension must keep none of it. */
function answerMe({ state: { account } }: Exchange): Reply {
  const body = {
    user_id: 'stand-in-user',
    nickname: 'Stand In',
    email: 'stand.in@example.invalid',
    phone: '+000000000',
    status: 'USER_STATUS_NORMAL',
    region: account.region,
    user_level: 25,
    user_level_name: account.planName,
    domain: 'DOMAIN_NEXUS',
    domain_name: 'nexus',
    goods_version: account.goodsVersion,
  };
  return { status: 200, body };
}

function answerModels({ state: { account } }: Exchange): Reply {
  if (account.membership === 'lapsed') return errorReply(KIMI_CODE_ERRORS.membership);
  return { status: 200, body: { object: 'list', data: MODELS.map(listedModel) } };
}

function answerCompletion(route: Route): Handler {
  return async exchange => {
    const { request, state } = exchange;
    const ask = await readCompletionRequest(request, route);
    if (!ask) return errorReply(KIMI_CODE_ERRORS.badRequest, route);
    const refusal = refuseCompletion(ask, state);
    if (refusal) return refusalReply(refusal, route, state.behaviour.retryAfterSeconds);
    const costFactor = MODELS.find(model => model.id === ask.model)?.costFactor ?? 1;
    const charge = (tokens: number): void => chargeTokens(state.account, tokens * costFactor);
    generate(exchange, ask, { lane: state.kimiCode, charge });
    return undefined;
  };
}

function refusalReply({ error, values }: Refusal, route: Route, seconds?: number): Reply {
  const reply = errorReply(KIMI_CODE_ERRORS[error], route, values);
  if (reply.status !== 429 || seconds === undefined) return reply;
  return { ...reply, headers: { 'retry-after': String(seconds) } };
}
