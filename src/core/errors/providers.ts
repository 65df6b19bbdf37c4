/** Whose a host or a provider id is. `protocol`: the shape of the API, which many speak. */
export type ProviderKind = 'kimi' | 'open-platform' | 'other' | 'protocol' | 'unknown';

const KIMI_CODE_HOST = /(?:^|\.)kimi\.(?:com|ai)$/;
const OPEN_PLATFORM_HOST = /(?:^|\.)moonshot\.(?:ai|cn)$/;
const LOCAL_HOST =
  /^(?:localhost|.{0,200}\.(?:local|localhost|internal)|127\..{1,20}|10\..{1,20}|192\.168\..{1,20}|172\.(?:1[6-9]|2\d|3[01])\..{1,20}|169\.254\..{1,20}|0\.0\.0\.0|\[.{0,50}\]|::1|[^.]{1,100})$/;

/** Of a host that a request went to; one on the own machine or network is a router and unknown. */
export function providerOfHost(host: string): ProviderKind {
  const name = host.toLowerCase().replace(/:\d{1,5}$/, '');
  if (OPEN_PLATFORM_HOST.test(name)) return 'open-platform';
  if (KIMI_CODE_HOST.test(name)) return 'kimi';
  return LOCAL_HOST.test(name) ? 'unknown' : 'other';
}

const KIMI_CODE_IDS =
  /^(?:managed:)?kimi(?:[-_](?:code|coding|for-coding|cli|ai|code-plan-(?:global|cn)))?$/;
const OPEN_PLATFORM_IDS = /^(?:managed:)?moonshot(?:ai)?(?:-cn|-ai)?$/;
/** Names under which a user adds any server, Kimi's too. */
const PROTOCOL_IDS =
  /^(?:openai|anthropic|claude|openai[-_](?:compatible|compat|chat|responses|native)|anthropic[-_]compatible|compatible|firstparty|custom|default|litellm|proxy)$/;
const OTHER_IDS =
  /^(?:openrouter|opencode|opencode-go|opencode-zen|zen|kilocode|kilo|groq|nvidia|nvidia[-_]nim|nim|volcengine|volcengine-ark|ark|doubao|bailian|dashscope|alibaba|alibabacloud|aliyun|ollama|ollama-cloud|deepseek|deepinfra|fireworks|fireworks-ai|together|togetherai|together-ai|google|gemini|vertex|google-vertex|azure|bedrock|amazon-bedrock|aws|mistral|cerebras|xai|zai|z-ai|zhipu|zhipuai|bigmodel|minimax|siliconflow|cherryin|modelscope|huggingface|github|github-copilot|copilot|cursor|kiro|zenmux|perplexity|cohere|vercel|requesty|qwen|qwen-oauth|elevenlabs|stepfun|novita|baseten|hyperbolic|chutes|synthetic|poe)$/;

/** Of an agent's provider id, as `kimi (BYOK)`, `kimi-code/kimi-for-coding`, `MoonshotAI`. */
export function providerOfId(id: string): ProviderKind {
  const name = /^[\w.:-]+/.exec(id.trim().toLowerCase())?.[0] ?? '';
  if (KIMI_CODE_IDS.test(name)) return 'kimi';
  if (OPEN_PLATFORM_IDS.test(name)) return 'open-platform';
  if (PROTOCOL_IDS.test(name)) return 'protocol';
  if (/\.[a-z]{2,12}$/.test(name)) return providerOfHost(name);
  return OTHER_IDS.test(name) ? 'other' : 'unknown';
}

/** A model of Kimi's, by whomever it is served. */
export function isKimiModel(model: string): boolean {
  return /kimi|moonshot|^k2p\d|^k3\b/i.test(model);
}

/** Hosts of others' consoles and documents, which their error texts link to. */
const OTHER_LINK =
  /(?:openrouter\.ai|docs\.github\.com|platform\.openai\.com|chatgpt\.com|anthropic\.com|claude\.ai|ai\.google\.dev|aistudio\.google\.com|googleapis\.com|console\.groq\.com|api\.groq\.com|build\.nvidia\.com|nvidia\.com|deepseek\.com|volces\.com|volcengine\.com|aliyun(?:cs)?\.com|bigmodel\.cn|api\.z\.ai|siliconflow\.(?:cn|com)|mistral\.ai|together\.(?:ai|xyz)|fireworks\.ai|api\.x\.ai|elevenlabs\.io|opencode\.ai|azure\.com|amazonaws\.com|huggingface\.co|ollama\.com|deepinfra\.com|zenmux\.ai|minimax(?:i)?\.(?:io|com|chat)|kiro\.dev)/i;

/** Cheap to look for, and in every link. */
const LINK_MARK = /\.(?:ai|com|cn|io|dev|co|xyz|chat|google)\b/i;

/** The other provider that a text links to. */
export function otherLink(text: string): string | undefined {
  if (!LINK_MARK.test(text)) return undefined;
  return OTHER_LINK.exec(text)?.[0].toLowerCase();
}
