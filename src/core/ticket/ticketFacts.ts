import { regionOfApi } from '../base/kimiHosts.ts';
import { isKimiModelName } from '../base/providers.ts';
import { AGENT_IDS, type AgentId } from '../agents/signal.ts';
import { joinSupportIds, supportIdsIn } from '../agents/supportIds.ts';
import type { ChecklistFacts } from '../diagnosis/checklistFacts.ts';
import type { Category, ErrorFields } from '../errors/category.ts';
import { RULE_IDS, RULES } from '../errors/rules.ts';
import { productOfIncident } from '../incidents/accountOfIncident.ts';
import { isMoment, snapshotsAround } from '../incidents/facts.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Cause, Certainty, Step } from '../incidents/verdict.ts';
import type { Snapshot } from '../quota/snapshot.ts';
import { windowLengthMs } from '../quota/windows.ts';
import { keyIdIn, sharableWords } from './sharableWords.ts';
import { DAY_MS } from '../base/time.ts';

/** The kind of key that an account has; never the key. */
export type KeyKind = 'kimi-code' | 'open-platform' | 'sign-in';

/** Input of a ticket. */
export interface TicketInput {
  readonly incident: Incident;
  /** Recent incidents, for the counts. */
  readonly incidents: readonly Incident[];
  /** Snapshots of all accounts in chronological order. */
  readonly snapshots: readonly Snapshot[];
  readonly keyKind?: KeyKind;
  /** For the steps tried and the direct test. */
  readonly checklist?: ChecklistFacts;
}

/**
 * All that a ticket can contain. Each field is from a closed set, a number, a time, or matches a
 * pattern that no key, path, address or name matches.
 */
export interface TicketFacts {
  readonly cause: Cause;
  readonly certainty: Certainty;
  readonly category: Category | null;
  readonly state: Incident['state'];
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly provider: Incident['provider'];
  /** A Moonshot host; absent for any other. */
  readonly host?: string;
  readonly keyKind?: KeyKind;
  /** `ak-…`; only its last four characters if an older version stored it. */
  readonly keyId?: string;
  /** `org-…`, by which support finds the account. */
  readonly organization?: string;
  readonly project?: string;
  /** The newest first. */
  readonly requestIds: readonly string[];
  readonly status?: number;
  readonly errorType?: string;
  readonly agents: readonly TicketAgent[];
  /** A Kimi model; absent for any other. */
  readonly model?: string;
  readonly inFlight?: number;
  readonly parallelLimit?: number;
  readonly before?: TicketSnapshot;
  readonly after?: TicketSnapshot;
  readonly counts: readonly { readonly category: Category | null; readonly count: number }[];
  readonly steps: readonly Step[];
  /** The provider's error text, safe to share. */
  readonly words: string;
  readonly rule?: string;
  /** What the plan doesn't include, if the error text says so. */
  readonly lacks?: NonNullable<ErrorFields['lacks']>;
}

/** An agent and its failures. */
interface TicketAgent {
  readonly agent: AgentId;
  readonly version?: string;
  readonly count: number;
}

/** The quota left at a time. */
interface TicketSnapshot {
  readonly at: number;
  readonly windows: readonly { readonly id: string; readonly remainingPercent?: number }[];
  readonly available?: number;
}

const TYPES: ReadonlySet<string> = new Set(RULES.flatMap(({ types = [] }) => types));

