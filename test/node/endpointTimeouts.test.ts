import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { QuotaPoller } from '../../src/core/quota/quotaPoller.ts';
import { QuotaStore } from '../../src/core/quota/accountStore.ts';
import { openMemoryArchive } from '../support/memoryArchive.ts';
import { QuotaEndpoint, type Fetch } from '../../src/node/quotaEndpoint.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { FakeLog } from '../support/fakeLog.ts';
import {
  ask,
  assertKeepsNumber,
  endpointAt,
  FETCHES,
  KEY,
  useFetch,
  type FetchName,
} from '../support/hostile/asking.ts';
import {
  reply,
  startHostileServer,
  type Handler,
  type HostileServer,
} from '../support/hostile/hostileServer.ts';

/** A hundredth of the real limits, so that a test does not wait for 15 s. */
const QUICK = { headersTimeoutMs: 100, totalTimeoutMs: 150 };

const silence: Handler = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
};
const trickle: Handler = (request, response) => {
  silence(request, response);
  const timer = setInterval(() => response.write(' '), 10);
  response.on('close', () => clearInterval(timer));
};

type Hang = readonly [name: string, handler: Handler, limitMs: number];
const HANGS: readonly Hang[] = [
  ['10 s when there are no headers', () => undefined, QUICK.headersTimeoutMs],
  ['15 s when silence follows the headers', silence, QUICK.totalTimeoutMs],
  ['15 s when the body comes byte by byte', trickle, QUICK.totalTimeoutMs],
];

/** A poller that asks a real server, and waits as briefly as the tests do. */
function createPoller(origin: string, fetch: Fetch) {
  const endpoint = endpointAt(origin);
  const client = new QuotaEndpoint({ endpoint, fetch, userAgent: 'test', now: Date.now, ...QUICK });
  const clock = new FakeClock();
  const store = new QuotaStore();
  const poller = new QuotaPoller({
    source: origin,
    readKey: async () => ({ kind: 'key', key: KEY }),
    client,
    store,
    archive: openMemoryArchive(),
    clock,
    log: new FakeLog(),
    random: () => 0,
  });
  return { clock, poller, store };
}

function describeHangs(name: FetchName): void {
  const fetch = useFetch(name);
  let server: HostileServer;
  beforeEach(async () => {
    server = await startHostileServer(reply(''));
  });
  afterEach(() => server.close());

  for (const [limit, handler, limitMs] of HANGS) {
    it(`E16 gives up after ${limit} (scaled), and frees the socket`, async () => {
      server.handler = handler;
      const startedMs = performance.now();
      const outcome = await ask(server.origin, fetch, QUICK);
      const tookMs = performance.now() - startedMs;
      assert.deepEqual(outcome, { kind: 'unreachable', cause: 'timeout' });
      assertKeepsNumber(outcome, 'offline');
      // That it ends at all shows that it is not later; a loaded machine may be late by any time.
      assert.ok(tookMs > limitMs - 5, `${tookMs} ms`);
      await server.allClosed();
      assert.equal(server.connectionCount, 1);
    });
  }

  it('E16 makes one request and one connection of ten that are asked while it hangs', async () => {
    server.handler = silence;
    const { clock, poller, store } = createPoller(server.origin, fetch);
    const started = poller.start(true);
    await Promise.all([started, ...Array.from({ length: 10 }, () => poller.ask())]);
    assert.equal(store.status.outcome?.kind, 'unreachable');
    await server.allClosed();
    assert.deepEqual([server.requests.length, server.connectionCount], [1, 1]);
    poller.dispose();
    assert.equal(clock.timerCount, 0);
  });
}

for (const name of FETCHES) {
  describe(`QuotaEndpoint with the ${name} fetch: hangs`, () => describeHangs(name));
}

describe('QuotaEndpoint: time limits', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  const never: Fetch = () => new Promise(() => undefined);
  const noBody: Fetch = async () => new Response(new ReadableStream());
  const cases: readonly (readonly [fact: string, fetch: Fetch, limitMs: number])[] = [
    ['10 s to the headers, though the fetch does not heed its signal', never, 10_000],
    ['15 s to the end of the body', noBody, 15_000],
  ];
  for (const [fact, fetch, limitMs] of cases) {
    it(`E16 allows ${fact}`, async () => {
      let isDone = false;
      const asked = ask('https://api.kimi.com', fetch).finally(() => (isDone = true));
      await new Promise(resolve => setImmediate(resolve));
      mock.timers.tick(limitMs - 1);
      await new Promise(resolve => setImmediate(resolve));
      assert.equal(isDone, false);
      mock.timers.tick(1);
      assert.deepEqual(await asked, { kind: 'unreachable', cause: 'timeout' });
    });
  }
});
