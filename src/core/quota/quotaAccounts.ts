import {
  type Account,
  type AccountId,
  baseUrlOf,
  type Endpoint,
  type Product,
  sourceOf,
} from '../accounts/endpoint.ts';
import type { KeyLookup } from '../accounts/foundKey.ts';
import { type Disposable, DisposableStore, Emitter, type Event } from '../base/event.ts';
import { QuotaStore } from './accountStore.ts';
import type { QuotaClient, QuotaOutcome } from './outcome.ts';
import { QuotaPoller, type QuotaPollerOptions } from './quotaPoller.ts';
import { type QuotaView, viewQuota } from './quotaView.ts';

/** An origin that may have a key stored. */
export interface KeyOwner {
  /** The account; absent for a host from earlier settings. */
  readonly id?: AccountId;
  readonly origin: string;
}

const REGIONS = [
  ['kimiCode', 'kimi.com'],
  ['kimiCode', 'kimi.ai'],
  ['moonshot.ai', 'moonshot.ai'],
  ['moonshot.cn', 'moonshot.cn'],
] as const;

/**
 * The accounts in use, the hosts of all regions, and every other origin with a stored key, such as one
 * from earlier settings.
 */
export function keyOwners(
  usable: readonly UsableAccount[],
  stored: readonly string[],
): readonly KeyOwner[] {
  const owners = new Map<string, KeyOwner>();
  for (const { id, endpoint } of usable)
    owners.set(endpoint.origin, { id, origin: endpoint.origin });
  for (const [id, region] of REGIONS) {
    const origin = baseUrlOf(region).split('/').slice(0, 3).join('/');
    if (!owners.has(origin)) owners.set(origin, { id, origin });
  }
  for (const origin of stored) if (!owners.has(origin)) owners.set(origin, { origin });
  return [...owners.values()];
}

/**
 * The accounts that a key without a host may belong to, the most likely first. The prefix shows the
 * product (`sk-kimi-…`, other `sk-…`), but keys of a user's relay may have any form: there, `sk-…`
 * doesn't imply Moonshot.
 */
export function accountsForKey(
  product: Product | undefined,
  usable: readonly UsableAccount[],
): readonly UsableAccount[] {
  const code = usable.filter(({ id }) => id === 'kimiCode');
  if (product === 'kimiCode') return code;
  const relay = code.filter(({ endpoint }) => !endpoint.isMoonshot);
  if (product === undefined) return relay;
  return [...usable.filter(({ id }) => id !== 'kimiCode'), ...relay];
}

/** One account as the surfaces see it. */
export interface AccountView {
  readonly account: Account;
  readonly view: QuotaView;
}

/** An account with a valid endpoint. */
export interface UsableAccount {
  readonly id: AccountId;
  readonly endpoint: Endpoint;
}

/** Options of all pollers, and factories for clients and keys. */
export interface QuotaAccountsOptions extends Pick<
  QuotaPollerOptions,
  'archive' | 'clock' | 'lease' | 'log' | 'random'
> {
  readonly accounts: readonly Account[];
  readonly createClient: (endpoint: Endpoint) => QuotaClient;
  readonly readKey: (origin: string) => Promise<KeyLookup>;
}

/** If the key ring doesn't respond, the stored state shows which accounts are in use. */
function isUsed({ state, snapshot }: QuotaView): boolean {
  if (state === 'noKeyRing') return snapshot !== undefined;
  return state !== 'signedOut' && state !== 'loading';
}

interface Entry {
  readonly account: Account;
  readonly store: QuotaStore;
}

/**
 * The user's accounts, each with a store and a poller. Surfaces read `views`; a settings change
 * creates a new instance.
 */
export class QuotaAccounts implements Disposable {
  readonly #own = new DisposableStore();
  readonly #changeEmitter = this.#own.add(new Emitter<void>());
  readonly #entries: readonly Entry[];
  readonly #pollers = new Map<string, QuotaPoller>();
  readonly #options: QuotaAccountsOptions;

