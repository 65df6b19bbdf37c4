/** A program or reseller in between, and how it shows in a text. */
interface Gateway {
  readonly name: string;
  readonly mark: RegExp;
  /** The account is its own: a limit is not of the user's Kimi account, whatever the words. */
  readonly isReseller: boolean;
}

/** In this order: OpenCode wraps what OpenRouter wrapped. Matched against clean text. */
const GATEWAYS: readonly Gateway[] = [
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

/** What came between Kimi and the text. */
export interface FoundGateway {
  readonly name: string;
  readonly isReseller: boolean;
  /** A key of the user's own is said to have been used at a reseller. */
  readonly isOwnKey: boolean;
}

const ANY_GATEWAY = new RegExp(GATEWAYS.map(({ mark }) => mark.source).join('|'), 'i');

/** The outermost gateway that a clean text shows. */
export function findGateway(text: string): FoundGateway | undefined {
  if (!ANY_GATEWAY.test(text)) return undefined;
  const gateway = GATEWAYS.find(({ mark }) => mark.test(text));
  if (!gateway) return undefined;
  const isOwnKey = gateway.name === 'OpenRouter' && /is_byok["']?\s?:\s?true/i.test(text);
  return { name: gateway.name, isReseller: gateway.isReseller, isOwnKey };
}
