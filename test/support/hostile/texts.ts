/** Beginnings of every pattern that looks ahead, and what the cleaning has most work with. */
export const HOSTILE: readonly string[] = [
  'a',
  '\\',
  '"\'',
  '&amp;',
  '\u001b[31m',
  '{"error":',
  'account ',
  'Error: 429 too many requests, ',
  'request reached organization ',
  "You've reached your ",
  'rate limit reached for x ',
  'all credentials for model ',
  'internal: ',
  'exceeded your current quota ',
  'the request was rejected and ',
  'org-aaaa / proj-aaaa ',
  'http://a.b.c.d.',
  'GET /aaaa',
  '请求被拒绝（429）：',
  'provider=a.a.a',
  '`a',
  '[[[[',
];

/** What begins the records of agents' logs, to be followed by one of `HOSTILE` again and again. */
export const RECORD_STARTS: readonly string[] = [
  '',
  '{"type":"assistant","message":{"content":"',
  '2026-11-21T21:47:56.568Z WARN  llm request failed ',
  '2026-11-21 21:47:56.568 | ERROR | kosong.chat:generate:1 - ',
  '[ERROR] API error (attempt 1/11): 429 ',
  'time=2026-11-21T21:47:56Z level=ERROR msg=',
];
