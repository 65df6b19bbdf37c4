import type { ErrorMeta } from './category.ts';
import type { FoundGateway, KimiMark } from './marks.ts';
import { hostOf } from '../base/kimiHosts.ts';
import {
  isKimi,
  isKimiModel,
  otherLink,
  type ProviderKind,
  providerOfHost,
  providerOfId,
} from '../base/providers.ts';
import type { Rule } from './rule.ts';
import type { UnwrappedError } from './unwrap.ts';
import type { Reading } from './meaning.ts';

/** The account that an error concerns. */
export interface Owner {
  readonly isKimi: boolean | 'unknown';
  /** Another provider or reseller, by name or host. */
  readonly provider?: string;
}

interface Evidence {
  readonly error: UnwrappedError;
  readonly reading: Reading;
  /** The Kimi product whose wording the text has. */
  readonly mark: KimiMark['product'] | undefined;
  readonly gateway: FoundGateway | undefined;
  readonly meta: ErrorMeta;
}

const KIMI: Owner = { isKimi: true };
const UNKNOWN: Owner = { isKimi: 'unknown' };

/**
 * Attributes an error, in the order of docs/agents.md 2.1: host in the record, provider in the record,
 * metadata, error text. A foreign host or reseller beats Kimi's own wording. A model name proves
 * nothing: many providers serve Kimi's models.
 */
export function findOwner(evidence: Evidence): Owner {
  return byRecord(evidence) ?? byMeta(evidence) ?? byWords(evidence);
}

function byRecord({ error, gateway }: Evidence): Owner | undefined {
  const host = requestHost(error.text);
  const hostOwner = host === undefined ? 'unknown' : providerOfHost(host);
  if (isKimi(hostOwner)) return KIMI;
  if (gateway?.isReseller) {
    return gateway.isOwnKey ? UNKNOWN : { isKimi: false, provider: gateway.name };
  }
  if (hostOwner === 'other') return { isKimi: false, provider: host ?? '' };
  const other = otherLink(error.text) ?? otherRequestId(error.text);
  if (other !== undefined) return { isKimi: false, provider: other };
  return byProviderId(error.text);
}

/** Request ids of Anthropic begin with `req_011`; those of Kimi and of proxies don't. */
const otherRequestId = (text: string): string | undefined =>
  /\breq_011[A-Za-z\d]{6}/.test(text) ? 'Anthropic' : undefined;

const REQUEST_HOST =
  /(?:for url|request to|<-- \d{3} |\b(?:POST|GET)|\burl["']?\s?[:=]|\bbase_?url["']?\s?[:=]|\bendpoint["']?\s?[:=]|getaddrinfo \w{3,12}|\bE(?:CONN[A-Z]{5,8}|TIMEDOUT|NOTFOUND))[\s"'([<]{1,4}(?:https?:\/\/)?((?:[\w-]{1,63}\.){1,6}[a-z]{2,12}|\d{1,3}(?:\.\d{1,3}){3}|localhost)\b/i;

/** A cheap test: every text that names the host of a request matches. */
const HOST_MARK = /:\/\/|getaddrinfo|\bE(?:CONN|TIMED|NOTF)|\b(?:url|endpoint)\b/i;

/** The host of the request, if the text names it. A link in an error text is not one. */
function requestHost(text: string): string | undefined {
  return HOST_MARK.test(text) ? REQUEST_HOST.exec(text)?.[1] : undefined;
}

const PROVIDER_FIELD =
  /\b(?:model_)?provider(?:_?id)?["']?\s?[:=]\s?["']?([a-z][\w.:@-]{1,60})|^[\t ]*\[([a-z][\w-]{1,30})\] (?:[45]\d\d|error)/im;
const MODEL_FIELD = /\bmodel(?:_?id)?["']?\s?[:=]\s?["']?([a-z][\w.:@/-]{1,80})/i;
/** Kimi by the name of the client, or of the provider in a model reference. */
const KIMI_LABEL =
  /(?<![\w/.@-])(?:moonshot|kimi-code|kimi-coding|kimi-for-coding)\/[\w.-]{2,60}|Upstream provider KIMI\b|MoonshotException|\[MoonPalace\]|@kimicode|\b(?:kimi|moonshot)(?: code| ai)? api\b|\[(?:kimi|moonshot)\]|^\W{0,6}LLM provider error:/i;

function byProviderId(text: string): Owner | undefined {
  const field = PROVIDER_FIELD.exec(text);
  const id = field?.[1] ?? field?.[2];
  if (id !== undefined) {
    const owner = providerOfId(id);
    if (isKimi(owner)) return KIMI;
    if (owner === 'other') return { isKimi: false, provider: id };
    const model = MODEL_FIELD.exec(text)?.[1];
    // A name that the user chose: only a model that isn't Kimi's shows what it serves.
    if (owner === 'unknown' && model !== undefined && !isKimiModel(model)) {
      return { isKimi: false, provider: id };
    }
  }
  return KIMI_LABEL.test(text) ? KIMI : undefined;
}

function byMeta({ error, reading: { rule }, mark, meta }: Evidence): Owner | undefined {
  if (rule.isOthers && !rule.isLikelyOnly && rule.types === undefined) return undefined;
  const owners = [
    meta.baseUrl === undefined ? 'unknown' : providerOfUrl(meta.baseUrl),
    meta.provider === undefined ? 'unknown' : providerOfId(meta.provider),
  ] as const;
  const owner = owners.find(candidate => candidate !== 'unknown');
  if (owner === undefined) return undefined;
  // The open platform never responds with 402: the provider is unknown.
  if (owner === 'open-platform' && error.status === 402 && mark === undefined) return UNKNOWN;
  if (isKimi(owner)) return KIMI;
  if (owner === 'other') return { isKimi: false, provider: meta.provider ?? meta.baseUrl ?? '' };
  return byProtocol(mark, meta);
}

/** `openai` and `anthropic` may only name a protocol; they name the provider if nothing is Kimi's. */
function byProtocol(mark: Evidence['mark'], meta: ErrorMeta): Owner | undefined {
  if (mark !== undefined) return undefined;
  if (meta.baseUrl !== undefined || isKimiModel(meta.model ?? '')) return undefined;
  return { isKimi: false, provider: meta.provider ?? '' };
}

function providerOfUrl(url: string): ProviderKind {
  const host = hostOf(url);
  return host === undefined ? 'unknown' : providerOfHost(host);
}

/**
 * Whether the model refutes the provider that a rule names. Gateways copy types and statuses; of
 * wordings, only the likely ones are refuted.
 */
export function isRefuted({ isOthers, provider, words, isLikelyOnly }: Rule, meta: ErrorMeta) {
  const isWeak = isLikelyOnly || (words === undefined && provider === 'Anthropic');
  return isOthers === true && isWeak && isKimiModel(meta.model ?? '');
}

function byWords({ reading: { rule, meaning }, mark, meta }: Evidence): Owner {
  if (rule.isOthers) {
    if (rule.isLikelyOnly || isRefuted(rule, meta)) return UNKNOWN;
    return { isKimi: false, ...(rule.provider && { provider: rule.provider }) };
  }
  return mark !== undefined || meaning?.isOfKimiCode ? KIMI : UNKNOWN;
}
