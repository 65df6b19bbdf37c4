import type { Locale } from '../../src/core/base/ports.ts';
import type { Incident } from '../../src/core/incidents/incident.ts';
import { PanelSource, type PanelChoice } from '../../src/core/panel/panelSource.ts';
import type { PanelState } from '../../src/core/panel/panelState.ts';
import { type Activity, loadActivity } from '../../src/core/quota/activity.ts';
import type { AccountView } from '../../src/core/quota/quotaAccounts.ts';
import { type QuotaStatus, viewQuota } from '../../src/core/quota/quotaView.ts';
import type { HistoryQuery, Snapshot, SnapshotRows } from '../../src/core/quota/snapshot.ts';
import { SampleRun } from '../../src/core/sample/sampleRun.ts';
import { FakeClock, settled } from './fakeClock.ts';
import { openMemoryArchive } from './memoryArchive.ts';
import { teamOf } from './team.ts';

/** Tuesday, 1 December 2026, 19:38 in Shanghai. */
const BEGUN_AT = Date.UTC(2026, 11, 1, 11, 38);
const RUN_MS = 60_000;
/** The time of each state, in epoch milliseconds. */
export const SHOWN_AT = BEGUN_AT + RUN_MS;

/** What differs from the sample. */
interface Change extends Partial<PanelChoice> {
  readonly snapshot?: Partial<Snapshot>;
  readonly status?: Partial<QuotaStatus>;
  readonly hasBalance?: boolean;
  readonly isQuiet?: boolean;
  readonly isEmpty?: boolean;
  /** What other machines report, and how the link to their store is. */
  readonly team?: (now: number, origin: string) => Pick<Activity, 'team' | 'teamFaults' | 'uses'>;
  /** Opens the newest incident of this cause. */
  readonly cause?: Incident['verdict']['cause'];
}

const EXTRA = {
  leftCents: 1250,
  totalCents: 5000,
  currency: 'USD',
  monthlyCapCents: 5000,
  monthlyUsedCents: 750,
} as const;

const CHANGES: Readonly<Record<string, Change>> = {
  failing: { snapshot: { extraUsage: EXTRA } },
  ready: { isQuiet: true, snapshot: { extraUsage: EXTRA } },
  week: { isQuiet: true, span: '7d', hasBalance: true },
  month: { isQuiet: true, span: '30d' },
  usedUp: { isQuiet: true, snapshot: {} },
  offline: {
    isQuiet: true,
    status: { outcome: { kind: 'unreachable', cause: 'dns', detail: 'ENOTFOUND' } },
  },
  keyRefused: { isQuiet: true, status: { outcome: { kind: 'unauthorized' } } },
  noKey: { isQuiet: true, isEmpty: true, status: { access: 'none' } },
  balance: { isQuiet: true, hasBalance: true, account: 'moonshot.ai' },
  team: { isQuiet: true, snapshot: { extraUsage: EXTRA }, team: busyTeam },
  teamLost: {
    isQuiet: true,
    snapshot: { extraUsage: EXTRA },
    team: () => ({ teamFaults: { query: 'unreachable', push: 'unreachable' } }),
  },
  incident: { cause: 'own_concurrency' },
  incidentEnded: { cause: 'overloaded' },
  incidentKey: { cause: 'wrong_key' },
  incidentQuota: { cause: 'quota_5h' },
};

/** The dashboard in each state that a person meets, from the sample's month. */
export async function panelStates(
  locale: Locale,
): Promise<readonly (readonly [string, PanelState])[]> {
  const clock = new FakeClock(BEGUN_AT);
  const archive = openMemoryArchive();
  const run = new SampleRun(clock, archive);
  await run.start();
  await clock.advance(RUN_MS);
  await settled();
  const now = SHOWN_AT;
  const [snapshot] = await archive.readLatest();
  const incidents = await archive.readIncidents();
  const activity = await loadActivity(archive, now);
  for (const one of balances(now)) await archive.appendSnapshot(one);
  const read = (change: Change): Promise<PanelState> => {
    const { span = '24h', cause, isQuiet, isEmpty, account } = change;
    const shown = isEmpty ? [] : incidents.filter(({ state }) => !isQuiet || state !== 'running');
    const accounts = accountsOf(change, snapshot!, now);
    const target = incidents.findLast(({ verdict }) => verdict.cause === cause)?.id;
    const source = new PanelSource({
      archive: {
        readHistory: query => historyWith(accounts, query, archive),
        readIncidents: async () => shown,
        ledgerRows: query => archive.ledgerRows(query),
        get: key => archive.get(key),
      },
      accounts: () => accounts,
      activity: () => ({
        ...(isQuiet ? quiet(now) : activity),
        ...change.team?.(now, snapshot!.origin),
      }),
      recent: () => [],
      facts: () => [],
      region: () => 'kimi.com',
      clock: { now: () => now },
      locale,
    });
    return source.read({
      span,
      ...(account === undefined ? {} : { account }),
      ...(cause === undefined || target === undefined ? {} : { target }),
    });
  };
  const states = await Promise.all(
    Object.entries(CHANGES).map(async ([name, change]) => [name, await read(change)] as const),
  );
  run.dispose();
  return states;
}

