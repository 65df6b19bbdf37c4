import { hostOf, isOwnName } from './attribution.ts';
import type { ConfigPlace } from './configPlaces.ts';
import type { NamedUrl } from './namedUrls.ts';
import type { AgentId, Signal } from './signal.ts';

/** What one place says now. */
export interface ConfigReading {
  readonly place: Pick<ConfigPlace, 'agent' | 'at'>;
  /** Since when it has said so: when the file was changed last, epoch milliseconds. */
  readonly since: number;
  readonly urls: readonly NamedUrl[];
}

/** The one host that an agent's requests go to by its configuration, and since when. */
export interface HostInForce {
  readonly agent: AgentId;
  /** The provider or the model that it is for; absent: all that the agent asks. */
  readonly id?: string;
  /** Lower case, with the port if one is given; without path, user and password. */
  readonly host: string;
  /** Epoch milliseconds: of what happened earlier it says nothing. */
  readonly since: number;
}

/**
 * What is in force by readings in the order of `CONFIG_PLACES`. Where what may hold and what does
 * hold differ, nothing is: a project or an environment may be another than that of the request. A
 * host that was in force `before` keeps its time: the file was changed elsewhere.
 */
export function hostsInForce(
  readings: readonly ConfigReading[],
  before: readonly HostInForce[] = [],
): HostInForce[] {
  const groups = new Map<string, { found: HostInForce[]; isCertain: boolean }>();
  for (const { place, since, urls } of readings) {
    const open = [...new Set(urls.map(({ id }) => id))].filter(
      id => !groups.get(keyOf(place.agent, id))?.isCertain,
    );
    for (const { id, url } of urls) {
      const host = hostOf(url)?.toLowerCase();
      if (host === undefined || !open.includes(id)) continue;
      const key = keyOf(place.agent, id);
      const group = groups.get(key) ?? { found: [], isCertain: false };
      group.found.push({ agent: place.agent, ...(id === undefined ? {} : { id }), host, since });
      group.isCertain ||= place.at === 'user';
      groups.set(key, group);
    }
  }
  return [...groups.values()].flatMap(({ found }) => agreed(found, before));
}

function agreed(found: readonly HostInForce[], before: readonly HostInForce[]): HostInForce[] {
  const [first] = found;
  if (!first || found.some(({ host }) => host !== first.host)) return [];
  const earlier = before.find(
    ({ agent, id, host }) => agent === first.agent && id === first.id && host === first.host,
  );
  return [{ ...first, since: earlier?.since ?? Math.max(...found.map(({ since }) => since)) }];
}

const keyOf = (agent: AgentId, id: string | undefined): string => JSON.stringify([agent, id]);

/**
 * The signal, and in its evidence the host that was in force for it, if one was. A name of the
 * user's own stands for one server: agents write their files anew for other reasons (agents.md 2.1 b).
 */
export function withConfiguredHost<S extends Signal>(
  signal: S,
  inForce: readonly HostInForce[],
): S {
  const { agent, at, evidence, model } = signal;
  const { providerId } = evidence;
  const isOwn = providerId !== undefined && isOwnName(providerId);
  const own = inForce.filter(
    ({ agent: of, id, since }) => of === agent && (since <= at || (isOwn && id === providerId)),
  );
  const hostFor = (name: string | undefined): string | undefined =>
    own.find(({ id }) => id === name)?.host;
  const named = providerId ?? model;
  const configuredHost = (named === undefined ? undefined : hostFor(named)) ?? hostFor(undefined);
  return configuredHost === undefined
    ? signal
    : { ...signal, evidence: { ...evidence, configuredHost } };
}
