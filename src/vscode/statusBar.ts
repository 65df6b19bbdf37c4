import { StatusBarAlignment, ThemeColor, window } from 'vscode';
import type { Archive } from '../core/ledger/archive.ts';
import { inBackground } from '../core/base/background.ts';
import {
  type Disposable,
  DisposableStore,
  Emitter,
  type Event,
  MutableDisposable,
} from '../core/base/event.ts';
import type { Clock, Locale, Log } from '../core/base/ports.ts';
import type * as words from '../core/explain/explain.ts';
import type { Explanation } from '../core/explain/explain.ts';
import { isCurrent } from '../core/incidents/incident.ts';
import type { IncidentStore } from '../core/incidents/incidentStore.ts';
import type { ActivityStore } from '../core/quota/activity.ts';
import type { QuotaState, QuotaView } from '../core/quota/quotaView.ts';
import type { Settings } from '../core/settings.ts';
import { statusText } from '../core/status/statusText.ts';
import type { AccountSwitch } from './accountSwitch.ts';
import { commandIds } from '../core/commands.ts';
import type { TooltipOptions } from './quotaTooltip.ts';

type Words = typeof words;

/** How long a text stays unchanged. */
const UNCHANGED_MS = 30_000;

/** Dependencies of `IncidentNotice`. */
export interface IncidentNoticeOptions {
  readonly incidents: IncidentStore;
  readonly settings: () => Settings;
  readonly locale: Locale;
  readonly log: Pick<Log, 'error'>;
}

/**
 * The current incident of the user's account, as text. The code for the text is a lazy chunk,
 * loaded with the first incident: most windows never have one.
 */
export class IncidentNotice implements Disposable {
  readonly #options: IncidentNoticeOptions;
  readonly #changeEmitter = new Emitter<void>();
  readonly #listening = new MutableDisposable();
  #words: Words | undefined;
  #isLoading = false;
  #shown: { readonly key: string; readonly at: number; readonly words: Explanation } | undefined;

  /** The incident or its explanation changed. */
  readonly onDidChange: Event<void> = this.#changeEmitter.event;

  constructor(options: IncidentNoticeOptions) {
    this.#options = options;
    this.#listening.value = options.incidents.onDidChange(() => this.#changeEmitter.fire());
  }

  /** Undefined if there is none, or its text is still loading. */
  at(now: number): Explanation | undefined {
    const { incidents, locale, settings } = this.#options;
    const current = incidents.incidents.find(incident => isCurrent(incident, now));
    if (!current) return undefined;
    if (!this.#words) inBackground(this.#load(), this.#options.log);
    const { region } = settings();
    const key = JSON.stringify([current, region]);
    // A text that counts seconds would close the open tooltip.
    const isFresh = this.#shown?.key === key && Math.abs(now - this.#shown.at) < UNCHANGED_MS;
    if (this.#words && !isFresh)
      this.#shown = { key, at: now, words: this.#words.explain(current, { locale, now, region }) };
    return this.#shown?.words;
  }

  async #load(): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    this.#words = await import('../core/explain/explain.ts');
    this.#changeEmitter.fire();
  }

  dispose(): void {
    this.#listening.dispose();
    this.#changeEmitter.dispose();
  }
}

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
  readonly #notice: IncidentNotice;
  #tooltip = '';

  constructor(options: StatusBarOptions) {
    this.#options = options;
    this.#item.name = options.locale.t('Kimi Quota');
    this.#item.command = commandIds.check;
    this.#own.add(options.accounts.onDidChange(() => this.#draw()));
    this.#own.add(options.agents.onDidChange(() => this.#draw()));
    this.#own.add(options.archive.onDidChangeHealth(() => this.#draw()));
    this.#notice = this.#own.add(new IncidentNotice(options));
    this.#own.add(this.#notice.onDidChange(() => this.#draw()));
    this.#draw();
    this.#item.show();
  }

  #draw(): void {
    const { clock, isSample, locale, machine, settings } = this.#options;
    const accounts = this.#options.accounts.current;
    this.#redraw.value = clock.after(REDRAW_MS, () => this.#draw());
    const { activity } = this.#options.agents;
    const now = clock.now();
    const { 'statusBar.account': choice, 'statusBar.show': side } = settings();
    const { view } = accounts.primary(choice, now);
    const density = settings()['statusBar.density'];
    const trouble = this.#notice.at(now);
    const text = statusText(view, { side, density, locale, trouble });
    const shown = isSample ? [locale.t('Sample'), text] : [text];
    const icon = trouble ? TROUBLE_ICON : icons[view.state];
    this.#item.text = [`$(${icon})`, shown.filter(word => word !== '').join(' · ')]
      .join(' ')
      .trim();
    const background = backgrounds[view.state];
    this.#item.backgroundColor = background === undefined ? undefined : new ThemeColor(background);
    const { health } = this.#options.archive;
    const words = { locale, side, now, activity, machine, trouble, isSample, health };
    inBackground(this.#drawWords(view, words), this.#options.log);
  }

  /** Tooltip and accessible label are loaded after the text is shown. */
  async #drawWords(view: QuotaView, options: TooltipOptions): Promise<void> {
    const { quotaTooltip, spokenStatus, trustedMarkdown } = await import('./quotaTooltip.ts');
    this.#item.accessibilityInformation = { label: spokenStatus(view, options), role: 'button' };
    const markdown = quotaTooltip(this.#options.accounts.current.views(options.now), options);
    // A new MarkdownString closes an open hover, so it is created only if the text changed.
    if (markdown === this.#tooltip) return;
    this.#tooltip = markdown;
    this.#item.tooltip = trustedMarkdown(markdown);
  }

  dispose(): void {
    this.#own.dispose();
  }
}
