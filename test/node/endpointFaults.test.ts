import assert from 'node:assert/strict';
import { parseKeyText } from '../../src/core/accounts/key.ts';
import { explainState } from '../../src/core/status/explainState.ts';
import type { ForbiddenReason, QuotaOutcome } from '../../src/core/quota/outcome.ts';
import { viewQuota, type QuotaState } from '../../src/core/quota/quotaView.ts';
import { nextRead } from '../../src/core/quota/readRhythm.ts';
import { english } from '../../src/core/base/format.ts';
import {
  ask,
  assertKeepsNumber,
  FETCHES,
  KEY,
  useFetch,
  type FetchName,
} from '../support/hostile/asking.ts';
import {
  reply,
  replyRaw,
  startHostileServer,
  type Handler,
  type HostileServer,
} from '../support/hostile/hostileServer.ts';
import { KIMI_CODE_ERRORS } from '../support/kimiService/kimiCodeErrors.ts';

const S = 1000;
const MIN = 60 * S;
const HOUR = 60 * MIN;
const GOOD = JSON.stringify({ usage: { limit: '100', used: '16', remaining: '84' } });
const HTML = { 'content-type': 'text/html; charset=utf-8' };

/** One server for a suite, and how to ask it. */
function useServer(name: FetchName) {
  const fetch = useFetch(name);
  let server: HostileServer;
  before(async () => {
    server = await startHostileServer(reply(GOOD));
  });
  after(() => server.close());
  return {
    ask: (handler: Handler): Promise<QuotaOutcome> => {
      server.handler = handler;
      return ask(server.origin, fetch);
    },
    askWithKey: (key: string): Promise<QuotaOutcome> => {
      server.handler = reply(GOOD);
      return ask(server.origin, fetch, {}, key);
    },
    requests: () => server.requests,
  };
}

/** When Kimi would be asked next in a focused window, with the smallest and the largest jitter. */
function waitsAfter(outcome: QuotaOutcome): readonly number[] {
  const rhythm = { now: 0, isFocused: true, isLeaseHeld: true, hasAgentMoved: false };
  return [0, 1].map(jitter => {
    const input = { ...rhythm, sinceReadMs: 0, heldForMs: 0, failureCount: 1, jitter, outcome };
    const next = nextRead(input);
    return next.kind === 'at' ? next.at : Infinity;
  });
}

function wordsOf(outcome: QuotaOutcome): string {
  const view = viewQuota({ access: 'key', outcome }, Date.now());
  const { happened, toDo } = explainState(view, { language: 'en', t: english });
  return `${happened} ${toDo}`;
}

function describeWrongContent(name: FetchName): void {
  const server = useServer(name);
  const pages: readonly (readonly [fact: string, handler: Handler])[] = [
    ['a page', reply('<!doctype html><title>Log in</title>', HTML)],
    ['a page that is called JSON', reply('\n <HTML><body>Welcome</body></HTML>')],
    ['a page with a byte order mark', reply('\uFEFF<html></html>')],
    ['words that are called a page', reply('Please accept the terms.', HTML)],
    ['a page under 511', reply('<html></html>', HTML, 511)],
  ];
  for (const [fact, handler] of pages) {
    it(`E1 keeps the last value at ${fact} of a captive portal, and requests no key`, async () => {
      const outcome = await server.ask(handler);
      assert.ok(outcome.kind === 'unreachable' && outcome.cause === 'webPage');
      assertKeepsNumber(outcome, 'offline');
      assert.doesNotMatch(wordsOf(outcome), /key/i);
      assert.ok(Math.min(...waitsAfter(outcome)) >= 5 * MIN);
    });
  }
  it('takes an empty object for an account without a plan', async () => {
    const outcome = await server.ask(reply('{}'));
    assert.equal(outcome.kind, 'noPlan');
  });

  for (const body of ['', ' ', 'null', '[]', '"x"', '0', 'true', '{"usage":null}']) {
    it(`E2 calls the body ${JSON.stringify(body)} malformed and keeps the last value`, async () => {
      const outcome = await server.ask(reply(body));
      assert.equal(outcome.kind, 'malformed');
      assertKeepsNumber(outcome, 'endpointChanged');
    });
  }
  for (const status of [201, 204, 205, 400, 402, 405, 418, 451]) {
    it(`takes no number from an answer with status ${status}`, async () => {
      const outcome = await server.ask(reply(status === 204 ? '' : GOOD, {}, status));
      assert.ok(outcome.kind === 'malformed' || outcome.kind === 'forbidden', outcome.kind);
    });
  }
}

const CHUNKED = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked';
const SIZED = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close';
const GZIPPED = { 'content-encoding': 'gzip' };

