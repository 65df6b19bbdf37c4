import { redactName } from '../base/redact.ts';
import type { ConfigPlace, NamedUrl } from './configPlaces.ts';
import type { AgentId, Attribution, ProviderEvidence, Signal } from './signal.ts';

type Known = 'kimi-code' | 'open-platform';

/** Agents' own ids of Kimi's products, where no configuration says otherwise (docs/agents.md 2.3). */
const KIMI_PROVIDERS: ReadonlyMap<string, Known> = new Map([
  ['kimi-code', 'kimi-code'],
  ['managed:kimi-code', 'kimi-code'],
  ['kimi-for-coding', 'kimi-code'],
  ['kimi-coding', 'kimi-code'],
  ['kimi-code-plan-global', 'kimi-code'],
  ['kimi-code-plan-cn', 'kimi-code'],
  ['managed:moonshot-cn', 'open-platform'],
  ['managed:moonshot-ai', 'open-platform'],
  ['moonshot-cn', 'open-platform'],
  ['moonshot-ai', 'open-platform'],
  ['moonshotai', 'open-platform'],
  ['moonshotai-cn', 'open-platform'],
  ['moonshot', 'open-platform'],
]);

/** Resellers and others under their own names. `openai` and `anthropic` may be only protocols. */
const OTHER_PROVIDERS: ReadonlySet<string> = new Set(
  `opencode opencode-go openrouter kilocode groq nvidia volcengine siliconflow deepseek google
  gemini mistral xai bedrock amazon-bedrock azure vertex vertexai ollama ollama-cloud github-copilot
  together togetherai fireworks fireworks-ai cerebras zai zhipuai alibaba bailian`.split(/\s+/),
);

/** Ids of protocols, which name whatever server is set for them at the time. */
const PROTOCOLS: ReadonlySet<string> = new Set(
  `openai openai-compatible openai-compat openai-native openai-responses anthropic claude custom
  default litellm proxy`.split(/\s+/),
);

/** Models of the subscription, and of the open platform. A hint, never proof (docs/agents.md 2.1). */
const CODE_MODEL = /(?:^|\/)(?:kimi-for-coding|k2p\d|k3)\b/;
const PLATFORM_MODEL = /(?:^|\/)(?:kimi-(?:k\d|latest|thinking)|moonshot-v1-)/;
/** Claude Code has no other provider's models by these names, unless a base URL says so. */
const ANTHROPIC_MODEL = /^claude-/;

/**
 * Says whose account a signal concerns, in the order of docs/agents.md 2.1: host, provider id by the
 * configuration, marks of others, Kimi's own words, the base URL in force. A Kimi model alone says
 * nothing: others serve it too. A bare 429 is unknown.
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
      : { provider: 'unknown', reason: 'nothing says whose account it was' })
  );
}

/** Whether a provider's id is a name of the user's own, which means nothing without the user's files. */
export function isOwnName(providerId: string): boolean {
  const id = builtInPart(providerId);
  return !KIMI_PROVIDERS.has(id) && !OTHER_PROVIDERS.has(id) && !PROTOCOLS.has(id);
}

/** An alias is `<provider>/<model>`. */
const builtInPart = (providerId: string): string => providerId.toLowerCase().replace(/\/.*$/, '');

/** Whose a host is; undefined for the local machine and private networks, which settle nothing. */
export function providerOfHost(host: string): Known | 'other' | undefined {
  const name = host.toLowerCase().replace(/:\d+$/, '');
  if (name === 'api.kimi.com' || name === 'api.kimi.ai') return 'kimi-code';
  if (name === 'api.moonshot.ai' || name === 'api.moonshot.cn') return 'open-platform';
  return isLocal(name) ? undefined : 'other';
}

const LOCAL =
  /^(?:localhost|.*\.local(?:host)?|.*\.internal|127\..*|10\..*|192\.168\..*|172\.(?:1[6-9]|2\d|3[01])\..*|169\.254\..*|0\.0\.0\.0|\[.*\]|::1|[^.]+)$/;
const isLocal = (name: string): boolean => LOCAL.test(name);

/** A name in any script, an address, with a port or without; nothing that a terminal would obey. */
const AUTHORITY =
  /^https?:\/\/(?:[^/?#\\]{0,1000}@)?((?:\[[\da-f:.%]{2,80}\]|[\p{L}\p{N}_.-]{1,253})(?::\d{1,5})?)(?:[/?#\\]|$)/iu;

/** The host of a URL, with the port if one is given, without a key in it; undefined: it has none. */
export function hostOf(url: string): string | undefined {
  const host = AUTHORITY.exec(url)?.[1];
  return host === undefined ? undefined : redactName(host);
}

function byHost(host: string | undefined): Attribution | undefined {
  const provider = host === undefined ? undefined : providerOfHost(host);
  return provider && { provider, reason: `host ${host}` };
}

function byProvider(evidence: ProviderEvidence): Attribution | undefined {
  const { providerId, configuredHost } = evidence;
  if (providerId === undefined) return undefined;
  const configured = byConfiguration(evidence);
  if (configured) return configured;
  const id = builtInPart(providerId);
  const provider = KIMI_PROVIDERS.get(id) ?? (OTHER_PROVIDERS.has(id) ? 'other' : undefined);
  const how = configuredHost && provider !== 'other' ? ' through a local address' : '';
  return provider && { provider, reason: `provider ${id}${how}` };
}

function byConfiguration({ configuredHost: host }: ProviderEvidence): Attribution | undefined {
  const provider = host === undefined ? undefined : providerOfHost(host);
  return provider && { provider, reason: `host ${host} by configuration` };
}

function byMark({ otherProvider }: ProviderEvidence): Attribution | undefined {
  return otherProvider === undefined
    ? undefined
    : { provider: 'other', reason: `mark of ${otherProvider}` };
}

/** Both products say some sentences: then the model tells them apart, or the base URL in force. */
function byWords(
  { hasKimiWords, product, configuredHost: host }: ProviderEvidence,
  model: string,
): Attribution | undefined {
  if (product) return { provider: product, reason: hasKimiWords ? "Kimi's words" : 'path' };
  if (!hasKimiWords) return undefined;
  const configured = host === undefined ? undefined : providerOfHost(host);
  const hinted = CODE_MODEL.test(model)
    ? 'kimi-code'
    : PLATFORM_MODEL.test(model)
      ? 'open-platform'
      : undefined;
  const provider = (configured === 'other' ? undefined : configured) ?? hinted ?? 'open-platform';
  return { provider, reason: "Kimi's words" };
}

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
 * user's own stands for one server: agents write their files anew for other reasons (docs/agents.md 2.1 b).
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
