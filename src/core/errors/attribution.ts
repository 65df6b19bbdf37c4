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

/** Whose account an error concerns, and by what it was told. */
export interface Owner {
  readonly isKimi: boolean | 'unknown';
  /** Another provider or reseller, by name or host. */
  readonly provider?: string;
}

interface Evidence {
  readonly error: UnwrappedError;
  readonly reading: Reading;
  /** Whose words of Kimi's are in the text. */
  readonly mark: KimiMark['product'] | undefined;
  readonly gateway: FoundGateway | undefined;
  readonly meta: ErrorMeta;
}

const KIMI: Owner = { isKimi: true };
const UNKNOWN: Owner = { isKimi: 'unknown' };

/**
 * The order of evidence of docs/agents.md 2.1: the host in the record, the provider in the record, what
 * surrounds it, the words. A foreign host or reseller beats Kimi's own words, and a model's name
 * proves nothing: Kimi's models are served by many.
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

/** Every request id of Anthropic begins so; Kimi's and the proxies' do not. */
const otherRequestId = (text: string): string | undefined =>
  /\breq_011[A-Za-z\d]{6}/.test(text) ? 'Anthropic' : undefined;

const REQUEST_HOST =
  /(?:for url|request to|<-- \d{3} |\b(?:POST|GET)|\burl["']?\s?[:=]|\bbase_?url["']?\s?[:=]|\bendpoint["']?\s?[:=]|getaddrinfo \w{3,12}|\bE(?:CONN[A-Z]{5,8}|TIMEDOUT|NOTFOUND))[\s"'([<]{1,4}(?:https?:\/\/)?((?:[\w-]{1,63}\.){1,6}[a-z]{2,12}|\d{1,3}(?:\.\d{1,3}){3}|localhost)\b/i;

/** Cheap to look for, and in every text that names where a request went. */
const HOST_MARK = /:\/\/|getaddrinfo|\bE(?:CONN|TIMED|NOTF)|\b(?:url|endpoint)\b/i;

/** Where the request went, when the text says so. A link that a text offers is none. */
function requestHost(text: string): string | undefined {
  return HOST_MARK.test(text) ? REQUEST_HOST.exec(text)?.[1] : undefined;
}

const PROVIDER_FIELD =
  /\b(?:model_)?provider(?:_?id)?["']?\s?[:=]\s?["']?([a-z][\w.:@-]{1,60})|^[\t ]*\[([a-z][\w-]{1,30})\] (?:[45]\d\d|error)/im;
const MODEL_FIELD = /\bmodel(?:_?id)?["']?\s?[:=]\s?["']?([a-z][\w.:@/-]{1,80})/i;
/** Kimi by the name of the program that asked, or of the provider in a model's reference. */
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
    // A name of the user's own: what it serves is known only where the model is not Kimi's.
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
  // The open platform answers no 402: whoever did is not known.
  if (owner === 'open-platform' && error.status === 402 && mark === undefined) return UNKNOWN;
  if (isKimi(owner)) return KIMI;
  if (owner === 'other') return { isKimi: false, provider: meta.provider ?? meta.baseUrl ?? '' };
  return byProtocol(mark, meta);
}

/** `openai` and `anthropic` name a protocol first; they name the provider when nothing is Kimi's. */
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
 * Whether the model says that it was not the provider that is known for an answer. A type and a
 * status are copied by gateways; of words only the likely ones give way.
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
