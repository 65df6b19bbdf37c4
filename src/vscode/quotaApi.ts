import type { Event } from '../core/event.ts';
import type { Clock } from '../core/ports.ts';
import type { AccountView } from '../core/quota/quotaAccounts.ts';
import type { AccountSwitch } from './accountSwitch.ts';

/** What `activate` gives to other extensions and to tests: numbers to read, nothing to change. */
export interface QuotaApi {
  /** Grows when something is taken away or means something else. */
  readonly version: 1;
  /** The accounts as they stand now, as plain data, without any key. */
  readonly views: () => readonly AccountView[];
  readonly onDidChange: Event<void>;
}

export function createQuotaApi(accounts: AccountSwitch, clock: Clock): QuotaApi {
  return {
    version: 1,
    views: () => accounts.current.views(clock.now()),
    onDidChange: accounts.onDidChange,
  };
}
