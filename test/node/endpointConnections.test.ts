import assert from 'node:assert/strict';
import type { ServerOptions } from 'node:https';
import { Agent, ProxyAgent } from 'undici';
import type { QuotaOutcome, UnreachableCause } from '../../src/core/quota/outcome.ts';
import { explainState } from '../../src/core/status/explainState.ts';
import { viewQuota } from '../../src/core/quota/quotaView.ts';
import { english } from '../../src/core/base/format.ts';
import {
  ask,
  askForSnapshot,
  assertKeepsNumber,
  assertNoKey,
  FETCHES,
  fetchThrough,
  useFetch,
  type FetchName,
} from '../support/hostile/asking.ts';
import { createCertificate, type TestCertificate } from '../support/hostile/certificate.ts';
import {
  refuseTunnel,
  reply,
  startHostileServer,
  tunnelTo,
  type HostileServer,
} from '../support/hostile/hostileServer.ts';

const GOOD = JSON.stringify({ usage: { limit: '100', used: '16', remaining: '84' } });
const DAY_MS = 86_400_000;

function assertUnreachable(outcome: QuotaOutcome, cause: UnreachableCause, detail: RegExp): void {
  assert.ok(outcome.kind === 'unreachable', outcome.kind);
  assert.equal(outcome.cause, cause);
  assert.match(outcome.detail ?? '', detail);
  assertKeepsNumber(outcome, 'offline');
}

/** What a person reads about it. */
function wordsOf(outcome: QuotaOutcome): string {
  const view = viewQuota({ access: 'key', outcome }, Date.now());
  const { happened, toDo } = explainState(view, { language: 'en', t: english });
  return `${happened} ${toDo}`;
}

const authority = createCertificate({ subject: 'Kimi Quota test authority', isAuthority: true });
const stranger = createCertificate({ subject: 'Another authority', isAuthority: true });
const issue = (hosts: string[], from = -1, until = 1, issuer = authority): TestCertificate =>
  createCertificate({
    subject: hosts[0]!,
    hosts,
    issuer,
    validFrom: Date.now() + from * DAY_MS,
    validUntil: Date.now() + until * DAY_MS,
  });
const trusting: Agent.Options = { connect: { ca: authority.cert } };

function describeRedirects(name: FetchName): void {
  const fetch = useFetch(name, trusting);
  let first: HostileServer;
  let second: HostileServer;
  before(async () => {
    first = await startHostileServer(reply(''), issue(['127.0.0.1']));
    second = await startHostileServer(reply(GOOD));
  });
  after(() => Promise.all([first.close(), second.close()]));

  const targets: Record<string, () => string> = {
    'another port': () => `http://127.0.0.1:${second.port}/coding/v1/usages`,
    'another host': () => `http://localhost:${second.port}/coding/v1/usages`,
    'http from https': () => first.origin.replace('https', 'http'),
    'itself, in a loop': () => `${first.origin}/coding/v1/usages`,
  };
  for (const status of [301, 302, 303, 307, 308]) {
    for (const [kind, target] of Object.entries(targets)) {
      it(`E13 sends no key after a ${status} to ${kind}, and names both hosts`, async () => {
        const before = first.requests.length;
        first.handler = reply('', { location: target() }, status);
        const outcome = await ask(first.origin, fetch);
        assert.equal(first.requests.length - before, 1);
        assert.equal(second.requests.length, 0, 'requests that reached the second origin');
        assertUnreachable(outcome, 'redirect', /./);
        const words = wordsOf(outcome);
        assert.ok(words.includes(first.origin) && words.includes(new URL(target()).origin), words);
      });
    }
  }
  for (const location of [
    '',
    'javascript:alert(1)',
    '//',
    'https://$(key)/',
    `http://${'a'.repeat(9000)}.example`,
  ]) {
    it(`E13 survives a redirect to "${location.slice(0, 30)}"`, async () => {
      first.handler = reply('', location === '' ? {} : { location }, 302);
      const outcome = await ask(first.origin, fetch);
      assertUnreachable(outcome, 'redirect', /^https:\/\/127.0.0.1:\d+ to [\w.:/[\]-]{1,300}$/);
    });
  }
}

