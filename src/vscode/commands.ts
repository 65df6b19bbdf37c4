import { commands, type WebviewView, window } from 'vscode';
import { inBackground } from '../core/base/background.ts';
import { type Disposable, DisposableStore } from '../core/base/event.ts';
import { commandIds, type CommandName, commandNames } from '../core/commands.ts';
import { type CommandContext, PANEL_TYPE, VIEW_TYPE } from './commandContext.ts';

// Loaded on first use: most windows run few commands.
const apiKey = () => import('./apiKey.ts');
const explainCommands = () => import('./explainCommands.ts');
type ExplainCommands = Awaited<ReturnType<typeof explainCommands>>;
const plain = () => import('./plainCommands.ts');
const headline = () => import('./headlineCommands.ts');
const quotaPanel = () => import('./quotaPanel.ts');

/**
 * Registers all commands. Arguments are ignored, except for the id of an incident, which is looked
 * up: nothing can be set, read or sent through an argument.
 */
export function registerCommands(context: CommandContext): Disposable {
  // Keys, logs and texts are real even while sample data is shown.
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
        ? (await plain()).nothingToReport(context)
        : (await import('./copySupportTicket.ts')).copySupportTicket(context, id),
    testAccount: async id => (await import('./diagnose.ts')).testAccount(real, id),
    selfCheck: async () => (await import('./selfCheck.ts')).selfCheck(real),
    openPanel: async () => (await quotaPanel()).openPanel(context),
    connect: async () => (await import('./connect.ts')).connect(context),
    refresh: async () => (await plain()).refresh(context),
    setApiKey: async () => (sample.end(), (await apiKey()).setApiKey(real)),
    importKey: async () => (sample.end(), (await import('./importKey.ts')).importKey(real)),
    removeApiKey: async () => (sample.end(), (await apiKey()).removeApiKey(real)),
    setTeamToken: async () => (await import('./teamToken.ts')).setTeamToken(real),
    openConsole: async () => (await plain()).openConsole(context),
    openSettings: async () => (await plain()).openSettings(context),
    showLog: () => context.log.show(),
    showWatchedLogs: async () => (await import('./showWatchedLogs.ts')).showWatchedLogs(real),
    pauseLogs: async () => (await plain()).setPaused(context, true),
    resumeLogs: async () => (await plain()).setPaused(context, false),
    copyFix: async () => (await headline()).copyFix(context),
    openFailureLog: async () => (await headline()).openFailureLog(context),
    trySampleData: () => sample.start(),
    endSampleData: () => sample.end(),
  };
  const own = new DisposableStore();
  for (const name of commandNames) {
    own.add(commands.registerCommand(commandIds[name], argument => handlers[name](argument)));
  }
  own.add(registerRevival(real));
  const showView = async (view: WebviewView) =>
    (await import('./quotaView.ts')).showView(context, view);
  own.add(window.registerWebviewViewProvider(VIEW_TYPE, { resolveWebviewView: showView }));
  // A view that is already open changes to the other data.
  if (context.panel.view) inBackground(showView(context.panel.view), context.log);
  return own;
}

/** VS Code restores the dashboard after a reload. */
const registerRevival = (real: CommandContext): Disposable =>
  window.registerWebviewPanelSerializer(PANEL_TYPE, {
    deserializeWebviewPanel: async panel => (await quotaPanel()).revivePanel(real, panel),
  });
