import { commands, env, Uri, window } from 'vscode';
import { inBackground } from '../core/base/background.ts';
import { type Disposable, DisposableStore } from '../core/base/event.ts';
import { commandIds, type CommandName, commandNames } from '../core/commands.ts';
import { type CommandContext, PANEL_TYPE } from './commandContext.ts';

// Loaded on first use: most windows never run most commands.
const apiKey = () => import('./apiKey.ts');
const explainCommands = () => import('./explainCommands.ts');
type ExplainCommands = Awaited<ReturnType<typeof explainCommands>>;
const quotaPanel = () => import('./quotaPanel.ts');

/**
 * Registers every command. Arguments are not looked at, whoever calls, but for the id of an incident
 * that is looked up: nothing can be set, read or sent to another place through one.
 */
export function registerCommands(context: CommandContext): Disposable {
  // Keys, logs and texts are the user's own, whatever numbers are shown.
  const { sample } = context;
  const { real } = sample;
  const explainText = async (source: Parameters<ExplainCommands['explainText']>[1]) =>
    (await explainCommands()).explainText(real, source);
  const handlers: Record<CommandName, (argument: unknown) => unknown> = {
    check: async () => (await import('./checkQuota.ts')).checkQuota(context),
    explainLastError: async () => (await explainCommands()).explainLastError(context),
    explainSelection: () => explainText('selection'),
    explainClipboard: () => explainText('clipboard'),
    explainText: () => explainText('typed'),
    explainTerminalSelection: () => explainText('terminal'),
    copySupportTicket: async id =>
      context.isSample
        ? nothingToReport(context)
        : (await import('./copySupportTicket.ts')).copySupportTicket(context, id),
    selfCheck: async () => (await import('./selfCheck.ts')).selfCheck(real),
    openPanel: async () => (await quotaPanel()).openPanel(context),
    refresh: () => context.accounts.current.ask(),
    setApiKey: async () => (sample.end(), (await apiKey()).setApiKey(real)),
    importKey: async () => (sample.end(), (await import('./importKey.ts')).importKey(real)),
    removeApiKey: async () => (sample.end(), (await apiKey()).removeApiKey(real)),
    openConsole: () => openConsole(context),
    openSettings: () => openSettings(context),
    showLog: () => context.log.show(),
    showWatchedLogs: async () => (await import('./showWatchedLogs.ts')).showWatchedLogs(real),
    pauseLogs: () => setPaused(context, true),
    resumeLogs: () => setPaused(context, false),
    trySampleData: () => sample.start(),
    endSampleData: () => sample.end(),
  };
  const own = new DisposableStore();
  for (const name of commandNames) {
    own.add(commands.registerCommand(commandIds[name], argument => handlers[name](argument)));
  }
  own.add(
    window.registerWebviewPanelSerializer(PANEL_TYPE, {
      deserializeWebviewPanel: async panel => (await quotaPanel()).revivePanel(real, panel),
    }),
  );
  return own;
}

function nothingToReport({ locale: { t } }: CommandContext): unknown {
  return window.showInformationMessage(t('This is sample data: there is nothing to report.'));
}

/** The palette offers the one of the two that makes sense, by this context key. */
function setPaused({ locale: { t }, log, logs }: CommandContext, isPaused: boolean): void {
  logs.isPaused = isPaused;
  inBackground(commands.executeCommand('setContext', 'kimiQuota.logsArePaused', isPaused), log);
  window.setStatusBarMessage(
    isPaused ? t("Agents' logs are not read in this window.") : t("Agents' logs are read again."),
    5000,
  );
}

async function openConsole({ accounts, clock, settings }: CommandContext): Promise<boolean> {
  const { consoleUrl } = await import('../core/accounts/links.ts');
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
