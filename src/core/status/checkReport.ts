import { hasExtraUsageLeft } from '../quota/plan.ts';
import { roundPercent } from '../quota/windows.ts';
import type { QuotaState, QuotaView, WindowView } from '../quota/quotaView.ts';
import type { StartAdvice } from './startAdvice.ts';
import type { Balance, ExtraUsage } from '../quota/snapshot.ts';
import { windowName } from './windowWords.ts';
import { english } from '../base/format.ts';

/** What `kimi-quota check --json` prints. Percentages have two decimals; times are ISO 8601 UTC. */
export interface CheckReport {
  readonly schema: 1;
  /** Time of these numbers, or of the failure. */
  readonly at: string;
  readonly origin: string;
  readonly state: QuotaState;
  readonly windows: readonly WindowReport[];
  /** The id of the quota that stops the user first. */
  readonly binding: string | null;
  readonly parallelLimit: number | null;
  readonly plan: string | null;
  readonly extraUsage: ExtraUsage | null;
  readonly balance: Balance | null;
  readonly safeToStart: StartReport;
  /** Problems and doubts, each `code` or `code: detail`. */
  readonly problems: readonly string[];
}

/** Whether to start agents now. Null: not applicable or unknown. */
interface StartReport {
  readonly advice: StartAdvice['kind'];
  /** The reason as a code; null with `unknown`. */
  readonly reason: string | null;
  /** Number of additional agents: the maximum with `fewer`, the free slots with `go`. */
  readonly agents: number | null;
  /** With `wait`. */
  readonly until: string | null;
  /** The id of the deciding quota. */
  readonly window: string | null;
}

/** One quota of a report. Null: unknown. */
interface WindowReport {
  readonly id: string;
  readonly label: string;
  readonly usedPercent: number | null;
  readonly remainingPercent: number | null;
  readonly resetsAt: string | null;
  /** The used percentages of Kimi's fields, if they differ by more than 5 points. */
  readonly contradiction: { readonly lowest: number; readonly highest: number } | null;
}

/** Input of a report besides the view. */
export interface ReportContext {
  readonly origin: string;
  readonly now: number;
  readonly advice: StartAdvice;
}

/** The view as a report. Pure. */
export function checkReport(view: QuotaView, { origin, now, advice }: ReportContext): CheckReport {
  const { snapshot } = view;
  return {
    schema: 1,
    at: isoTime(snapshot?.at ?? now),
    origin,
    state: view.state,
    windows: view.windows.map(windowReport),
    binding: view.binding?.id ?? null,
    parallelLimit: snapshot?.parallelLimit ?? null,
    plan: view.plan ?? null,
    extraUsage: snapshot?.extraUsage ?? null,
    balance: snapshot?.balance ?? null,
    safeToStart: startReport(advice),
    problems: problemsOf(view),
  };
}

function startReport(advice: StartAdvice): StartReport {
  const until = 'until' in advice ? advice.until : undefined;
  return {
    advice: advice.kind,
    reason: 'reason' in advice ? advice.reason : null,
    agents: 'agents' in advice ? (advice.agents ?? null) : null,
    until: until === undefined ? null : isoTime(until),
    window: 'window' in advice ? (advice.window?.id ?? null) : null,
  };
}

function windowReport(window: WindowView): WindowReport {
  const { contradiction, resetsAt, remainingPercent } = window;
  const used = remainingPercent === undefined ? null : twoDecimals(100 - remainingPercent);
  return {
    id: window.id,
    label: windowName(window, english),
    usedPercent: used,
    remainingPercent: used === null ? null : twoDecimals(100 - used),
    resetsAt: resetsAt === undefined ? null : isoTime(resetsAt),
    contradiction: contradiction
      ? {
          lowest: twoDecimals(contradiction.lowestUsedPercent),
          highest: twoDecimals(contradiction.highestUsedPercent),
        }
      : null,
  };
}

function problemsOf({ outcome, windows }: QuotaView): string[] {
  const doubts = windows.flatMap(window => [
    ...(window.contradiction ? [`contradiction: ${window.id}`] : []),
    ...(window.isResetting ? [`resetting: ${window.id}`] : []),
    ...(window.usedPercent === undefined ? [`unknown: ${window.id}`] : []),
  ]);
  switch (outcome?.kind) {
    case undefined:
    case 'fresh':
      return doubts;
    case 'unauthorized':
      return ['unauthorized', ...doubts];
    case 'forbidden':
      return [`forbidden: ${outcome.reason}`, ...doubts];
    case 'noPlan':
      return ['noPlan', ...doubts];
    case 'rateLimited':
      return [`rateLimited: ${retryWords(outcome.retryAfterMs)}`, ...doubts];
    case 'gone':
      return [`gone: HTTP ${outcome.status}`, ...doubts];
    case 'malformed':
      return [...outcome.issues.map(issue => `malformed: ${issue}`), ...doubts];
    case 'unreachable': {
      const detail = outcome.detail === undefined ? '' : ` (${outcome.detail})`;
      return [`unreachable: ${outcome.cause}${detail}`, ...doubts];
    }
  }
}

const retryWords = (retryAfterMs: number | undefined): string =>
  retryAfterMs === undefined ? 'no Retry-After' : `Retry-After ${retryAfterMs / 1000} s`;

const isoTime = (at: number): string => new Date(at).toISOString();
const twoDecimals = (percent: number): number => roundPercent(percent, 2);

/** Whether the quota was used up at the time of the numbers; unknown after a reset since. */
function wasExhausted({ binding, snapshot }: QuotaView): boolean {
  if (snapshot?.balance) return snapshot.balance.available <= 0;
  return binding?.remainingPercent === 0 && !hasExtraUsageLeft(snapshot?.extraUsage);
}

/** Exit codes of `check`, for scripts (docs/cli.md, States). */
export function checkExitCode(view: QuotaView): number {
  const { state, outcome } = view;
  if (outcome?.kind === 'forbidden') {
    if (outcome.reason === 'quota') return 3;
    return outcome.reason === 'concurrency' ? 6 : 4;
  }
  switch (state) {
    case 'exhausted':
      return 3;
    case 'badBaseUrl':
      return 2;
    case 'signedOut':
    case 'tokenExpired':
    case 'noKeyRing':
    case 'keyRefused':
    case 'forbidden':
    case 'noPlan':
      return 4;
    case 'offline':
    case 'endpointChanged':
    case 'unknown':
    case 'loading':
      return 5;
    case 'limited':
      return 6;
    case 'ok':
    case 'low':
    case 'extraUsage':
    case 'resetting':
      return 0;
    case 'stale':
      return wasExhausted(view) ? 3 : 0;
  }
}
