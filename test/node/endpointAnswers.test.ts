import assert from 'node:assert/strict';
import { openMemoryArchive } from '../support/memoryArchive.ts';
import { outcomeWords } from '../../src/core/quota/outcome.ts';
import {
  loadSharedStatus,
  NOTHING_KNOWN,
  saveSharedStatus,
} from '../../src/core/quota/accountStore.ts';
import { assertSane, rowsOf, useAnsweringKimi } from '../support/hostile/answers.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const limit = (duration: unknown, timeUnit: unknown, used = 10) => ({
  window: { duration, timeUnit },
  detail: { limit: 100, used },
});

describe('QuotaEndpoint: windows', () => {
  const kimi = useAnsweringKimi();
  const idsOf = async (limits: unknown[]): Promise<string[]> =>
    (await kimi.snapshot(JSON.stringify({ limits }))).windows.map(({ id, label }) => label ?? id);

  it('E8 makes one row of a window that comes twice, with the larger use', async () => {
    const twice = [300, 300].map((minutes, index) =>
      limit(minutes, 'TIME_UNIT_MINUTE', 10 + 30 * index),
    );
    const snapshot = await kimi.snapshot(JSON.stringify({ limits: twice }));
    assert.deepEqual(
      rowsOf(snapshot).map(({ id, remainingPercent }) => [id, remainingPercent]),
      [['5h', 60]],
    );
  });
  for (const [duration, unit, label] of [
    [5, 'TIME_UNIT_FORTNIGHT', '5 FORTNIGHT'],
    [5, 7, 'Limit #1'],
    [0, 'TIME_UNIT_HOUR', 'Limit #1'],
    [1e9, 'TIME_UNIT_DAY', 'Limit #1'],
    [-5, 'TIME_UNIT_HOUR', 'Limit #1'],
  ]) {
    it(`E8 guesses no length of ${duration} ${unit}`, async () => {
      assert.deepEqual(await idsOf([limit(duration, unit)]), [label]);
    });
  }
  it('E8 shows at most 8 of 200 windows, the known ones first, always in the same order', async () => {
    const many = Array.from({ length: 200 }, (_, index) => limit(index + 8, 'TIME_UNIT_DAY'));
    many.splice(30, 0, limit(7, 'TIME_UNIT_DAY'), limit(300, 'TIME_UNIT_MINUTE'));
    const ids = await idsOf(many);
    assert.equal(ids.length, 8);
    assert.deepEqual(ids.slice(0, 2), ['5h', 'week']);
    assert.deepEqual(await idsOf(many), ids);
  });
});

describe('QuotaEndpoint: times', () => {
  const kimi = useAnsweringKimi();
  const soon = Math.floor(Date.now() / 1000) * 1000 + HOUR;
  const iso = new Date(soon).toISOString().slice(0, 19);
  const read: readonly (readonly [text: unknown, at: number | undefined])[] = [
    [`${iso}Z`, soon],
    [`${iso}.123456Z`, soon + 123],
    [`${iso}.123456789Z`, soon + 123],
    [`${iso},5Z`, soon + 500],
    [`${iso}+00:00`, soon],
    [soon, soon],
    [soon / 1000, soon],
    [`${soon / 1000}`, soon],
    [soon * 1e6, undefined],
    [iso, undefined],
    ['0001-01-01T00:00:00Z', undefined],
    ['tomorrow', undefined],
    ['', undefined],
    [null, undefined],
    [`${new Date(soon + 3652 * DAY).toISOString().slice(0, 19)}Z`, soon + 3652 * DAY],
  ];
  for (const [resetTime, at] of read) {
    it(`E9 reads ${JSON.stringify(resetTime)} as ${at === undefined ? 'unknown' : 'a time'}`, async () => {
      const snapshot = await kimi.snapshot(
        JSON.stringify({ usage: { limit: 100, used: 1, resetTime } }),
      );
      assertSane(snapshot);
      assert.equal(snapshot.windows[0]?.resetsAt, at);
    });
  }
  it('E9 shows a reset that has passed as resetting, and no number', async () => {
    const resetTime = new Date(Date.now() - HOUR).toISOString();
    const snapshot = await kimi.snapshot(
      JSON.stringify({ usage: { limit: 100, used: 1, resetTime } }),
    );
    const [window] = rowsOf(snapshot);
    assert.equal(window?.isResetting, true);
    assert.equal(window?.remainingPercent, undefined);
  });
});

