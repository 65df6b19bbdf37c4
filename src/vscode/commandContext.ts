import type { LogOutputChannel, Uri, WebviewView } from 'vscode';
import type { Endpoint } from '../core/accounts/endpoint.ts';
import type { KeyFinder } from '../core/accounts/foundKey.ts';
import type { LogPlace, TailedSignal, TailRows } from '../core/agents/tail.ts';
import type { TerminalError } from '../core/agents/terminalError.ts';
import type { LogWatch } from '../core/agents/watchedLogs.ts';
import type { Archive } from '../core/ledger/archive.ts';
import type { Disposable } from '../core/base/event.ts';
import type { LedgerRows } from '../core/ledger/ledger.ts';
import type { Lease } from '../core/base/lease.ts';
import type { Clock, Locale } from '../core/base/ports.ts';
import type { IncidentStore } from '../core/incidents/incidentStore.ts';
import type { ActivityStore } from '../core/quota/activity.ts';
import type { QuotaClient } from '../core/quota/outcome.ts';
import type { PanelTarget } from '../core/panel/panelExchange.ts';
import type { HostProbe } from '../core/selfCheck/facts.ts';
import type { Settings } from '../core/settings.ts';
import type { AccountSwitch } from './accountSwitch.ts';
import type { KeyVault } from './keyVault.ts';
import type { LeaseRows, ValueRows } from '../core/base/store.ts';
import type { SnapshotRows } from '../core/quota/snapshot.ts';
import type { IncidentRows } from '../core/incidents/incident.ts';

/** The webview type of the dashboard, by which VS Code restores it after a reload. */
export const PANEL_TYPE = 'kimiQuota.panel';
/** The webview type with sample data, which isn't restored. */
export const SAMPLE_PANEL_TYPE = 'kimiQuota.samplePanel';

/** The view of the Activity Bar. */
export const VIEW_TYPE = 'kimiQuota.view';

/** The context that all commands and surfaces use. */
export interface CommandContext {
  readonly accounts: AccountSwitch;
  readonly agents: ActivityStore;
  readonly archive: CommandArchive;
  readonly incidents: IncidentStore;
  readonly lease: Pick<Lease, 'isHeld' | 'onDidChange' | 'claimRead'>;
  readonly logs: LogWatch;
  /** Appends to the file that the window with the lease reads as a log. Never rejects. */
  readonly appendTerminalError: (error: TerminalError) => Promise<void>;
  readonly settings: () => Settings;
  readonly vault: KeyVault;
  readonly finder: KeyFinder;
  readonly createClient: (endpoint: Endpoint) => QuotaClient;
  /** The self-check's client for the same host. */
  readonly createProbe: (endpoint: Endpoint) => Promise<HostProbe>;
  /** Opens an empty, separate archive in memory. */
  readonly openMemory: () => Archive;
  readonly clock: Clock;
  readonly locale: Locale;
  readonly log: LogOutputChannel;
  /** The remote machine of logs and data; undefined or empty on the local machine. */
  readonly machine: string | undefined;
  /** The extension's own files. */
  readonly extensionUri: Uri;
  /** The file of the archive that all windows share. */
  readonly archivePath: string;
  /** The absolute path of a record's log. */
  readonly pathOf: (record: TailedSignal) => string;
  /** The place of a record in its log; undefined if it no longer exists. */
  readonly placeOf: (record: TailedSignal) => Promise<LogPlace | undefined>;
  /** Sample data is shown and must be marked. */
  readonly isSample: boolean;
  readonly sample: SampleSwitch;
  readonly panel: PanelPlace;
}

/** An open dashboard, its data and its actions. */
export interface OpenPanel {
  readonly context: CommandContext;
  reveal(target: PanelTarget | undefined): void;
  close(): void;
}

/** Keeps the window's only dashboard and its view, with real or sample data. */
export class PanelPlace {
  #open: OpenPanel | undefined;
  #page: Disposable | undefined;
  /** The view of the Activity Bar, once it was shown. */
  view: WebviewView | undefined;

  /** The view has another page. */
  showView(view: WebviewView, page: Disposable): void {
    this.#page?.dispose();
    if (this.view !== view)
      view.onDidDispose(() => {
        this.#page?.dispose();
        this.view = this.#page = undefined;
      });
    this.view = view;
    this.#page = page;
  }

  /** The open dashboard, if it shows this data. */
  of(context: CommandContext): OpenPanel | undefined {
    return this.#open?.context === context ? this.#open : undefined;
  }

  /** Closes any other dashboard; there is only one. */
  take(panel: OpenPanel): void {
    const before = this.#open;
    this.#open = panel;
    before?.close();
  }

  /** Call when the dashboard was closed. */
  leave(panel: OpenPanel): void {
    if (this.#open === panel) this.#open = undefined;
  }

  /** Closes the dashboard if it shows this data. */
  close(context: CommandContext): void {
    this.of(context)?.close();
  }
}

/** Sample data instead of the user's data, in this window, until it ends. */
export interface SampleSwitch {
  /** The user's context, even while sample data is shown. */
  readonly real: CommandContext;
  /** Shows sample data in the dashboard and everywhere else. */
  start(): Promise<void>;
  /** Does nothing without sample data. */
  end(): void;
}

/** The parts of the archive that commands read. */
type CommandArchive = ValueRows &
  Pick<LeaseRows, 'claimRead'> &
  Pick<Archive, 'health' | 'onDidChangeHealth'> &
  Pick<SnapshotRows, 'readHistory' | 'readLatest'> &
  Pick<LedgerRows, 'ledgerRows'> &
  Pick<TailRows, 'readEvents'> &
  Pick<IncidentRows, 'readIncidents'>;