function describeBrokenBodies(name: FetchName): void {
  const server = useServer(name);
  const bodies: readonly (readonly [fact: string, handler: Handler, kind: string])[] = [
    ['truncated JSON', reply(GOOD.slice(0, -9)), 'malformed'],
    [
      'a reset in mid-body',
      (_, response) => {
        response.writeHead(200, { 'content-length': GOOD.length });
        response.write(GOOD.slice(0, 9), () => response.socket?.resetAndDestroy());
      },
      'unreachable',
    ],
    [
      'a Content-Length that is too large',
      replyRaw(`${SIZED}\r\ncontent-length: 999\r\n\r\n${GOOD}`),
      'unreachable',
    ],
    [
      'a Content-Length that is too small',
      replyRaw(`${SIZED}\r\ncontent-length: 9\r\n\r\n${GOOD}`),
      'malformed',
    ],
    ['chunks without an end', replyRaw(`${CHUNKED}\r\n\r\n9\r\n${GOOD}`), 'unreachable'],
    ['a chunk size that is no number', replyRaw(`${CHUNKED}\r\n\r\nzz\r\n`), 'unreachable'],
    ['no HTTP at all', replyRaw('SSH-2.0-OpenSSH_9.9\r\n'), 'unreachable'],
    ['an immediate reset', ({ socket }) => void socket.resetAndDestroy(), 'unreachable'],
    ['a gzip that is none', reply(GOOD, GZIPPED), 'unreachable'],
    ['bytes that are no UTF-8', reply(Buffer.from([0xff, 0xfe, 0x00, 0xc3])), 'malformed'],
  ];
  for (const [fact, handler, kind] of bodies) {
    it(`E3 is ${kind} after ${fact}, keeps the last value and backs off`, async () => {
      const outcome = await server.ask(handler);
      assert.equal(outcome.kind, kind, JSON.stringify(outcome));
      assertKeepsNumber(outcome, kind === 'malformed' ? 'endpointChanged' : 'offline');
      assert.ok(Math.min(...waitsAfter(outcome)) >= 5 * MIN);
    });
  }
  it('reads a valid response afterwards', async () => {
    assert.equal((await server.ask(reply(GOOD))).kind, 'fresh');
  });
}

/** When it is asked next. A number is a date, so many milliseconds from now. */
type RetryRow = readonly [header: string | number | undefined, leastMs: number, mostMs: number];

function describeRetryAfter(name: FetchName): void {
  const server = useServer(name);
  const retries: readonly RetryRow[] = [
    ['0', 5 * MIN, 5 * MIN],
    ['5', 5 * MIN, 5 * MIN],
    ['"120"', 5 * MIN, 5 * MIN],
    ['1200', 20 * MIN, 20 * MIN],
    ['"1200"', 20 * MIN, 20 * MIN],
    [30 * MIN, 30 * MIN - 2 * S, 30 * MIN],
    [-HOUR, 5 * MIN, 15 * MIN],
    ['1000000000', HOUR, HOUR],
    ['99999999999999999999', 5 * MIN, 15 * MIN],
    ['-1', 5 * MIN, 15 * MIN],
    ['soon', 5 * MIN, 15 * MIN],
    ['1e3', 5 * MIN, 15 * MIN],
    [undefined, 5 * MIN, 15 * MIN],
  ];
  for (const status of [429, 503]) {
    for (const [header, leastMs, mostMs] of retries) {
      const sent = typeof header === 'number' ? `a date in ${header / MIN} min` : header;
      const words = `${Math.round(leastMs / MIN)} to ${mostMs / MIN} min`;
      it(`E17 waits ${words} after ${status} with Retry-After ${sent}`, async () => {
        const text =
          typeof header === 'number' ? new Date(Date.now() + header).toUTCString() : header;
        const headers: Record<string, string> = text === undefined ? {} : { 'retry-after': text };
        const outcome = await server.ask(reply('{}', headers, status));
        assertKeepsNumber(outcome, status === 429 ? 'limited' : 'offline');
        for (const waitMs of waitsAfter(outcome)) {
          assert.ok(waitMs >= leastMs && waitMs <= mostMs, `${waitMs / MIN} min`);
        }
      });
    }
  }
  it('E17 reports a rate-limited usage endpoint, not a quota of 0', async () => {
    const body = '{"error":{"type":"rate_limit_reached_error","message":"quota 0"}}';
    const words = wordsOf(await server.ask(reply(body, {}, 429)));
    assert.match(words, /rate limiting quota checks/);
    assert.doesNotMatch(words, /\b0 ?%/);
  });
}

