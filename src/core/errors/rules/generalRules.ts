import type { Rule } from '../rule.ts';

/**
 * Common wording about limits, keys, servers and connections, if neither Kimi's rules nor the meaning
 * of a sentence decided. Agents put such words around errors that they don't recognize.
 */
export const GENERAL_RULES: readonly Rule[] = [
  // In every wording of a used-up quota so far; documents use it, too.
  {
    id: 'quota-anchors',
    category: 'quota_unspecified',
    confidence: 'medium',
    since: '2026-02',
    lastConfirmed: '2026-11',
    words:
      /your quota (?:will (?:be refreshed|reset)|resets)(?: when the)?|purchase extra usage|refreshed in the next (?:billing )?cycle|kimi\.com\/membership\/subscription|subscription\?tab=quota/,
    needsSignal: true,
  },
  // OpenClaw, LiteLLM, the official VS Code extension: one text for many causes
  {
    id: 'agent-rate-limit-text',
    category: 'rate_limited_ambiguous',
    confidence: 'medium',
    since: '2026-02',
    words:
      /^(?:[^a-z]{0,4})(?:API|provider) rate limit reached\. please|^[^a-z]{0,4}rate limit hit, retrying|^[^a-z]{0,4}rate limited after \d{1,2} retries|^[^a-z]{0,4}too many requests\. please try again later/,
  },
  // Status text without any other information.
  {
    id: 'try-again-later',
    category: 'rate_limited_ambiguous',
    confidence: 'low',
    since: '2024-01',
    words: /^please try again later\.?$/,
  },
  // OpenAI SDK: retries 408, 409, 429 and 5xx without naming them
  {
    id: 'sdk-retry',
    category: 'rate_limited_ambiguous',
    confidence: 'low',
    since: '2024-06',
    words: /retrying request to \/(?:chat\/completions|v1|messages|responses)/,
  },
  // Kimi CLI's message for GET /usages
  {
    id: 'usage-fetch',
    category: 'wrong_endpoint',
    confidence: 'medium',
    since: '2025-11',
    words: /usage endpoint not available|usage is available on kimi code platform only/,
  },
  // error reference of Kimi Code; OpenAI-compatible servers
  {
    id: 'method-not-found',
    category: 'wrong_endpoint',
    confidence: 'medium',
    since: '2025-07',
    words:
      /(?<=^|error|[:=\d])(?<!-32601[:,](?:message:)?)method not found(?=$|[.,})\]<]|\(request id)|url\.not_found|404 page not found|没找到对象|model_not_found/,
  },
  // error reference of Kimi Code (499, 500)
  {
    id: 'internal-fault',
    category: 'server_error',
    confidence: 'high',
    since: '2026-02',
    lastConfirmed: '2026-08',
    words:
      /internal: .{0,120}(?:SQLSTATE|i\/o timeout|bad connection|conn closed|context canceled|administrator command)/,
  },
  // error reference of Kimi Code (499, 500)
  {
    id: 'internal-fault-short',
    category: 'server_error',
    confidence: 'medium',
    since: '2026-02',
    words:
      /(?<=^|error:?|message:|[45]\d\d)(?:i\/o timeout|conn closed|context canceled)(?=$|[.,})\]<])/,
  },
  // error reference of Kimi Code; proxies
  {
    id: 'upstream-unavailable',
    category: 'server_error',
    confidence: 'medium',
    since: '2024-01',
    words:
      /unavailable: 50[234]|50[234] (?:bad gateway|service (?:temporarily )?unavailable|gateway time-?out)|(?<=^|error|[:=])(?:bad gateway|service unavailable|gateway time-?out)(?=$|[.,})\]<])|service temporarily unavailable\.|internal server error|upstream connect error or disconnect|failed to fetch usage: HTTP/,
  },
  // LobeChat: the connection failed before a response
  {
    id: 'empty-cause',
    category: 'network',
    confidence: 'medium',
    since: '2025-01',
    words: /error:\{cause:\{\}\}/,
  },
  // OpenClaw; Kimi CLI; Claude Code
  {
    id: 'no-reply',
    category: 'network',
    confidence: 'medium',
    since: '2026-02',
    words:
      /produced no reply before the idle watchdog|failed to fetch usage: request timed out|stream idle timeout/,
  },
  // Node: the call and its code
  {
    id: 'socket-error',
    category: 'network',
    confidence: 'high',
    since: '2024-01',
    words:
      /getaddrinfo (?:EAI_AGAIN|ENOTFOUND)|connect (?:ETIMEDOUT|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)|(?:read|write) (?:ECONNRESET|EPIPE)|dial tcp .{0,60}(?:i\/o timeout|connection refused|no such host)/,
  },
  // Codex, reqwest, Go, Bun, Python: no response, or a truncated one
  {
    id: 'no-whole-answer',
    category: 'network',
    confidence: 'medium',
    since: '2024-01',
    words:
      /stream disconnected before completion|error sending request(?: for url|(?=$|"))|socket connection was closed|server disconnected without sending|stream ended (?:unexpectedly|without)|connection reset by peer|(?:read|write|connect) operation timed out|(?:cannot|unable to) connect to (?:the )?API|https?:\S{1,300}: (?:unexpected )?EOF$/,
  },
  // Node, Go, Python SDKs: the whole message
  {
    id: 'no-whole-answer-short',
    category: 'network',
    confidence: 'medium',
    since: '2024-01',
    words:
      /(?:^|message:|error:)(?:terminated|unexpected EOF|request timed out)(?=\.?(?:$|[)}\]]))/,
  },
  // AI SDK: `statusText`
  {
    id: 'reason-not-found',
    category: 'wrong_endpoint',
    confidence: 'low',
    since: '2024-01',
    words: /(?<=^|error|[:=])not found(?=$|[.,})\]<])/,
    needsSignal: true,
  },
  // AI SDK: `statusText`
  {
    id: 'reason-forbidden',
    category: 'permission',
    confidence: 'low',
    since: '2024-01',
    words: /(?<=^|error|[:=])forbidden(?=$|[.,})\]<])/,
    needsSignal: true,
  },
  // HTTP 402; Kimi sends it with its own text
  {
    id: 'payment-required',
    category: 'balance',
    confidence: 'low',
    since: '2024-01',
    words: /payment required/,
    needsSignal: true,
  },
  // Node, Python and their SDKs
  {
    id: 'connection-error',
    category: 'network',
    confidence: 'medium',
    since: '2024-01',
    words:
      /connection error\.|ECONNRESET|ETIMEDOUT|ECONNREFUSED|(?:code|errno):(?:ENOTFOUND|EPIPE)|EAI_AGAIN|socket hang up|fetch failed|APIConnectionError|APITimeoutError|request timed out|connection (?:reset|closed|refused|terminated|lost|dropped|aborted)|UND_ERR_|premature close|network error/,
    needsSignal: true,
  },
];
