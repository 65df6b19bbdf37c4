import { homedir } from 'node:os';
import { join } from 'node:path';
import { env, l10n, window, type ExtensionContext } from 'vscode';
import { accountsOf } from './core/account.ts';
import { ArchiveFollower } from './core/archiveFollower.ts';
import { DisposableStore } from './core/disposables.ts';
import type { Endpoint } from './core/endpoint.ts';
import { keepPruned } from './core/keepPruned.ts';
import { Lease } from './core/lease.ts';
import { QuotaAccounts } from './core/quota/quotaAccounts.ts';
import { LocalKeyFinder } from './node/localKeyFinder.ts';
import { parseBaseUrl } from './node/parseBaseUrl.ts';
import { QuotaEndpoint } from './node/quotaEndpoint.ts';
import { SqliteArchive } from './node/sqliteArchive.ts';
import { SystemClock } from './node/systemClock.ts';
import { AccountSwitch } from './vscode/accountSwitch.ts';
import { registerCommands } from './vscode/commands.ts';
import { developmentAccount } from './vscode/developmentAccount.ts';
import { KeyVault } from './vscode/keyVault.ts';
import { createQuotaApi, type QuotaApi } from './vscode/quotaApi.ts';
import { StatusBar } from './vscode/statusBar.ts';
import { VscodeSettings } from './vscode/vscodeSettings.ts';

/** Builds, wires and registers. No I/O before it returns: the pipelines start a turn later. */
export function activate(context: ExtensionContext): QuotaApi {
  const own = new DisposableStore();
  context.subscriptions.push(own);
  const clock = new SystemClock();
  const locale = { language: env.language, t: l10n.t };
  const log = own.add(window.createOutputChannel('Kimi Quota', { log: true }));
  const options = own.add(new VscodeSettings());
  const settings = () => options.value;
  const development = developmentAccount(context.extensionMode, process.env, parseBaseUrl);
  const finder = new LocalKeyFinder({ home: homedir(), environment: process.env });
  const now = () => clock.now();
  const vault = own.add(new KeyVault({ secrets: context.secrets, finder, now, development }));

  const path = join(context.globalStorageUri.fsPath, 'kimi-quota.db');
  const archive = own.add(new SqliteArchive({ path, clock, log }));
  const lease = own.add(new Lease({ archive, clock, log, owner: crypto.randomUUID() }));
  const follower = own.add(new ArchiveFollower(archive, clock, log));
  own.add(keepPruned({ archive, lease, clock, log }));

  const { version } = context.extension.packageJSON as { version: string };
  const userAgent = `kimi-quota/${version} (VS Code extension)`;
  const createClient = (endpoint: Endpoint) =>
    new QuotaEndpoint({ endpoint, userAgent, now, fetch: (url, init) => fetch(url, init) });
  const readKey = (origin: string) => vault.read(origin);
  const pollers = { archive, clock, lease, log, createClient, readKey, random: Math.random };
  const accounts = own.add(
    new AccountSwitch({
      accounts: () => accountsOf({ ...settings(), ...development?.settings }, parseBaseUrl),
      create: described => new QuotaAccounts({ ...pollers, accounts: described }),
      isFocused: () => window.state.focused,
    }),
  );

  own.add(new StatusBar({ accounts, settings, clock, locale }));
  const commandContext = { accounts, settings, vault, finder, createClient, clock, locale };
  own.add(registerCommands(commandContext, log));

  own.add(options.onDidChange(() => void accounts.settingsChanged()));
  own.add(follower.onDidChange(() => void accounts.current.follow()));
  own.add(vault.onDidChange(() => void accounts.current.follow()));
  own.add(window.onDidChangeWindowState(({ focused }) => accounts.current.setFocused(focused)));
  own.add(
    clock.after(0, () => {
      lease.start();
      follower.start();
      void accounts.start();
    }),
  );
  return createQuotaApi(accounts, clock);
}
