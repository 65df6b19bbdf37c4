/** What another machine of the account reported. Lower bounds. */
export interface OtherMachine {
  /** Its alias. */
  readonly machine: string;
  readonly inFlight: number;
  readonly requestsLastMinute?: number;
  readonly tokensLastMinute?: number;
  readonly tokensLastDay?: number;
  /** Causes for which its requests fail now: codes, which another version may have written. */
  readonly failing?: readonly string[];
  /** What its agents used of the quota windows, in tokens by the usual proportions of prices. */
  readonly costs?: readonly { readonly windowId: string; readonly cost: number }[];
  /** Age of its last report. Absent: its clock is wrong. */
  readonly ageMs?: number;
}

/** Sums of all other machines of the account, including those that `machines` leaves out. */
export interface TeamTotals {
  readonly count: number;
  readonly inFlight: number;
  readonly requestsLastMinute?: number;
  readonly tokensLastMinute?: number;
  readonly tokensLastDay?: number;
}

/** The other machines of one account. */
export interface TeamAccount {
  readonly provider: 'kimi-code' | 'open-platform';
  readonly totals: TeamTotals;
  /** The busiest first, at most `MOST_MACHINES`. A machine that is silent is not in it. */
  readonly machines: readonly OtherMachine[];
  /** Machines that stopped reporting some minutes ago. They no longer count. */
  readonly silent: readonly { readonly machine: string; readonly ageMs: number }[];
}

/** What the other machines of the user's accounts reported in the last minute. */
export interface TeamReading {
  /** When it was read: epoch milliseconds, by the local clock. */
  readonly at: number;
  readonly accounts: readonly TeamAccount[];
  /** Another machine reports under this machine's name: neither sees the other. */
  readonly isNameTaken?: boolean;
}

/** Why a request to the metrics store failed. */
export type TeamFault = 'refused' | 'unreachable' | 'malformed' | 'notPrivate';

/** How the link to the metrics store is. Absent: works, or off. */
export interface TeamFaults {
  /** This machine's numbers can't be sent. */
  readonly push?: TeamFault;
  /** The numbers of the others can't be read. */
  readonly query?: TeamFault;
}

/** A machine without a new report for this long no longer counts. */
export const SILENT_MS = 60_000;
/** Most machines of an account that are listed by name. */
export const MOST_MACHINES = 50;

/** Key of the value that `saveTeam` stores. */
export const TEAM_KEY = 'team';

/** The product that an account of the user is of. */
export const providerOf = ({ id }: { readonly id: string }): TeamAccount['provider'] =>
  id === 'kimiCode' ? 'kimi-code' : 'open-platform';

/** The other machines of an account; undefined without a team. */
export const teamAccount = (
  reading: TeamReading | undefined,
  provider: string,
): TeamAccount | undefined => reading?.accounts.find(account => account.provider === provider);
