import type { PlatformAccount } from './account.ts';
import { type CompletionRequest, readCompletionRequest } from './completionRequest.ts';
import { errorReply } from './errorBody.ts';
import type { Exchange, Handler, Reply } from './exchange.ts';
import { generate } from './generation.ts';
import { refusePlatformKey } from './keys.ts';
import { K256 } from './models.ts';
import { PLATFORM_ERRORS, type PlatformErrorName } from './platformErrors.ts';
import type { ServiceState } from './serviceState.ts';

/** Our choice of ids; those of Kimi Code are unknown here, as docs/kimi.md 4.2 reports. */
const MODELS = ['kimi-k2.6', 'kimi-k2.5', 'moonshot-v1-8k'];
/** Money per million tokens, of either kind. Our rule. */
const PRICE_PER_MILLION_TOKENS = 2;

/** `METHOD path` to handler, for the open platform's host. Sources: docs/kimi.md 1.1, 3 and 4.1. */
export const PLATFORM_ROUTES: Readonly<Record<string, Handler>> = {
  'GET /v1/users/me/balance': guarded(({ state }) => ok(balance(state.account.platform))),
  'GET /v1/users/me': guarded(({ state }) => ok(userInfo(state.account.platform))),
  'GET /v1/models': guarded(() => ({
    status: 200,
    body: { object: 'list', data: MODELS.map(id => ({ id, object: 'model' })) },
  })),
  'POST /v1/chat/completions': guarded(answerCompletion),
};

function guarded(handler: Handler): Handler {
  return exchange => refusePlatformKey(exchange.request) ?? handler(exchange);
}

function ok(data: unknown): Reply {
  return { status: 200, body: { code: 0, data, scode: '0x0', status: true } };
}

function balance(account: PlatformAccount): unknown {
  return {
    available_balance: round(account.voucherBalance + account.cashBalance),
    voucher_balance: round(account.voucherBalance),
    cash_balance: round(account.cashBalance),
  };
}

/** One peer's account of the live answer (docs/kimi.md 3: unconfirmed). */
function userInfo(account: PlatformAccount): unknown {
  const { limits } = account;
  return {
    access_key: { id: account.accessKey },
    organization: {
      id: account.organization,
      max_concurrency: limits.concurrency,
      max_request_per_minute: limits.requestsPerMinute,
      max_token_per_minute: limits.tokensPerMinute,
      max_token_quota: 75_000_000,
    },
    project: { id: account.project },
    user: { id: 'stand-in-user', user_state: 'active' },
    user_group_id: 'enterprise-tier-1',
  };
}

async function answerCompletion(exchange: Exchange): Promise<Reply | undefined> {
  const { request, state } = exchange;
  const ask = await readCompletionRequest(request, 'openai');
  if (!ask) return errorReply(PLATFORM_ERRORS.badRequest);
  for (const check of CHECKS) {
    const refusal = check(state, ask);
    if (refusal) return refusal;
  }
  const charge = (tokens: number): void => spend(state.account.platform, tokens);
  generate(exchange, ask, { lane: state.platform, charge });
  return undefined;
}

type Check = (state: ServiceState, ask: CompletionRequest) => Reply | undefined;

const CHECKS: readonly Check[] = [refuseOnDemand, refuseRequest, refuseAccount, refuseBreach];

function refuseOnDemand(
  { account, behaviour }: ServiceState,
  { model }: CompletionRequest,
): Reply | undefined {
  const error = behaviour.platformFailures.shift();
  const sample = { model, current: 1_526_210, limit: 1_500_000, seconds: 1, credit: '0.00' };
  return error && refusal(error, account.platform, sample);
}

function refuseRequest({ account }: ServiceState, ask: CompletionRequest): Reply | undefined {
  const { model, promptTokens } = ask;
  if (!MODELS.includes(model)) return refusal('modelUnknown', account.platform, { model });
  if (promptTokens > K256) return refusal('tokenLimit', account.platform, { limit: K256 });
  return undefined;
}

function refuseAccount({ account, behaviour }: ServiceState): Reply | undefined {
  const { voucherBalance, cashBalance } = account.platform;
  if (voucherBalance + cashBalance <= 0) return refusal('suspended', account.platform);
  return behaviour.overloaded === 'always' ? refusal('overloaded', account.platform) : undefined;
}

/** The token texts name no wait, but `retry-after: 1152` came with one (kimi-code #1796). */
function refuseBreach(state: ServiceState, ask: CompletionRequest): Reply | undefined {
  const { platform } = state.account;
  const asked = ask.promptTokens + ask.maxTokens;
  const breach = state.platform.findBreach(platform.limits, asked, state.clock.now());
  if (!breach) return undefined;
  const { limit, current, cap } = breach;
  const seconds = Math.ceil(breach.waitMs / 1_000);
  const reply = refusal(limit, platform, { current, limit: cap, seconds });
  const namesWait = limit === 'concurrency' || limit === 'rpm';
  return namesWait ? reply : { ...reply, headers: { 'retry-after': String(seconds) } };
}

function refusal(
  error: PlatformErrorName,
  { organization, project, accessKey }: PlatformAccount,
  values: Record<string, string | number> = {},
): Reply {
  const account = `${organization} / ${project} <${accessKey}>`;
  const all = { account, organization, accessKey, ...values };
  return errorReply(PLATFORM_ERRORS[error], 'openai', all);
}

/** The voucher goes first; what it cannot pay, cash does, below zero if need be. */
function spend(account: PlatformAccount, tokens: number): void {
  const price = (tokens * PRICE_PER_MILLION_TOKENS) / 1_000_000;
  const fromVoucher = Math.min(price, account.voucherBalance);
  account.voucherBalance -= fromVoucher;
  account.cashBalance -= price - fromVoucher;
}

function round(amount: number): number {
  return Math.round(amount * 100_000) / 100_000;
}