type Refusal = readonly [status: number, body: string, outcome: QuotaOutcome, state: QuotaState];
const forbidden = (reason: ForbiddenReason) => ({ kind: 'forbidden', reason }) as const;

/** A refusal as Kimi words it. */
function bodyOf(name: 'concurrency' | 'membership'): string {
  const { type, message } = KIMI_CODE_ERRORS[name];
  return JSON.stringify({ error: { type, message } });
}

function describeRefusals(name: FetchName): void {
  const server = useServer(name);
  const refusals: readonly Refusal[] = [
    [401, '{"error":{"message":"Invalid Authentication"}}', { kind: 'unauthorized' }, 'keyRefused'],
    [403, '', forbidden('unknown'), 'forbidden'],
    [403, '<html>blocked</html>', forbidden('unknown'), 'forbidden'],
    [403, "You've reached your 5-hour usage limit.", forbidden('quota'), 'forbidden'],
    [403, bodyOf('concurrency'), forbidden('concurrency'), 'forbidden'],
    [402, bodyOf('membership'), forbidden('membership'), 'forbidden'],
  ];
  for (const [status, body, expected, state] of refusals) {
    it(`E18 stops after ${status} "${body.slice(0, 40)}", and is ${state}`, async () => {
      const outcome = await server.ask(reply(body, {}, status));
      assert.deepEqual(outcome, expected);
      assertKeepsNumber(outcome, state);
      assert.deepEqual(waitsAfter(outcome), [Infinity, Infinity]);
    });
  }
  for (const status of [404, 410]) {
    it(`E19 checks once an hour after ${status}, and explains it`, async () => {
      const outcome = await server.ask(reply('gone', {}, status));
      assert.deepEqual(outcome, { kind: 'gone', status });
      assertKeepsNumber(outcome, 'endpointChanged');
      assert.deepEqual(waitsAfter(outcome), [HOUR, HOUR]);
      assert.ok(wordsOf(outcome).includes(`HTTP ${status}`));
    });
  }
  for (const status of [500, 502, 503, 504, 520, 529, 599]) {
    it(`E20 backs off after ${status}, never below 5 minutes`, async () => {
      const outcome = await server.ask(reply('<html>', HTML, status));
      assert.ok(outcome.kind === 'unreachable' && outcome.cause === 'server');
      assertKeepsNumber(outcome, 'offline');
      assert.ok(Math.min(...waitsAfter(outcome)) >= 5 * MIN);
    });
  }
}

const INJECTED = 'sk-kimi-a\r\nx-injected: yes';

function describeKeys(name: FetchName): void {
  const server = useServer(name);
  const sent = [KEY, ` ${KEY}\n`, `\uFEFF${KEY}`, `Bearer ${KEY}`, `bearer   ${KEY}\r\n`];
  for (const text of sent) {
    it(`E21 sends ${JSON.stringify(text)} as the key only`, async () => {
      const typed = parseKeyText(text);
      assert.ok(typed.kind === 'key');
      assert.equal((await server.askWithKey(typed.key)).kind, 'fresh');
      assert.equal(server.requests().at(-1)?.headers.authorization, `Bearer ${KEY}`);
    });
  }
  for (const text of [INJECTED, 'sk-kimi a', 'sk-kimi-ключ', 'sk-kimi-\u0000', '“sk-kimi-a”', '']) {
    it(`E21 refuses ${JSON.stringify(text)} before any request`, () => {
      assert.equal(parseKeyText(text).kind, 'refused');
    });
    it(`E21 lets ${JSON.stringify(text)} inject no header, though it came so far`, async () => {
      const before = server.requests().length;
      await server.askWithKey(text);
      for (const { rawHeaders } of server.requests().slice(before)) {
        assert.ok(!rawHeaders.some(part => /x-injected/i.test(part)));
      }
    });
  }
  it('sends an honest name, and nothing that another client would', async () => {
    await server.ask(reply(GOOD));
    const { headers } = server.requests().at(-1)!;
    assert.equal(headers['user-agent'], 'kimi-quota/0.0.0 (test)');
    assert.deepEqual(
      Object.keys(headers).filter(header => /^x-|cookie|referer|origin/.test(header)),
      [],
    );
  });
}

for (const name of FETCHES) {
  describe(`QuotaEndpoint with the ${name} fetch: content`, () => describeWrongContent(name));
  describe(`QuotaEndpoint with the ${name} fetch: bodies`, () => describeBrokenBodies(name));
  describe(`QuotaEndpoint with the ${name} fetch: Retry-After`, () => describeRetryAfter(name));
  describe(`QuotaEndpoint with the ${name} fetch: refusals`, () => describeRefusals(name));
  describe(`QuotaEndpoint with the ${name} fetch: keys`, () => describeKeys(name));
}
