import { createHmac } from 'node:crypto';
import type { Archive } from '../../core/ledger/archive.ts';
import type { LedgerRow } from '../../core/ledger/ledger.ts';
import { loadActivity } from '../../core/quota/activity.ts';
import { DAY_MS } from '../../core/base/time.ts';
import { reportOf, startOfDay } from '../../core/team/machineReport.ts';
import type { MachineReport } from '../../core/team/metrics.ts';

/** Older numbers belong to an account that is no longer used. */
const USED_MS = 8 * DAY_MS;
/** Incidents of a bad day. */
const MOST_INCIDENTS = 500;

/** Options of `teamReports`. */
export interface TeamReportsOptions {
  readonly archive: Pick<Archive, 'readLatest' | 'readIncidents' | 'readEvents' | 'get' | 'set'>;
  /** Rows of the ledger since a time; empty while it is off. */
  readonly readRows: (query: { from: number; to: number }) => Promise<readonly LedgerRow[]>;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The team's name of the account; empty for a keyed hash. */
  readonly account: string;
  /** The user's alias of this machine; empty for a random one. */
  readonly machine: string;
  /** The key of an origin, for the hash; undefined if there is none. */
  readonly readKey: (origin: string) => Promise<string | undefined>;
}

/** The reports of this machine, one per account whose quota was checked in the last days. */
export async function teamReports(options: TeamReportsOptions): Promise<MachineReport[]> {
  const { archive, now, readRows } = options;
  const latest = (await archive.readLatest()).filter(({ at }) => now - at <= USED_MS);
  if (latest.length === 0 && options.account === '') return [];
  const activity = await loadActivity(archive, now);
  const incidents = await archive.readIncidents({ since: startOfDay(now), limit: MOST_INCIDENTS });
  const rows = await readRows({ from: now - DAY_MS, to: now });
  const machine = options.machine || (await randomAlias(archive));
  const base = { now, activity, incidents, rows };
  // Without a key no quota is known here, but the team named the account: requests count all the same.
  if (latest.length === 0)
    return providersIn(rows).map(provider => {
      const account = nameOf(options.account, provider === 'open-platform');
      return reportOf({ ...base, provider, names: { account, machine } });
    });
  const reports: MachineReport[] = [];
  for (const snapshot of latest) {
    const account = await accountLabel(options, snapshot.origin, Boolean(snapshot.balance));
    if (account === undefined) continue;
    const names = { account, machine };
    const provider = snapshot.balance ? 'open-platform' : 'kimi-code';
    reports.push(reportOf({ ...base, provider, snapshot, names }));
  }
  return reports;
}

/**
 * The same on all machines that use one key, and without the key nobody can compute it. Machines with
 * different keys of one account need a name from the team (docs/team.md 2).
 */
async function accountLabel(
  { account, readKey }: TeamReportsOptions,
  origin: string,
  isPlatform: boolean,
): Promise<string | undefined> {
  if (account !== '') return nameOf(account, isPlatform);
  const key = await readKey(origin);
  if (key === undefined) return undefined;
  return createHmac('sha256', key).update('kimi-quota account').digest('hex').slice(0, 12);
}

const nameOf = (account: string, isPlatform: boolean): string =>
  isPlatform ? `${account}-platform` : account;

/** The products that agents used; most people have the plan. */
function providersIn(rows: readonly LedgerRow[]): readonly MachineReport['provider'][] {
  const isPlatform = ({ account = '' }: LedgerRow): boolean => account.startsWith('open-platform');
  const platform = rows.some(isPlatform) ? (['open-platform'] as const) : [];
  const hasPlan = platform.length === 0 || !rows.every(isPlatform);
  return [...(hasPlan ? (['kimi-code'] as const) : []), ...platform];
}

const ALIAS_KEY = 'teamMachine';

/** Made once per machine; a host name leaves only if the user chooses it as alias. */
async function randomAlias(archive: Pick<Archive, 'get' | 'set'>): Promise<string> {
  const known = await archive.get(ALIAS_KEY);
  if (known && /^"machine-[\da-f]{6}"$/.test(known)) return JSON.parse(known) as string;
  const alias = `machine-${crypto.randomUUID().slice(0, 6)}`;
  await archive.set(ALIAS_KEY, JSON.stringify(alias));
  return alias;
}
