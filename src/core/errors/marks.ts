import { otherLink } from '../base/providers.ts';
import { patternOf } from './rule.ts';
import type { UnwrappedError } from './unwrap.ts';

/** A gateway or reseller, and what identifies it in a text. */
interface Gateway {
  readonly name: string;
  readonly mark: RegExp;
  /** It uses its own account: a limit is never that of the user's Kimi account. */
  readonly isReseller: boolean;
}

/** In this order: OpenCode wraps what OpenRouter wrapped. Matched against clean text. */
const GATEWAYS: readonly Gateway[] = [
  // Names the user's provider, the model and the status.
  {
    name: 'claude-code-router',
    mark: /Error from provider\([^()]{1,160}: ?\d{3}\)/,
    isReseller: false,
  },
  {
    name: 'OpenCode Zen',
    mark: /Error from provider ?[(:]|providerID=opencode\b/,
    isReseller: true,
  },
  {
    name: 'OpenRouter',
    mark: /openrouter|Provider returned error|"provider_name" ?:|is_byok/i,
    isReseller: true,
  },
  { name: 'NVIDIA NIM', mark: /Upstream provider NIM\b|nvidia_nim/i, isReseller: true },
  { name: 'Kiro', mark: /\bKiro API\b|kiro_rs::|kiro\.rs/i, isReseller: true },
  { name: 'free-claude-code', mark: /Upstream provider \w+ returned HTTP/, isReseller: false },
  {
    name: 'LiteLLM',
    mark: /litellm\.|\b(?:Moonshot|OpenAI|Anthropic)Exception - /,
    isReseller: false,
  },
  {
    name: 'new-api',
    mark: /\bstatus_code=\d{3},|new_api_error|rix_api_error|\(request id: ?\w{0,40}\)|当前分组/,
    isReseller: false,
  },
  { name: 'CLIProxyAPI', mark: /model_cooldown|cooling down/, isReseller: false },
  {
    name: 'sub2api',
    mark: /Access forbidden \(403\)|Concurrency limit exceeded for account/,
    isReseller: false,
  },
  // As the first key of an object, with a status before it or within another text.
  {
    name: 'errorMessage proxy',
    mark: /\{\s{0,3}\\{0,4}"errorMessage\\{0,4}"\s?:/,
    isReseller: false,
  },
];

/** The gateway that a text came through. */
export interface FoundGateway {
  readonly name: string;
  readonly isReseller: boolean;
  /** The reseller reports that it used the user's own key. */
  readonly isOwnKey: boolean;
}

const ANY_GATEWAY = new RegExp(GATEWAYS.map(({ mark }) => mark.source).join('|'), 'i');

/** The outermost gateway in a clean text. */
export function findGateway(text: string): FoundGateway | undefined {
  if (!ANY_GATEWAY.test(text)) return undefined;
  const gateway = GATEWAYS.find(({ mark }) => mark.test(text));
  if (!gateway) return undefined;
  const isOwnKey = gateway.name === 'OpenRouter' && /is_byok["']?\s?:\s?true/i.test(text);
  return { name: gateway.name, isReseller: gateway.isReseller, isOwnKey };
}

/** Wording that only Kimi uses: shows whose error it is, not what it means. */
export interface KimiMark {
  /** `kimi`: both products. */
  readonly product: 'kimi-code' | 'open-platform' | 'kimi';
  /** The month of the first dated evidence. */
  readonly since: string;
  readonly words: RegExp;
}

/** Kimi's sentences, types, ids and links (docs/kimi.md 4), matched without spaces and quotes. */
export const KIMI_MARKS: readonly KimiMark[] = [
  // Of Kimi Code.
  mark(
    'kimi-code',
    '2026-02',
    /we(?:re| are)(?: currently)? receiving too many requests at the moment/,
  ),
  mark(
    'kimi-code',
    '2026-02',
    /usage limit for this (?:period|billing cycle)|kimi monthly usage limit/,
  ),
  mark(
    'kimi-code',
    '2026-02',
    /your quota (?:will (?:be refreshed|reset)|resets)|purchase extra usage/,
  ),
  mark('kimi-code', '2026-02', /kimi\.com\/(?:membership|code)|subscription\?tab=quota/),
  mark('kimi-code', '2026-02', /only available for coding agents|access_terminated_error/),
  mark('kimi-code', '2026-02', /(?<![a-z])access terminated(?:\.|\}|$)/),
  mark(
    'kimi-code',
    '2026-02',
    /verify your membership benefits|membership expired, please renew your plan/,
  ),
  mark('kimi-code', '2026-02', /current subscription does not have access to/),
  mark(
    'kimi-code',
    '2026-02',
    /model id does not exist,? (?:recognized|please set)|set model id as k/,
  ),
  mark('kimi-code', '2026-02', /API key appears to be invalid or (?:may have|has) expired/),
  mark('kimi-code', '2026-02', /plan supports only (?:kimi|.{1,40}up to \d{1,4}[KM] context)/),
  mark('kimi-code', '2026-08', /(?:reached|hit|exceeded) your concurrent request limit/),
  mark('kimi-code', '2026-08', /weekly \(7-day\) usage limit|window ends\. to continue/),
  mark('kimi-code', '2026-09', /access to kimi code right now|higher-tier kimi code plans?/),
  // Of the open platform.
  mark('open-platform', '2024-05', /request reached max request: ?\d/),
  mark(
    'open-platform',
    '2025-07',
    /org-[^\s<]{0,80}(?: \/ proj-[^\s<]{1,80})? ?<ak-|<ak-[^>]{0,80}>/,
  ),
  mark('open-platform', '2025-07', /request reached (?:max )?(?:organization|project|user)/),
  mark('open-platform', '2025-07', /organization rate limit exceeded, please try again after/),
  mark('open-platform', '2025-07', /not active, organization .{0,80}exceeded current quota/),
  mark('open-platform', '2025-07', /exceeded your current token quota/),
  mark(
    'open-platform',
    '2025-07',
    /suspended due to insufficient balance, please recharge your account/,
  ),
  mark(
    'open-platform',
    '2025-07',
    /account \{.{0,60}suspended|account.{0,12}org-.{0,150}suspended/,
  ),
  mark(
    'open-platform',
    '2025-07',
    /max (?:organization |project |user )?(?:concurrency|RPM): ?\d{1,7}, please try again/,
  ),
  mark('open-platform', '2025-07', /user\+model max RPM/),
  mark(
    'open-platform',
    '2025-08',
    /(?:organization|project|user) (?:max )?(?:RPM|TPM|TPD) (?:rate )?limit/,
  ),
  mark(
    'open-platform',
    '2026-08',
    /(?:organization|project|user)-level (?:concurrency|RPM|TPM|TPD)/,
  ),
  mark(
    'open-platform',
    '2026-02',
    /API you are accessing is not open|not allowed to get other user info/,
  ),
  mark('open-platform', '2026-02', /IP is not allowed to access this organization/),
  mark('open-platform', '2025-07', /MoonshotException|platform\.(?:moonshot|kimi)\./),
  // Of both.
  mark('kimi', '2025-07', /(?:rate_limit_reached|exceeded_current_quota|engine_overloaded)_error/),
  mark('kimi', '2025-07', /not found the model .{1,120} or permission denied/),
  mark('kimi', '2025-07', /request exceeded model token limit|input token length too long/),
  mark('kimi', '2025-07', /rejected because it was considered high risk/),
  mark(
    'kimi',
    '2026-07',
    /kimi\.[a-z]{2,20}\.v\d\.|REASON_(?:FEATURE_NO_PERMISSION|INVALID_AUTH_TOKEN)/,
  ),
  mark('kimi', '2026-02', /total message size \d{1,12} exceeds limit/),
  mark('kimi', '2026-02', /failed to evaluate rate limit script|user=kimi|database=membership/),
];

/** Wording of others, which beats Kimi's: the account is theirs (docs/agents.md 2.1). */
const OTHER_MARKS: readonly (readonly [name: string, mark: RegExp])[] = [
  ['Anthropic', /\breq_011[A-Za-z\d]{6}|\bresets \d{1,2}(?::\d\d)? ?[ap]m\b/i],
  ['Anthropic', /\b(?:anthropic\.com|claude\.ai)\b/i],
  ['Anthropic', /this request would exceed your (?:account|organization)'s rate limit/i],
  ['OpenAI', /\b(?:platform|help)\.openai\.com\b/i],
  ['OpenRouter', /\bopenrouter\.ai\b|provider returned error/i],
  ['Groq', /\bgroq\.com\b/i],
  ['Volcengine', /exceeded the (?:5-hour|weekly|monthly) usage quota|\bvolcengine\b/i],
  ['NVIDIA', /upstream provider nim\b|\bnvidia\.com\b/i],
  ['OpenCode', /\bopencode\.ai\b|^error from provider \(console\b/i],
  ['a gateway', /distributor[）)]|\b(?:new_api_error|rix_api_error|ai_model_error)\b/],
];

/** The other provider or gateway that a text's wording or links belong to. */
export function otherMark(text: string): string | undefined {
  return OTHER_MARKS.find(([, mark]) => mark.test(text))?.[0] ?? otherLink(text);
}

function mark(product: KimiMark['product'], since: string, words: RegExp): KimiMark {
  return { product, since, words };
}

/** Finds the Kimi product that wrote a text, by the first mark in it. */
export type ReadMark = (error: UnwrappedError) => KimiMark['product'] | undefined;

/** Creates a reader for these marks. */
export function createMarks(marks: readonly KimiMark[]): ReadMark {
  const compiled = marks.map(({ product, words }) => ({ product, pattern: patternOf(words) }));
  const any = new RegExp(compiled.map(({ pattern }) => pattern.source).join('|') || '(?!)', 'i');
  return error => {
    const { squeezed } = error;
    if (any.test(squeezed)) return compiled.find(({ pattern }) => pattern.test(squeezed))?.product;
    return isSharedSentence(error) ? 'kimi' : undefined;
  };
}

/** The reader for all marks. */
export const kimiMark = createMarks(KIMI_MARKS);

/** Sentences that others use, too: with this type or status they are Kimi's. */
function isSharedSentence({ squeezed, status, types }: UnwrappedError): boolean {
  if (/engineiscurrentlyoverloaded/i.test(squeezed))
    return status === 429 || types.includes('rate_limit_error');
  return (
    (types.includes('invalid_authentication_error') && /invalidauthentication/i.test(squeezed)) ||
    (types.includes('incorrect_api_key_error') && /incorrectapikeyprovided/i.test(squeezed))
  );
}
