import { findSpentWindow, hasExtraUsage } from './allowance.ts';
import type { CompletionRequest } from './completionRequest.ts';
import type { KimiCodeErrorName } from './kimiCodeErrors.ts';
import { isLevelBelow, K256, MODELS } from './models.ts';
import type { ServiceState } from './serviceState.ts';
import { WORDINGS } from './wording.ts';

/** Why a completion is refused, with what its sentence prints. */
export interface Refusal {
  readonly error: KimiCodeErrorName;
  readonly values?: Readonly<Record<string, string | number>>;
}

type Check = (ask: CompletionRequest, state: ServiceState) => Refusal | undefined;

/** docs/kimi.md 4.2, "total message size N exceeds limit 2097152". */
const MAX_MESSAGE_BYTES = 2_097_152;

/** The first reason to refuse a completion, or none. */
export function refuseCompletion(ask: CompletionRequest, state: ServiceState): Refusal | undefined {
  for (const check of CHECKS) {
    const refusal = check(ask, state);
    if (refusal) return refusal;
  }
  return undefined;
}

// Kimi's own order is not known. Ours goes from the account over the request to the moment, so that
// an error names the cause that would remain if all later ones went away.
const CHECKS: readonly Check[] = [
  refuseOnDemand,
  refuseAccount,
  refuseClient,
  refuseModel,
  refuseSize,
  refuseWhenOverloaded,
  refuseSpentWindow,
  refuseBreach,
];

function refuseOnDemand(ask: CompletionRequest, { behaviour }: ServiceState): Refusal | undefined {
  const error = behaviour.failures.shift();
  const { model, byteLength } = ask;
  return error && { error, values: { model, plan: 'Moderato', size: byteLength, limit: K256 } };
}

function refuseAccount(_ask: CompletionRequest, { account }: ServiceState): Refusal | undefined {
  if (account.isClosed) return { error: 'accountClosed' };
  return account.membership === 'lapsed' ? { error: 'membership' } : undefined;
}

/** The list of clients holds on the OpenAI route only, the disguised refusal on the other only. */
function refuseClient(ask: CompletionRequest, { behaviour }: ServiceState): Refusal | undefined {
  if (ask.route === 'anthropic') {
    const isStock = behaviour.refusesStockAnthropicSdk && ask.userAgent.startsWith('Anthropic');
    return isStock ? { error: 'overloaded' } : undefined;
  }
  const isAccepted = behaviour.acceptedClients?.some(start => ask.userAgent.startsWith(start));
  return isAccepted === false ? { error: 'clientNotAccepted' } : undefined;
}

function refuseModel(ask: CompletionRequest, { account }: ServiceState): Refusal | undefined {
  const model = MODELS.find(each => each.id === ask.model);
  if (!model) return { error: 'modelUnknown', values: { model: ask.model } };
  if (isLevelBelow(account.level, model.lowestLevel)) {
    if (model.id === 'kimi-for-coding-highspeed') return { error: 'noAccessToHighspeed' };
    return { error: 'noAccessToModel', values: { model: model.id, plan: 'Moderato' } };
  }
  const isLong = ask.promptTokens > K256 && model.contextLength > K256;
  return isLong && isLevelBelow(account.level, 'LEVEL_ADVANCED')
    ? { error: 'only256k' }
    : undefined;
}

function refuseSize(ask: CompletionRequest): Refusal | undefined {
  if (ask.byteLength > MAX_MESSAGE_BYTES) {
    const values = { size: ask.byteLength, limit: MAX_MESSAGE_BYTES };
    return { error: 'messageSize', values };
  }
  const limit = MODELS.find(model => model.id === ask.model)?.contextLength ?? K256;
  return ask.promptTokens > limit ? { error: 'tokenLimit', values: { limit } } : undefined;
}

function refuseWhenOverloaded(
  ask: CompletionRequest,
  { behaviour }: ServiceState,
): Refusal | undefined {
  const isOverloaded = { never: false, always: true, atMaxEffort: ask.wantsMaxEffort };
  return isOverloaded[behaviour.overloaded] ? { error: 'overloaded' } : undefined;
}

function refuseSpentWindow(_ask: CompletionRequest, state: ServiceState): Refusal | undefined {
  const spent = findSpentWindow(state.account);
  if (!spent || hasExtraUsage(state.account)) return undefined;
  return { error: WORDINGS[state.behaviour.wording][spent] };
}

function refuseBreach(ask: CompletionRequest, state: ServiceState): Refusal | undefined {
  const asked = ask.promptTokens + ask.maxTokens;
  const breach = state.kimiCode.findBreach(state.account.limits, asked, state.clock.now());
  if (!breach) return undefined;
  const occasion = breach.limit === 'concurrency' ? 'concurrency' : 'rate';
  return { error: WORDINGS[state.behaviour.wording][occasion] };
}
