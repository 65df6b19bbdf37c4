import { providerOfHost } from '../base/providers.ts';
import type { Category, Confidence, ErrorFields } from '../errors/category.ts';
import { classify, OWN_PACING_ID } from '../errors/classify.ts';
import { attribute } from './attribution.ts';
import type { Attribution, RequestFailed } from './signal.ts';
import type { TailedFailure, TailedSignal } from './tail.ts';

/** What an error text means, or null where the agent records none. */
export interface FailureMeaning {
  readonly category: Category;
  readonly rule: string | null;
  readonly confidence: Confidence;
  /** Other facts in the text: a limit, a wait, masked ids. */
  readonly fields: ErrorFields;
}

/**
 * What a failed request means by its text, type and status. Without any of them nothing is guessed.
 * A limit of another provider's account is classified as such, whatever its text.
 */
export function meaningOf(
  { status, errorType, text, model, evidence }: RequestFailed,
  provider: Attribution['provider'],
): FailureMeaning | null {
  if (text === '' && errorType === undefined && status === undefined) return null;
  const error = { ...(errorType === undefined ? {} : { type: errorType }), message: text };
  // The configured host only counts where it decided.
  const { configuredHost } = evidence;
  const isDecisive = configuredHost !== undefined && providerOfHost(configuredHost) === provider;
  const host = evidence.host ?? (isDecisive ? configuredHost : undefined);
  const raw = `${status ?? ''} ${JSON.stringify({ error })}`.trim();
  const { category, says, rule, confidence, fields } = classify(raw, {
    ...(evidence.providerId === undefined ? {} : { provider: evidence.providerId }),
    ...(model === undefined ? {} : { model }),
    ...(host === undefined ? {} : { baseUrl: `https://${host}` }),
  });
  if (rule === OWN_PACING_ID) return null;
  const isOther = provider === 'other' || category === 'other_provider';
  // It failed, whatever its text. Many agents record no status, so its absence does not mean that
  // there was no response.
  const isUnknown = category === 'not_an_error';
  const read = isUnknown ? 'unknown' : category;
  return {
    category: isOther ? 'other_provider' : read,
    rule: rule ?? null,
    confidence: isUnknown ? 'low' : confidence,
    fields: isOther && says !== undefined ? { ...fields, says } : fields,
  };
}

/**
 * A failed request as `scan` and `watch` print it. Times are ISO 8601 UTC; account ids are masked.
 */
export interface EventReport {
  readonly kind: 'event';
  readonly at: string;
  readonly agent: string;
  readonly agentVersion: string | null;
  readonly session: string;
  readonly subagent: string | null;
  readonly model: string | null;
  /** Relative to the home folder. */
  readonly file: string;
  readonly offset: number;
  /** HTTP status; null for a broken connection, or where the agent does not record it. */
  readonly status: number | null;
  readonly errorType: string | null;
  /** Empty: the agent records no error text, and nothing is guessed. */
  readonly text: string;
  /** The number of failed attempts that it counts for. */
  readonly attempts: number;
  readonly final: boolean;
  readonly retryAfterMs: number | null;
  readonly provider: Attribution['provider'];
  readonly providerEvidence: string;
  /** What the error text means; null where the agent records neither text, type nor status. */
  readonly category: Category | null;
  readonly rule: string | null;
  readonly confidence: Confidence | null;
  readonly fields: ErrorFields;
}

/** The start or the response of a request, added by `--requests`. */
export interface RequestReport {
  readonly kind: 'request';
  readonly at: string;
  readonly agent: string;
  readonly session: string;
  readonly subagent: string | null;
  readonly model: string | null;
  readonly what: 'started' | 'ended';
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

/** Converts a failure to a report. Pure. */
export function eventReport({ signal, file, byteOffset }: TailedFailure): EventReport {
  const { provider, reason } = attribute(signal);
  const meaning = meaningOf(signal, provider);
  return {
    kind: 'event',
    at: isoTime(signal.at),
    agent: signal.agent,
    agentVersion: signal.agentVersion ?? null,
    session: signal.session,
    subagent: signal.subagent ?? null,
    model: signal.model ?? null,
    file,
    offset: byteOffset,
    status: signal.status ?? null,
    errorType: signal.errorType ?? null,
    text: signal.text,
    attempts: signal.attemptCount ?? 1,
    final: signal.isFinal ?? false,
    retryAfterMs: signal.retryAfterMs ?? null,
    provider,
    providerEvidence: reason,
    category: meaning?.category ?? null,
    rule: meaning?.rule ?? null,
    confidence: meaning?.confidence ?? null,
    fields: meaning?.fields ?? {},
  };
}

/** Converts a start or an end to a report; undefined for other signals and for repeats. */
export function requestReport({ signal }: TailedSignal): RequestReport | undefined {
  if (signal.kind === 'requestFailed') return undefined;
  if (signal.kind === 'requestEnded' && signal.failure) return undefined;
  // The record with the tokens reports it.
  if (signal.kind === 'requestEnded' && signal.isRepeat) return undefined;
  const { inputTokens, outputTokens } = signal.kind === 'requestEnded' ? signal : NO_TOKENS;
  return {
    kind: 'request',
    at: isoTime(signal.at),
    agent: signal.agent,
    session: signal.session,
    subagent: signal.subagent ?? null,
    model: signal.model ?? null,
    what: signal.kind === 'requestStarted' ? 'started' : 'ended',
    inputTokens: inputTokens ?? null,
    outputTokens: outputTokens ?? null,
  };
}

const NO_TOKENS: { readonly inputTokens?: number; readonly outputTokens?: number } = {};

const isoTime = (at: number): string => new Date(at).toISOString();
