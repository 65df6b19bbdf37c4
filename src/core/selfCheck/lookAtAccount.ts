import { type Account, type Endpoint, productOfKey } from '../accounts/endpoint.ts';
import type { KeyLookup } from '../accounts/foundKey.ts';
import type { KeyProblem } from '../accounts/key.ts';
import type { QuotaOutcome } from '../quota/outcome.ts';
import type { AccountFacts, HostProbe, KeyFacts, MachineFacts } from './facts.ts';

/** What is stored as the key of an account. */
export type CheckedKey = KeyLookup | { readonly kind: 'refused'; readonly problem: KeyProblem };

/** Options of `lookAtAccount`. */
export interface LookOptions {
  readonly key: CheckedKey;
  readonly probe: (endpoint: Endpoint) => Promise<HostProbe>;
  /** Whether the editor's settings name a proxy. */
  readonly hasProxySetting: boolean;
}

/**
 * Collects the facts about one account. A key that the host would certainly reject isn't sent; then
 * only the connection is tested.
 */
export async function lookAtAccount(
  account: Account,
  { key, probe, hasProxySetting }: LookOptions,
): Promise<AccountFacts> {
  const { endpoint } = account;
  const facts = keyFacts(key);
  if ('problem' in endpoint) {
    return { account, key: facts, isMismatched: false, hasProxy: hasProxySetting };
  }
  const product = facts.kind === 'key' ? facts.product : undefined;
  const isOther = product !== undefined && product !== endpoint.product;
  const isMismatched = endpoint.isMoonshot && isOther;
  const sent = key.kind === 'key' && !isMismatched ? key.key : undefined;
  const answers = await (await probe(endpoint)).look(sent);
  const hasProxy = hasProxySetting || answers.hasProxyVariable;
  return { account, key: facts, isMismatched, answers, hasProxy };
}

function keyFacts(key: CheckedKey): KeyFacts {
  switch (key.kind) {
    case 'key':
      return { kind: 'key', product: productOfKey(key.key), isLinked: key.isLinked === true };
    case 'refused':
      return { kind: 'refused', problem: key.problem };
    default:
      return { kind: key.kind };
  }
}

/** What the responses of all hosts show about the local clock. */
export function clockFacts(
  accounts: readonly AccountFacts[],
): Pick<MachineFacts, 'isAnswered' | 'clockSkewMs'> {
  const answers = accounts
    .flatMap(account => account.answers ?? [])
    .filter(({ quota }) => isReached(quota));
  const clockSkewMs = answers.find(each => each.clockSkewMs !== undefined)?.clockSkewMs;
  return {
    isAnswered: answers.length > 0,
    ...(clockSkewMs === undefined ? {} : { clockSkewMs }),
  };
}

/** Whether the host itself responded, even with a server error. */
export function isReached(outcome: QuotaOutcome): boolean {
  if (outcome.kind !== 'unreachable') return true;
  return outcome.cause === 'server' || outcome.cause === 'redirect';
}