describe('QuotaEndpoint: unknown fields', () => {
  const kimi = useAnsweringKimi();

  it('E10 ignores unknown fields', async () => {
    const body = '{"new":{"x":[1]},"usage":{"limit":"100","used":"1","extra":"y"}}';
    assert.equal(rowsOf(await kimi.snapshot(body))[0]?.remainingPercent, 99);
  });
  for (const body of [
    '{"usages":{"limit_5h":{"used_ratio":0.25}}}',
    '{"usages":{"limit5h":{"usedRatio":"0.25"}}}',
  ]) {
    it(`E10 reads ${body}`, async () => {
      assert.equal(rowsOf(await kimi.snapshot(body))[0]?.remainingPercent, 75);
    });
  }
  it('E10 describes the shape of an unknown response, without its values', async () => {
    const outcome = await kimi.outcome('{"allowance":{"total":"sk-kimi-secret","used":777}}');
    assert.ok(outcome.kind === 'malformed');
    assert.equal(outcome.shape, '{allowance:{total:string,used:number}}');
    const archive = openMemoryArchive();
    await saveSharedStatus(archive, 'x', { ...NOTHING_KNOWN, outcome });
    assert.deepEqual((await loadSharedStatus(archive, 'x')).outcome, outcome);
  });
  it('E10 can store the shape of an answer that is nothing but names', async () => {
    const shape = `{${'a_name_of_a_field:string,'.repeat(5000)}}`;
    const archive = openMemoryArchive();
    const outcome = { kind: 'malformed', issues: ['odd'], shape } as const;
    await saveSharedStatus(archive, 'x', { ...NOTHING_KNOWN, outcome });
    assert.equal((await loadSharedStatus(archive, 'x')).outcome?.kind, 'malformed');
    assert.ok(outcomeWords(outcome).length < 2000);
  });
  for (const body of [
    '{"__proto__":{"polluted":1},"usage":{"limit":"100","used":"1","__proto__":{"limit":5}}}',
    '{"usages":{"__proto__":{"used_ratio":0.5,"polluted":1},"limit_5h":{"used_ratio":0.25}}}',
    '{"constructor":{"prototype":{"polluted":1}},"usage":{"limit":"100","used":"1"}}',
  ]) {
    it(`E10 is not polluted by ${body.slice(0, 40)}`, async () => {
      assertSane(await kimi.snapshot(body));
      assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
    });
  }
});

describe('QuotaEndpoint: wrong clocks', () => {
  const kimi = useAnsweringKimi();
  const skews: readonly (readonly [name: string, skewMs: number])[] = [
    ['right', 0],
    ['an hour ahead', HOUR],
    ['an hour behind', -HOUR],
    ['a day ahead', DAY],
    ['a day behind', -DAY],
  ];
  for (const [name, skewMs] of skews) {
    it(`E11 counts down to within 2 s when Kimi's clock is ${name}`, async () => {
      const serverNow = Date.now() + skewMs;
      const resetTime = new Date(serverNow + 2 * HOUR).toISOString();
      const date = new Date(serverNow).toUTCString();
      const body = JSON.stringify({ usage: { limit: 100, used: 1, resetTime } });
      const [window] = rowsOf(await kimi.snapshot(body, { date }));
      assert.ok(Math.abs((window?.resetsInMs ?? 0) - 2 * HOUR) <= 2000, `${window?.resetsInMs}`);
    });
  }
  const hour = HOUR / 1000;
  const ages: [fact: string, age: string, oldMs: number, skewMs: number][] = [
    ['is as old as its Age', `${5 * hour}`, 5 * HOUR, 0],
    ['with the Age 0 is new', '0', 0, 0],
    ['of a host an hour ahead is no younger', `${5 * hour}`, 5 * HOUR, HOUR],
    ['with an invalid Age is new', '-5', 0, 0],
    ['with an Age of years is new', '999999999', 0, 0],
  ];
  for (const [fact, age, oldMs, skewMs] of ages)
    it(`an answer ${fact}`, async () => {
      const now = Date.now();
      const date = new Date(now - oldMs + skewMs).toUTCString();
      const resetTime = new Date(now + skewMs - 2 * HOUR).toISOString();
      const body = JSON.stringify({ usage: { limit: 100, used: 1, resetTime } });
      const snapshot = await kimi.snapshot(body, { date, age });
      assert.ok(Math.abs(snapshot.at - (now - oldMs)) <= 5000, `${snapshot.at - now}`);
      assert.ok(Math.abs(snapshot.clockSkewMs - skewMs) <= 5000, `${snapshot.clockSkewMs}`);
      assert.equal(rowsOf(snapshot)[0]?.isResetting, true, 'a reset that has passed');
    });

  for (const date of ['Thu, 01 Jan 1970 00:00:00 GMT', 'Fri, 31 Dec 9999 23:59:59 GMT', 'now']) {
    it(`E11 ignores the Date "${date}"`, async () => {
      const resetTime = new Date(Date.now() + 2 * HOUR).toISOString();
      const body = JSON.stringify({ usage: { limit: 100, used: 1, resetTime } });
      const snapshot = await kimi.snapshot(body, { date });
      assert.equal(snapshot.clockSkewMs, 0);
      assert.equal(rowsOf(snapshot)[0]?.isResetting, false);
    });
  }
});
