import { StatusBarAlignment, ThemeColor, window } from 'vscode';
import type { Archive } from '../core/ledger/archive.ts';
import { inBackground } from '../core/base/background.ts';
import { type Disposable, DisposableStore, MutableDisposable } from '../core/base/event.ts';
import type { Clock, Locale, Log } from '../core/base/ports.ts';
import type { IncidentStore } from '../core/incidents/incidentStore.ts';
import type { ActivityStore } from '../core/quota/activity.ts';
import type { AccountView } from '../core/quota/quotaAccounts.ts';
import type { QuotaState } from '../core/quota/quotaView.ts';
import type { Settings } from '../core/settings.ts';
import { statusText } from '../core/status/statusText.ts';
import type { AccountSwitch } from './accountSwitch.ts';
import { commandIds } from '../core/commands.ts';
import type * as surface from './quotaTooltip.ts';

/** Each state has its own icon, so that color is never the only signal. */
const icons: Readonly<Record<QuotaState, string>> = {
  loading: 'sync',
  ok: 'dashboard',
  low: 'warning',
  exhausted: 'error',
  extraUsage: 'credit-card',
  resetting: 'history',
  stale: 'clock',
  unknown: 'question',
  badBaseUrl: 'settings-gear',
  signedOut: 'key',
  tokenExpired: 'account',
  noKeyRing: 'shield',
  keyRefused: 'lock',
  forbidden: 'circle-slash',
  noPlan: 'credit-card',
  limited: 'watch',
  offline: 'debug-disconnect',
  endpointChanged: 'unverified',
};

/** A request of an agent failed. */
const TROUBLE_ICON = 'bell-dot';

/** Background color only if nothing works until a reset or until the user sets a new key. */
const backgrounds: Partial<Record<QuotaState, string>> = {
  exhausted: 'statusBarItem.errorBackground',
  keyRefused: 'statusBarItem.warningBackground',
};

/** Countdowns and ages are in minutes, so twice per minute is enough. */
const REDRAW_MS = 30_000;

export interface StatusBarOptions {
  readonly accounts: AccountSwitch;
  readonly agents: ActivityStore;
  readonly archive: Pick<Archive, 'health' | 'onDidChangeHealth'>;
  readonly incidents: IncidentStore;
  readonly settings: () => Settings;
  readonly clock: Clock;
  readonly locale: Locale;
  readonly log: Pick<Log, 'error'>;
  readonly isSample: boolean;
  /** See `TooltipOptions`. */
  readonly machine: string | undefined;
}

/** The status bar item: the quota left of the primary account; the tooltip has the rest. */
export class StatusBar implements Disposable {
  readonly #own = new DisposableStore();
  readonly #redraw = this.#own.add(new MutableDisposable());
  readonly #item = this.#own.add(window.createStatusBarItem('quota', StatusBarAlignment.Left, 0));
  readonly #options: StatusBarOptions;
  #surface: typeof surface | undefined;
  #tooltip = '';

  constructor(options: StatusBarOptions) {
    this.#options = options;
    this.#item.name = options.locale.t('Kimi Quota');
    this.#item.command = commandIds.check;
    this.#own.add(options.accounts.onDidChange(() => this.#draw()));
    this.#own.add(options.agents.onDidChange(() => this.#draw()));
    this.#own.add(options.archive.onDidChangeHealth(() => this.#draw()));
    this.#own.add(options.incidents.onDidChange(() => this.#draw()));
    this.#draw();
    this.#item.show();
  }

  #draw(): void {
    const { clock, locale, settings } = this.#options;
    this.#redraw.value = clock.after(REDRAW_MS, () => this.#draw());
    if (this.#surface) return inBackground(this.#drawHeadline(this.#surface), this.#options.log);
    // The numbers need no words of a cause: their code is loaded after them.
    const { 'statusBar.account': choice, 'statusBar.show': side } = settings();
    const { view } = this.#options.accounts.current.primary(choice, clock.now());
    this.#drawText(
      view.state,
      statusText(view, { side, density: settings()['statusBar.density'], locale }),
    );
    inBackground(this.#load(), this.#options.log);
  }

  async #load(): Promise<void> {
    this.#surface = await import('./quotaTooltip.ts');
    this.#draw();
  }

  #drawText(state: QuotaState, text: string, icon = icons[state]): void {
    const { isSample, locale } = this.#options;
    const shown = isSample ? [locale.t('Sample'), text] : [text];
    this.#item.text = `$(${icon}) ${shown.filter(word => word !== '').join(' · ')}`.trim();
    const background = backgrounds[state];
    this.#item.backgroundColor = background === undefined ? undefined : new ThemeColor(background);
  }

  async #drawHeadline({
    headlineWords,
    quotaTooltip,
    spokenStatus,
    trustedMarkdown,
  }: typeof surface): Promise<void> {
    const { agents, archive, clock, incidents, isSample, locale, machine, settings } =
      this.#options;
    const now = clock.now();
    const { activity } = agents;
    const accounts = this.#options.accounts.current;
    const { region, 'statusBar.account': choice, 'statusBar.show': side } = settings();
    const account: AccountView = accounts.primary(choice, now);
    const situation = { account, incidents: incidents.incidents, activity, now };
    const headline = headlineWords(situation, { locale, region });
    const { kind } = headline.headline;
    const density = settings()['statusBar.density'];
    const text = statusText(account.view, { side, density, locale, headline: headline.short });
    const isTrouble = kind === 'slots' || kind === 'failing';
    const state = kind === 'usedUp' ? 'exhausted' : account.view.state;
    this.#drawText(state, text, isTrouble ? TROUBLE_ICON : icons[state]);
    const options = { locale, side, now, activity, machine, headline, isSample };
    this.#item.accessibilityInformation = {
      label: spokenStatus(account.view, options),
      role: 'button',
    };
    const markdown = quotaTooltip(accounts.views(now), { ...options, health: archive.health });
    // A new MarkdownString closes an open hover, so it is created only if the text changed.
    if (markdown === this.#tooltip) return;
    this.#tooltip = markdown;
    this.#item.tooltip = trustedMarkdown(markdown);
  }

  dispose(): void {
    this.#own.dispose();
  }
}
