import {
  commands,
  type Disposable as EditorDisposable,
  env,
  Position,
  Range,
  Uri,
  type Webview,
  type WebviewOptions,
  window,
} from 'vscode';
import { inBackground } from '../core/base/background.ts';
import { type Disposable, DisposableStore } from '../core/base/event.ts';
import { faultName } from '../core/base/ports.ts';
import { commandIds } from '../core/commands.ts';
import { isDatabase } from '../core/panel/incidentSection.ts';
import {
  type DiagnosisRequest,
  PanelExchange,
  type PanelRequest,
  type PanelTarget,
} from '../core/panel/panelExchange.ts';
import { panelLabels } from '../core/panel/panelLabels.ts';
import type { EditorMessage } from '../core/panel/panelMessages.ts';
import { PanelSource } from '../core/panel/panelSource.ts';
import { foreignUseFacts } from '../core/status/activityFacts.ts';
import { sampleNotice } from '../core/status/quotaFacts.ts';
import type { CommandContext } from './commandContext.ts';

/** The page can load only its own two files. */
export function panelOptions(extensionUri: Uri): WebviewOptions {
  return { enableScripts: true, localResourceRoots: [Uri.joinPath(extensionUri, 'dist')] };
}

/**
 * The HTML of the page: one style sheet, one script, and a content security policy that allows
 * nothing else.
 */
function panelHtml(
  webview: Webview,
  extensionUri: Uri,
  { language, isView }: { readonly language: string; readonly isView: boolean },
): string {
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
  <body data-place="${isView ? 'view' : 'tab'}"><script nonce="${nonce}" src="${file('panel.js')}"></script></body>
</html>`;
}

/** Where a page is: an editor tab or the view of a side bar. */
export interface PagePlace {
  readonly webview: Webview;
  readonly isView: boolean;
  readonly isVisible: () => boolean;
  readonly onDidChangeVisibility: (listener: () => void) => EditorDisposable;
  readonly target?: PanelTarget | undefined;
}

/** The page of the dashboard in one place, and the message exchange with it. */
export class PanelPage implements Disposable {
  readonly #own = new DisposableStore();
  readonly context: CommandContext;
  readonly #webview: Webview;
  readonly #exchange: PanelExchange;

  constructor(
    context: CommandContext,
    { webview, isView, isVisible, onDidChangeVisibility, target }: PagePlace,
  ) {
    this.context = context;
    this.#webview = webview;
    const { accounts, agents, incidents, clock, log, locale, extensionUri } = context;
    const source = sourceOf(context);
    this.#exchange = this.#own.add(
      new PanelExchange({
        source,
        clock,
        log,
        labels: panelLabels(locale.t),
        target,
        isVisible,
        post: message => this.#post(message),
        ledger: {
          read: (request, account) => source.readLedger(request, account),
          post: message => inBackground(webview.postMessage(message), log),
        },
        act: request => inBackground(this.#act(request), log),
      }),
    );
    for (const event of [accounts.onDidChange, agents.onDidChange, incidents.onDidChange])
      this.#own.add(
        event(() => {
          source.changed();
          this.#exchange.updateSoon();
        }),
      );
    this.#own.add(webview.onDidReceiveMessage(message => this.#exchange.take(message)));
    this.#own.add(
      onDidChangeVisibility(() => (isVisible() ? this.#exchange.show() : this.#exchange.hide())),
    );
    webview.html = panelHtml(webview, extensionUri, { language: locale.language, isView });
  }

  /** Shows a target; undefined for the overview. */
  open(target: PanelTarget | undefined): void {
    this.#exchange.open(target);
  }

  #post(message: EditorMessage): void {
    const { isSample, log } = this.context;
    const { detail } = message.kind === 'state' ? message.state : message.change;
    // For the walkthrough.
    if (detail && !isSample)
      inBackground(commands.executeCommand('setContext', 'kimiQuota.explained', true), log);
    inBackground(this.#webview.postMessage(message), log);
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
    sourceOf(this.context).changed();
    this.#exchange.updateSoon();
  }

  dispose(): void {
    this.#own.dispose();
  }
}

const sources = new WeakMap<CommandContext, PanelSource>();

/** One source for tab and view, so that both cost no more than one. */
function sourceOf(context: CommandContext): PanelSource {
  const known = sources.get(context);
  if (known) return known;
  const source = createSource(context);
  sources.set(context, source);
  return source;
}

function createSource(context: CommandContext): PanelSource {
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