/** What is stored, and the numbers of the cards, which are newer. */
async function historyWith(
  accounts: readonly AccountView[],
  query: HistoryQuery,
  archive: Pick<SnapshotRows, 'readHistory'>,
): Promise<Snapshot[]> {
  const newest = accounts.flatMap(({ view }) => view.snapshot ?? []);
  return [
    ...(await archive.readHistory(query)),
    ...newest.filter(({ origin }) => origin === query.origin),
  ];
}

const quiet = (now: number) => ({
  inFlight: { at: now, total: 2, byAgent: [{ agent: 'claude-code', count: 2 } as const] },
});

/** Two busy machines, one of them refused, and one that left. */
function busyTeam(now: number, origin: string) {
  const machines = [
    {
      machine: 'ci-box',
      inFlight: 5,
      tokensLastMinute: 1_204_331,
      failing: ['own_concurrency'],
      ageMs: 4000,
    },
    { machine: 'build server 2', inFlight: 3, tokensLastMinute: 88_120, ageMs: 11_000 },
    { machine: 'old-laptop', inFlight: 0, tokensLastMinute: 0 },
  ];
  const silent = [{ machine: 'desk', ageMs: 240_000 }];
  const use = {
    origin,
    windowId: '5h',
    from: now - 3_600_000,
    to: now - 12_000,
    used: 48,
    agents: [
      {
        agent: 'claude-code' as const,
        sharePercent: 100,
        points: { points: 14, low: 12, high: 16 },
      },
    ],
    machines: [
      { machine: 'ci-box', points: 26.4 },
      { machine: 'build server 2', points: 7.8 },
    ],
  };
  return {
    team: { at: now, accounts: [teamOf(machines, { silent })], isNameTaken: true },
    teamFaults: {},
    uses: [use],
  };
}

const PLATFORM = 'https://api.moonshot.ai';

function balances(now: number): Snapshot[] {
  return Array.from({ length: 240 }, (_, index) => ({
    kind: 'snapshot',
    at: now - (239 - index) * 6 * 60_000,
    origin: PLATFORM,
    clockSkewMs: 0,
    windows: [],
    balance: {
      available: 58 - index * 0.03 - (index > 150 ? 2 : 0),
      voucher: 10,
      cash: 39.58,
      currency: 'USD',
    },
  }));
}

function accountsOf(
  { snapshot: change, status, hasBalance }: Change,
  snapshot: Snapshot,
  now: number,
): AccountView[] {
  const isUsedUp = change !== undefined && Object.keys(change).length === 0;
  const [first, ...others] = snapshot.windows;
  const shown: Snapshot = {
    ...snapshot,
    ...change,
    at: now - 12_000,
    ...(isUsedUp ? { windows: [{ ...first!, usedPercent: 100 }, ...others] } : {}),
  };
  const view = viewQuota(
    { access: 'key', snapshot: shown, outcome: { kind: 'fresh', snapshot: shown }, ...status },
    now,
  );
  const balance = balances(now).at(-1)!;
  return [
    { account: { id: 'kimiCode', endpoint: { problem: 'notAUrl' } }, view },
    ...(hasBalance
      ? [
          {
            account: { id: 'moonshot.ai', endpoint: { problem: 'notAUrl' } },
            view: viewQuota(
              { access: 'key', snapshot: balance, outcome: { kind: 'fresh', snapshot: balance } },
              now,
            ),
          } as AccountView,
        ]
      : []),
  ];
}
