import type { EndpointProblem } from '../accounts/endpoint.ts';
import type { KeyAccess } from '../accounts/foundKey.ts';
import { bindingWindow, LOW_PERCENT } from './windows.ts';
import { hasExtraUsageLeft, hasPlanName } from './plan.ts';
import type { QuotaOutcome } from './outcome.ts';
import type { QuotaWindow, Snapshot } from './snapshot.ts';

/** State of one account: the input of every surface. */
export interface QuotaStatus {
  /** The base URL setting is invalid: no requests are sent. */
  readonly endpointProblem?: EndpointProblem['problem'];
  /** Undefined until the key store was read. */
  readonly access?: KeyAccess;
  /** Kimi's name of the plan, if requested separately. */
  readonly plan?: string | undefined;
  /** The last successful reading, which may be old. */
  readonly snapshot?: Snapshot;
  /** The last outcome, success or not. */
  readonly outcome?: QuotaOutcome;
}

/**
 * The state of an account. `exhausted`: requests are rejected until a reset. `extraUsage`: a quota is
 * used up and paid Extra Usage continues. `resetting`: a reset time has passed and the new number is
 * unknown. `stale`: the last number is too old to show without its age. `tokenExpired`: the linked
 * sign-in has expired until its program is used again. `noPlan`: the key is accepted, but the account
 * has no Kimi Code plan. `noKeyRing`: the key ring failed or is locked, so no key can be read.
 */
export type QuotaState =
  | 'loading'
  | 'ok'
  | 'low'
  | 'exhausted'
  | 'extraUsage'
  | 'resetting'
  | 'stale'
  | 'unknown'
  | 'badBaseUrl'
  | 'signedOut'
  | 'tokenExpired'
  | 'noKeyRing'
  | 'keyRefused'
  | 'forbidden'
  | 'noPlan'
  | 'limited'
  | 'offline'
  | 'endpointChanged';

/** A quota now: `remainingPercent` is absent while unknown or resetting. */
export interface WindowView extends QuotaWindow {
  readonly remainingPercent?: number;
  readonly isResetting: boolean;
  /** Time until the reset, by the server's clock; 0 if it has passed; absent if unknown. */
  readonly resetsInMs?: number;
}

/** The content of surfaces, as plain data. */
export interface QuotaView {
  readonly state: QuotaState;
  readonly windows: readonly WindowView[];
  readonly binding?: WindowView;
  /** Age of the numbers, in milliseconds; absent without numbers. */
  readonly ageMs?: number;
  /** True when a number must not be shown without its age. */
  readonly isOld: boolean;
  readonly snapshot?: Snapshot;
  readonly outcome?: QuotaOutcome;
  readonly endpointProblem?: EndpointProblem['problem'];
  /** The plan's name, or its level if the name is unknown. */
  readonly plan?: string;
}

/** Three missed reads of 5 minutes: a lower age is normal. */
export const STALE_AFTER_MS = 15 * 60_000;

/** Converts the state of an account into its view at `now` (epoch milliseconds, local clock). Pure. */
export function viewQuota(status: QuotaStatus, now: number): QuotaView {
  const { access, endpointProblem, outcome } = status;
  // The stored state belongs to a removed key, or to a host that is no longer used.
  const snapshot = access === 'none' || endpointProblem ? undefined : status.snapshot;
  const windows = (snapshot?.windows ?? []).map(window => viewWindow(window, snapshot!, now));
  const binding = bindingWindow(windows);
  const ageMs = snapshot && Math.max(0, now - snapshot.at);
  const failure = failureState(status);
  const isOld = ageMs !== undefined && ageMs > STALE_AFTER_MS;
  const plan = snapshot && planOf(snapshot, status.plan);
  return {
    state: failure ?? (snapshot ? dataState(snapshot, windows, isOld) : 'loading'),
    windows,
    ...(binding ? { binding } : {}),
    ...(ageMs === undefined ? {} : { ageMs }),
    isOld: isOld || (failure !== undefined && snapshot !== undefined),
    ...(snapshot ? { snapshot } : {}),
    ...(outcome ? { outcome } : {}),
    ...(endpointProblem ? { endpointProblem } : {}),
    ...(plan === undefined ? {} : { plan }),
  };
}

const planOf = (snapshot: Snapshot, asked: string | undefined): string | undefined =>
  hasPlanName(snapshot) ? snapshot.plan : (asked ?? snapshot.plan);

function viewWindow(window: QuotaWindow, snapshot: Snapshot, now: number): WindowView {
  const serverNow = now + snapshot.clockSkewMs;
  const isResetting = window.resetsAt !== undefined && window.resetsAt <= serverNow;
  return {
    ...window,
    isResetting,
    ...(isResetting || window.usedPercent === undefined
      ? {}
      : { remainingPercent: 100 - window.usedPercent }),
    ...(window.resetsAt === undefined
      ? {}
      : { resetsInMs: Math.max(0, window.resetsAt - serverNow) }),
  };
}

/** The last outcome takes precedence over numbers: a rejected key makes them outdated. */
function failureState(status: QuotaStatus): QuotaState | undefined {
  const { access, endpointProblem, outcome } = status;
  if (endpointProblem) return 'badBaseUrl';
  if (access === 'none') return 'signedOut';
  if (access === 'tokenExpired') return 'tokenExpired';
  if (access === 'unanswered') return 'noKeyRing';
  switch (outcome?.kind) {
    case undefined:
    case 'fresh':
      return undefined;
    case 'unauthorized':
      return 'keyRefused';
    case 'forbidden':
      return 'forbidden';
    case 'noPlan':
      return 'noPlan';
    case 'rateLimited':
      return 'limited';
    case 'gone':
    case 'malformed':
      return 'endpointChanged';
    case 'unreachable':
      return 'offline';
  }
}

function dataState(snapshot: Snapshot, windows: readonly WindowView[], isOld: boolean): QuotaState {
  if (isOld) return 'stale';
  if (snapshot.balance) return snapshot.balance.available > 0 ? 'ok' : 'exhausted';
  const least = bindingWindow(windows)?.remainingPercent;
  if (least === 0) return hasExtraUsageLeft(snapshot.extraUsage) ? 'extraUsage' : 'exhausted';
  if (windows.some(window => window.isResetting)) return 'resetting';
  if (least === undefined) return 'unknown';
  return least <= LOW_PERCENT ? 'low' : 'ok';
}
