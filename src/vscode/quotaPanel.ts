import { commands, env, Uri, ViewColumn, window, type WebviewPanel } from 'vscode';
import { foreignUseFacts } from '../core/agents/activityFacts.ts';
import { DisposableStore, MutableDisposable } from '../core/disposables.ts';
import type { Disposable } from '../core/event.ts';
import type { ExplainedWords } from '../core/incidents/explain.ts';
import type { Explained } from '../core/inline/explained.ts';
import { isKimiPage } from '../core/links.ts';
import { panelLabels } from '../core/panel/panelLabels.ts';
import { PageMessage, type EditorMessage, type PanelChange } from '../core/panel/panelMessages.ts';
import { PanelSource, WORDS_ID, type PanelChoice } from '../core/panel/panelSource.ts';
import type { PanelState } from '../core/panel/panelState.ts';
import { sampleNotice } from '../core/sample/sampleWords.ts';
import type { CommandContext } from './commandContext.ts';
import { PANEL_TYPE, SAMPLE_PANEL_TYPE } from './commandIds.ts';
import { openLogAt } from './openLogAt.ts';
import { panelHtml, panelOptions } from './panelHtml.ts';

/** Four messages a second at most, whatever happens. */
const LEAST_GAP_MS = 250;
/** Ages and countdowns are in minutes. */
const REDRAW_MS = 30_000;

let shown: QuotaPanel | undefined;

/** What is open in the panel: an incident by its id, or words. */
type Target = string | ExplainedWords;

/** Opens the panel, or brings it to the front; with an id, that incident is open in it. */
export function openPanel(context: CommandContext, target?: Target): void {
  if (shown?.isOf(context)) return shown.reveal(target);
  shown?.close();
  const { isSample, locale } = context;
  const panel = window.createWebviewPanel(
    isSample ? SAMPLE_PANEL_TYPE : PANEL_TYPE,
    isSample ? locale.t('Kimi Quota (Sample)') : locale.t('Kimi Quota'),
    ViewColumn.Active,
    {
      ...panelOptions(context.extensionUri),
    },
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

/** Takes over the panel of before a reload. Its page remembers what was open in it. */
export function revivePanel(context: CommandContext, panel: WebviewPanel): void {
  panel.webview.options = panelOptions(context.extensionUri);
  shown = new QuotaPanel(context, panel);
}

/** The panel: what the page is told, and what is done of what it asks for. */
class QuotaPanel implements Disposable {
  readonly #own = new DisposableStore();
  readonly #telling = this.#own.add(new MutableDisposable());
  readonly #context: CommandContext;
  readonly #panel: WebviewPanel;
  readonly #source: PanelSource;
  #choice: PanelChoice;
  #isReady = false;
  #isReading = false;
  #isStale = false;
  #sent: PanelState | undefined;
  #sentMs = -Infinity;

  constructor(context: CommandContext, panel: WebviewPanel, target?: Target) {
    this.#context = context;
    this.#panel = panel;
    this.#choice = { span: '24h', ...(target === undefined ? {} : { target }) };
    this.#source = sourceOf(context);
    const { accounts, agents, incidents } = context;
    for (const event of [accounts.onDidChange, agents.onDidChange, incidents.onDidChange])
      this.#own.add(event(() => this.#tellSoon()));
    this.#own.add(panel.webview.onDidReceiveMessage(message => this.#take(message)));
    this.#own.add(panel.onDidChangeViewState(() => this.#seen()));
    panel.onDidDispose(() => this.dispose());
    panel.iconPath = Uri.joinPath(context.extensionUri, 'media', 'icon.png');
    panel.webview.html = panelHtml(panel.webview, context.extensionUri, context.locale.language);
  }

  isOf(context: CommandContext): boolean {
    return context === this.#context;
  }

  close(): void {
    this.#panel.dispose();
  }

  reveal(target: Target | undefined): void {
    if (target !== undefined) this.#choice = { ...this.#choice, target };
    this.#panel.reveal();
    this.#tellSoon();
  }

  /** A page that was hidden is a new one when it is seen again, and says itself when it is ready. */
  #seen(): void {
    if (this.#panel.visible) return;
    this.#isReady = false;
    this.#sent = undefined;
    this.#telling.value = undefined;
  }

  #tellSoon(): void {
    if (!this.#isReady || !this.#panel.visible) return;
    const { clock } = this.#context;
    const waitMs = Math.max(0, LEAST_GAP_MS - (clock.monotonicMs() - this.#sentMs));
    this.#telling.value = clock.after(waitMs, () => void this.#tell());
  }

  async #tell(): Promise<void> {
    const { clock, log } = this.#context;
    if (this.#isReading) {
      this.#isStale = true;
      return;
    }
    this.#isReading = true;
    this.#isStale = false;
    this.#telling.value = clock.after(REDRAW_MS, () => this.#tellSoon());
    this.#sentMs = clock.monotonicMs();
    try {
      this.#send(await this.#source.read(this.#choice));
    } catch {
      log.error('The panel could not be drawn.');
    } finally {
      this.#isReading = false;
    }
    // What changed, or was asked for, while it was read is not in it.
    if (this.#isStale) this.#tellSoon();
  }

  #send(state: PanelState): void {
    if (!this.#isReady) return;
    const change = this.#sent && changeOf(this.#sent, state);
    const message: EditorMessage | undefined = this.#sent
      ? change && { kind: 'change', change }
      : { kind: 'state', state, labels: panelLabels(this.#context.locale.t) };
    this.#sent = state;
    // For the walkthrough.
    if (state.detail && !this.#context.isSample)
      void commands.executeCommand('setContext', 'kimiQuota.explained', true);
    if (message) void this.#panel.webview.postMessage(message);
  }

  #take(data: unknown): void {
    const { success, data: message } = PageMessage.safeParse(data);
    if (!success) return;
    switch (message.kind) {
      case 'ready':
        this.#isReady = true;
        this.#sent = undefined;
        return this.#tellSoon();
      case 'span':
        this.#choice = { ...this.#choice, span: message.span };
        return this.#tellSoon();
      case 'openIncident':
        this.#choice = targetChosen(this.#choice, message.id);
        return this.#tellSoon();
      case 'openLog':
        return void openLogAt(this.#context, message.id);
      case 'copyTicket':
        return void commands.executeCommand('kimiQuota.copySupportTicket', message.id);
      case 'openLink':
        if (isKimiPage(message.url)) void env.openExternal(Uri.parse(message.url));
        return;
      case 'command':
        return void commands.executeCommand(`kimiQuota.${message.command}`);
    }
  }

  dispose(): void {
    shown = shown === this ? undefined : shown;
    this.#own.dispose();
  }
}

/** The page of words asks for their id again when it is seen again. */
function targetChosen({ span, target }: PanelChoice, id: string | undefined): PanelChoice {
  if (id === undefined) return { span };
  return { span, target: id === WORDS_ID && typeof target === 'object' ? target : id };
}

/** The sections that differ, whole; undefined if none does. */
function changeOf(before: PanelState, after: PanelState): PanelChange | undefined {
  const isSame = (name: keyof PanelState): boolean =>
    JSON.stringify(before[name]) === JSON.stringify(after[name]);
  const { now, present, history, incidents, detail } = after;
  const change: PanelChange = {
    now,
    ...(isSame('present') ? {} : { present }),
    ...(isSame('history') ? {} : { history }),
    ...(isSame('incidents') ? {} : { incidents }),
    ...(isSame('detail') ? {} : { detail: detail ?? null }),
  };
  return Object.keys(change).length > 1 ? change : undefined;
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
