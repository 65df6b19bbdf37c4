import { join } from 'node:path';
import { env, l10n, window, type ExtensionContext } from 'vscode';
import { accountsOf } from './core/account.ts';
import { ArchiveFollower } from './core/archiveFollower.ts';
import { DisposableStore, MutableDisposable } from './core/disposables.ts';
import type { Endpoint } from './core/endpoint.ts';
import { keepPruned } from './core/keepPruned.ts';
import { Lease } from './core/lease.ts';
import type { Locale } from './core/ports.ts';
import { QuotaAccounts } from './core/quota/quotaAccounts.ts';
import { parseBaseUrl } from './node/parseBaseUrl.ts';
import { QuotaEndpoint } from './node/quotaEndpoint.ts';
import { SqliteArchive } from './node/sqliteArchive.ts';
import { SystemClock } from './node/systemClock.ts';
import { registerCommands } from './vscode/commands.ts';
import { developmentAccount } from './vscode/developmentAccount.ts';
import { KeyVault } from './vscode/keyVault.ts';
import { StatusBar } from './vscode/statusBar.ts';
import { VscodeSettings } from './vscode/vscodeSettings.ts';

/** Builds, wires and registers. No I/O before it returns: the pipelines start a turn later. */
export function activate(context: ExtensionContext): void {
  const own = new DisposableStore();
  context.subscriptions.push(own);
  const clock = new SystemClock();
  const locale: Locale = { language: env.language, t: l10n.t };
  const log = own.add(window.createOutputChannel('Kimi Quota', { log: true }));
  const settings = own.add(new VscodeSettings());
  const vault = own.add(new KeyVault(context.secrets));
  const development = developmentAccount(context.extensionMode, process.env);

  const path = join(context.globalStorageUri.fsPath, 'kimi-quota.db');
  const archive = own.add(new SqliteArchive({ path, clock, log }));
  const lease = own.add(new Lease({ archive, clock, log, owner: crypto.randomUUID() }));
  own.add(keepPruned({ archive, lease, clock, log }));

  const { version } = context.extension.packageJSON as { version: string };
  const createClient = (endpoint: Endpoint): QuotaEndpoint =>
    new QuotaEndpoint({
      endpoint,
      fetch: (url, init) => fetch(url, init),
      userAgent: `kimi-quota/${version} (VS Code extension)`,
      now: () => clock.now(),
    });
  const createAccounts = (): QuotaAccounts => {
    const baseUrl = development?.baseUrl || settings.value.baseUrl;
    const accounts = accountsOf({ ...settings.value, baseUrl }, parseBaseUrl);
    const first = accounts[0]?.endpoint;
    const developmentOrigin = first && 'origin' in first ? first.origin : undefined;
    return new QuotaAccounts({
      accounts,
      archive,
      clock,
      log,
      createClient,
      random: Math.random,
      readKey: async origin =>
        development && origin === developmentOrigin ? development.key : vault.read(origin),
    });
  };
  const owned = own.add(new MutableDisposable());
  let accounts = createAccounts();
  owned.value = accounts;

  const statusBar = own.add(new StatusBar({ settings: () => settings.value, clock, locale }));
  statusBar.show(accounts);
  const commandContext = {
    accounts: () => accounts,
    settings: () => settings.value,
    vault,
    createClient,
    clock,
    locale,
  };
  own.add(registerCommands(commandContext, log));

  const follower = own.add(new ArchiveFollower(archive, clock, log));
  own.add(follower.onDidChange(() => void accounts.follow()));
  own.add(vault.onDidChange(() => void accounts.follow()));
  own.add(window.onDidChangeWindowState(({ focused }) => accounts.setFocused(focused)));
  own.add(
    settings.onDidChange(() => {
      accounts = createAccounts();
      owned.value = accounts;
      statusBar.show(accounts);
      void accounts.start(window.state.focused);
    }),
  );
  own.add(
    clock.after(0, () => {
      lease.start();
      follower.start();
      void accounts.start(window.state.focused);
    }),
  );
}
