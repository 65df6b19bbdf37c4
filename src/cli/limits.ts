import { accountName, sourceOf } from '../core/accounts/endpoint.ts';
import type { Locale } from '../core/base/ports.ts';
import { DAY_MS } from '../core/base/time.ts';
import { type LimitsCard, limitsCard } from '../core/diagnosis/limitsCard.ts';
import { accountOfIncident } from '../core/incidents/accountOfIncident.ts';
import { loadPlan } from '../core/quota/plan.ts';
import { openStore, readAccounts, readMachine } from './machine.ts';
import { machineIncidents } from './machineIncidents.ts';
import { printLine, printText } from './output.ts';

/** As far back as the dashboard looks. */
const SPAN_MS = 8 * DAY_MS;

/** Prints the known limits of every account. Resolves to the exit code; 5: none is known. */
export async function limits(locale: Locale): Promise<number> {
  const cards = await readCards(locale);
  const known = cards.filter(({ rows }) => rows.length > 0);
  if (known.length === 0) printLine(locale.t('No limit is known yet.'));
  else printText(`${known.map(textOf).join('\n\n')}\n`);
  return known.length === 0 ? 5 : 0;
}

interface AccountCard extends LimitsCard {
  readonly name: string;
}

async function readCards(locale: Locale): Promise<AccountCard[]> {
  const archive = openStore('read');
  const now = Date.now();
  const accounts = await readAccounts(archive, now);
  const { activity } = await readMachine(archive, now);
  const incidents = await machineIncidents(archive, now);
  const ledger = await archive.ledgerRows({ from: now - SPAN_MS, to: now });
  const cards = accounts.flatMap(async one => {
    const { id, endpoint } = one.account;
    if ('problem' in endpoint) return [];
    const origin = sourceOf(endpoint);
    const own = incidents.filter(incident => accountOfIncident(incident, accounts) === one);
    const card = limitsCard({
      ...{ account: id, incidents: own, activity, ledger, now, locale },
      history: await archive.readHistory({ origin, since: now - SPAN_MS }),
      known: await loadPlan(archive, origin),
    });
    return [{ ...card, name: accountName(id, locale.t) }];
  });
  const all = (await Promise.all(cards)).flat();
  archive.dispose();
  return all;
}

/** Names and sources are single lines. */
function textOf({ name, rows }: AccountCard): string {
  const lines = rows.map(({ name: limit, limit: value, used, source }) => {
    const figures = used === '' ? value : `${value}, ${used}`;
    return `  ${limit}: ${figures} (${source})`;
  });
  return [name, ...lines].join('\n');
}
