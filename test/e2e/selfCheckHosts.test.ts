import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openWorkbench, type Workbench } from '../editor/workbench.ts';
import { createCertificate } from '../support/hostile/certificate.ts';
import {
  refuseTunnel,
  startHostileServer,
  tunnelTo,
  type HostileServer,
} from '../support/hostile/hostileServer.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

const HOSTS = ['api.moonshot.ai', 'api.moonshot.cn', 'api.kimi.com'];

/**
 * Kimi's host names lead to this machine: `http.proxy` names a proxy in front of a server with a
 * certificate for them. Behind it, each open platform region is a mock with its own keys.
 */
describe("Troubleshoot at Kimi's own hosts, through the proxy of the settings", () => {
  const authority = createCertificate({ subject: 'Kimi Quota test authority', isAuthority: true });
  const certificate = createCertificate({ subject: 'kimi', hosts: HOSTS, issuer: authority });
  let folder: string;
  let kimi: KimiService;
  let front: HostileServer;
  let proxy: HostileServer;
  let workbench: Workbench;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'kimi-quota-hosts-'));
    const file = path.join(folder, 'authority.pem');
    await writeFile(file, authority.cert);
    kimi = await startKimiService();
    front = await startHostileServer((...exchange) => void forward(...exchange), certificate);
    proxy = await startHostileServer(() => undefined);
    proxy.tunnel = refuseTunnel('407 Proxy Authentication Required');
    workbench = await openWorkbench({
      settings: { 'http.proxy': proxy.origin },
      env: { NODE_EXTRA_CA_CERTS: file },
    });
    await workbench.statusItem('quota').getByText('Kimi: connect').waitFor();
  });
  after(async () => {
    await workbench?.close();
    await Promise.all([kimi, front, proxy].map(server => server?.close()));
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** The key belongs to api.moonshot.ai; the mainland mock does not know it. */
  async function forward({ url, headers }: IncomingMessage, response: ServerResponse) {
    const isKnown = headers.host !== 'api.moonshot.cn';
    const authorization = isKnown ? (headers.authorization ?? '') : 'Bearer sk-not-known-here';
    const answer = await fetch(`${kimi.url}${url}`, { headers: { authorization } });
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(await answer.text());
  }

  const list = () => workbench.page.locator('.quick-input-widget:visible');

  /** Runs the command and returns its rows once the result is shown. */
  async function selfCheck(verdict: RegExp): Promise<string[]> {
    await workbench.palette('Kimi Quota: Troubleshoot...');
    await list().getByPlaceholder(verdict).waitFor();
    return workbench.quickPickRows();
  }

  async function setKeyFor(host: string): Promise<void> {
    await workbench.setKey(kimi.platformKey);
    await list().getByText(`https://${host}`).click();
  }

  it('finds a proxy that rejects, and names its setting', async () => {
    await setKeyFor('api.moonshot.cn');
    const toast = await workbench.toast('The key could not be checked.');
    assert.match(await toast.innerText(), /proxy/i);
    await toast.getByRole('button', { name: 'Save Without Checking' }).click();
    await workbench.toast('Key saved for https://api.moonshot.cn (not verified).');
    await workbench.clearToasts();
    const rows = await selfCheck(/^Broken: Proxy\.$/);
    await workbench.screenshot('self-check-proxy');
    assert.match(rows[0] ?? '', /Proxy, broken, The proxy blocked the request\./);
    assert.match(rows[1] ?? '', /http\.proxy/);
    assert.equal(front.connectionCount, 0);
    assert.equal(kimi.requests.length, 0);
  });

  it('opens the proxy setting', async () => {
    await list().locator('.monaco-list-row').first().click();
    await workbench.page.locator('.settings-editor', { hasText: 'http.proxy' }).waitFor();
  });

  it('finds an untrusted certificate', async () => {
    proxy.tunnel = tunnelTo(front.port);
    const rows = await selfCheck(/^Broken: Certificate\.$/);
    await workbench.screenshot('self-check-certificate');
    assert.match(
      rows[0] ?? '',
      /Certificate, broken, The host's certificate was not accepted \(UNABLE_TO/,
    );
    assert.match(
      rows[1] ?? '',
      /company proxy.+make the system trust it \(http\.systemCertificates\)/,
    );
    assert.ok(rows.some(row => /Proxy, A proxy is set, and requests get through\./.test(row)));
    assert.equal(front.requests.length, 0);
    await workbench.page.keyboard.press('Escape');
  });

  it('finds a key of the other region, without sending it elsewhere', async () => {
    // With it the editor trusts only the system, not the file that Node got.
    await workbench.reload({ 'http.systemCertificates': false });
    const rows = await selfCheck(/^Broken: Host and region\.$/);
    await workbench.screenshot('self-check-region');
    assert.match(rows[0] ?? '', /Host and region, broken, api\.moonshot\.cn rejected the key\./);
    assert.match(
      rows[1] ?? '',
      /platform\.kimi\.ai, it only works at api\.moonshot\.ai: set it for that host/,
    );
    await workbench.statusItem('quota').getByText('Kimi: key rejected').waitFor();
    const asked = new Set(front.requests.map(({ headers }) => headers.host));
    assert.deepEqual([...asked], ['api.moonshot.cn']);
  });

  it('offers to set the key there, and then finds it accepted', async () => {
    await list().locator('.monaco-list-row').first().click();
    const box = list().locator('input[type="password"]');
    await box.fill(kimi.platformKey);
    await box.press('Enter');
    await list().getByText('https://api.moonshot.ai').click();
    await workbench.toast('Key saved for https://api.moonshot.ai. Kimi');
    await workbench.clearToasts();
    const rows = await selfCheck(/^Broken: Host and region/);
    await workbench.screenshot('self-check-two-regions');
    assert.ok(
      rows.some(row => /Host and region.+, api\.moonshot\.ai accepts the key\./.test(row)),
      rows.join('\n'),
    );
  });
});