/** Extracts what Kimi support needs from an incident, and nothing else. Pure. */
export function ticketFacts({ incident, incidents, snapshots, keyKind }: TicketInput): TicketFacts {
  const { verdict, example, category, state, shape, rule, count } = incident;
  const provider = productOfIncident(incident);
  const { text, status, errorType = incident.fields.type, model, evidence } = example.signal;
  const host = evidence.host ?? evidence.configuredHost;
  const wish = { provider, from: incident.from, ...(host === undefined ? {} : { host }) };
  const { before, after } = snapshotsAround(snapshots, wish);
  const support = joinSupportIds(incident.support, example.signal.support, supportIdsIn(text));
  const parallelLimit = after?.parallelLimit ?? before?.parallelLimit;
  return {
    ...{ cause: verdict.cause, certainty: verdict.certainty, category, state, provider },
    ...{ from: momentOf(incident.from), to: momentOf(incident.to), count: countOf(count) },
    ...only('host', host, name => regionOfApi(name)?.api === name),
    ...only('keyKind', keyKind, () => true),
    ...only('keyId', support?.key ?? keyIdIn(text), () => true),
    ...only('organization', support?.organization, () => true),
    ...only('project', support?.project, () => true),
    requestIds: support?.requests ?? [],
    ...only('status', status ?? incident.fields.status, isCount),
    ...only('errorType', errorType, type => TYPES.has(type)),
    agents: agentsOf(incident),
    ...only('model', model, isKimiModelName),
    ...only('inFlight', shape?.inFlightPeak, isCount),
    ...only('parallelLimit', parallelLimit, isCount),
    ...(before ? { before: shareOf(before) } : {}),
    ...(after ? { after: shareOf(after) } : {}),
    counts: countsOf(incident, incidents),
    steps: verdict.steps.map(stepOf),
    words: sharableWords(text),
    ...only('lacks', incident.fields.lacks, () => true),
    ...only('rule', rule ?? undefined, id => RULE_IDS.has(id)),
  };
}

/** A field, if it is present and allowed. */
function only<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
  isAllowed: (value: Value) => boolean,
): Partial<Record<Name, Value>> {
  return value !== undefined && isAllowed(value) ? ({ [name]: value } as Record<Name, Value>) : {};
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const countOf = (value: number): number => (isCount(value) ? value : 0);
const momentOf = (at: number): number => (isMoment(at) ? at : 0);
const isAgent = (agent: AgentId): boolean => AGENT_IDS.includes(agent);
const agentOf = (agent: AgentId): AgentId => (isAgent(agent) ? agent : 'other');

/** `2.1.330`, `0.38.0-beta.2`. */
const VERSION =
  /^\d{1,4}(?:\.\d{1,5}){1,3}(?:-(?:alpha|beta|rc|nightly|dev|next)(?:\.?\d{1,4})?)?$/;

function agentsOf({ places, example }: Incident): TicketAgent[] {
  const { agent, agentVersion } = example.signal;
  const counts = new Map<AgentId, number>();
  for (const place of places) {
    const id = agentOf(place.agent);
    counts.set(id, (counts.get(id) ?? 0) + countOf(place.count));
  }
  return [...counts].map(([id, count]) => ({
    agent: id,
    count,
    ...only('version', id === agent ? agentVersion : undefined, version => VERSION.test(version)),
  }));
}

/** Kimi's window labels aren't copied: they may contain anything. */
function shareOf({ at, windows, balance }: Snapshot): TicketSnapshot {
  return {
    at: momentOf(at),
    windows: windows
      .filter(({ id }) => windowLengthMs(id) !== undefined)
      .map(({ id, usedPercent }) => ({
        id,
        ...(usedPercent === undefined ? {} : { remainingPercent: 100 - usedPercent }),
      })),
    ...(balance ? { available: balance.available } : {}),
  };
}

/** Failures of the account in the 24 hours before the end of the incident. */
function countsOf({ to, provider }: Incident, incidents: readonly Incident[]) {
  const counts = new Map<Category | null, number>();
  for (const one of incidents) {
    const isNear = one.provider === provider && one.to <= to && one.to >= to - DAY_MS;
    if (isNear) counts.set(one.category, (counts.get(one.category) ?? 0) + countOf(one.count));
  }
  return [...counts].map(([category, count]) => ({ category, count }));
}

function stepOf({ id, agent, count }: Step): Step {
  return { id, ...only('agent', agent, isAgent), ...only('count', count, isCount) };
}
