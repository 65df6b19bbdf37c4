import { isMoment, windowOfCause, type Facts, type Room } from './facts.ts';
import type { Cause, Verdict } from './verdict.ts';

/** When to try again, as it stands in a verdict. */
export type Retry = Pick<Verdict, 'retry' | 'retryAt'>;

/**
 * How long a cause lasts after its last failure, where nothing more is said. `useless`: until
 * somebody does something. `window`: until its reset. `unknown`: nobody can tell.
 */
const LASTS: Readonly<Record<Cause, number | 'useless' | 'window' | 'unknown'>> = {
  own_concurrency: 'unknown',
  foreign_concurrency: 60_000,
  quota_5h: 'window',
  quota_weekly: 'window',
  quota_monthly: 'window',
  quota_unspecified: 'window',
  rpm: 60_000,
  tpm: 60_000,
  tpd: 'unknown',
  balance: 'useless',
  gateway_balance: 'useless',
  overloaded: 60_000,
  disguised_overload: 'unknown',
  wrong_key: 'useless',
  // The program renews its log-in when it is next used.
  token_expired: 0,
  client_not_accepted: 'useless',
  membership: 'useless',
  entitlement: 'useless',
  account_closed: 'useless',
  wrong_endpoint: 'useless',
  context_length: 'useless',
  bad_request: 'useless',
  server_error: 30_000,
  network: 10_000,
  other_provider: 'unknown',
  unsure: 'unknown',
};

/** The latest of the wait that was asked for, the window's reset, and the time the cause lasts. */
export function retryOf(cause: Cause, facts: Facts): Retry {
  const { input, waitMs, recoveredAfterMs } = facts;
  const lasts = LASTS[cause];
  if (lasts === 'useless') return { retry: 'useless' };
  const waited = input.to + waitMs;
  if (recoveredAfterMs !== undefined || input.state === 'recovered') return at(waited, input.now);
  if (cause === 'own_concurrency') return at(Math.max(waited, freeAt(facts)), input.now);
  if (typeof lasts === 'number') return at(Math.max(waited, input.to + lasts), input.now);
  const resetsAt = lasts === 'window' ? bindingRoom(cause, facts)?.resetsAt : undefined;
  if (resetsAt !== undefined) return at(Math.max(waited, resetsAt), input.now);
  return waitMs > 0 ? at(waited, input.now) : { retry: 'unknown' };
}

/** Places are freed when requests end: 27 to 81 s were measured for one task (kimi.md 4.2). */
const PLACE_FREE_MS = 30_000;

/** When fewer of ours will run than are allowed, as far as logs tell. */
function freeAt({ input, seenLimits, parallelLimit = seenLimits.atOnce }: Facts): number {
  const inFlight = input.shape?.inFlightNow;
  if (inFlight === undefined || parallelLimit === undefined) return input.to + PLACE_FREE_MS;
  return inFlight < parallelLimit ? input.to : Math.max(input.to, input.now) + PLACE_FREE_MS;
}

/** The window whose reset ends it: that of the cause, or a spent one that stays shut longer. */
function bindingRoom(cause: Cause, { rooms, spent }: Facts): Room | undefined {
  const own = rooms.find(({ id }) => id === windowOfCause(cause));
  return (spent?.resetsAt ?? 0) > (own?.resetsAt ?? 0) ? spent : own;
}

const at = (retryAt: number, now: number): Retry =>
  isMoment(retryAt) ? { retry: retryAt <= now ? 'now' : 'at', retryAt } : { retry: 'unknown' };
