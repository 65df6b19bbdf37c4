import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { env, l10n, window, workspace, type ExtensionContext } from 'vscode';
import { inBackground } from './core/base/background.ts';
import { accountsOf, type Endpoint } from './core/accounts/endpoint.ts';
import { ActivityStore } from './core/quota/activity.ts';
import { DisposableStore } from './core/base/event.ts';
import { machineName } from './core/ticket/machineName.ts';
import { IncidentStore } from './core/incidents/incidentStore.ts';
import { QuotaAccounts } from './core/quota/quotaAccounts.ts';
import { AgentLogsInLease } from './node/agentLogsInLease.ts';
import { clientOnDemand } from './node/clientOnDemand.ts';
import { LocalKeyFinder } from './node/localKeyFinder.ts';
import { parseBaseUrl } from './node/parseBaseUrl.ts';
import { logPlaces } from './node/logPlaces.ts';
import type { QuotaEndpointOptions } from './node/quotaEndpoint.ts';
import { SharedArchive } from './node/sharedArchive.ts';
import { teamOnDemand } from './node/team/teamOnDemand.ts';
import { SystemClock } from './node/systemClock.ts';
import { AccountSwitch } from './vscode/accountSwitch.ts';
import { developmentAccount, KeyVault } from './vscode/keyVault.ts';
import { editorPlaces, VscodeSettings } from './vscode/vscodeSettings.ts';
import { createQuotaApi, type QuotaApi } from './vscode/quotaApi.ts';
import { registerSurfaces } from './vscode/surfaces.ts';

/** Builds and connects everything. No I/O before it returns: the pipelines start a turn later. */
export function activate(context: ExtensionContext): QuotaApi {
  const own = new DisposableStore();
  context.subscriptions.push(own);
  const clock = new SystemClock();
  const now = () => clock.now();
  const locale = { language: env.language, t: l10n.t };
  const log = own.add(window.createOutputChannel('Kimi Quota', { log: true }));
  const options = own.add(new VscodeSettings());
  const settings = () => options.value;
  const development = developmentAccount(context.extensionMode, process.env, parseBaseUrl);
  const finder = new LocalKeyFinder({ home: homedir(), environment: process.env });
  const vault = own.add(new KeyVault({ secrets: context.secrets, finder, now, development }));

  const storage = context.globalStorageUri.fsPath;
  const shared = own.add(new SharedArchive({ path: join(storage, 'kimi-quota.db'), clock, log }));
  const { archive, archivePath, lease, follower, onStored, openMemory } = shared;
  const { createClient, createProbe } = clientsOf(context, now);
  const readKey = (origin: string) => vault.read(origin);
  const pollers = { archive, clock, lease, log, createClient, readKey, random: Math.random };
  const accounts = own.add(
    new AccountSwitch({
      accounts: () => accountsOf({ ...settings(), ...development?.settings }, parseBaseUrl),
      create: described => new QuotaAccounts({ ...pollers, accounts: described }),
      isFocused: () => window.state.focused,
    }),
  );
  const places = () => editorPlaces(context.globalStorageUri, settings());
  const logs = own.add(new AgentLogsInLease({ ...pollers, settings, places, onStored }));
  own.add(teamOnDemand({ ...pollers, settings, fetch, onDidChange: options.onDidChange }));
  const agents = own.add(new ActivityStore(archive, now));
  const incidents = own.add(new IncidentStore(archive, now));

  const machine = env.remoteName && machineName(hostname(), env.remoteName);
  const data = { accounts, agents, archive, archivePath, incidents, lease, logs, settings, vault };
  const { extensionUri } = context;
  const around = { clock, locale, log, machine, extensionUri, finder, createClient, createProbe };
  own.add(registerSurfaces({ ...data, ...around, openMemory, ...logPlaces(homedir(), storage) }));

  const run = (work: Promise<unknown>) => inBackground(work, log);
  const follow = () => run(Promise.all([accounts.current, agents, incidents].map(s => s.follow())));
  own.add(options.onDidChange(() => (logs.settingsChanged(), run(accounts.settingsChanged()))));
  own.add(workspace.onDidChangeWorkspaceFolders(() => logs.settingsChanged()));
  own.add(follower.onDidChange(follow));
  own.add(vault.onDidChange(() => run(accounts.current.lookAtKeys())));
  own.add(logs.onDidMove(() => accounts.current.agentMoved()));
  own.add(logs.onDidFail(() => run(accounts.current.readAfterLimitError())));
  own.add(window.onDidChangeWindowState(({ focused }) => accounts.current.setFocused(focused)));
  own.add(clock.after(0, () => (shared.start(), run(accounts.start()), follow())));
  return createQuotaApi({ accounts, agents, incidents, clock });
}

function clientsOf({ extension }: ExtensionContext, now: () => number) {
  const { version } = extension.packageJSON as { version: string };
  const userAgent = `kimi-quota/${version} (VS Code extension)`;
  const ask: QuotaEndpointOptions['fetch'] = (url, init) => fetch(url, init);
  const of = (endpoint: Endpoint) => ({ endpoint, userAgent, now, fetch: ask });
  return {
    createClient: (endpoint: Endpoint) => clientOnDemand(of(endpoint)),
    // Only the self-check sends other requests; most windows never load it.
    createProbe: async (endpoint: Endpoint) =>
      new (await import('./node/endpointProbe.ts')).EndpointProbe(of(endpoint)),
  };
}
