import { type Account, type AccountId, type Endpoint, sourceOf } from '../accounts/endpoint.ts';
import { type Disposable, DisposableStore, Emitter, type Event } from '../base/event.ts';
import type { KeyLookup } from '../accounts/keyLookup.ts';
import type { QuotaClient, QuotaOutcome } from './outcome.ts';
import { QuotaPoller, type QuotaPollerOptions } from './quotaPoller.ts';
import { QuotaStore } from './accountStore.ts';
import { viewQuota, type QuotaView } from './quotaView.ts';

/** One account as the surfaces see it. */
export interface AccountView {
  readonly account: Account;
  readonly view: QuotaView;
}

/** An account whose endpoint can be asked. */
export interface UsableAccount {
  readonly id: AccountId;
  readonly endpoint: Endpoint;
}

/** What all pollers share, and how a client and a key are had. */
export interface QuotaAccountsOptions extends Pick<
  QuotaPollerOptions,
  'archive' | 'clock' | 'lease' | 'log' | 'random'
> {
  readonly accounts: readonly Account[];
  readonly createClient: (endpoint: Endpoint) => QuotaClient;
  readonly readKey: (origin: string) => Promise<KeyLookup>;
}

/** Of a key ring that does not answer, what is remembered tells whose account is in use. */
function isUsed({ state, snapshot }: QuotaView): boolean {
  if (state === 'noKeyRing') return snapshot !== undefined;
  return state !== 'signedOut' && state !== 'loading';
}

interface Entry {
  readonly account: Account;
  readonly store: QuotaStore;
}

/**
 * The accounts of one person, each with its store and its poller. Surfaces read `views`; a change
 * of the settings makes a new one.
 */
export class QuotaAccounts implements Disposable {
  readonly #own = new DisposableStore();
  readonly #changeEmitter = this.#own.add(new Emitter<void>());
  readonly #entries: readonly Entry[];
  readonly #pollers = new Map<string, QuotaPoller>();
  readonly #options: QuotaAccountsOptions;

  /** What is known about some account has changed. */
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

  /** Every account that matters: those with a key or with a setting to mend, at least the first. */
  views(now: number): readonly AccountView[] {
    const views = this.#entries.map(({ account, store }) => ({
      account,
      view: viewQuota(store.status, now),
    }));
    const used = views.filter(({ view }) => isUsed(view));
    return used.length > 0 ? used : views.slice(0, 1);
  }

  /** The accounts whose endpoint can be asked, with a key or without. */
  usable(): readonly UsableAccount[] {
    return this.#entries.flatMap(({ account: { id, endpoint } }) =>
      'problem' in endpoint ? [] : [{ id, endpoint }],
    );
  }

  /** The account that the status bar shows: the chosen one, else the first that matters. */
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

  /** An agent's log has moved. */
  agentMoved(): void {
    for (const poller of this.#pollers.values()) poller.agentMoved();
  }

  /** A request of an agent has failed, perhaps at a limit: the numbers of now are evidence. */
  async readAfterLimitError(): Promise<void> {
    await this.#all(poller => poller.readAfterLimitError());
  }

  /** Takes over what another window has learned. */
  async follow(): Promise<void> {
    await this.#all(poller => poller.follow());
  }

  /** Some key was stored or removed, in this window or another. */
  async lookAtKeys(): Promise<void> {
    await this.#all(poller => poller.lookAtKey());
  }

  /** The user asks: every account that has a key. */
  async ask(): Promise<void> {
    await this.#all(poller => poller.ask());
  }

  /** A key is about to be tried at `origin`: that is a read like any other, for every window. */
  async claimTry(origin: string): Promise<void> {
    const { archive, clock } = this.#options;
    const endpoint = this.usable().find(each => each.endpoint.origin === origin)?.endpoint;
    const subject = endpoint ? sourceOf(endpoint) : origin;
    await archive.claimRead({ subject, now: clock.now(), minGapMs: 0 });
  }

  /** The key of `origin` is another one now; `outcome` is what trying it has given. */
  async keyChanged(origin: string, outcome?: QuotaOutcome): Promise<void> {
    await this.#pollers.get(origin)?.keyChanged(outcome);
  }

  /** What came of asking `origin` with `key` beside the rhythm; nothing if that is stored no more. */
  async learn(origin: string, key: string, outcome: QuotaOutcome): Promise<void> {
    await this.#pollers.get(origin)?.learn(outcome, key);
  }

  dispose(): void {
    this.#own.dispose();
  }
}
