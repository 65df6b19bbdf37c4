import type { LogOutputChannel, Uri } from 'vscode';
import type { ActivityStore } from '../core/agents/activity.ts';
import type { LogWatch } from '../core/agents/logWatch.ts';
import type { TerminalError } from '../core/agents/terminalError.ts';
import type { Archive, IncidentRows, SnapshotRows, TailRows, ValueRows } from '../core/archive.ts';
import type { Endpoint } from '../core/endpoint.ts';
import type { IncidentStore } from '../core/incidents/incidentStore.ts';
import type { KeyFinder } from '../core/keys/keyFinder.ts';
import type { Lease } from '../core/lease.ts';
import type { Clock, Locale } from '../core/ports.ts';
import type { QuotaClient } from '../core/quota/outcome.ts';
import type { HostProbe } from '../core/selfCheck/facts.ts';
import type { Settings } from '../core/settings.ts';
import type { LogPlace, TailedSignal } from '../core/tail.ts';
import type { AccountSwitch } from './accountSwitch.ts';
import type { KeyVault } from './keyVault.ts';

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
  readonly createClient: (endpoint: Endpoint) => QuotaClient & HostProbes;
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

/** For the self-check, of the same host. */
interface HostProbes {
  createProbe(): Promise<HostProbe>;
}

/** What the commands read of the archive. */
type CommandArchive = ValueRows &
  Pick<Archive, 'health' | 'onDidChangeHealth'> &
  Pick<SnapshotRows, 'readHistory'> &
  Pick<TailRows, 'readEvents'> &
  Pick<IncidentRows, 'readIncidents'>;
