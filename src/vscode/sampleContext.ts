import { inBackground } from '../core/base/background.ts';
import type { Account } from '../core/accounts/endpoint.ts';
import { ActivityStore } from '../core/quota/activity.ts';
import { type Disposable, DisposableStore } from '../core/base/event.ts';
import { IncidentStore } from '../core/incidents/incidentStore.ts';
import { QuotaAccounts } from '../core/quota/quotaAccounts.ts';
import { SampleRun } from '../core/sample/sampleRun.ts';
import { SAMPLE_ORIGIN } from '../core/sample/sampleData.ts';
import { AccountSwitch } from './accountSwitch.ts';
import type { CommandContext } from './commandContext.ts';

/** The context of surfaces while sample data is shown. */
export interface SampleContext extends Disposable {
  readonly context: CommandContext;
}

const SAMPLE_ACCOUNT: Account = {
  id: 'kimiCode',
  endpoint: {
    product: 'kimiCode',
    origin: SAMPLE_ORIGIN,
    quotaUrl: SAMPLE_ORIGIN,
    isMoonshot: false,
  },
};

/** Starts the sample: the product's accounts and stores, with a separate archive. */
export async function createSampleContext(real: CommandContext): Promise<SampleContext> {
  const { clock, openMemory } = real;
  const own = new DisposableStore();
  const run = own.add(new SampleRun(clock, openMemory()));
  await run.start();
  const { archive, client, log } = run;
  const readKey = async () => ({ kind: 'key', key: 'sample' }) as const;
  const createClient = () => client;
  const pollers = { archive, clock, log, createClient, readKey, random: Math.random };
  const accounts = own.add(
    new AccountSwitch({
      accounts: () => [SAMPLE_ACCOUNT],
      create: described => new QuotaAccounts({ ...pollers, accounts: described }),
      isFocused: () => true,
    }),
  );
  const agents = own.add(new ActivityStore(archive, () => clock.now()));
  const incidents = own.add(new IncidentStore(archive, () => clock.now()));
  const follow = () => Promise.all([agents.follow(), incidents.follow()]);
  own.add(run.onDidChange(() => inBackground(follow(), real.log)));
  own.add(run.onDidFail(() => inBackground(accounts.current.readAfterLimitError(), real.log)));
  await Promise.all([accounts.start(), follow()]);
  const placeOf = async () => undefined;
  const replaced = { accounts, agents, archive, incidents, placeOf, machine: undefined };
  return { context: { ...real, ...replaced, isSample: true }, dispose: () => own.dispose() };
}
