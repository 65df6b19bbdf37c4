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
import { inBackground } from '../core/base/background.ts';
import { type Disposable, DisposableStore } from '../core/base/event.ts';
import { faultName } from '../core/base/ports.ts';
import { commandIds } from '../core/commands.ts';
import type { ExplainedWords } from '../core/errors/wordsOfText.ts';
import { type Explained, incidentOfWords } from '../core/explain/explained.ts';
import {
  PanelExchange,
  type DiagnosisRequest,
  type PanelRequest,
  type PanelTarget,
} from '../core/panel/panelExchange.ts';
import { PanelSource } from '../core/panel/panelSource.ts';
import { isDatabase } from '../core/panel/incidentSection.ts';
import { panelLabels } from '../core/panel/panelLabels.ts';
import type { EditorMessage } from '../core/panel/panelMessages.ts';
import { foreignUseFacts } from '../core/status/activityFacts.ts';
import { sampleNotice } from '../core/status/quotaFacts.ts';
import {
  type CommandContext,
  type OpenPanel,
  PANEL_TYPE,
  SAMPLE_PANEL_TYPE,
} from './commandContext.ts';

/** The page can load only its own two files. */
export function panelOptions(extensionUri: Uri): WebviewOptions {
  return { enableScripts: true, localResourceRoots: [Uri.joinPath(extensionUri, 'dist')] };
}

/**
 * The HTML of the page: one style sheet, one script, and a content security policy that allows
 * nothing else.
 */
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

/** Opens or reveals the dashboard; with an id, it shows that incident. */
export function openPanel(context: CommandContext, target?: PanelTarget): void {
  const open = context.panel.of(context);
  if (open) return open.reveal(target);
  const { isSample, locale } = context;
  const panel = window.createWebviewPanel(
    isSample ? SAMPLE_PANEL_TYPE : PANEL_TYPE,
    isSample ? locale.t('Kimi Quota (Sample)') : locale.t('Kimi Quota'),
    ViewColumn.Active,
    panelOptions(context.extensionUri),
  );
  context.panel.take(new QuotaPanel(context, panel, target));
}

/** Opens the dashboard on an incident or an error text. */
export function openExplained(context: CommandContext, explained: Explained): void {
  openPanel(context, explained.kind === 'incident' ? explained.incident.id : explained.words);
}

/** An error text most likely belongs to a current incident, of which more is known. */
export function openWords(context: CommandContext, words: ExplainedWords): void {
  const { clock, incidents } = context;
  const incident = incidentOfWords(words, incidents.incidents, clock.now());
  openExplained(context, incident ? { kind: 'incident', incident } : { kind: 'words', words });
}

/**
 * Restores the dashboard after a reload when it becomes visible. The page remembers what was open.
 * A dashboard opened in the meantime is closed.
 */
export function revivePanel(context: CommandContext, panel: WebviewPanel): void {
  panel.webview.options = panelOptions(context.extensionUri);
  context.panel.take(new QuotaPanel(context, panel));
}

/** The dashboard: an editor tab and the message exchange with its page. */
class QuotaPanel implements OpenPanel, Disposable {
  readonly #own = new DisposableStore();
  readonly context: CommandContext;
  readonly #panel: WebviewPanel;
  readonly #exchange: PanelExchange;

  constructor(context: CommandContext, panel: WebviewPanel, target?: PanelTarget) {
    this.context = context;
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
        act: request => inBackground(this.#act(request), log),
      }),
    );
    for (const event of [accounts.onDidChange, agents.onDidChange, incidents.onDidChange])
      this.#own.add(event(() => this.#exchange.updateSoon()));
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

  close(): void {
    this.#panel.dispose();
  }

  reveal(target: PanelTarget | undefined): void {
    this.#panel.reveal();
    this.#exchange.open(target);
  }

  #post(message: EditorMessage): void {
    const { isSample, log } = this.context;
    const { detail } = message.kind === 'state' ? message.state : message.change;
    // For the walkthrough.
    if (detail && !isSample)
      inBackground(commands.executeCommand('setContext', 'kimiQuota.explained', true), log);
    inBackground(this.#panel.webview.postMessage(message), log);
  }

  #act(request: PanelRequest): Thenable<unknown> {
    switch (request.kind) {
      case 'openLog':
        return openLogAt(this.context, request.id);
      case 'tick':
      case 'diagnose':
        return this.#diagnose(request);
      case 'copy':
        return env.clipboard.writeText(request.text);
      case 'copyTicket':
        return commands.executeCommand(commandIds.copySupportTicket, request.id);
      case 'openLink':
        return env.openExternal(Uri.parse(request.url));
      case 'command':
        return commands.executeCommand(commandIds[request.command]);
    }
  }

  async #diagnose(request: DiagnosisRequest): Promise<void> {
    await (await import('./diagnosisRequests.ts')).runDiagnosis(this.context, request);
    this.#exchange.updateSoon();
  }

  dispose(): void {
    this.context.panel.leave(this);
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
      ...(machine ? [locale.t('Data from {0}', machine)] : []),
    ],
    region: () => settings().region,
    diagnose: async incident =>
      (await import('./diagnosisRequests.ts')).diagnosisOf(context, incident),
    ...(context.isSample ? { notice: sampleNotice(locale.t) } : {}),
  });
}

/**
 * Opens the log at the example record of an incident, or shows why that is not possible.
 * `vscode.open` is used because extensions can't open files larger than 50 MB.
 */
export async function openLogAt(context: CommandContext, incidentId: string): Promise<void> {
  const { archive, locale, log, placeOf } = context;
  const { t } = locale;
  const incidents = await archive.readIncidents();
  const example = incidents.find(({ id }) => id === incidentId)?.example;
  const inform = (words: string) => inBackground(window.showInformationMessage(words), log);
  if (example && isDatabase(example.file))
    return inform(t('This agent keeps its log in a database, which no editor can open as text.'));
  const place = example && (await placeOf(example));
  if (!place) return inform(t('The log file no longer exists.'));
  const position = new Position(place.line, 0);
  const options = { selection: new Range(position, position), preview: true };
  try {
    await commands.executeCommand('vscode.open', Uri.file(place.path), options);
  } catch (error) {
    log.warn(`A log was not opened: ${faultName(error)}`);
    inform(t('The log could not be opened.'));
  }
}
