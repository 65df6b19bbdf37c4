import assert from 'node:assert/strict';
import { classify } from '../../../src/core/errors/classify.ts';

/** Prose, source code, documents, numbers and successes that look like errors. */
const DECOYS: readonly string[] = [
  `it('retries', async () => { mock.reply(429, { error: { type: 'rate_limit_reached_error' } }) })`,
  `MCP error -32601: Method not found`,
  `\t\t{name: "limit", body: \`{"error":{"message":"We're receiving too many requests at the moment. Please wait","type":"rate_limit_reached_error"}}\`, want: ErrLimit},`,
  `+  | 403 | You've reached your concurrent request limit. | limit |`,
  `  - match: "You've reached your weekly (7-day) usage limit"\n    wait: true`,
  `当接口返回“You've reached your concurrent request limit. Please wait”时，说明并发已满。`,
  `## 429 engine_overloaded_error\n\nThe engine is currently overloaded, please try again later\n\nIt happens at noon.`,
  `        raise RateLimitError("Invalid Authentication")`,
  `{"jsonrpc":"2.0","id":4,"error":{"code":-32601,"message":"Method not found"}}`,
  `Because the engine is currently overloaded we wait and try again.`,
  `When running 5 subagents I always get "You've reached your concurrent request limit. Please wait for your ongoing requests to finish and try again."`,
  `if "max organization concurrency" in str(e):\n    time.sleep(1)`,
  `// Kimi returns 403 with "You've reached your 5-hour usage limit" when the window is used up`,
  `- **429 rate_limit_reached_error**: We're receiving too many requests at the moment. The account has hit a limit; slow down.`,
  `| 429 | rate_limit_reached_error | We're receiving too many requests at the moment. Please wait | slow down |`,
  `The Kimi API now surfaces "You've reached your weekly (7-day) usage limit" as 403 instead of 429, so OpenClaw treats it as auth.`,
  `fix(kimi): treat 403 "You've reached your usage limit for this billing cycle" as quota, not auth`,
  `{"type":"user","message":{"role":"user","content":"I see API Error: 429 {\\"error\\":{\\"type\\":\\"rate_limit_reached_error\\"}}"}}`,
  `  it('maps 429 engine_overloaded_error', () => { expect(classify('The engine is currently overloaded, please try again later')).toBe('overloaded') })`,
  `call_2eyo0b0ycs429quvuzdehe`,
  `✓ 429 tests passed (12.4s)`,
  `const RATE_LIMIT_PATTERNS = ["rate limit reached", "too many requests", "insufficient_quota"];`,
  `server listening on http://localhost:4290`,
  `    "statusCode": 200, "retryAfter": null, "limit": 100, "remaining": 42`,
  `HTTP/1.1 200 OK\nX-RateLimit-Limit: 429\nX-RateLimit-Remaining: 12`,
  `Rate limits are measured in RPM (requests per minute), TPM (tokens per minute) and TPD (tokens per day).`,
  `If you see "Rate limit reached", please wait a moment and try again.`,
  `Retry-After is honoured for 429 and 503 responses.`,
  `我在使用 Kimi Code 时经常遇到 "We're receiving too many requests at the moment" 这个报错，请问怎么解决？`,
  `直接返回 429 Too Many Requests 给客户端，并在日志中记录。`,
  `def is_rate_limit(msg): return "request reached organization max RPM" in msg`,
  `  "engine_overloaded_error": "overloaded",`,
  `raise RateLimitError("We're receiving too many requests at the moment. Please wait a moment and try again.")`,
  `src/errors.ts:42:  if (/engine is currently overloaded/i.test(message)) return 'overloaded';`,
  `Kimi CLI shows 429 even though my dashboard says 84% left`,
  `commit 4290abc: handle exceeded_current_quota_error`,
  `gateway.port: 18789 status: 200 duration: 429ms`,
  `Model answered: The error "The engine is currently overloaded, please try again later" is returned by Moonshot when capacity is short.`,
  `## Error 429: Too many requests\n\nYou sent more requests than your tier allows. See the table below.`,
  `+    message: "You've reached your concurrent request limit. Please wait for your ongoing requests to finish and try again.",`,
  `Kimi K2.5 429 rate limit error on OpenCode #2451`,
  `[Bug]: 403 access_terminated_error is treated as an auth failure`,
  `case 'rate_limit_reached_error': return 'Too many requests';`,
  `The request failed with status code 429 because we hit our TPM limit, so we moved to tier 2.`,
  `INFO usage 5h 67% weekly 12% resetTime 2026-03-08T09:20:45Z`,
  `gpt-5 scored 429 on the benchmark; k3 401`,
  `"GET /favicon.ico HTTP/1.1" 404 -`,
  `npm warn deprecated foo@4.2.9: use bar`,
  `Content-Type: application/json; status=ok; x-request-id: 429-abc`,
  `Q: Why do I get a 429 error? A: You exceeded your current quota, please check your plan and billing details.`,
  `> The most common reason for "429 Too Many Requests" is that several agents share one key.`,
  `error TS2345: Argument of type 'number' is not assignable to parameter of type 'string'.`,
  `FAIL src/retry.test.ts > retries on 429\nAssertionError: expected 2 to equal 3`,
  `fatal: repository 'https://github.com/x/y.git/' not found`,
  `Error: Cannot find module './limits'`,
  `ERROR in ./src/limit.ts 403:12 Module not found`,
  `[2026-05-01 10:00:00] INFO  Rate limiter initialised: 429 responses will be retried up to 3 times`,
  `rate_limit: 429  # status code to return`,
  `response = requests.get(url)\nif response.status_code == 429:\n    time.sleep(60)`,
  `test("429 -> rate_limit_error", async () => {`,
  `curl -s -o /dev/null -w "%{http_code}" https://api.moonshot.cn/v1/models`,
  `x-ratelimit-remaining-requests: 429`,
  `Total: 429 files, 1403 lines changed`,
  `pid 4291 status 0 port 4290`,
  `{"id":"chatcmpl-429","object":"chat.completion","model":"kimi-k2","usage":{"prompt_tokens":429,"completion_tokens":403}}`,
  `Kimi K3 is out! Rate limits: 50 RPM, 500k TPM.`,
  `Upgrade to Moderato to raise your 5-hour usage limit.`,
  `我们的限流策略：超过 50 RPM 返回 429。`,
  `"message": "feat: classify 403 access_terminated_error as quota (#6203)"`,
  `@@ -12,7 +12,9 @@ export const messages = {\n-  tooMany: "We're receiving too many requests at the moment.",`,
  `Title: 429 when using Kimi with OpenClaw`,
  `TPM limit exceeded: what it means and how to fix it`,
  `How do I fix "insufficient_quota" in Cline?`,
  `  - max organization concurrency: 1 (tier 0)`,
  `| Tier 0 | max concurrency: 1 | max RPM: 3 | TPM: 500000 | TPD: 1500000 |`,
  `Tier 1: concurrency 50, max RPM: 200, TPM 2,000,000`,
  `{"max_rpm": 3, "max_concurrency": 1, "status": true, "code": 0}`,
  `The CLI prints \`LLM provider error: Error code: 429\` when the engine is overloaded.`,
  `Somebody on the forum reported "The engine is currently overloaded" for K3 during peak hours.`,
  `The plan to migrate: (1) map 403 "You've reached your weekly (7-day) usage limit" to quota; (2) add tests.`,
  `我昨天一直遇到 429，提示 The engine is currently overloaded, please try again later，今天好了。`,
  `"Your account is suspended due to insufficient balance" — Twilio support article`,
];

