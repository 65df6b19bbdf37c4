import { commands, env, Uri, ViewColumn, window, type WebviewPanel } from 'vscode';
import { foreignUseFacts } from '../core/agents/activityFacts.ts';
import { DisposableStore } from '../core/disposables.ts';
import type { Disposable } from '../core/event.ts';
import type { Explained } from '../core/inline/explained.ts';
import { PanelExchange, type PanelRequest, type PanelTarget } from '../core/panel/panelExchange.ts';
import { panelLabels } from '../core/panel/panelLabels.ts';
import type { EditorMessage } from '../core/panel/panelMessages.ts';
import { PanelSource } from '../core/panel/panelSource.ts';
import { sampleNotice } from '../core/sample/sampleWords.ts';
import type { CommandContext } from './commandContext.ts';
import { PANEL_TYPE, SAMPLE_PANEL_TYPE } from './commandIds.ts';
import { openLogAt } from './openLogAt.ts';
import { panelHtml, panelOptions } from './panelHtml.ts';

let shown: QuotaPanel | undefined;

/** Opens the panel, or brings it to the front; with an id, that incident is open in it. */
export function openPanel(context: CommandContext, target?: PanelTarget): void {
  if (shown?.isOf(context)) return shown.reveal(target);
  shown?.close();
  const { isSample, locale } = context;
  const panel = window.createWebviewPanel(
    isSample ? SAMPLE_PANEL_TYPE : PANEL_TYPE,
    isSample ? locale.t('Kimi Quota (Sample)') : locale.t('Kimi Quota'),
    ViewColumn.Active,
    panelOptions(context.extensionUri),
  );
  shown = new QuotaPanel(context, panel, target);
}

/** Opens the panel on an incident, or on words from elsewhere. */
export function openExplained(context: CommandContext, explained: Explained): void {
  openPanel(context, explained.kind === 'incident' ? explained.incident.id : explained.words);
}

/** Closes the panel if it shows what this context holds. */
export function closePanel(context: CommandContext): void {
  if (shown?.isOf(context)) shown.close();
}

/**
 * Takes over the panel of before a reload, when it is first seen. Its page remembers what was open
 * in it. One that was opened meanwhile gives way: there is one panel.
 */
export function revivePanel(context: CommandContext, panel: WebviewPanel): void {
  shown?.close();
  panel.webview.options = panelOptions(context.extensionUri);
  shown = new QuotaPanel(context, panel);
}

/** The panel: an editor tab around the talk with its page. */
class QuotaPanel implements Disposable {
  readonly #own = new DisposableStore();
  readonly #context: CommandContext;
  readonly #panel: WebviewPanel;
  readonly #exchange: PanelExchange;

  constructor(context: CommandContext, panel: WebviewPanel, target?: PanelTarget) {
    this.#context = context;
    this.#panel = panel;
    const { accounts, agents, incidents, clock, log, locale, extensionUri } = context;
    this.#exchange = this.#own.add(
      new PanelExchange({
        source: sourceOf(context),
        clock,
        log,
        labels: panelLabels(locale.t),
        target,
        isVisible: () => panel.visible,
        post: message => this.#post(message),
        act: request => this.#act(request),
      }),
    );
    for (const event of [accounts.onDidChange, agents.onDidChange, incidents.onDidChange])
      this.#own.add(event(() => this.#exchange.tellSoon()));
    this.#own.add(panel.webview.onDidReceiveMessage(message => this.#exchange.take(message)));
    this.#own.add(
      panel.onDidChangeViewState(() => {
        if (!panel.visible) this.#exchange.hide();
      }),
    );
    panel.onDidDispose(() => this.dispose());
    panel.iconPath = Uri.joinPath(extensionUri, 'media', 'icon.png');
    panel.webview.html = panelHtml(panel.webview, extensionUri, locale.language);
  }

  isOf(context: CommandContext): boolean {
    return context === this.#context;
  }

  close(): void {
    this.#panel.dispose();
  }

  reveal(target: PanelTarget | undefined): void {
    this.#panel.reveal();
    this.#exchange.open(target);
  }

  #post(message: EditorMessage): void {
    const { detail } = message.kind === 'state' ? message.state : message.change;
    // For the walkthrough.
    if (detail && !this.#context.isSample)
      void commands.executeCommand('setContext', 'kimiQuota.explained', true);
    void this.#panel.webview.postMessage(message);
  }

  #act(request: PanelRequest): void {
    switch (request.kind) {
      case 'openLog':
        return void openLogAt(this.#context, request.id);
      case 'copyTicket':
        return void commands.executeCommand('kimiQuota.copySupportTicket', request.id);
      case 'openLink':
        return void env.openExternal(Uri.parse(request.url));
      case 'command':
        return void commands.executeCommand(`kimiQuota.${request.command}`);
    }
  }

  dispose(): void {
    shown = shown === this ? undefined : shown;
    this.#own.dispose();
  }
}

function sourceOf(context: CommandContext): PanelSource {
  const { accounts, agents, archive, clock, incidents, locale, machine, settings } = context;
  return new PanelSource({
    archive,
    clock,
    locale,
    activity: () => agents.activity,
    recent: () => incidents.incidents,
    accounts: now => {
      const primary = accounts.current.primary(settings()['statusBar.account'], now);
      const others = accounts.current
        .views(now)
        .filter(({ account }) => account.id !== primary.account.id);
      return [primary, ...others];
    },
    facts: now => [
      ...foreignUseFacts(agents.activity, now, locale),
      ...(machine ? [locale.t('Logs and numbers of this machine: {0}', machine)] : []),
    ],
    region: () => settings().region,
    ...(context.isSample ? { notice: sampleNotice(locale.t) } : {}),
  });
}