  /** Fires when the state of any account changes. */
  readonly onDidChange: Event<void> = this.#changeEmitter.event;

  constructor(options: QuotaAccountsOptions) {
    this.#options = options;
    this.#entries = options.accounts.map(account => this.#createEntry(account));
  }

  #createEntry(account: Account): Entry {
    const store = this.#own.add(new QuotaStore());
    this.#own.add(store.onDidChange(() => this.#changeEmitter.fire()));
    const { endpoint } = account;
    if ('problem' in endpoint) {
      store.status = { endpointProblem: endpoint.problem };
      return { account, store };
    }
    const { origin } = endpoint;
    const poller = new QuotaPoller({
      ...this.#options,
      source: sourceOf(endpoint),
      store,
      client: this.#options.createClient(endpoint),
      readKey: () => this.#options.readKey(origin),
    });
    this.#pollers.set(origin, this.#own.add(poller));
    return { account, store };
  }

  async #all(turn: (poller: QuotaPoller) => Promise<void>): Promise<void> {
    await Promise.all([...this.#pollers.values()].map(turn));
  }

  /** Accounts with a key or an invalid setting; at least the first account. */
  views(now: number): readonly AccountView[] {
    const views = this.#entries.map(({ account, store }) => ({
      account,
      view: viewQuota(store.status, now),
    }));
    const used = views.filter(({ view }) => isUsed(view));
    return used.length > 0 ? used : views.slice(0, 1);
  }

  /** Accounts with a valid endpoint, with or without a key. */
  usable(): readonly UsableAccount[] {
    return this.#entries.flatMap(({ account: { id, endpoint } }) =>
      'problem' in endpoint ? [] : [{ id, endpoint }],
    );
  }

  /** The account in the status bar: the selected one, otherwise the first of `views`. */
  primary(choice: AccountId | 'auto', now: number): AccountView {
    const views = this.views(now);
    return views.find(({ account }) => account.id === choice) ?? views[0]!;
  }

  async start(isFocused: boolean): Promise<void> {
    await this.#all(poller => poller.start(isFocused));
  }

  setFocused(isFocused: boolean): void {
    for (const poller of this.#pollers.values()) poller.setFocused(isFocused);
  }

  /** An agent's log changed. */
  agentMoved(): void {
    for (const poller of this.#pollers.values()) poller.agentMoved();
  }

  /** A request of an agent failed, possibly at a limit: current numbers are evidence. */
  async readAfterLimitError(): Promise<void> {
    await this.#all(poller => poller.readAfterLimitError());
  }

  /** Reads the state that another window stored. */
  async follow(): Promise<void> {
    await this.#all(poller => poller.follow());
  }

  /** A key was stored or removed, in this window or another. */
  async lookAtKeys(): Promise<void> {
    await this.#all(poller => poller.lookAtKey());
  }

  /** The user refreshes: checks all accounts with a key. */
  async ask(): Promise<void> {
    await this.#all(poller => poller.ask());
  }

  /** Claims the trial of a key at `origin`: it counts as a read for all windows. */
  async claimTry(origin: string): Promise<void> {
    const { archive, clock } = this.#options;
    const endpoint = this.usable().find(each => each.endpoint.origin === origin)?.endpoint;
    const subject = endpoint ? sourceOf(endpoint) : origin;
    await archive.claimRead({ subject, now: clock.now(), minGapMs: 0 });
  }

  /** The key of `origin` changed; `outcome` is the result of its trial. */
  async keyChanged(origin: string, outcome?: QuotaOutcome): Promise<void> {
    await this.#pollers.get(origin)?.keyChanged(outcome);
  }

  /** The outcome of an extra check of `origin` with `key`; ignored if that key is no longer stored. */
  async learn(origin: string, key: string, outcome: QuotaOutcome): Promise<void> {
    await this.#pollers.get(origin)?.learn(outcome, key);
  }

  dispose(): void {
    this.#own.dispose();
  }
}
