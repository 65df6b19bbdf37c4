import assert from 'node:assert/strict';
import { openWorkbench, type Workbench } from '../editor/workbench.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

describe('Troubleshoot, in one window with one fault after the other', () => {
  let kimi: KimiService;
  let workbench: Workbench;

  before(async () => {
    kimi = await startKimiService();
    workbench = await openWorkbench({
      settings: { 'kimiQuota.baseUrl': kimi.baseUrl },
    });
    const permissions = ['clipboard-read', 'clipboard-write'];
    await workbench.page.context().grantPermissions(permissions);
    await workbench.statusItem('quota').getByText('Kimi: connect').waitFor();
  });
  after(async () => {
    await workbench?.close();
    await kimi?.close();
  });

  const list = () => workbench.page.locator('.quick-input-widget:visible');

  /** Runs the command and returns its rows once the result is shown. */
  async function selfCheck(verdict: RegExp): Promise<string[]> {
    await workbench.palette('Kimi Quota: Troubleshoot...');
    return rowsWith(verdict);
  }

  async function rowsWith(verdict: RegExp): Promise<string[]> {
    await list().locator('.quick-input-title', { hasText: 'Kimi Quota: Self-Check' }).waitFor();
    await list().getByPlaceholder(verdict).waitFor();
    return workbench.quickPickRows();
  }

  /** Filters the list for the row of a check, because the list draws only visible rows. */
  async function see(words: RegExp, title: string): Promise<void> {
    await (await workbench.inputBox()).fill(title);
    const row = list().locator('.monaco-list-row', { hasText: title }).first();
    await row.waitFor();
    const rows = await workbench.quickPickRows();
    assert.ok(
      rows.some(text => words.test(text)),
      `${words} in ${rows.join('; ')}`,
    );
    await (await workbench.inputBox()).fill('');
  }

  const close = () => workbench.page.keyboard.press('Escape');

  /** Saves a key that cannot be tested, because the mock is down. */
  async function storeKey(key: string): Promise<void> {
    const port = Number(new URL(kimi.url).port);
    await kimi.close();
    await workbench.connect('Paste an API key');
    const box = workbench.page.locator('.quick-input-widget input[type="password"]');
    await box.waitFor();
    await box.fill(key);
    await workbench.page.keyboard.press('Enter');
    if (!key.startsWith('sk-kimi-')) await list().getByText(kimi.url).click();
    const toast = await workbench.toast('The key could not be checked.');
    await toast.getByRole('button', { name: 'Save Without Checking' }).click();
    await workbench.toast(`Key saved for ${kimi.url}`);
    await workbench.palette('Notifications: Clear All Notifications');
    kimi = await startKimiService({ port });
  }

  it('starts with the missing key; everything else works', async () => {
    const rows = await selfCheck(/^Broken: Key\.$/);
    assert.match(rows[0] ?? '', /Key, broken, No API key\./);
    assert.match(rows[1] ?? '', /Run Set API Key, or Import Key\./);
    await see(/Network, The host can be reached\./, 'Network');
    await see(/Secret storage, It saves and keeps values\./, 'Secret storage');
    assert.ok(kimi.requests.every(({ headers }) => headers.authorization === undefined));
    await workbench.screenshot('self-check-no-key');
    await close();
  });

  it('finds a key of the other product', async () => {
    await storeKey(kimi.platformKey);
    const rows = await selfCheck(/^Broken: Host and region\.$/);
    assert.match(
      rows[0] ?? '',
      /Host and region, broken, Rejected: an open platform key at a Kimi Code host/,
    );
    await workbench.screenshot('self-check-wrong-key');
    await close();
  });

  it('finds nothing broken if everything works, with one request per check', async () => {
    await storeKey(kimi.key);
    const before = kimi.requests.length;
    const rows = await selfCheck(/^Works, with warnings: Agent logs\.$/);
    await workbench.screenshot('self-check-well');
    assert.ok(rows.some(row => /Key, A Kimi Code key/.test(row)));
    for (const [title, words] of [
      ['Quota', /Kimi responded\. Quotas: 3\./],
      ['Models', /Listed models: 4/],
      ['Clock', /Within a minute of Kimi's clock/],
      ['Database', /can be read and written/],
      ['Active window', /This window checks Kimi/],
      ["Kimi's status page", /only on request/],
    ] as const)
      await see(words, title);
    const asked = kimi.requests.slice(before).map(({ method, path }) => `${method} ${path}`);
    assert.deepEqual(asked, ['GET /coding/v1/usages', 'GET /coding/v1/models']);
  });

  it('sends a chat request only after its cost is confirmed', async () => {
    const posts = () => kimi.requests.filter(({ method }) => method === 'POST').length;
    const row = list().locator('.monaco-list-row', { hasText: 'Chat request' });
    await (await workbench.inputBox()).fill('Chat request');
    const dialog = workbench.page.locator('.monaco-dialog-box');
    await row.click();
    await dialog.getByText('It uses about 15 tokens of your quota').waitFor();
    await workbench.screenshot('self-check-question');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await rowsWith(/^Works, with warnings/);
    assert.equal(posts(), 0);
    await row.click();
    await dialog.getByRole('button', { name: 'Send' }).click();
    await row.getByText(/^A model responds\.$/).waitFor();
    assert.equal(posts(), 1);
  });

  it('copies a report without the key, a custom host or a path', async () => {
    await (await workbench.inputBox()).fill('Copy');
    await list().getByText('Copy Report').click();
    await workbench.page.getByText('The report was copied.').waitFor();
    const text = await workbench.page.evaluate<string>('navigator.clipboard.readText()');
    assert.match(text, /Kimi Quota self-check: \d+\.\d+\.\d+, /);
    assert.match(text, /Chat request: works\. A model responds\./);
    for (const secret of [kimi.key, '127.0.0.1', workbench.userDataDir, '/tmp'])
      assert.ok(!text.includes(secret), secret);
  });

  it('finds a clock that is 10 min off', async () => {
    kimi.clock.advance(10 * 60_000);
    const rows = await selfCheck(/^Broken: Clock\.$/);
    assert.match(rows[0] ?? '', /Clock, broken, 10 min slow/);
    await workbench.screenshot('self-check-clock');
    await close();
    kimi.clock.advance(-10 * 60_000);
  });

  it('finds a missing endpoint', async () => {
    kimi.setUsages({ status: 404 });
    const rows = await selfCheck(/^Broken: Quota\.$/);
    assert.match(rows[0] ?? '', /Quota, broken, The usage endpoint was not found \(HTTP 404\)/);
    assert.ok(rows.some(row => /Models, Listed models: 4/.test(row)));
    await close();
  });

  it('finds that the host no longer responds', async () => {
    await kimi.close();
    const rows = await selfCheck(/^Broken: Network\.$/);
    assert.match(rows[0] ?? '', /Network, broken, The host refused the connection/);
    assert.ok(rows.some(row => /Key, A Kimi Code key/.test(row)));
    await close();
  });
});
