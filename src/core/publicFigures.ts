import type { Incident } from './incidents/incident.ts';
import type {
  KimiQuotaAccount,
  KimiQuotaIncident,
  KimiQuotaSnapshot,
  KimiQuotaStart,
  KimiQuotaUse,
  KimiQuotaWindow,
} from './publicApi.ts';
import type { Activity } from './quota/activity.ts';
import type { AgentUse, WindowUse } from './quota/windowUse.ts';
import type { AccountView } from './quota/quotaAccounts.ts';
import type { WindowView } from './quota/quotaView.ts';
import { type StartAdvice, startAdvice, type StartSurroundings } from './status/startAdvice.ts';

/** Public figures of the accounts: no label, plan or sentence from outside. Pure. */
export function publicSnapshot(
  views: readonly AccountView[],
  known: StartSurroundings,
): KimiQuotaSnapshot {
  const { inFlight } = known.activity;
  return {
    at: known.now,
    accounts: views.map(view => publicAccount(view, startAdvice(view, known), known.activity)),
    ...(inFlight ? { inFlight: inFlight.total } : {}),
  };
}

/** Time fields of the figures: in JSON for a model, ISO 8601 is clearer than milliseconds. */
const MOMENTS: ReadonlySet<string> = new Set(['at', 'resetsAt', 'until', 'from', 'to', 'retryAt']);

/** Figures as JSON with times in ISO 8601 UTC. */
export const publicJson = (figures: object): string =>
  JSON.stringify(figures, (name, value: unknown) =>
    MOMENTS.has(name) && typeof value === 'number' ? new Date(value).toISOString() : value,
  );

/** Public figures of an incident: codes, times and counts. Pure. */
export function publicIncident(incident: Incident): KimiQuotaIncident {
  const { count, from, places, provider, state, to, verdict } = incident;
  const { cause, certainty, retry, retryAt } = verdict;
  return {
    cause,
    certainty,
    state,
    provider,
    agents: [...new Set(places.map(({ agent }) => agent))],
    from,
    to,
    count,
    retry,
    ...(retryAt === undefined ? {} : { retryAt }),
  };
}

function publicAccount(
  { account, view }: AccountView,
  advice: StartAdvice,
  { uses = [] }: Activity,
): KimiQuotaAccount {
  const { ageMs, binding, snapshot, state, windows } = view;
  const { balance, parallelLimit } = snapshot ?? {};
  const { available, currency = '' } = balance ?? {};
  return {
    id: account.id,
    state,
    windows: windows.map(window =>
      publicWindow(
        window,
        uses.find(use => use.origin === snapshot?.origin && use.windowId === window.id),
      ),
    ),
    start: publicStart(advice),
    ...(ageMs === undefined ? {} : { ageMs }),
    ...(binding ? { binding: windows.indexOf(binding) } : {}),
    ...(parallelLimit === undefined ? {} : { parallelLimit }),
    ...(available === undefined
      ? {}
      : { balance: { available, ...(/^[A-Z]{3}$/.test(currency) ? { currency } : {}) } }),
  };
}

/** Kimi's label of another window is arbitrary text. */
function publicWindow(
  { id, remainingPercent, resetsAt }: WindowView,
  use: WindowUse | undefined,
): KimiQuotaWindow {
  return {
    id: id === '5h' || id === 'week' || id === 'month' ? id : 'other',
    ...(remainingPercent === undefined ? {} : { remainingPercent }),
    ...(resetsAt === undefined ? {} : { resetsAt }),
    ...(use && use.agents.length > 0 ? { usedBy: use.agents.map(publicUse) } : {}),
    ...(use?.unexplained ? { unexplainedPoints: use.unexplained.points } : {}),
  };
}

const publicUse = ({ agent, sharePercent, points }: AgentUse): KimiQuotaUse => ({
  agent,
  sharePercent: Math.round(sharePercent),
  ...(points ? { points: Math.round(points.points) } : {}),
});

function publicStart(advice: StartAdvice): KimiQuotaStart {
  if (advice.kind === 'unknown') return { advice: 'unknown' };
  const { kind, reason } = advice;
  const agents = 'agents' in advice ? advice.agents : undefined;
  const until = 'until' in advice ? advice.until : undefined;
  return {
    advice: kind,
    reason,
    ...(agents === undefined ? {} : { agents }),
    ...(until === undefined ? {} : { until }),
  };
}
