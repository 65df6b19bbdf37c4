import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { openWorkbench, type Workbench } from '../editor/workbench.ts';
import { disguisesOf } from '../support/disguises.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

const WRONG_KEY = 'sk-kimi-wrong-canary-key';

describe('a key, in the installed package', () => {
  let kimi: KimiService;
  let workbench: Workbench;

  before(async () => {
    kimi = await startKimiService();
    workbench = await openWorkbench({
      // An installed extension must not read keys that were set for another program.
      env: { KIMI_API_KEY: kimi.key, KIMI_CODE_BASE_URL: kimi.baseUrl },
      settings: {
        'kimiQuota.baseUrl': kimi.baseUrl,
        'kimiQuota.openPlatformBaseUrl': `${kimi.url}/v1`.replace('127.0.0.1', 'localhost'),
      },
    });
  });
  after(async () => {
    await workbench.close();
    await kimi.close();
  });

  const row = (text: string) =>
    workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first();

  it('is missing at first: the status bar shows it, and no request is sent', async () => {
    await workbench.statusItem('quota').getByText('Kimi: connect').waitFor();
    await workbench.screenshot('signed-out');
    assert.equal(kimi.requests.length, 0);
  });

  it('with a space is rejected before a request is sent', async () => {
    await workbench.setKey('sk-kimi-two words');
    await workbench.page.getByText('An API key has no spaces or line breaks.').waitFor();
    await workbench.screenshot('key-with-space');
    await workbench.page.keyboard.press('Escape');
    assert.equal(kimi.requests.length, 0);
  });

  it('that Kimi rejects is not saved, and the message has the reason', async () => {
    await workbench.setKey(WRONG_KEY);
    await workbench.toast('Key not saved. Kimi rejected the key.');
    await workbench.screenshot('key-refused');
    await workbench.clearToasts();
    await workbench.statusItem('quota').getByText('Kimi: connect').waitFor();
  });

  it('that Kimi accepts is tested once and saved, and its numbers are shown', async () => {
    const before = kimi.requests.length;
    await workbench.setKey(`  Bearer ${kimi.key} `);
    await workbench.toast(`Key saved for ${kimi.url}. 5h 84%`);
    await workbench.statusItem('quota').getByText('5h 84% · wk 67% · mo 81%').waitFor();
    await workbench.screenshot('key-stored');
    assert.equal(kimi.requests.length - before, 1);
    await workbench.clearToasts();
  });

  it('of the open platform asks for its region and adds the balance', async () => {
    await workbench.setKey(kimi.platformKey);
    await workbench.page.getByText('Open platform key').waitFor();
    await row('http://localhost').click();
    await workbench.toast(/Key saved for http:\/\/localhost:\d+\. Kimi \d/);
    await workbench.clearToasts();
    const balance = /Open platform[^]*\$?\d+\.\d\d/;
    await workbench.tooltip(workbench.statusItem('quota'), balance);
    await workbench.screenshot('two-accounts');
  });

  it('is still there after a reload', async () => {
    await workbench.reload();
    await workbench.statusItem('quota').getByText('5h 84%').waitFor();
  });

  it('is sent only to its own host', () => {
    const code = kimi.requests.filter(({ path }) => path.startsWith('/coding/'));
    const platform = kimi.requests.filter(({ path }) => path.startsWith('/v1/'));
    assert.ok(code.every(({ headers }) => headers.host?.startsWith('127.0.0.1')));
    assert.ok(code.every(({ headers }) => headers.authorization !== `Bearer ${kimi.platformKey}`));
    assert.ok(platform.every(({ headers }) => headers.host?.startsWith('localhost')));
    assert.ok(platform.every(({ headers }) => headers.authorization !== `Bearer ${kimi.key}`));
  });

  it('is removed after one confirmation, and then no request is sent', async () => {
    await workbench.palette('Kimi Quota: Remove API Key');
    await workbench.page.locator('.quick-input-title', { hasText: 'Remove API Key' }).waitFor();
    await row(kimi.url).click();
    await workbench.page.getByRole('button', { name: 'Remove' }).click();
    await workbench.toast(`The key of ${kimi.url} was removed.`);
    await workbench.clearToasts();
  });

  it('is in no file of the editor and no log, in any encoding', async () => {
    const folder = path.dirname(workbench.userDataDir);
    const names = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = names.filter(entry => entry.isFile());
    const needles = [kimi.key, kimi.platformKey, WRONG_KEY].flatMap(disguisesOf);
    const found: string[] = [];
    for (const { parentPath, name } of files) {
      const bytes = await readFile(path.join(parentPath, name)).catch(() => Buffer.alloc(0));
      if (needles.some(needle => bytes.includes(needle))) found.push(name);
    }
    assert.ok(files.length > 20, 'the folders of the editor were looked at');
    assert.ok(files.some(({ name }) => name === 'kimi-quota.db'));
    assert.deepEqual(found, []);
  });
});
