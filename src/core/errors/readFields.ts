import * as z from 'zod/mini';
import type { ErrorFields, ErrorMeta } from './category.ts';
import type { UnwrappedError } from './unwrap.ts';

/** One text of a file of texts to classify. */
export interface ErrorText {
  readonly id: string | number;
  readonly raw: string;
  readonly meta: ErrorMeta;
}

const word = z.optional(z.nullable(z.string()));
const ErrorTextLine = z.object({
  id: z.union([z.string(), z.number()]),
  raw: z.string(),
  meta: z.optional(z.nullable(z.object({ provider: word, model: word, baseUrl: word }))),
});

/** Reads `{id, raw, meta?}`; other fields are ignored. Undefined for anything else. */
export function parseErrorText(line: string): ErrorText | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const parsed = ErrorTextLine.safeParse(value);
  if (!parsed.success) return undefined;
  const { id, raw, meta } = parsed.data;
  return {
    id,
    raw,
    meta: {
      ...(meta?.provider && { provider: meta.provider }),
      ...(meta?.model && { model: meta.model }),
      ...(meta?.baseUrl && { baseUrl: meta.baseUrl }),
    },
  };
}

/** The values in a text: numbers, status, type, masked ids. */
export function readFields({ text, squeezed, status, types }: UnwrappedError): ErrorFields {
  const current = numberAfter(CURRENT, squeezed);
  const limit = numberAfter(LIMIT, squeezed);
  const retryAfterSeconds = WAIT_MARK.test(text)
    ? (numberAfter(RETRY_AFTER, text) ?? waitIn(text))
    : undefined;
  const [, before, after] = SCOPE.exec(squeezed) ?? [];
  const scope = (before ?? after)?.toLowerCase();
  return {
    ...(status !== undefined && { status }),
    ...(types[0] !== undefined && { type: types[0] }),
    ...(current !== undefined && { current }),
    ...(limit !== undefined && { limit }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(isScope(scope) && { scope }),
    ...maskedIds(text),
  };
}

const CURRENT = /current:(\d{1,15})/i;
const LIMIT =
  /(?:limit:|max(?:organization|user|project)?concurrency:|concurrency:|maxrpm:|maxrequest:|exceedslimit)(\d{1,15})/i;
/** A cheap test: every text with a wait matches. */
const WAIT_MARK = /again|retry|reset|refresh|秒后/i;
const RETRY_AFTER =
  /(?:try\s{1,9}again\s{1,9}(?:after|in)|retry[ -]after["':]{0,3})\s{1,9}(\d{1,7}(?:\.\d{1,6})?)(?!\s?(?:[dhm]\b|hours?|hrs?|min|days?)|\d|\.\d)|(\d{1,6})\s{0,3}秒后/i;
/** "resets in 82h14m32s", "try again in 1 h 12 min". */
const WAIT =
  /(?:resets?|refresh(?:es|ed)?|try\s{1,9}again|retry|available)\s{1,9}(?:after|in)\s{1,9}((?:\d{1,6}\s?(?:d|h|m|s)[a-z]{0,6}[\s,]{0,2}){1,4})/i;
const SPAN = /(\d{1,6})\s?([dhms])/gi;
const SECONDS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1 };

/** A wait with units, in seconds. */
function waitIn(text: string): number | undefined {
  const span = WAIT.exec(text)?.[1];
  if (span === undefined) return undefined;
  return Array.from(
    span.matchAll(SPAN),
    ([, count, unit = '']) => Number(count) * (SECONDS[unit.toLowerCase()] ?? 0),
  ).reduce((sum, seconds) => sum + seconds, 0);
}

const SCOPE =
  /reachedmax(organization|project|user)|(organization|project|user)(?:\+model)?(?:max|tpm|tpd|rpm|concurrency|ratelimit)/i;

function numberAfter(pattern: RegExp, text: string): number | undefined {
  const digits = pattern
    .exec(text)
    ?.slice(1)
    .find(group => group !== undefined);
  return digits === undefined ? undefined : Number(digits);
}

const isScope = (scope: string | undefined): scope is NonNullable<ErrorFields['scope']> =>
  scope === 'organization' || scope === 'project' || scope === 'user';

const ID_FIELDS = { org: 'organization', proj: 'project', ak: 'key' } as const;

type MaskedIds = { -readonly [Name in (typeof ID_FIELDS)[keyof typeof ID_FIELDS]]?: string };

/** Account ids are personal: the end of a long one is enough to distinguish two accounts. */
function maskedIds(text: string): MaskedIds {
  const masked: MaskedIds = {};
  if (!/(?:org|proj|ak)-/.test(text)) return masked;
  for (const [id, prefix = ''] of text.matchAll(/\b(org|proj|ak)-[\da-z]{4,64}/g)) {
    const name = ID_FIELDS[prefix as keyof typeof ID_FIELDS];
    masked[name] ??= `${prefix}-…${id.length >= 20 ? id.slice(-4) : ''}`;
  }
  return masked;
}
