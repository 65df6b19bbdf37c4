import {
  commands,
  env,
  Position,
  Range,
  Uri,
  ViewColumn,
  type Webview,
  type WebviewOptions,
  type WebviewPanel,
  window,
} from 'vscode';
import { type Disposable, DisposableStore } from '../core/base/event.ts';
import type { Explained } from '../core/explain/explained.ts';
import {
  PanelExchange,
  panelLabels,
  type PanelRequest,
  type PanelTarget,
} from '../core/panel/panelExchange.ts';
import { PanelSource } from '../core/panel/panelSource.ts';
import type { EditorMessage } from '../core/panel/panelState.ts';
import { foreignUseFacts } from '../core/status/activityFacts.ts';
import { sampleNotice } from '../core/status/quotaFacts.ts';
import { type CommandContext, PANEL_TYPE, SAMPLE_PANEL_TYPE } from './commandContext.ts';

/** The page reaches its own two files, and nothing else of this machine. */
export function panelOptions(extensionUri: Uri): WebviewOptions {
  return { enableScripts: true, localResourceRoots: [Uri.joinPath(extensionUri, 'dist')] };
}

/** The frame of the page: one style sheet, one script, and a policy that lets in nothing besides. */
export function panelHtml(webview: Webview, extensionUri: Uri, language: string): string {
  const nonce = crypto.randomUUID();
  const file = (name: string): string =>
    webview.asWebviewUri(Uri.joinPath(extensionUri, 'dist', name)).toString();
  const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`;
  return `<!DOCTYPE html>
<html lang="${language.replace(/[^\w-]/g, '')}">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Kimi Quota</title>
    <link rel="stylesheet" href="${file('panel-style.css')}">
  </head>
  <body><script nonce="${nonce}" src="${file('panel.js')}"></script></body>
</html>`;
}

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

/** Opens the log at the record that an incident is shown by. */
export async function openLogAt(context: CommandContext, incidentId: string): Promise<void> {
  const { archive, locale, placeOf } = context;
  const incidents = await archive.readIncidents();
  const example = incidents.find(({ id }) => id === incidentId)?.example;
  const place = example && (await placeOf(example));
  if (!place) {
    void window.showInformationMessage(locale.t('The log is not there any more.'));
    return;
  }
  const position = new Position(place.line, 0);
  await window.showTextDocument(Uri.file(place.path), {
    selection: new Range(position, position),
    preview: true,
  });
}
