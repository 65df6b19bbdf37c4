import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { openWorkbench, type Workbench } from '../editor/workbench.ts';
import { disguisesOf } from '../support/disguises.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

const REFRESH = 'refresh-canary-of-a-sign-in';
const OTHER_KEY = 'sk-kimi-of-another-host-wxyz';
const LOGIN = '.kimi-code/credentials/kimi-code.json';

let kimi: KimiService;
let home: string;
let workbench: Workbench;

async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(path.join(home, file)), { recursive: true });
  await writeFile(path.join(home, file), text);
}

/** Writes the sign-in like the CLI, with a token that expires in this many seconds. */
async function writeLogin(endsInS: number): Promise<void> {
  const expires_at = Math.floor(Date.now() / 1000) + endsInS;
  const rest = { token_type: 'Bearer', scope: 'kimi-code', expires_in: 900 };
  const login = { access_token: kimi.key, refresh_token: REFRESH, expires_at, ...rest };
  await write(LOGIN, JSON.stringify(login));
}

/** A home folder with the files of three programs; two of them lead to the mock. */
async function writeHome(): Promise<void> {
  const provider = (more: string): string =>
    `[providers."managed:kimi-code"]\ntype = "kimi"\nbase_url = "${kimi.baseUrl}"\n${more}\n`;
  await write('.kimi/config.toml', provider(`api_key = "${kimi.key}"`));
  await write(
    '.kimi-code/config.toml',
    provider('api_key = ""\noauth = { storage = "file", key = "oauth/kimi-code" }'),
  );
  await writeLogin(900);
  const auth = { 'kimi-code-plan-global': { type: 'api', key: OTHER_KEY } };
  await write('.local/share/opencode/auth.json', JSON.stringify(auth));
  await write('.claude/settings.json', '{"env": {"ANTHROPIC_BASE_URL": ');
}

async function openImport(): Promise<string[]> {
  await workbench.connect('Import a key');
  await workbench.page.locator('.quick-input-title', { hasText: 'Import Key' }).waitFor();
  return workbench.quickPickRows(/Can't be parsed/);
}

async function pick(text: string): Promise<void> {
  await openImport();
  await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).click();
}

const dialog = () => workbench.page.locator('.monaco-dialog-box');
const item = () => workbench.statusItem('quota');
/** Refreshes until the status bar shows it: a check within 10 s is not repeated. */
async function refreshUntil(shown: Locator): Promise<void> {
  for (const until = Date.now() + 60_000; !(await shown.isVisible()) && Date.now() < until;)
    await workbench.palette('Kimi Quota: Refresh');
  await shown.waitFor();
}
const reads = (): number => kimi.requests.filter(({ path }) => path.endsWith('/usages')).length;