/** The ten phrases that status pages are searched for. */
const PHRASES = [
  '429 Too Many Requests',
  'Rate limit reached',
  'Rate limit exceeded',
  'Too many requests',
  'insufficient_quota',
  'quota_exceeded',
  'TPM limit exceeded',
  'RPM limit exceeded',
  'You exceeded your current quota',
  'Please try again later',
];
const AROUND: readonly [where: string, put: (phrase: string) => string][] = [
  ['in a question', phrase => `Why does my agent say "${phrase}" when I start it?`],
  ['in a comment', phrase => `// retry when the text holds "${phrase}"`],
  ['in a list of patterns', phrase => `  "${phrase}",\n  "another one",`],
  ['in a table', phrase => `| 429 | ${phrase} | wait |`],
  ['in a Chinese sentence', phrase => `我在使用的时候经常看到 "${phrase}" 这样的提示`],
  ['in a test', phrase => `expect(classify('${phrase}')).toBe('rpm');`],
  ['in a commit', phrase => `fix(retry): treat "${phrase}" as a limit`],
];

/** No error, or words of Kimi that are called quoted: nothing that makes an event. */
function assertNoEvent(text: string): void {
  const { category, isKimi, isQuoted, isRecord } = classify(text);
  assert.notEqual(isKimi, true);
  assert.equal(isRecord, undefined);
  if (!isQuoted) assert.equal(category, 'not_an_error');
}

describe('classify: decoys', () => {
  for (const text of DECOYS)
    it(`makes no event of ${JSON.stringify(text).slice(0, 70)}`, () => assertNoEvent(text));

  it('makes no event of a list of all phrases', () => {
    assertNoEvent(PHRASES.join(''));
    assertNoEvent(PHRASES.join('\n'));
  });
});

describe('classify: the phrases of status pages', () => {
  for (const phrase of PHRASES)
    it(`"${phrase}" alone is named, and makes no event`, () => {
      const { category, isRecord } = classify(phrase);
      assert.notEqual(category, 'not_an_error');
      assert.ok(phrase.startsWith('429') || isRecord === undefined);
    });

  for (const [where, put] of AROUND)
    it(`are no event ${where}`, () => PHRASES.forEach(phrase => assertNoEvent(put(phrase))));

  for (const phrase of PHRASES.filter(text => !text.startsWith('Please')))
    it(`"${phrase}" is an event where an error stands`, () => {
      for (const text of [
        `API Error: 429 ${phrase}`,
        JSON.stringify({ status: 429, error: { message: phrase } }),
      ])
        assert.notEqual(classify(text).category, 'not_an_error', text);
    });
});
