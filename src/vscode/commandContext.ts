import type { ActivityStore } from '../core/agents/activity.ts';
import type { LogWatch } from '../core/agents/logWatch.ts';
import type { TailRows, ValueRows } from '../core/archive.ts';
import type { Endpoint } from '../core/endpoint.ts';
import type { KeyFinder } from '../core/keys/keyFinder.ts';
import type { Clock, Locale } from '../core/ports.ts';
import type { QuotaClient } from '../core/quota/outcome.ts';
import type { Settings } from '../core/settings.ts';
import type { AccountSwitch } from './accountSwitch.ts';
import type { KeyVault } from './keyVault.ts';

/** What the commands work on. */
export interface CommandContext {
  readonly accounts: AccountSwitch;
  readonly agents: ActivityStore;
  readonly archive: ValueRows & Pick<TailRows, 'readEvents'>;
  readonly logs: LogWatch;
  readonly settings: () => Settings;
  readonly vault: KeyVault;
  readonly finder: KeyFinder;
  readonly createClient: (endpoint: Endpoint) => QuotaClient;
  readonly clock: Clock;
  readonly locale: Locale;
}
