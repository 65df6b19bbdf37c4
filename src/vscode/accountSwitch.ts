import { areSameAccounts, type Account } from '../core/accounts/endpoint.ts';
import { type Disposable, Emitter, type Event, MutableDisposable } from '../core/base/event.ts';
import type { QuotaAccounts } from '../core/quota/quotaAccounts.ts';

/** Dependencies of `AccountSwitch`. */
export interface AccountSwitchOptions {
  /** The accounts that the settings describe now. */
  readonly accounts: () => readonly Account[];
  readonly create: (accounts: readonly Account[]) => QuotaAccounts;
  readonly isFocused: () => boolean;
}

/** Owns the current accounts, and creates new ones when a setting changes the host. */
export class AccountSwitch implements Disposable {
  readonly #options: AccountSwitchOptions;
  readonly #owned = new MutableDisposable();
  readonly #listening = new MutableDisposable();
  readonly #changeEmitter = new Emitter<void>();
  #described: readonly Account[] = [];
  #current: QuotaAccounts;
  #isStarted = false;

  /** New data, or other accounts. */
  readonly onDidChange: Event<void> = this.#changeEmitter.event;

  constructor(options: AccountSwitchOptions) {
    this.#options = options;
    this.#current = this.#create(options.accounts());
  }

  get current(): QuotaAccounts {
    return this.#current;
  }

  /** Starts the checks. */
  async start(): Promise<void> {
    this.#isStarted = true;
    await this.#current.start(this.#options.isFocused());
  }

  /** Call when a setting changed; creates new accounts only if the host differs. */
  async settingsChanged(): Promise<void> {
    const accounts = this.#options.accounts();
    if (!areSameAccounts(accounts, this.#described)) {
      this.#current = this.#create(accounts);
      if (this.#isStarted) await this.start();
    }
    this.#changeEmitter.fire();
  }

  #create(accounts: readonly Account[]): QuotaAccounts {
    const created = this.#options.create(accounts);
    this.#described = accounts;
    this.#owned.value = created;
    this.#listening.value = created.onDidChange(() => this.#changeEmitter.fire());
    return created;
  }

  dispose(): void {
    this.#listening.dispose();
    this.#owned.dispose();
    this.#changeEmitter.dispose();
  }
}
