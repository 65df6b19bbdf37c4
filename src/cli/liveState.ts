import { sourceOf } from '../core/accounts/endpoint.ts';
import { parseKeyText } from '../core/accounts/key.ts';
import type { Archive } from '../core/ledger/archive.ts';
import type { OpeningInput } from '../core/status/opening.ts';
import type { AccountView } from '../core/quota/quotaAccounts.ts';
import { viewQuota } from '../core/quota/quotaView.ts';
import { accountIdOf, endpointOf, typedKeyOf } from './environment.ts';
import type { HeldEndpoint } from './freshQuota.ts';
import { type MachineState, openArchive, readMachine } from './machine.ts';

/** The key of the environment with its endpoint; undefined without a valid one. */
export function heldEndpoint(): HeldEndpoint | undefined {
  const typed = parseKeyText(typedKeyOf(process.env).text);
  const endpoint = endpointOf(process.env);
  if (typed.kind === 'refused' || 'problem' in endpoint) return undefined;
  const { isMoonshot, product } = endpoint;
  const isOther = isMoonshot && typed.product !== undefined && typed.product !== product;
  return isOther ? undefined : { endpoint, key: typed.key };
}

/** Requests in flight and incidents that no window has stored are read from the logs this often. */
const LOGS_EVERY_MS = 4_000;

/**
 * The state of this machine as a window has stored it. What is missing or too old is read: numbers
 * from Kimi with the key of the environment, requests and incidents from the agents' logs.
 */
export class LiveState {
  readonly #archive: Archive | undefined = openArchive();
  readonly #held = heldEndpoint();
  #logs:
    | { readonly at: number; readonly read: Promise<Pick<MachineState, 'activity' | 'incidents'>> }
    | undefined;

  /** `freshMs`: numbers may be this old where they can be read again. */
  async read(freshMs: number): Promise<MachineState> {
    const now = Date.now();
    const stored = this.#archive ? await readMachine(this.#archive, now) : undefined;
    const own = await this.#ownAccount(stored?.accounts ?? [], freshMs);
    const others = (stored?.accounts ?? []).filter(({ account }) => account.id !== own?.account.id);
    const logs = stored?.activity.inFlight ? stored : await this.#readLogs(now);
    return {
      now: Date.now(),
      accounts: own ? [own, ...others] : others,
      activity: { ...stored?.activity, ...logs.activity },
      incidents: stored && stored.incidents.length > 0 ? stored.incidents : logs.incidents,
    };
  }

  async #ownAccount(
    stored: readonly AccountView[],
    freshMs: number,
  ): Promise<AccountView | undefined> {
    if (!this.#held) return undefined;
    const { endpoint } = this.#held;
    const source = sourceOf(endpoint);
    const same = stored.find(
      ({ account: { endpoint: known } }) => !('problem' in known) && sourceOf(known) === source,
    );
    if (same?.view.ageMs !== undefined && same.view.ageMs <= freshMs && !same.view.isOld)
      return same;
    const status = await (await import('./freshQuota.ts')).readQuota(this.#held, freshMs);
    return {
      account: { id: accountIdOf(endpoint), endpoint },
      view: viewQuota(status, Date.now()),
    };
  }

  #readLogs(now: number): Promise<Pick<MachineState, 'activity' | 'incidents'>> {
    if (!this.#logs || now - this.#logs.at >= LOGS_EVERY_MS)
      this.#logs = { at: now, read: readLogs(now) };
    return this.#logs.read;
  }

  dispose(): void {
    this.#archive?.dispose();
  }
}

async function readLogs(now: number): Promise<Pick<MachineState, 'activity' | 'incidents'>> {
  const { inFlightNow } = await import('./inFlight.ts');
  const { recentIncidents } = await import('./recentIncidents.ts');
  const [inFlight, incidents] = await Promise.all([
    inFlightNow(now),
    recentIncidents({ files: [] }),
  ]);
  return { activity: { inFlight }, incidents: incidents.toReversed() };
}

/** The account to wait for: the plan where there is one. Undefined: nothing is known of any. */
export function openingInput(state: MachineState): OpeningInput | undefined {
  const [first] = state.accounts;
  return first && { ...first, ...state };
}
