import { hostOf, type KimiProduct } from '../base/kimiHosts.ts';
import { isOwnName, productOfModel, providerOfHost, providerOfId } from '../base/providers.ts';
import type { ConfigPlace, NamedUrl } from './configPlaces.ts';
import type { AgentId, Attribution, ProviderEvidence, Signal } from './signal.ts';

/** Claude Code uses these model names only for Anthropic, unless a base URL differs. */
const ANTHROPIC_MODEL = /^claude-/;

/**
 * Attributes a signal to an account, in the order of docs/agents.md 2.1: host, provider id from the
 * configuration, marks of other providers, Kimi's own error text, active base URL. A Kimi model is
 * not enough: other providers serve it too. A bare 429 is unknown.
 */
export function attribute(signal: Pick<Signal, 'agent' | 'model' | 'evidence'>): Attribution {
  const { agent, evidence, model = '' } = signal;
  return (
    byHost(evidence.host) ??
    byProvider(evidence) ??
    byMark(evidence) ??
    byWords(evidence, model) ??
    byConfiguration(evidence) ??
    (agent === 'claude-code' && ANTHROPIC_MODEL.test(model)
      ? { provider: 'other', reason: `model ${model}` }
      : { provider: 'unknown', reason: 'no evidence for an account' })
  );
}

function byHost(host: string | undefined): Attribution | undefined {
  const provider = knownHost(host);
  return provider && { provider, reason: `host ${host}` };
}

function byProvider(evidence: ProviderEvidence): Attribution | undefined {
  const { providerId, configuredHost } = evidence;
  if (providerId === undefined) return undefined;
  const configured = byConfiguration(evidence);
  if (configured) return configured;
  const [id = ''] = providerId.toLowerCase().split('/', 1);
  const provider = providerOfId(id);
  if (provider === 'unknown' || provider === 'protocol') return undefined;
  const how = configuredHost && provider !== 'other' ? ' through a local address' : '';
  return { provider, reason: `provider ${id}${how}` };
}

function byConfiguration({ configuredHost: host }: ProviderEvidence): Attribution | undefined {
  const provider = knownHost(host);
  return provider && { provider, reason: `host ${host} by configuration` };
}

function knownHost(host: string | undefined): KimiProduct | 'other' | undefined {
  const provider = host === undefined ? 'unknown' : providerOfHost(host);
  return provider === 'unknown' ? undefined : provider;
}

function byMark({ otherProvider }: ProviderEvidence): Attribution | undefined {
  return otherProvider === undefined
    ? undefined
    : { provider: 'other', reason: `mark of ${otherProvider}` };
}

/** Both products use some sentences: then the model decides, or the active base URL. */
function byWords(
  { hasKimiWords, product, configuredHost: host }: ProviderEvidence,
  model: string,
): Attribution | undefined {
  if (product) return { provider: product, reason: hasKimiWords ? "Kimi's error text" : 'path' };
  if (!hasKimiWords) return undefined;
  const configured = knownHost(host);
  const provider =
    (configured === 'other' ? undefined : configured) ?? productOfModel(model) ?? 'open-platform';
  return { provider, reason: "Kimi's error text" };
}

/** The base URLs in one place now. */
export interface ConfigReading {
  readonly place: Pick<ConfigPlace, 'agent' | 'at'>;
  /** When the file was last changed: epoch milliseconds. */
  readonly since: number;
  readonly urls: readonly NamedUrl[];
}

/** The only host that an agent's requests go to by its configuration, and since when. */
export interface HostInForce {
  readonly agent: AgentId;
  /** The provider or the model; absent: all of the agent's requests. */
  readonly id?: string;
  /** Lower case, with the port if one is given; without path, user and password. */
  readonly host: string;
  /** Epoch milliseconds: not valid for earlier requests. */
  readonly since: number;
}

/**
 * The active hosts by readings in the order of `CONFIG_PLACES`. Where places that may apply and
 * places that do apply differ, no host is active: the request may come from another project or
 * environment. A host that was active `before` keeps its time: the change in the file was
 * unrelated.
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
 * Adds the host that was active at the time of the signal to its evidence, if any. A custom name
 * means one server: agents rewrite their files for other reasons (docs/agents.md 2.1 b).
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
