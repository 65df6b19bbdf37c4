import { commands, env, Uri, window } from 'vscode';
import { DisposableStore } from '../core/disposables.ts';
import type { Disposable } from '../core/event.ts';
import type { CommandContext } from './commandContext.ts';
import { commandIds, PANEL_TYPE } from './commandIds.ts';

const keyCommands = () => import('./keyCommands.ts');
const onDemand = () => import('./explainOnDemand.ts');
const quotaPanel = () => import('./quotaPanel.ts');

/**
 * Registers every command. Arguments are not looked at, whoever calls, but for the id of an incident
 * that is looked up: nothing can be set, read or sent to another place through one.
 */
export function registerCommands(context: CommandContext): Disposable {
  const handlers: Record<keyof typeof commandIds, (argument: unknown) => unknown> = {
    check: async () => (await import('./checkQuota.ts')).checkQuota(context),
    explainLastError: async () => (await import('./explainLastError.ts')).explainLastError(context),
    explainSelection: async () => (await onDemand()).explainSelection(context),
    explainClipboard: async () => (await onDemand()).explainClipboard(context),
    explainText: async () => (await onDemand()).explainPasted(context),
    explainTerminalSelection: async () => (await onDemand()).explainTerminalSelection(context),
    copySupportTicket: async id =>
      (await import('./copySupportTicket.ts')).copySupportTicket(context, id),
    selfCheck: async () => (await import('./selfCheck.ts')).selfCheck(context),
    openPanel: async () => (await quotaPanel()).openPanel(context),
    refresh: () => context.accounts.current.ask(),
    setApiKey: async () => (await keyCommands()).setApiKey(context),
    importKey: async () => (await keyCommands()).importKey(context),
    removeApiKey: async () => (await keyCommands()).removeApiKey(context),
    openConsole: () => openConsole(context),
    showLog: () => context.log.show(),
    showWatchedLogs: async () => (await import('./showWatchedLogs.ts')).showWatchedLogs(context),
    pauseLogs: () => setPaused(context, true),
    resumeLogs: () => setPaused(context, false),
  };
  const own = new DisposableStore();
    openSettings: () => openSettings(context),
  for (const name of Object.keys(commandIds) as (keyof typeof commandIds)[]) {
    own.add(commands.registerCommand(commandIds[name], argument => handlers[name](argument)));
  }
  own.add(
    window.registerWebviewPanelSerializer(PANEL_TYPE, {
      deserializeWebviewPanel: async panel => (await quotaPanel()).revivePanel(context, panel),
    }),
  );
  return own;
}

/** The palette offers the one of the two that makes sense, by this context key. */
function setPaused({ locale: { t }, logs }: CommandContext, isPaused: boolean): void {
  logs.isPaused = isPaused;
  void commands.executeCommand('setContext', 'kimiQuota.logsArePaused', isPaused);
  void window.setStatusBarMessage(
    isPaused ? t("Agents' logs are not read in this window.") : t("Agents' logs are read again."),
    5000,
  );
}

async function openConsole({ accounts, clock, settings }: CommandContext): Promise<boolean> {
  const { consoleUrl } = await import('../core/links.ts');
  const { region, 'statusBar.account': choice } = settings();
  const { account } = accounts.current.primary(choice, clock.now());
  return env.openExternal(Uri.parse(consoleUrl(account, region)));
}

/** The one that is to be mended, if one is. */
function openSettings({ accounts, clock }: CommandContext): Thenable<unknown> {
  const bad = accounts.current.views(clock.now()).find(({ view }) => view.state === 'badBaseUrl');
  const one = bad?.account.id === 'kimiCode' ? 'baseUrl' : 'openPlatformBaseUrl';
  const query = bad ? `@id:kimiQuota.${one}` : '@ext:kimi-quota.kimi-quota';
  return commands.executeCommand('workbench.action.openSettings', query);
}
