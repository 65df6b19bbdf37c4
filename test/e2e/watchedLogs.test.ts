import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openWorkbench, type Workbench } from '../editor/workbench.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

const SESSION =
  '.kimi-code/sessions/wd_demo-app_0a1b2c3d4e5f/session_00000000-0000-4000-8000-000000000001';
const HOUR_MS = 3_600_000;

describe('Agent Logs, with the logs of two agents', () => {
  let kimi: KimiService;
  let home: string;
  let workbench: Workbench;

  before(async () => {
    home = await mkdtemp(path.join(os.tmpdir(), 'kimi-quota-watched-'));
    const at = new Date(Date.now() - 3 * HOUR_MS).toISOString();
    await write(
      `${SESSION}/logs/kimi-code.log`,
      `${at} WARN  llm request failed  turnStep=0.1 model=kimi-code/k errorMessage="429 x" statusCode=429\n`,
    );
    await write('.claude/projects/-demo/a.jsonl', '{}\n');
    await write('.claude/projects/-demo/b.jsonl', '{}\n');
    kimi = await startKimiService();
    workbench = await openWorkbench({
      account: kimi,
      env: { HOME: home },
    });
    await workbench.statusItem('quota').getByText('5h 84%').waitFor();
  });
  after(async () => {
    await workbench?.close();
    await kimi?.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  });

  async function write(file: string, text: string): Promise<void> {
    const target = path.join(home, file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, text);
  }

  /**
   * Opens the list until it has a matching row: the window that reads the logs reports within
   * seconds.
   */
  async function openList(wanted: RegExp): Promise<string[]> {
    for (const until = Date.now() + 30_000; ;) {
      await workbench.palette('Kimi Quota: Agent Logs...');
      await workbench.page
        .locator('.quick-input-title', { hasText: 'Kimi Quota: Watched Logs' })
        .waitFor();
      const rows = await workbench.quickPickRows();
      if (rows.some(row => wanted.test(row)) || Date.now() > until) return rows;
      await workbench.page.keyboard.press('Escape');
    }
  }
  const row = (text: string) =>
    workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: text });

  it('shows for each agent where its logs are, how many, and the last failed request', async () => {
    const rows = await openList(/last failed request/);
    await workbench.screenshot('watched-logs');
    const kimiRow = rows.find(text => text.includes('Kimi Code'));
    assert.match(
      kimiRow ?? '',
      /Kimi Code, 1 log · written (?:just now|\d+ min ago), ~\/\.kimi-code\/sessions · last failed request 3 h(?: \d+ min)? ago/,
    );
    const claude = rows.find(text => text.includes('Claude Code'));
    assert.match(claude ?? '', /2 logs · written (?:just now|\d+ min ago), ~\/\.claude\/projects/);
    assert.ok(rows.some(text => /Codex, not found here/.test(text)));
    assert.ok(!rows.join().includes(home));
  });

  it('opens the newest log of an agent', async () => {
    await openList(/Kimi Code, 1 log/);
    await row('Kimi Code').first().click();
    await row('Open Newest Log').waitFor();
    const rows = await workbench.quickPickRows(/Back/);
    await workbench.screenshot('watched-logs-agent');
    assert.deepEqual(
      rows.map(text => text.replace(/^[a-z-]+ +|,.*/g, '')),
      ['Open Newest Log', 'Open Folder', 'Turn Off', 'Back'],
    );
    await row('Open Newest Log').click();
    await workbench.page.locator('.tab', { hasText: 'kimi-code.log' }).waitFor();
  });

  it('turns an agent off and on', async () => {
    await openList(/Claude Code, 2 logs/);
    await row('Claude Code').first().click();
    await row('Turn Off').click();
    await row('Claude Code').filter({ hasText: 'off' }).waitFor();
    await row('Claude Code').first().click();
    await row('Turn On').click();
    await row('Claude Code').filter({ hasNotText: 'off' }).waitFor();
    await workbench.page.keyboard.press('Escape');
    const rows = await openList(/Claude Code, 2 logs/);
    assert.ok(rows.some(text => /Claude Code, 2 logs/.test(text)));
  });
});
