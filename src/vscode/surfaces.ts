import { inBackground } from '../core/base/background.ts';
import { memoryWords } from '../core/base/store.ts';
import { commands, window, workspace } from 'vscode';
import { type Disposable, DisposableStore, MutableDisposable } from '../core/base/event.ts';
import { faultName } from '../core/base/ports.ts';
import type { QuotaState } from '../core/quota/quotaView.ts';
import { commandIds } from '../core/commands.ts';
import type { CommandContext } from './commandContext.ts';
import { registerCommands } from './commands.ts';
import { registerInline } from './inline.ts';
import { registerNotices } from './notices.ts';
import { registerMcpServer } from './registerMcpServer.ts';
import { registerQuotaTool } from './registerQuotaTool.ts';
import { type OwnData, ShownSurfaces } from './shownSurfaces.ts';
import { StatusBar } from './statusBar.ts';

/** Reads terminals while `kimiQuota.readTerminals` is on; its code is loaded only then. */
function registerTerminalReading(context: CommandContext): Disposable {
  const { log, settings } = context;
  const own = new DisposableStore();
  const reading = own.add(new MutableDisposable());
  const follow = (): void => {
    reading.value = undefined;
    if (!settings().readTerminals) return;
    import('./terminalReading.ts').then(
      ({ readTerminals }) => {
        if (settings().readTerminals) reading.value = readTerminals(context);
      },
      (error: unknown) => log.error(`The reader of terminals did not load: ${faultName(error)}`),
    );
  };
  own.add(
    workspace.onDidChangeConfiguration(event => {
      if (event.affectsConfiguration('kimiQuota.readTerminals')) follow();
    }),
  );
  follow();
  return own;
}

/** Checks Kimi's status page while an incident needs it, once the user allowed it. */
function followStatus(context: CommandContext): Disposable {
  const { incidents, log, settings } = context;
  const look = async () => (await import('./statusPage.ts')).readStatusIfWanted(context);
  return incidents.onDidChange(() => {
    if (settings().statusPage === 'allow') inBackground(look(), log);
  });
}

/** Warns once per window that nothing can be saved, with the effect and the next step. */
export function registerStorageNotice({ archive, locale: { t }, log }: CommandContext): Disposable {
  let isTold = false;
  const warn = async (): Promise<void> => {
    const { health } = archive;
    if (isTold || health.kind === 'disk' || health.reason === 'disposed') return;
    isTold = true;
    const means = t('Nothing can be saved: the history ends with this window.');
    const showLog = t('Show Log');
    const words = `${means} ${memoryWords(health.reason, t)}`;
    const choice = await window.showWarningMessage(words, showLog);
    if (choice === showLog) await commands.executeCommand(commandIds.showLog);
  };
  return archive.onDidChangeHealth(() => inBackground(warn(), log));
}

/** States without a known key. */
const KEYLESS: ReadonlySet<QuotaState> = new Set([
  'loading',
  'signedOut',
  'badBaseUrl',
  'noKeyRing',
]);

/** Sets the context key for the walkthrough and the language model tool: whether a key exists. */
export function followHasKey({ accounts, clock, log }: CommandContext): Disposable {
  let reported = false;
  return accounts.onDidChange(() => {
    const hasKey = accounts.current.views(clock.now()).some(({ view }) => !KEYLESS.has(view.state));
    if (hasKey === reported) return;
    reported = hasKey;
    inBackground(commands.executeCommand('setContext', 'kimiQuota.hasKey', hasKey), log);
  });
}

/** Registers all surfaces and commands. */
export function registerSurfaces(data: OwnData): Disposable {
  const own = new DisposableStore();
  const { real } = own.add(new ShownSurfaces(data, registerShown));
  // Files, failures and agents are real even while sample data is shown.
  own.add(registerInline(real));
  own.add(registerNotices(real));
  own.add(registerQuotaTool(real));
  own.add(registerMcpServer(real));
  own.add(registerTerminalReading(real));
  own.add(registerStorageNotice(real));
  own.add(followHasKey(real));
  own.add(followStatus(real));
  return own;
}

function registerShown(context: CommandContext): Disposable {
  const own = new DisposableStore();
  own.add(new StatusBar(context));
  own.add(registerCommands(context));
  return own;
}
