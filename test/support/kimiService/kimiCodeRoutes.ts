import { errorBody } from './errorBody.ts';
import type { Route } from './errorBody.ts';
import type { Exchange, Handler, Reply } from './exchange.ts';
import { KIMI_CODE_ERRORS } from './kimiCodeErrors.ts';
import { refuseKimiCodeKey } from './keys.ts';
import { listedModel, MODELS } from './models.ts';
import { answerUsages } from './usagesScenario.ts';

/** `METHOD path` to handler, for the subscription's host. Sources: kimi.md 1.1, 2 and 3. */
export const KIMI_CODE_ROUTES: Readonly<Record<string, Handler>> = {
  'GET /coding/v1/usages': guarded('openai', exchange =>
    answerUsages(exchange, exchange.state.behaviour.usages),
  ),
  'GET /coding/v1/me': guarded('openai', answerMe),
  'GET /coding/v1/models': guarded('openai', answerModels),
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
  if (account.membership === 'lapsed') {
    const error = KIMI_CODE_ERRORS.membership;
    return { status: error.status, body: errorBody(error) };
  }
  return { status: 200, body: { object: 'list', data: MODELS.map(listedModel) } };
}