function describeTls(name: FetchName): void {
  const fetch = useFetch(name, trusting);
  const good = issue(['127.0.0.1']);
  const cases: Record<string, readonly [tls: ServerOptions, detail: RegExp]> = {
    'has expired': [issue(['127.0.0.1'], -9, -1), /CERT_HAS_EXPIRED/],
    'is of tomorrow': [issue(['127.0.0.1'], 1, 9), /CERT_NOT_YET_VALID/],
    'has a wrong name': [issue(['api.kimi.com']), /ALTNAME_INVALID/],
    'is signed by itself': [
      createCertificate({ subject: 'self', hosts: ['127.0.0.1'] }),
      /SELF_SIGNED/,
    ],
    'is of an unknown authority': [issue(['127.0.0.1'], -1, 1, stranger), /UNABLE_TO_VERIFY/],
    'is offered over TLS 1.0': [
      { ...good, minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' },
      /PROTOCOL/,
    ],
  };
  for (const [fault, [{ cert, key, ...tls }, detail]] of Object.entries(cases)) {
    it(`E14 sends nothing to a host whose certificate ${fault}, and names the cause`, async () => {
      const server = await startHostileServer(reply(GOOD), { cert, key, ...tls });
      const outcome = await ask(server.origin, fetch);
      assert.equal(server.requests.length, 0);
      assertUnreachable(outcome, 'tls', detail);
      assert.match(wordsOf(outcome), detail);
      assert.match(wordsOf(outcome), /http\.systemCertificates/);
      await server.close();
    });
  }

  it('E14 reads over TLS with a certificate that is good', async () => {
    const { cert, key } = good;
    const server = await startHostileServer(reply(GOOD), { cert, key });
    const snapshot = await askForSnapshot(server.origin, fetch);
    assert.equal(snapshot.windows[0]?.usedPercent, 16);
    await server.close();
  });

  it('E14 takes a host that speaks no TLS for a fault of TLS', async () => {
    const server = await startHostileServer(reply(GOOD));
    const outcome = await ask(`https://127.0.0.1:${server.port}`, fetch);
    assert.equal(server.requests.length, 0);
    assertUnreachable(outcome, 'tls', /SSL|EPROTO/);
    await server.close();
  });
}

function describeNetwork(name: FetchName): void {
  const fetch = useFetch(name);

  for (const code of ['ENOTFOUND', 'EAI_AGAIN']) {
    it(`E15 detects a name that is not found (${code})`, async () => {
      const fail = Object.assign(new Error(code), { code, hostname: 'api.kimi.invalid' });
      const agent = new Agent({ connect: { lookup: (_host, _options, done) => done(fail, []) } });
      const outcome = await ask('https://api.kimi.invalid', fetchThrough(name, agent));
      assertUnreachable(outcome, 'dns', new RegExp(code));
      await agent.destroy();
    });
  }

  it('E15 detects a refused connection', async () => {
    const server = await startHostileServer(reply(GOOD));
    await server.close();
    assertUnreachable(await ask(server.origin, fetch), 'refused', /ECONNREFUSED/);
  });

  for (const code of ['ENETUNREACH', 'EHOSTUNREACH']) {
    it(`E15 detects a missing network (${code})`, async () => {
      const fail = Object.assign(new Error(code), { code });
      const agent = new Agent({ connect: (_options, done) => done(fail, null) });
      const outcome = await ask('https://api.kimi.invalid', fetchThrough(name, agent));
      assertUnreachable(outcome, 'refused', new RegExp(code));
      await agent.destroy();
    });
  }
}

function describeProxies(name: FetchName): void {
  let proxy: HostileServer;
  let kimi: HostileServer;
  let agent: ProxyAgent;
  before(async () => {
    proxy = await startHostileServer(reply('', {}, 407));
    const { cert, key } = issue(['api.kimi.test']);
    kimi = await startHostileServer(reply(GOOD), { cert, key });
  });
  beforeEach(() => {
    agent = new ProxyAgent({ uri: proxy.origin, requestTls: { ca: authority.cert } });
  });
  afterEach(() => agent.destroy());
  after(() => Promise.all([proxy.close(), kimi.close()]));
  const askKimi = (): Promise<QuotaOutcome> =>
    ask('https://api.kimi.test', fetchThrough(name, agent));

  for (const status of ['407 Proxy Authentication Required', '403 Forbidden', '502 Bad Gateway']) {
    it(`E15 detects a proxy that responds with ${status}, and sends it no key`, async () => {
      proxy.tunnel = refuseTunnel(status);
      assertUnreachable(await askKimi(), 'proxy', /./);
      assert.equal(kimi.requests.length, 0);
      assertNoKey(proxy.requests);
    });
  }

  it('E15 reads through a proxy, which sees the host and not the key', async () => {
    proxy.tunnel = tunnelTo(kimi.port);
    assert.equal((await askKimi()).kind, 'fresh');
    assert.equal(kimi.requests.length, 1);
    assert.equal(proxy.requests.at(-1)?.url, 'api.kimi.test:443');
    assertNoKey(proxy.requests);
  });

  it('E15 distinguishes an unreachable proxy from an unreachable host', async () => {
    const gone = await startHostileServer(reply(''));
    await gone.close();
    const dead = new ProxyAgent(gone.origin);
    const outcome = await ask('https://api.kimi.test', fetchThrough(name, dead));
    assertUnreachable(outcome, 'proxy', /ECONNREFUSED/);
    await dead.destroy();
  });

  it('E15 detects a 407 that the fetch passes on', async () => {
    const outcome = await ask('https://a.test', async () => new Response(null, { status: 407 }));
    assertUnreachable(outcome, 'proxy', /407/);
  });
}

for (const name of FETCHES) {
  describe(`QuotaEndpoint with the ${name} fetch: redirects`, () => describeRedirects(name));
  describe(`QuotaEndpoint with the ${name} fetch: TLS`, () => describeTls(name));
  describe(`QuotaEndpoint with the ${name} fetch: network`, () => describeNetwork(name));
  describe(`QuotaEndpoint with the ${name} fetch: proxies`, () => describeProxies(name));
}
