import type { LogOutputChannel, Uri } from 'vscode';
import type { Endpoint } from '../core/accounts/endpoint.ts';
import type { KeyFinder } from '../core/accounts/keyLookup.ts';
import type { LogPlace, TailedSignal, TailRows } from '../core/agents/tail.ts';
import type { TerminalError } from '../core/agents/terminalError.ts';
import type { LogWatch } from '../core/agents/watchedLogs.ts';
import type { Archive } from '../core/incidents/archive.ts';
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
import type { ValueRows } from '../core/base/store.ts';
import type { SnapshotRows } from '../core/quota/snapshot.ts';
import type { IncidentRows } from '../core/incidents/incident.ts';

/** The panel's type: the name by which the editor brings it back after a reload. */
export const PANEL_TYPE = 'kimiQuota.panel';
/** With sample data, which do not outlive the window, it has another: nobody brings it back. */
export const SAMPLE_PANEL_TYPE = 'kimiQuota.samplePanel';

/** What the commands work on. */
export interface CommandContext {
  readonly accounts: AccountSwitch;
  readonly agents: ActivityStore;
  readonly archive: CommandArchive;
  readonly incidents: IncidentStore;
  readonly lease: Pick<Lease, 'isHeld' | 'onDidChange' | 'claimRead'>;
  readonly logs: LogWatch;
  /** Adds to the file that whoever holds the lease reads as a log. Never rejects. */
  readonly appendTerminalError: (error: TerminalError) => Promise<void>;
  readonly settings: () => Settings;
  readonly vault: KeyVault;
  readonly finder: KeyFinder;
  readonly createClient: (endpoint: Endpoint) => QuotaClient;
  /** For the self-check, of the same host. */
  readonly createProbe: (endpoint: Endpoint) => Promise<HostProbe>;
  /** An empty archive of nobody else, which ends when it is disposed. */
  readonly openMemory: () => Archive;
  readonly clock: Clock;
  readonly locale: Locale;
  readonly log: LogOutputChannel;
  /** Which machine the logs and numbers are of; undefined or empty on the user's own. */
  readonly machine: string | undefined;
  /** Where our own files are. */
  readonly extensionUri: Uri;
  /** The log of a record, absolute. */
  readonly pathOf: (record: TailedSignal) => string;
  /** Where a record of a log stands; undefined if it is gone. */
  readonly placeOf: (record: TailedSignal) => Promise<LogPlace | undefined>;
  /** What is shown is invented, and has to say so. */
  readonly isSample: boolean;
  readonly sample: SampleSwitch;
  readonly panel: PanelPlace;
}

/** A panel that is open: over which data, and what can be done with it. */
export interface OpenPanel {
  readonly context: CommandContext;
  reveal(target: PanelTarget | undefined): void;
  close(): void;
}

/** The place of the window's one panel, whatever data it shows. */
export class PanelPlace {
  #open: OpenPanel | undefined;

  /** The panel over this data, if it is the one that is open. */
  of(context: CommandContext): OpenPanel | undefined {
    return this.#open?.context === context ? this.#open : undefined;
  }

  /** Another panel gives way: there is one. */
  take(panel: OpenPanel): void {
    const before = this.#open;
    this.#open = panel;
    before?.close();
  }

  /** To be called when the panel was closed. */
  leave(panel: OpenPanel): void {
    if (this.#open === panel) this.#open = undefined;
  }

  /** Closes the panel if it is over this data. */
  close(context: CommandContext): void {
    this.of(context)?.close();
  }
}

/** Sample data in place of the user's own, in this window, until they are ended. */
export interface SampleSwitch {
  /** What is the user's own, whatever is shown. */
  readonly real: CommandContext;
  /** Shows them in the panel and everywhere. */
  start(): Promise<void>;
  /** Does nothing where there are none. */
  end(): void;
}

/** What the commands read of the archive. */
type CommandArchive = ValueRows &
  Pick<Archive, 'health' | 'onDidChangeHealth'> &
  Pick<SnapshotRows, 'readHistory'> &
  Pick<TailRows, 'readEvents'> &
  Pick<IncidentRows, 'readIncidents'>;