describe('keys of other programs, in the installed package', () => {
  before(async () => {
    kimi = await startKimiService();
    home = await mkdtemp(path.join(tmpdir(), 'kq-home-'));
    await writeHome();
    // No setting leads to the mock: the import must.
    workbench = await openWorkbench({ env: { HOME: home } });
  });
  after(async () => {
    await workbench?.close();
    await kimi?.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  describe('Import Key', () => {
    it('is offered without a key', async () => {
      await item().getByText('Kimi: connect').waitFor();
      await workbench.tooltip(item(), /No API key[^]*Connect/);
      await workbench.screenshot('import-offered');
      await workbench.palette('Kimi Quota: Show Quota');
      const rows = await workbench.quickPickRows(/Import a key/);
      assert.ok(rows.some(row => row.includes('Import a key')));
      await workbench.page.keyboard.press('Escape');
    });

    it('shows program, host and the last four characters of each key, and no more', async () => {
      const rows = await openImport();
      await workbench.screenshot('import-found');
      const host = kimi.url.replaceAll('.', '\\.');
      const expected = [
        `Kimi Code CLI: sign-in, …-key · for another host: ${host}, ~/${LOGIN} · valid until .*\\d\\d:\\d\\d`,
        `Kimi CLI \\(the older one\\), …-key · for another host: ${host}, ~/\\.kimi/config\\.toml`,
        'OpenCode, …wxyz · api\\.kimi\\.ai, ~/\\.local/share/opencode/auth\\.json',
        "~/\\.claude/settings\\.json, Can't be parsed",
      ];
      assert.equal(rows.length, expected.length);
      rows.forEach((row, index) => assert.match(row, new RegExp(expected[index]!)));
      assert.ok(!rows.join('').includes(kimi.key));
      await workbench.page.keyboard.press('Escape');
    });

    it('saves and sends nothing before the confirmation', async () => {
      await pick('the older one');
      await dialog().getByText(`Import the key …-key for ${kimi.url}?`).waitFor();
      assert.match(
        await dialog().innerText(),
        /settings: it checks .* instead of https:\/\/api\.kimi\.com/,
      );
      await workbench.screenshot('import-confirm');
      await dialog().getByRole('button', { name: 'Cancel' }).click();
      await item().getByText('Kimi: connect').waitFor();
      assert.equal(kimi.requests.length, 0);
    });

    it('tests a key once, saves it, uses its host from then on, and shows its numbers', async () => {
      const before = reads();
      await pick('the older one');
      await dialog().getByRole('button', { name: 'Import', exact: true }).click();
      await workbench.toast(`Key saved for ${kimi.url}. 5h 84%`);
      await item().getByText('5h 84% · wk 67% · mo 81%').waitFor();
      assert.equal(reads() - before, 1);
      await workbench.clearToasts();
    });

    it('asks for confirmation before it changes a setting for a key of another host', async () => {
      await pick('OpenCode');
      await dialog().getByText('Import the key …wxyz for https://api.kimi.ai?').waitFor();
      assert.match(
        await dialog().innerText(),
        /settings: it checks https:\/\/api\.kimi\.ai instead/,
      );
      await workbench.screenshot('import-other-host');
      await dialog().getByRole('button', { name: 'Cancel' }).click();
    });
  });

  describe('the sign-in of a CLI', () => {
    it('replaces the key after one confirmation', async () => {
      const before = reads();
      await pick('sign-in');
      await dialog().getByText("Use Kimi Code CLI's sign-in for").waitFor();
      await workbench.screenshot('login-confirm');
      await dialog().getByRole('button', { name: 'Use This Sign-In' }).click();
      await workbench.toast(`Connected to ${kimi.url} with this sign-in. 5h 84%`);
      assert.equal(reads() - before, 1);
      await workbench.clearToasts();
    });

    it('expires: the last numbers stay with their age, and Kimi is not checked', async () => {
      const before = reads();
      // A token in its last minute could expire in transit.
      await writeLogin(59);
      await refreshUntil(item().locator('.codicon-account'));
      assert.match(await item().innerText(), /5h 84% · wk 67% · mo 81% · (?:just now|\d+ min ago)/);
      const ended = /Kimi CLI sign-in has expired.*renews when you next use the CLI/s;
      await workbench.tooltip(item(), ended);
      await workbench.screenshot('login-ended');
      await workbench.palette('Kimi Quota: Refresh');
      assert.equal(reads(), before);
    });

    it('renews with its file, and the numbers are current again', async () => {
      const before = reads();
      kimi.account.windows.fiveHour.usedPercent = 55;
      await writeLogin(900);
      await refreshUntil(item().getByText(/5h 45% · wk 67% · mo 81%$/));
      assert.equal(reads() - before, 1);
    });

    it('is only read: its file is unchanged, and no file is added', async () => {
      const login = JSON.parse(await readFile(path.join(home, LOGIN), 'utf8')) as object;
      assert.equal((login as { refresh_token: string }).refresh_token, REFRESH);
      assert.deepEqual(await readdir(path.dirname(path.join(home, LOGIN))), ['kimi-code.json']);
      assert.ok(!(await readdir(home)).some(name => /quota/i.test(name)));
      assert.equal((await stat(path.join(home, '.kimi/config.toml'))).isFile(), true);
    });

    it('is, like every key, in no file of the editor, in any encoding', async () => {
      const folder = path.dirname(workbench.userDataDir);
      const names = await readdir(folder, { recursive: true, withFileTypes: true });
      const files = names.filter(entry => entry.isFile());
      const needles = [kimi.key, OTHER_KEY, REFRESH].flatMap(disguisesOf);
      const found: string[] = [];
      for (const { parentPath, name } of files) {
        const bytes = await readFile(path.join(parentPath, name)).catch(() => Buffer.alloc(0));
        if (needles.some(needle => bytes.includes(needle))) found.push(name);
      }
      assert.ok(files.some(({ name }) => name === 'kimi-quota.db'));
      assert.deepEqual(found, []);
      assert.ok(kimi.requests.every(({ headers }) => !headers.authorization?.includes(REFRESH)));
      assert.ok(!(await workbench.hostLog()).includes(kimi.key));
    });
  });
});
