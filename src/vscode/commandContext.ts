import type { Endpoint } from '../core/endpoint.ts';
import type { Clock, Locale } from '../core/ports.ts';
import type { QuotaClient } from '../core/quota/outcome.ts';
import type { QuotaAccounts } from '../core/quota/quotaAccounts.ts';
import type { Settings } from '../core/settings.ts';
import type { KeyVault } from './keyVault.ts';

/** What the commands work on. The accounts are asked for anew, since settings may replace them. */
export interface CommandContext {
  readonly accounts: () => QuotaAccounts;
  readonly settings: () => Settings;
  readonly vault: KeyVault;
  readonly createClient: (endpoint: Endpoint) => QuotaClient;
  readonly clock: Clock;
  readonly locale: Locale;
}
