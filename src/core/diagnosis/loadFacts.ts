import type { CodeRegion } from '../base/kimiHosts.ts';
import type { ValueRows } from '../base/store.ts';
import { accountOfIncident } from '../incidents/accountOfIncident.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Activity } from '../quota/activity.ts';
import type { AccountView } from '../quota/quotaAccounts.ts';
import type { ChecklistFacts } from './checklistFacts.ts';
import { loadChecklist } from './checklistState.ts';
import { loadDirectResults } from './directResults.ts';
import { loadStatus } from './liveStatus.ts';

/** What a surface knows in addition to the archive. */
interface Known {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly accounts: readonly AccountView[];
  readonly activity: Activity;
  /** Default: the global region. */
  readonly region?: CodeRegion;
}

/** What the probes of an incident's checklist use: the same for all surfaces of a machine. */
export async function loadChecklistFacts(
  archive: Pick<ValueRows, 'get'>,
  incident: Incident,
  { now, accounts, activity, region }: Known,
): Promise<ChecklistFacts> {
  const [state, results, status] = await Promise.all([
    loadChecklist(archive, incident.id),
    loadDirectResults(archive),
    loadStatus(archive, now),
  ]);
  const direct = results.get(incident.id);
  const snapshot = viewOf(incident, accounts)?.snapshot;
  return {
    ...{ incident, state, now, activity },
    ...(region ? { region } : {}),
    ...(snapshot ? { snapshot } : {}),
    ...(direct ? { direct } : {}),
    ...(status ? { status } : {}),
  };
}

/** A text about money is about the account that has money, whatever the agent's alias says. */
function viewOf(incident: Incident, accounts: readonly AccountView[]) {
  const own = accountOfIncident(incident, accounts)?.view;
  if (!isOfMoney(incident) || own?.snapshot?.balance) return own;
  return accounts.find(({ view }) => view.snapshot?.balance)?.view ?? own;
}

const isOfMoney = ({ category, fields, verdict }: Incident): boolean =>
  (fields.says ?? category) === 'balance' || verdict.cause === 'balance';
