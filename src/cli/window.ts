import { inBackground } from '../core/base/background.ts';
import { type Disposable, DisposableStore } from '../core/base/event.ts';
import { QuotaAccounts } from '../core/quota/quotaAccounts.ts';
import { Settings } from '../core/settings.ts';
import { AgentLogsInLease } from '../node/agentLogsInLease.ts';
import { clientOnDemand } from '../node/clientOnDemand.ts';
import { SharedArchive } from '../node/sharedArchive.ts';
import { SystemClock } from '../node/systemClock.ts';
import { accountIdOf, openNetwork } from './environment.ts';
import { heldEndpoint } from './liveState.ts';
import { archivePath } from './machine.ts';
import { silent } from './output.ts';

/**
 * Takes part as a window of an editor does: in the archive of this machine, follows logs and checks
 * the quota while it holds the lease. Only the account of the key in the environment is checked.
 */
export function openWindow(): Disposable {
  const own = new DisposableStore();
  const clock = new SystemClock({ keepsAlive: true });
  const log = silent;
  const shared = own.add(new SharedArchive({ path: archivePath().path, clock, log }));
  const { archive, follower, lease, onStored } = shared;
  const settings = () => Settings.parse({});
  const places = () => ({ workspaces: [process.cwd()] });
  const logs = own.add(
    new AgentLogsInLease({ archive, clock, lease, log, settings, places, onStored }),
  );
  const held = heldEndpoint();
  if (held) {
    const { fetch, userAgent, close } = openNetwork();
    const accounts = own.add(
      new QuotaAccounts({
        ...{ archive, clock, lease, log, random: Math.random },
        accounts: [{ id: accountIdOf(held.endpoint), endpoint: held.endpoint }],
        createClient: endpoint => clientOnDemand({ endpoint, fetch, userAgent, now: Date.now }),
        readKey: async origin =>
          origin === held.endpoint.origin ? { kind: 'key', key: held.key } : { kind: 'none' },
      }),
    );
    const run = (work: Promise<unknown>): void => inBackground(work, log);
    own.add(follower.onDidChange(() => run(accounts.follow())));
    own.add(logs.onDidMove(() => accounts.agentMoved()));
    own.add(logs.onDidFail(() => run(accounts.readAfterLimitError())));
    own.add({ dispose: () => run(close()) });
    run(accounts.start(false));
  }
  shared.start();
  return own;
}
