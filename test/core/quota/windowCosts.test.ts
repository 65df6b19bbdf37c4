import assert from 'node:assert/strict';
import { accountsOf } from '../../../src/core/accounts/endpoint.ts';
import type { KeyLookup } from '../../../src/core/accounts/foundKey.ts';
import { ArchiveFollower } from '../../../src/core/base/store.ts';
import { DisposableStore } from '../../../src/core/base/event.ts';
import { Lease } from '../../../src/core/base/lease.ts';
import { IncidentStore } from '../../../src/core/incidents/incidentStore.ts';
import { ActivityStore, saveInFlight } from '../../../src/core/quota/activity.ts';
import { QuotaAccounts } from '../../../src/core/quota/quotaAccounts.ts';
import { Settings } from '../../../src/core/settings.ts';
import { parseBaseUrl } from '../../../src/node/parseBaseUrl.ts';
import { FakeArchive } from '../../support/fakeArchive.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { FakeLog } from '../../support/fakeLog.ts';
import { FakeQuotaClient, ORIGIN } from '../../support/fakeQuotaClient.ts';

const SECOND = 1000;
const TEN_MINUTES_S = 600;

/** What ten minutes cost, of all windows together. */
interface Costs {
  readonly requests: number;
  /** Reads of the secret storage: a round trip to another process and a decryption each. */
  readonly keyReads: number;
  readonly accountEvents: number;
  /** Every event at which the status bar, its tooltip and open lists are drawn again. */
  readonly redraws: number;
}

/** Windows of one machine, wired as `extension.ts` wires them; one of its three accounts has a key. */
class Windows {
  readonly clock = new FakeClock();
  readonly #archive = new FakeArchive();
  readonly #kimi = new FakeQuotaClient(this.clock);
  readonly #own = new DisposableStore();
  readonly #all: QuotaAccounts[] = [];
  #keyReads = 0;
  #accountEvents = 0;
  #redraws = 0;

  async open(isFocused: boolean): Promise<void> {
    const clock = this.clock;
    const archive = this.#archive;
    const log = new FakeLog();
    const now = () => clock.now();
    const owner = `window ${this.#all.length}`;
    const lease = this.#own.add(new Lease({ archive, clock, log, owner }));
    const accounts = this.#own.add(
      new QuotaAccounts({
        accounts: accountsOf(Settings.parse({}), parseBaseUrl),
        archive,
        clock,
        lease,
        log,
        random: () => 0.5,
        createClient: () => this.#kimi,
        readKey: async (origin): Promise<KeyLookup> => {
          this.#keyReads++;
          return origin === ORIGIN ? { kind: 'key', key: 'sk-kimi-one' } : { kind: 'none' };
        },
      }),
    );
    const agents = this.#own.add(new ActivityStore(archive, now));
    const incidents = this.#own.add(new IncidentStore(archive, now));
    accounts.onDidChange(() => this.#accountEvents++);
    for (const { onDidChange } of [accounts, agents, incidents]) onDidChange(() => this.#redraws++);
    const follower = this.#own.add(new ArchiveFollower(archive, clock, log));
    follower.onDidChange(
      () => void Promise.all([accounts, agents, incidents].map(store => store.follow())),
    );
    this.#all.push(accounts);
    lease.start();
    follower.start();
    await accounts.start(isFocused);
    await clock.advance(5 * SECOND);
  }

  /** What is done each second for ten minutes costs. */
  async tenMinutes(second: () => Promise<void>): Promise<Costs> {
    const before = this.#costs();
    for (let s = 0; s < TEN_MINUTES_S; s++) {
      await second();
      await this.clock.advance(SECOND);
    }
    const after = this.#costs();
    const differences = Object.entries(after).map(([name, count]) => [
      name,
      count - before[name as keyof Costs],
    ]);
    return Object.fromEntries(differences) as Costs;
  }

  /** An agent works: its log moves, and the lease holder stores how many requests are open. */
  async work(openRequests: number): Promise<void> {
    for (const accounts of this.#all) accounts.agentMoved();
    await saveInFlight(this.#archive, { at: this.clock.now(), total: openRequests, byAgent: [] });
  }

  #costs(): Costs {
    const requests = this.#kimi.requests.length;
    return {
      requests,
      keyReads: this.#keyReads,
      accountEvents: this.#accountEvents,
      redraws: this.#redraws,
    };
  }

  dispose(): void {
    this.#own.dispose();
  }
}

describe('What ten minutes cost', () => {
  let windows: Windows;
  beforeEach(() => {
    windows = new Windows();
  });
  afterEach(() => windows.dispose());

  const quiet = async (): Promise<void> => undefined;
  const busy = (): Promise<void> => windows.work(3);
  const NOTHING: Costs = { requests: 0, keyReads: 0, accountEvents: 0, redraws: 0 };

  type Row = readonly [
    fact: string,
    count: number,
    isFocused: boolean,
    second: () => Promise<void>,
    costs: Costs,
  ];
  const rows: readonly Row[] = [
    ['one quiet window that nobody looks at', 1, false, quiet, NOTHING],
    ['ten quiet windows that nobody looks at', 10, false, quiet, NOTHING],
    // A key is read before and after each request: what is stored then is what was asked with.
    [
      'one quiet window that somebody looks at',
      1,
      true,
      quiet,
      { requests: 2, keyReads: 4, accountEvents: 2, redraws: 2 },
    ],
    [
      'one window whose agent works',
      1,
      true,
      busy,
      { requests: 2, keyReads: 4, accountEvents: 2, redraws: 3 },
    ],
    [
      'ten windows, one of them looked at, whose agents work',
      10,
      true,
      busy,
      { requests: 2, keyReads: 4, accountEvents: 20, redraws: 30 },
    ],
    [
      'ten windows whose agents work while nobody looks',
      10,
      false,
      busy,
      { requests: 2, keyReads: 4, accountEvents: 20, redraws: 30 },
    ],
  ];
  for (const [fact, count, isFocused, second, costs] of rows)
    it(`${fact}: ${costs.keyReads} key reads, ${costs.redraws} redraws`, async () => {
      for (let index = 0; index < count; index++) await windows.open(isFocused && index === 0);
      assert.deepEqual(await windows.tenMinutes(second), costs);
    });

  it('one window redraws when the number of open requests changes, and only then', async () => {
    await windows.open(false);
    let second = 0;
    const { keyReads, redraws, accountEvents } = await windows.tenMinutes(() =>
      windows.work(Math.floor(second++ / 60)),
    );
    assert.deepEqual([keyReads, accountEvents, redraws], [4, 2, 12]);
  });
});
