import {
  providerOfHost as kindOfHost,
  providerOfId,
  type ProviderKind,
} from '../errors/providers.ts';
import type { Attribution, ProviderEvidence, Signal } from './signal.ts';

type Known = 'kimi-code' | 'open-platform';

/** Of the one table of hosts and ids (`errors/providers.ts`); the rest settles nothing. */
const KNOWN: Partial<Record<ProviderKind, Known | 'other'>> = {
  kimi: 'kimi-code',
  'open-platform': 'open-platform',
  other: 'other',
};

/** Models of the subscription, and of the open platform. A hint, never proof (agents.md 2.1). */
const CODE_MODEL = /(?:^|\/)(?:kimi-for-coding|k2p\d|k3)\b/;
const PLATFORM_MODEL = /(?:^|\/)(?:kimi-(?:k\d|latest|thinking)|moonshot-v1-)/;
/** Claude Code has no other provider's models by these names, unless a base URL says so. */
const ANTHROPIC_MODEL = /^claude-/;

/**
 * Says whose account a signal concerns, in the order of agents.md 2.1: host, provider id by the
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
  return providerOfId(builtInPart(providerId)) === 'unknown';
}

/** An alias is `<provider>/<model>`. */
const builtInPart = (providerId: string): string => providerId.toLowerCase().replace(/\/.*$/, '');

/** Whose a host is; undefined for the local machine and private networks, which settle nothing. */
export const providerOfHost = (host: string): Known | 'other' | undefined =>
  KNOWN[kindOfHost(host)];

/** The host of a base URL: lower case, with the port if one is given. */
export function hostOf(url: string): string | undefined {
  return /^https?:\/\/(?:[^/?#@]*@)?(\[[^\]/]{1,80}\](?::\d+)?|[^/?#]{1,253})/i.exec(url)?.[1];
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
  const provider = KNOWN[providerOfId(id)];
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
