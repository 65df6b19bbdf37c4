import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { describeShape, readUsages } from '../../src/core/quota/usages.ts';
import { askKimi, complete } from '../support/kimiService/askKimi.ts';
import { type KimiService, startKimiService } from '../support/kimiService/kimiService.ts';
import type { UsagesScenario } from '../support/kimiService/usagesScenario.ts';

const NOW = Date.UTC(2026, 8, 23, 2, 0, 0);
const HOUR_MS = 3_600_000;

function readFixture(name: string): unknown {
  const url = new URL(`../fixtures/quota/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8'));
}

describe('kimiService', () => {
  let service: KimiService;

  beforeEach(async () => {
    service = await startKimiService({ startAt: NOW });
  });
  afterEach(() => service.close());

  const ask = (path: string, headers = {}): ReturnType<typeof askKimi> =>
    askKimi(service, path, { headers });

  describe('usages', () => {
    const cases: [string, UsagesScenario | undefined, string[], number | undefined][] = [
      ['default', undefined, ['5h 16', 'week 33', 'month 19'], 20],
      ['A', 'A', ['5h 16', 'week 33'], 20],
      ['A, nanoseconds', { shape: 'A', fractionDigits: 9 }, ['5h 16', 'week 33'], 20],
      ['A, only used', { shape: 'A', counts: 'used' }, ['5h 16', 'week 33'], 20],
      ['A, only remaining', { shape: 'A', counts: 'remaining' }, ['5h 16', 'week 33'], 20],
      ['A, JSON numbers', { shape: 'A', numbers: 'numbers' }, ['5h 16', 'week 33'], 20],
      ['B', 'B', ['5h 16', 'month 19'], undefined],
      ['C, whose ratios lie', 'C', ['5h 16', 'week 33'], 20],
      ['array', 'array', ['5h 16', 'week 33'], undefined],
    ];
    for (const [name, scenario, expected, parallelLimit] of cases)
      it(`answers in shape ${name}`, async () => {
        if (scenario) service.setUsages(scenario);
        const { text } = await ask('/coding/v1/usages');
        const snapshot = readUsages(JSON.parse(text), { at: NOW, origin: service.url });
        assert.equal(snapshot.kind, 'snapshot', text);
        const windows = snapshot.windows.map(({ id, usedPercent }) => `${id} ${usedPercent}`);
        assert.deepEqual(windows, expected);
        assert.equal(snapshot.parallelLimit, parallelLimit);
      });

    for (const [shape, fixture] of [
      ['A', 'a'],
      ['B', 'b'],
      ['C', 'c'],
      ['array', 'array'],
    ] as const)
      it(`has the fields of the captured answer in shape ${shape}, in their order`, async () => {
        service.behaviour.generationMs = HOUR_MS;
        const unfinished = complete(service, 'openai');
        await service.until(({ inFlight }) => inFlight === 1);
        service.setUsages(shape);
        const { text } = await ask('/coding/v1/usages');
        assert.equal(describeShape(JSON.parse(text)), describeShape(readFixture(fixture)));
        service.clock.advance(HOUR_MS);
        assert.equal((await unfinished).status, 200);
      });

    it('leaves zeros out, as proto3 does, and writes decimal strings', async () => {
      service.account.windows.fiveHour.usedPercent = 0;
      service.account.windows.week.usedPercent = 110;
      service.setUsages('A');
      const body = JSON.parse((await ask('/coding/v1/usages')).text);
      assert.deepEqual(body.limits[0].detail, {
        limit: '100',
        remaining: '100',
        resetTime: '2026-09-23T04:05:30.000248Z',
      });
      assert.deepEqual([body.usage.used, body.usage.remaining], ['110', undefined]);
    });

    it('writes the wallet in camel case in shape A and in snake case in shape B', async () => {
      service.account.wallet = {
        totalCents: 1_000,
        leftCents: 250,
        currency: 'USD',
        monthlyUsedCents: 0,
        monthlyCapCents: 2_000,
      };
      for (const [shape, key, inner] of [
        ['A', 'boosterWallet', 'amountLeft'],
        ['B', 'booster_wallet', 'amount_left'],
      ] as const) {
        service.setUsages(shape);
        const body = JSON.parse((await ask('/coding/v1/usages')).text);
        assert.equal(body[key].balance[inner], '250000000');
      }
    });

    const refusals: [UsagesScenario, number, string][] = [
      [{ status: 401 }, 401, 'appears to be invalid'],
      [{ status: 402 }, 402, 'membership benefits'],
      [{ error: 'fiveHour' }, 403, '5-hour usage limit'],
      [{ error: 'concurrency' }, 403, 'concurrent request limit'],
      [{ error: 'clientNotAccepted' }, 403, 'only available for Coding Agents'],
      [{ error: 'accountClosed' }, 403, 'Access terminated.'],
      [{ status: 404 }, 404, 'method not found'],
      [{ status: 410 }, 410, ''],
      [{ status: 429 }, 429, 'too many requests'],
      [{ status: 500 }, 500, ''],
      [{ status: 503 }, 503, ''],
      [{ raw: '{"usage":' }, 200, '{"usage":'],
      [{ raw: null }, 200, 'null'],
      [{ fault: 'html' }, 200, '<!doctype html>'],
      [{ fault: 'empty' }, 200, ''],
      [{ redirect: 'http://127.0.0.1:1/', status: 307 }, 307, ''],
    ];
    for (const [scenario, status, words] of refusals)
      it(`answers ${JSON.stringify(scenario)}`, async () => {
        service.setUsages(scenario);
        const answer = await ask('/coding/v1/usages');
        assert.equal(answer.status, status);
        assert.ok(answer.text.includes(words), answer.text);
      });

    it('sends Retry-After only if set, and verbatim', async () => {
      service.setUsages({ status: 429 });
      assert.equal((await ask('/coding/v1/usages')).headers.get('retry-after'), null);
      service.setUsages({ status: 429, retryAfter: 'soon' });
      assert.equal((await ask('/coding/v1/usages')).headers.get('retry-after'), 'soon');
    });

    for (const fault of ['hang', 'silence', 'trickle', 'huge', 'gzipBomb'] as const)
      it(`closes while "${fault}" continues`, async () => {
        service.setUsages({ fault });
        const answer = ask('/coding/v1/usages');
        await service.until(({ requests }) => requests.length === 1);
        await service.close();
        await assert.rejects(answer);
      });

    for (const fault of ['cutOff', 'reset'] as const)
      it(`breaks the connection for "${fault}"`, async () => {
        service.setUsages({ fault });
        await assert.rejects(ask('/coding/v1/usages'));
      });
  });

  describe('keys', () => {
    const kimi = 'sk-kimi-stand-in-key';
    const platform = 'sk-stand-in-platform';
    const cases: [string, Record<string, string>, number, string][] = [
      ['/coding/v1/usages', { authorization: `Bearer ${kimi}` }, 200, ''],
      ['/coding/v1/usages', { 'x-api-key': kimi }, 200, ''],
      ['/coding/v1/me', { authorization: `Bearer ${kimi}` }, 200, '"user_level_name":"Allegretto"'],
      ['/coding/v1/models', { 'x-api-key': kimi }, 200, '"id":"k3-256k"'],
      ['/coding/v1/usages', { authorization: '' }, 401, 'appears to be invalid'],
      ['/coding/v1/usages', { authorization: 'Bearer sk-kimi-other' }, 401, 'may have expired'],
      ['/coding/v1/me', { authorization: kimi }, 401, 'appears to be invalid'],
      ['/coding/v1/usages', { authorization: `Bearer ${platform}` }, 401, 'Invalid Authentication'],
      ['/v1/users/me/balance', { authorization: `Bearer ${platform}` }, 200, '49.58'],
      ['/v1/users/me', { authorization: `Bearer ${platform}` }, 200, '"max_concurrency":50'],
      ['/v1/models', { authorization: `Bearer ${platform}` }, 200, 'kimi-k2.5'],
      ['/v1/users/me/balance', { authorization: `Bearer ${kimi}` }, 401, 'Invalid Authentication'],
      ['/v1/users/me/balance', { authorization: 'Bearer sk-other' }, 401, 'Incorrect API key'],
      ['/v1/users/me/balance', { authorization: '' }, 401, 'Invalid Authentication'],
      ['/coding/v1/nothing', {}, 404, 'method not found'],
      ['/v1/nothing', {}, 404, 'url.not_found'],
    ];
    for (const [path, headers, status, words] of cases)
      it(`${path} with ${JSON.stringify(headers)} is ${status}`, async () => {
        const answer = await ask(path, headers);
        assert.equal(answer.status, status);
        assert.ok(answer.text.includes(words), answer.text);
      });
  });

  describe('clock', () => {
    it('dates responses, unless switched off', async () => {
      service.clock.advance(1_000);
      assert.equal(
        (await ask('/coding/v1/usages')).headers.get('date'),
        'Wed, 23 Sep 2026 02:00:01 GMT',
      );
      service.behaviour.sendsDate = false;
      assert.equal((await ask('/coding/v1/usages')).headers.get('date'), null);
    });

    it('renews each window at its reset time, and not before', () => {
      const { windows } = service.account;
      const { resetsAt } = windows.fiveHour;
      service.clock.set(resetsAt - 1);
      assert.equal(service.account.windows.fiveHour.usedPercent, 16);
      service.clock.advance(1);
      assert.deepEqual(service.account.windows.fiveHour, {
        usedPercent: 0,
        resetsAt: resetsAt + 5 * HOUR_MS,
      });
      assert.equal(windows.week.usedPercent, 33);
    });

    it('lets use creep up in lively mode, and renews it', async () => {
      await service.close();
      service = await startKimiService({ startAt: NOW, lively: true });
      service.clock.advance(HOUR_MS);
      assert.equal(service.account.windows.fiveHour.usedPercent, 28);
      service.clock.advance(2 * HOUR_MS);
      assert.ok(service.account.windows.fiveHour.usedPercent < 28);
    });

    it('follows real time unless it is given a start', async () => {
      await service.close();
      service = await startKimiService({ behaviour: { generationMs: 5 } });
      assert.equal((await complete(service, 'openai')).status, 200);
      assert.ok(Math.abs(service.clock.now() - Date.now()) < 1_000);
    });
  });

  it('records every request, with what it carried and what it got', async () => {
    await ask('/coding/v1/usages?a=1', { 'user-agent': 'kimi-quota/1', authorization: 'Bearer x' });
    const [request] = service.requests;
    assert.deepEqual(
      [request?.method, request?.path, request?.at, request?.status],
      ['GET', '/coding/v1/usages', NOW, 401],
    );
    assert.equal(request?.headers['user-agent'], 'kimi-quota/1');
  });
});
