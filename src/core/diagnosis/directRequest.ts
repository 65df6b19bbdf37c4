import { joinSentences } from '../base/format.ts';
import type { Endpoint, Product } from '../accounts/endpoint.ts';
import { supportIdsIn, supportIdsOfHeaders, joinSupportIds } from '../agents/supportIds.ts';
import type { SupportIds } from '../agents/supportIds.ts';
import type { Translate } from '../base/ports.ts';
import { redact } from '../base/redact.ts';
import type { Classification } from '../errors/category.ts';
import { classify } from '../errors/classify.ts';
import { parseRetryAfter, type Unreachable } from '../quota/outcome.ts';

/** One minimal request to a model, without the key. */
export interface DirectRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: {
    readonly model: string;
    readonly messages: readonly { readonly role: 'user'; readonly content: string }[];
    readonly max_tokens: number;
  };
}

/** The cheapest models (docs/kimi.md 3; open platform models, 2026). */
export const CHEAPEST: Readonly<Record<Product, string>> = {
  kimiCode: 'kimi-for-coding',
  openPlatform: 'moonshot-v1-8k',
};

const QUOTA_PATHS: Readonly<Record<Product, RegExp>> = {
  kimiCode: /\/usages$/,
  openPlatform: /\/users\/me\/balance$/,
};

/**
 * The smallest request that shows whether a model responds: about 15 tokens. Kimi Code is asked on
 * `/coding/v1/messages`, because its other route only admits listed clients (docs/kimi.md 4.2).
 */
export function directRequest(
  { product, quotaUrl }: Pick<Endpoint, 'product' | 'quotaUrl'>,
  model: string = CHEAPEST[product],
): DirectRequest {
  const isAnthropic = /\/coding\/v1\/usages$/.test(quotaUrl);
  const route = isAnthropic ? '/messages' : '/chat/completions';
  return {
    url: quotaUrl.replace(QUOTA_PATHS[product], route),
    headers: isAnthropic ? { 'anthropic-version': '2023-06-01' } : {},
    body: { model, messages: [{ role: 'user', content: 'Say hi.' }], max_tokens: 5 },
  };
}

/** A plain model id of Kimi, without the prefix of a router. */
const PLAIN_MODEL = /^(?:kimi|moonshot|k\d)[\w.-]{0,60}$/;

/** The failing model if Kimi's host knows it by this name, otherwise the cheapest. */
export function modelOfTest(product: Product, failing: string | undefined): string {
  return failing !== undefined && PLAIN_MODEL.test(failing) ? failing : CHEAPEST[product];
}

/** The request as a command for a POSIX shell, with `$KIMI_API_KEY` in place of the key. */
export function curlCommand({ url, headers, body }: DirectRequest): string {
  const plain = { 'Content-Type': 'application/json', ...headers };
  return [
    `curl -sS -i ${quoted(url)}`,
    `-H "Authorization: Bearer $KIMI_API_KEY"`,
    ...Object.entries(plain).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    `-d ${quoted(JSON.stringify(body))}`,
  ].join(' \\\n  ');
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** What one request costs. */
export function costWords(product: Product, t: Translate): string {
  return product === 'kimiCode'
    ? t('It uses about 15 tokens of your quota and counts as one request.')
    : t('It uses about 15 tokens of your balance, far less than a cent.');
}

/** The question before the request: what is sent, where, and what it costs. */
export function directQuestion(
  { origin, product }: Pick<Endpoint, 'origin' | 'product'>,
  model: string,
  t: Translate,
): readonly [question: string, detail: string] {
  const host = origin.replace(/^https:\/\//, '');
  return [
    t('Send one request to {0}?', host),
    joinSentences(
      [
        t(
          '"Say hi." goes to {0} with your key, directly to {1} and without the agent.',
          model,
          host,
        ),
        t('It is sent once, without a retry, under the name of Kimi Quota.'),
        costWords(product, t),
      ],
      t,
    ),
  ];
}

/**
 * The form of an error. `kimi`: an `error` object with a message, as both of Kimi's routes send it.
 * `errorMessage`: that field in its place, from a proxy (docs/kimi.md 4.5). `noError`: other JSON.
 */
export type AnswerForm = 'kimi' | 'errorMessage' | 'noError' | 'notJson';

/** What headers and ids show. */
interface AnswerMeta {
  readonly support?: SupportIds;
  readonly retryAfterSeconds?: number;
  /** `x-ratelimit-…` headers with whole numbers; never seen from Kimi (docs/kimi.md 11.7). */
  readonly rateLimits?: readonly { readonly name: string; readonly value: number }[];
}

/** The result of the direct request. Expected failures are values. */
export type DirectAnswer =
  | ({ readonly kind: 'answered' } & AnswerMeta)
  | ({
      readonly kind: 'refused';
      readonly status: number;
      readonly form: AnswerForm;
      readonly classification: Classification;
      /** Redacted. */
      readonly text: string;
    } & AnswerMeta)
  | Unreachable;

/** A response, read to its end. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The host that was asked. */
  readonly origin: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Reads the response of the direct request. Pure; never throws. */
export function readDirectAnswer(raw: RawAnswer): DirectAnswer {
  const { status, body, origin } = raw;
  const value = parse(body);
  const meta = metaOf(raw);
  if (status === 200 && isCompletion(value)) return { kind: 'answered', ...meta };
  return {
    kind: 'refused',
    status,
    form: formOf(value),
    classification: classify(`${status} ${body}`, { baseUrl: origin }),
    text: redact(body.trim()),
    ...meta,
  };
}

/** Undefined: not JSON. */
function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return undefined;
  }
}

const isCompletion = (value: ReturnType<typeof parse>): boolean =>
  Array.isArray(value?.['choices']) || Array.isArray(value?.['content']);

function formOf(value: ReturnType<typeof parse>): AnswerForm {
  if (!value) return 'notJson';
  const { error } = value;
  const isKimis = typeof error === 'object' && error !== null && 'message' in error;
  if (isKimis) return 'kimi';
  return 'errorMessage' in value ? 'errorMessage' : 'noError';
}

/** Enough for requests and tokens, each with limit, remaining and reset. */
const MOST_RATE_LIMITS = 8;

function metaOf({ headers, body, now }: RawAnswer): AnswerMeta {
  const support = joinSupportIds(supportIdsOfHeaders(headers), supportIdsIn(body));
  const waitMs = parseRetryAfter(headers['retry-after'] ?? null, now);
  const rateLimits = Object.entries(headers)
    .filter(([name, value]) => /^x-ratelimit-[a-z-]{1,40}$/.test(name) && /^\d{1,12}$/.test(value))
    .slice(0, MOST_RATE_LIMITS)
    .map(([name, value]) => ({ name, value: Number(value) }));
  return {
    ...(support ? { support } : {}),
    ...(waitMs === undefined ? {} : { retryAfterSeconds: Math.round(waitMs / 1000) }),
    ...(rateLimits.length > 0 ? { rateLimits } : {}),
  };
}
