import type { KeyLookup } from '../core/accounts/foundKey.ts';
import { inBackground } from '../core/base/background.ts';
import { type Disposable, DisposableStore, Emitter } from '../core/base/event.ts';
import type { Archive } from '../core/ledger/archive.ts';
import { QuotaAccounts } from '../core/quota/quotaAccounts.ts';
import { Settings } from '../core/settings.ts';
import { AgentLogsInLease } from '../node/agentLogsInLease.ts';
import { clientOnDemand } from '../node/clientOnDemand.ts';
import { SharedArchive } from '../node/sharedArchive.ts';
import { TeamInLease } from '../node/team/teamInLease.ts';
import { SystemClock } from '../node/systemClock.ts';
import { accountIdOf, openNetwork } from './environment.ts';
import { heldEndpoint } from './liveState.ts';
import { archivePath } from './machine.ts';
import { silent, toStderr } from './output.ts';
import type { TeamCall } from './teamCall.ts';

/** Asked for by name, so it reports even while an editor follows the logs. */
function teamOptions(team: TeamCall, held: ReturnType<typeof heldEndpoint>) {
  const addresses = [team['team.pushUrl'], team['team.queryUrl']];
  const origins = addresses.map(url => URL.parse(url)?.origin);
  return {
    log: { ...toStderr, info: toStderr.warn },
    random: Math.random,
    settings: () => team,
    lease: { isHeld: true, onDidChange: new Emitter<boolean>().event },
    onDidChange: new Emitter<void>().event,
    readKey: async (origin: string): Promise<KeyLookup> => {
      if (origin === held?.endpoint.origin) return { kind: 'key', key: held.key, isLinked: false };
      return team.token !== undefined && origins.includes(origin)
        ? { kind: 'key', key: team.token, isLinked: false }
        : { kind: 'none' };
    },
  };
}

/**
 * Takes part as a window of an editor does: in the archive of this machine, follows logs and checks
 * the quota while it holds the lease. Only the account of the key in the environment is checked.
 */
export function openWindow(team?: TeamCall): Disposable & { readonly archive: Archive } {
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
  const { fetch, userAgent, close } = openNetwork();
  own.add({ dispose: () => inBackground(close(), log) });
  if (team) own.add(new TeamInLease({ ...teamOptions(team, held), archive, clock, fetch }));
  if (held) {
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
    run(accounts.start(false));
  }
  shared.start();
  return { archive, dispose: () => own.dispose() };
}
