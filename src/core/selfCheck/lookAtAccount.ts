import { type Account, type Endpoint, productOfKey } from '../accounts/endpoint.ts';
import type { KeyLookup } from '../accounts/keyLookup.ts';
import type { KeyProblem } from '../accounts/key.ts';
import type { QuotaOutcome } from '../quota/outcome.ts';
import type { AccountFacts, HostProbe, KeyFacts, MachineFacts } from './facts.ts';

/** What stands where the key of an account belongs. */
export type CheckedKey = KeyLookup | { readonly kind: 'refused'; readonly problem: KeyProblem };

/** How an account is looked at. */
export interface LookOptions {
  readonly key: CheckedKey;
  readonly probe: (endpoint: Endpoint) => Promise<HostProbe>;
  /** Whether the editor's settings name a proxy. */
  readonly hasProxySetting: boolean;
}

/**
 * Finds out about one account. A key that its host must refuse is not sent there: that host is only
 * asked whether it answers.
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

/** What the answers of all hosts tell of this machine's clock. */
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

/** Whether the host itself has answered, be it with a fault of its own. */
export function isReached(outcome: QuotaOutcome): boolean {
  if (outcome.kind !== 'unreachable') return true;
  return outcome.cause === 'server' || outcome.cause === 'redirect';
}
