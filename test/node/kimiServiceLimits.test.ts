import assert from 'node:assert/strict';

import { type Limits, TIER_0, type WindowName } from '../support/kimiService/account.ts';
import { assertRefused, complete, type CompletionPath } from '../support/kimiService/askKimi.ts';
import { type KimiService, startKimiService } from '../support/kimiService/kimiService.ts';
import type { Wording } from '../support/kimiService/wording.ts';

const NOW = Date.UTC(2026, 8, 23, 2, 0, 0);
const MINUTE_MS = 60_000;
const GENERATION_MS = 5_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

describe('kimiService limits', () => {
  let service: KimiService;

  beforeEach(async () => {
    service = await startKimiService({ startAt: NOW });
  });
  afterEach(() => service.close());

  for (const path of ['openai', 'anthropic', 'platform'] as const)
    for (const stream of [false, true])
      it(`${path} answers ${stream ? 'as a stream' : 'whole'}`, async () => {
        const { status, text } = await complete(service, path, { stream });
        assert.equal(status, 200);
        assert.ok(text.includes('machine.'), text);
        assert.equal(/^(event|data): /.test(text), stream);
      });

  it('takes tokens from every window, three times as many for highspeed', async () => {
    service.behaviour.answerTokens = 10_000;
    const usedBefore = service.account.windows.fiveHour.usedPercent;
    const usedSince = (): number => service.account.windows.fiveHour.usedPercent - usedBefore;
    await complete(service, 'openai', { max_tokens: 20_000 });
    const once = usedSince();
    assert.ok(once > 0.5 && once < 0.51, String(once));
    const model = 'kimi-for-coding-highspeed';
    await complete(service, 'anthropic', { max_tokens: 20_000, model });
    assert.ok(Math.abs(usedSince() - 4 * once) < 0.01, String(usedSince()));
    assert.ok(service.account.windows.month.usedPercent > 19);
  });

  it('spends the voucher before the cash', async () => {
    service.behaviour.answerTokens = 25_000_000;
    await complete(service, 'platform', { max_tokens: 1_000_000 });
    const { voucherBalance, cashBalance } = service.account.platform;
    assert.ok(voucherBalance < 44.58 && voucherBalance > 44.5, String(voucherBalance));
    assert.equal(cashBalance, 3);
  });

  describe('concurrency', () => {
    const cases: [CompletionPath, Wording, number, string, string][] = [
      ['openai', 'set1', 429, 'rate_limit_reached_error', 'receiving too many requests'],
      ['anthropic', 'set1', 429, 'rate_limit_error', 'receiving too many requests'],
      ['openai', 'set2', 403, 'access_terminated_error', 'concurrent request limit'],
      ['anthropic', 'set2', 403, 'permission_error', 'concurrent request limit'],
      ['platform', 'set2', 429, 'rate_limit_reached_error', 'max organization concurrency: 3'],
    ];
    for (const [path, wording, status, type, words] of cases)
      it(`lets 3 of 5 parallel requests in on ${path}, in the words of ${wording}`, async () => {
        Object.assign(service.behaviour, { wording, generationMs: GENERATION_MS });
        service.account.limits.concurrency = 3;
        service.account.platform.limits.concurrency = 3;
        const running = Array.from({ length: 3 }, () => complete(service, path));
        await service.until(({ inFlight }) => inFlight === 3);
        for (let extra = 0; extra < 2; extra++)
          assertRefused(await complete(service, path), status, type, words);
        service.clock.advance(GENERATION_MS);
        const statuses = (await Promise.all(running)).map(answer => answer.status);
        assert.deepEqual(statuses, [200, 200, 200]);
        assert.equal(service.inFlight, 0);
        service.behaviour.generationMs = 0;
        assert.equal((await complete(service, path)).status, 200);
      });

    it('holds the slot to the end of the answer, though the client has gone', async () => {
      service.behaviour.generationMs = GENERATION_MS;
      service.account.limits.concurrency = 1;
      const abandoned = new AbortController();
      const { signal } = abandoned;
      const url = `${service.baseUrl}/chat/completions`;
      const body = JSON.stringify({ model: 'k3', stream: true, messages: [] });
      const headers = { authorization: `Bearer ${service.key}` };
      const response = await fetch(url, { method: 'POST', body, headers, signal });
      abandoned.abort();
      await assert.rejects(response.text());
      assert.equal((await complete(service, 'openai')).status, 403);
      service.clock.advance(GENERATION_MS);
      service.behaviour.generationMs = 0;
      assert.equal((await complete(service, 'openai')).status, 200);
    });
  });

  describe('rates', () => {
    const tooMany = 'receiving too many requests';
    const cases: [keyof Limits, number, CompletionPath, string, number][] = [
      ['requestsPerMinute', 3, 'openai', tooMany, MINUTE_MS],
      ['tokensPerMinute', 350, 'anthropic', tooMany, MINUTE_MS],
      ['requestsPerMinute', 3, 'platform', 'organization max RPM: 3, please try again', MINUTE_MS],
      ['tokensPerMinute', 350, 'platform', 'organization TPM rate limit, current: 4', MINUTE_MS],
      ['tokensPerDay', 300, 'platform', 'organization TPD rate limit, current: 3', DAY_MS],
    ];
    for (const [limit, cap, path, words, spanMs] of cases)
      it(`lets 3 requests through ${limit} ${cap} on ${path}, and more once they are past`, async () => {
        service.account.limits[limit] = cap;
        service.account.platform.limits[limit] = cap;
        for (let count = 0; count < 3; count++)
          assert.equal((await complete(service, path)).status, 200);
        const type = path === 'anthropic' ? 'rate_limit_error' : 'rate_limit_reached_error';
        service.clock.advance(spanMs - 1);
        assertRefused(await complete(service, path), 429, type, words);
        service.clock.advance(1);
        assert.equal((await complete(service, path)).status, 200);
      });

    it('names the wait in the RPM text, and in Retry-After for a token limit', async () => {
      service.account.platform.limits = { ...TIER_0, tokensPerDay: 100 };
      const tooLong = await complete(service, 'platform', { max_tokens: 200 });
      assert.equal(tooLong.headers.get('retry-after'), String(DAY_MS / 1_000));
      service.account.platform.limits = { ...TIER_0 };
      for (let count = 0; count < 3; count++) await complete(service, 'platform');
      service.clock.advance(20_000);
      const { text, headers } = await complete(service, 'platform');
      assert.match(text, /org-\w+ \/ proj-\w+ <ak-\w+> .* try again after 40 seconds/);
      assert.equal(headers.get('retry-after'), null);
    });
  });

  describe('windows', () => {
    const quota = 'exceeded_current_quota_error';
    const terminated = 'access_terminated_error';
    const cases: [Wording, WindowName, status: number, type: string, words: string][] = [
      ['set1', 'fiveHour', 429, quota, 'usage limit for this period'],
      ['set1', 'week', 403, terminated, 'usage limit for this billing cycle'],
      ['set1', 'month', 429, quota, 'kimi monthly usage limit'],
      ['set1BillingCycle', 'fiveHour', 403, terminated, 'usage limit for this billing cycle'],
      ['set2', 'fiveHour', 403, terminated, '5-hour usage limit'],
      ['set2', 'week', 403, terminated, 'weekly (7-day) usage limit'],
      ['set2', 'month', 403, terminated, 'monthly usage limit for this billing cycle'],
    ];
    for (const [wording, window, status, type, words] of cases)
      it(`refuses when the ${window} is spent, in the words of ${wording}, until it resets`, async () => {
        service.behaviour.wording = wording;
        service.account.windows[window].usedPercent = 99.9999;
        assert.equal((await complete(service, 'openai')).status, 200);
        assertRefused(await complete(service, 'openai'), status, type, words);
        const renamed = status === 403 ? 'permission_error' : 'rate_limit_error';
        assertRefused(await complete(service, 'anthropic'), status, renamed, words);
        service.clock.set(service.account.windows[window].resetsAt);
        assert.equal((await complete(service, 'openai')).status, 200);
      });

    it('names the window that stops for longest', async () => {
      service.account.windows.fiveHour.usedPercent = 100;
      service.account.windows.week.usedPercent = 100;
      assertRefused(await complete(service, 'openai'), 403, terminated, 'weekly');
    });

    it('lets a spent window pass while Extra Usage pays, and no longer', async () => {
      service.account.windows.week.usedPercent = 100;
      const money = { currency: 'USD', monthlyUsedCents: 0 };
      service.account.wallet = { ...money, totalCents: 1_000, leftCents: 0.001 };
      assert.equal((await complete(service, 'openai')).status, 200);
      assert.equal(service.account.wallet.leftCents, 0);
      assert.equal((await complete(service, 'openai')).status, 403);
    });

    it('does not know a week on the new plans', async () => {
      service.account.enforcedWindows = ['fiveHour', 'month'];
      service.account.windows.week.usedPercent = 100;
      assert.equal((await complete(service, 'openai')).status, 200);
    });
  });
});
