import { Uri, ViewColumn, type WebviewPanel, window } from 'vscode';
import type { ExplainedWords } from '../core/errors/wordsOfText.ts';
import { type Explained, incidentOfWords } from '../core/explain/explained.ts';
import type { PanelTarget } from '../core/panel/panelExchange.ts';
import {
  type CommandContext,
  type OpenPanel,
  PANEL_TYPE,
  SAMPLE_PANEL_TYPE,
} from './commandContext.ts';
import { PanelPage, panelOptions } from './panelPage.ts';

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
 * Restores the dashboard after a reload when it becomes visible, with the overview. A dashboard
 * opened in the meantime is closed.
 */
export function revivePanel(context: CommandContext, panel: WebviewPanel): void {
  panel.webview.options = panelOptions(context.extensionUri);
  context.panel.take(new QuotaPanel(context, panel));
}

/** The dashboard: an editor tab with the page. */
class QuotaPanel implements OpenPanel {
  readonly context: CommandContext;
  readonly #panel: WebviewPanel;
  readonly #page: PanelPage;

  constructor(context: CommandContext, panel: WebviewPanel, target?: PanelTarget) {
    this.context = context;
    this.#panel = panel;
    this.#page = new PanelPage(context, {
      webview: panel.webview,
      isView: false,
      isVisible: () => panel.visible,
      onDidChangeVisibility: listener => panel.onDidChangeViewState(() => listener()),
      target,
    });
    panel.onDidDispose(() => {
      context.panel.leave(this);
      this.#page.dispose();
    });
    panel.iconPath = Uri.joinPath(context.extensionUri, 'media', 'icon.png');
  }

  close(): void {
    this.#panel.dispose();
  }

  reveal(target: PanelTarget | undefined): void {
    this.#panel.reveal();
    this.#page.open(target);
  }
}
