import { ArchiveFollower, type LeaseRows } from '../../src/core/base/store.ts';
import { type Disposable, DisposableStore } from '../../src/core/base/event.ts';
import type { KeyLookup } from '../../src/core/accounts/foundKey.ts';
import { Lease } from '../../src/core/base/lease.ts';
import { openMemoryArchive } from './memoryArchive.ts';
import { QuotaPoller } from '../../src/core/quota/quotaPoller.ts';
import { QuotaStore } from '../../src/core/quota/accountStore.ts';
import { FakeClock } from './fakeClock.ts';
import { FakeLog } from './fakeLog.ts';
import { FakeQuotaClient, ORIGIN } from './fakeQuotaClient.ts';

/** A key as it is looked up, or none. */
export const lookupOf = (key: string | undefined): KeyLookup =>
  key === undefined ? { kind: 'none' } : { kind: 'key', key };

/** A window of the editor, as far as the quota is concerned. */
export interface FakeWindow {
  readonly poller: QuotaPoller;
  readonly store: QuotaStore;
  readonly lease: Lease;
  close(): void;
  /** Ends it like a crash: the lease stays taken. */
  kill(): void;
}

/** One machine: a clock, an archive and a key for all windows, and a mock of Kimi. */
export class FakeMachine implements Disposable {
  readonly #own = new DisposableStore();
  readonly clock = new FakeClock();
  readonly archive = openMemoryArchive();
  readonly kimi = new FakeQuotaClient(this.clock);
  readonly log = new FakeLog();
  key: string | undefined = 'sk-kimi-one';
  jitter = 0.5;
  readKey = async (): Promise<KeyLookup> => lookupOf(this.key);
  #windowCount = 0;

  /** How often Kimi was asked. */
  get requestCount(): number {
    return this.kimi.requests.length;
  }

  /** Lets time pass. Resolves to the count of requests to Kimi during it. */
  async requestsIn(ms: number): Promise<number> {
    const before = this.requestCount;
    await this.clock.advance(ms);
    return this.requestCount - before;
  }

  /** A window that works alone, without lease and follower. */
  async openAlone(isFocused = true): Promise<Pick<FakeWindow, 'poller' | 'store'>> {
    const window = this.create();
    await window.poller.start(isFocused);
    return window;
  }

  /** One that has not been started. */
  create(): Pick<FakeWindow, 'poller' | 'store'> {
    const store = new QuotaStore();
    return { poller: this.#own.add(this.#createPoller(store)), store };
  }

  /** Closes every window. */
  dispose(): void {
    this.#own.dispose();
  }

  /** A window that shares the archive with the others, wired as the extension is. */
  async open(isFocused = false): Promise<FakeWindow> {
    const { archive, clock, log } = this;
    const own = this.#own.add(new DisposableStore());
    const state = { isKilled: false };
    const rows: LeaseRows = {
      takeLease: claim => archive.takeLease(claim),
      claimRead: claim => archive.claimRead(claim),
      releaseLease: async owner => (state.isKilled ? undefined : archive.releaseLease(owner)),
    };
    const owner = `window ${++this.#windowCount}`;
    const lease = own.add(new Lease({ archive: rows, clock, log, owner }));
    const follower = own.add(new ArchiveFollower(archive, clock, log));
    const store = own.add(new QuotaStore());
    const poller = own.add(this.#createPoller(store, lease));
    own.add(follower.onDidChange(() => void poller.follow()));
    lease.start();
    follower.start();
    await poller.start(isFocused);
    const close = (): void => own.dispose();
    const kill = (): void => {
      state.isKilled = true;
      close();
    };
    return { poller, store, lease, close, kill };
  }

  #createPoller(store: QuotaStore, lease?: Lease): QuotaPoller {
    const { archive, clock, kimi, log } = this;
    return new QuotaPoller({
      source: ORIGIN,
      readKey: () => this.readKey(),
      client: kimi,
      store,
      archive,
      clock,
      log,
      random: () => this.jitter,
      ...(lease ? { lease } : {}),
    });
  }
}
