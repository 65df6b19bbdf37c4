import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildCli, runCli } from '../support/cliProcess.ts';
import { assertNoKey } from '../support/cliReport.ts';
import { DoctorReport } from '../support/doctorReport.ts';
import { createCertificate } from '../support/hostile/certificate.ts';
import {
  startHostileServer,
  tunnelTo,
  type HostileServer,
} from '../support/hostile/hostileServer.ts';

/** Kimi's own names lead to this machine: through a proxy, to a server with a certificate for them. */
describe("cli: doctor at Kimi's own hosts", () => {
  const authority = createCertificate({ subject: 'Kimi Quota test authority', isAuthority: true });
  const hosts = ['api.moonshot.cn', 'api.kimi.com', 'status.moonshot.cn'];
  const certificate = createCertificate({ subject: 'kimi', hosts, issuer: authority });
  let folder: string;
  let host: HostileServer;
  let proxy: HostileServer;
  let trusting: Record<string, string>;

  before(async () => {
    await buildCli();
    folder = await mkdtemp(path.join(tmpdir(), 'kimi-quota-hosts-'));
    const file = path.join(folder, 'authority.pem');
    await writeFile(file, authority.cert);
    host = await startHostileServer(({ url = '', headers }, response) => {
      if (headers.host === 'status.moonshot.cn') return void response.end(STATUS);
      response.writeHead(401, { date: new Date().toUTCString() });
      response.end(`{"error":{"message":"Invalid Authentication ${url}"}}`);
    }, certificate);
    proxy = await startHostileServer(() => undefined);
    proxy.tunnel = tunnelTo(host.port);
    trusting = { HTTPS_PROXY: proxy.origin, NODE_EXTRA_CA_CERTS: file, HOME: folder };
  });
  after(async () => {
    await Promise.all([host.close(), proxy.close()]);
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const STATUS = JSON.stringify({
    status: { indicator: 'minor' },
    components: [{ name: 'Open API', status: 'partial_outage' }],
    incidents: [{ name: 'Slow answers', status: 'investigating' }],
  });
  const PLATFORM = { KIMI_API_KEY: 'sk-canary', KIMI_CODE_BASE_URL: 'https://api.moonshot.cn/v1' };

  /** What is broken or needs attention, but for the logs, of which there are none. */
  async function findings(env: Record<string, string>, ...args: string[]): Promise<string[]> {
    const result = await runCli(['doctor', '--json', ...args], { ...trusting, ...env });
    assertNoKey(result, 'canary');
    const { rows } = DoctorReport.parse(JSON.parse(result.stdout));
    return rows
      .filter(({ state, check }) => ['broken', 'attention'].includes(state) && check !== 'logs')
      .map(({ check, finding, means, toDo }) => `${check} ${finding}: ${means} ${toDo ?? ''}`);
  }

  it('finds a key of the other region, and sends it nowhere else', async () => {
    const before = host.requests.length;
    const [found, ...others] = await findings(PLATFORM);
    assert.match(
      found ?? '',
      /^host perhapsOfAnotherRegion: api\.moonshot\.cn rejected.* only works at api\.moonshot\.ai/,
    );
    assert.deepEqual(others, []);
    assert.deepEqual(
      host.requests.slice(before).map(({ headers }) => [headers.host, headers.authorization]),
      [['api.moonshot.cn', 'Bearer sk-canary']],
    );
  });

  it('finds a key of the other product without sending it', async () => {
    const before = host.requests.length;
    const [found] = await findings({ ...PLATFORM, KIMI_CODE_BASE_URL: '' });
    assert.match(found ?? '', /^host platformKeyForKimiCode: .*Set KIMI_CODE_BASE_URL to https/);
    assert.deepEqual(
      host.requests.slice(before).map(({ headers }) => [headers.host, headers.authorization]),
      [['api.kimi.com', undefined]],
    );
  });

  it('finds an untrusted certificate', async () => {
    const [found] = await findings({ ...PLATFORM, NODE_EXTRA_CA_CERTS: '' });
    assert.match(found ?? '', /^certificate certificateRefused: .*UNABLE_TO.*NODE_EXTRA_CA_CERTS/);
  });

  it('asks the status page only on request, and without the key', async () => {
    const asked = () =>
      host.requests.filter(({ headers }) => headers.host === 'status.moonshot.cn');
    await findings(PLATFORM);
    assert.deepEqual(asked(), []);
    const found = await findings(PLATFORM, '--status-page');
    assert.match(found.at(-1) ?? '', /^statusPage apiInTrouble: .*mentions: Slow answers\./);
    const [request, ...others] = asked();
    assert.deepEqual(
      [request?.url, request?.headers.authorization, others],
      ['/api/v2/summary.json', undefined, []],
    );
  });
});
