import type { ActivityStore } from '../core/quota/activity.ts';
import type { IncidentStore } from '../core/incidents/incidentStore.ts';
import type { Clock } from '../core/base/ports.ts';
import type { KimiQuotaApi } from '../core/publicApi.ts';
import type { AccountView } from '../core/quota/quotaAccounts.ts';
import type { AccountSwitch } from './accountSwitch.ts';

/** The exports of the extension: `KimiQuotaApi` for other extensions, the rest for tests. */
export interface QuotaApi extends KimiQuotaApi {
  /** The accounts as surfaces see them, without keys. May change with any release. */
  readonly views: () => readonly AccountView[];
}

/** Dependencies of the API: always real data, never sample data. */
export interface QuotaApiOptions {
  readonly accounts: AccountSwitch;
  readonly agents: ActivityStore;
  readonly incidents: IncidentStore;
  readonly clock: Clock;
}

// Loaded on first use: most windows have no caller.
const figures = () => import('../core/publicFigures.ts');

export function createQuotaApi({ accounts, agents, clock, incidents }: QuotaApiOptions): QuotaApi {
  const views = (): readonly AccountView[] => accounts.current.views(clock.now());
  return {
    version: 1,
    views,
    snapshot: async () =>
      (await figures()).publicSnapshot(views(), {
        activity: agents.activity,
        incidents: incidents.incidents,
        now: clock.now(),
      }),
    incidents: async () => incidents.incidents.map((await figures()).publicIncident),
    onDidChange: listener => {
      const events = [accounts.onDidChange, agents.onDidChange, incidents.onDidChange];
      const listening = events.map(event => event(() => listener()));
      return { dispose: () => listening.forEach(one => one.dispose()) };
    },
  };
}
