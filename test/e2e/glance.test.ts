import assert from 'node:assert/strict';
import { openWorkbench, type Workbench } from '../editor/workbench.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

describe('the status bar item', () => {
  let kimi: KimiService;
  let workbench: Workbench;

  before(async () => {
    kimi = await startKimiService();
    workbench = await openWorkbench({
      account: kimi,
      settings: { 'window.autoDetectColorScheme': false },
      colorTheme: 'Dark Modern',
    });
  });
  after(async () => {
    await workbench.close();
    await kimi.close();
  });

  it('shows the quota left of all three windows, with an accessible label', async () => {
    const item = workbench.statusItem('quota');
    await item.getByText('5h 84% · wk 67% · mo 81%').waitFor();
    const spoken = (await item.locator('a').getAttribute('aria-label')) ?? '';
    assert.match(
      spoken,
      /Kimi quota\. 5-hour quota: 84% left, resets in \d h(?: \d+ min)?\. Weekly quota: 67%/,
    );
  });

  it('sends one request, with an honest user agent', () => {
    const reads = kimi.requests.filter(({ path }) => path === '/coding/v1/usages');
    assert.equal(reads.length, 1);
    assert.match(
      reads[0]?.headers['user-agent'] ?? '',
      /^kimi-quota\/\d+\.\d+\.\d+ \(VS Code extension\)$/,
    );
    assert.equal(kimi.requests.length, 1, 'no other path was asked');
  });

  it('has a tooltip with a table, the age and three links', async () => {
    const item = workbench.statusItem('quota');
    const text = await workbench.tooltip(item, /Kimi Code · Allegretto/);
    assert.match(text, /5-hour quota\s+84% left\s+resets in \d h(?: \d+ min)? \(.*\d\d:\d\d\)/);
    assert.match(text, /Updated (?:just now|\d+ min ago)/);
    const tooltip = await workbench.hover(item, 'Allegretto');
    assert.equal(await tooltip.locator('a').count(), 3);
    assert.equal(await tooltip.locator('td img').count(), 3, 'a bar for each quota');
    await workbench.screenshot('tooltip');
  });

  it('opens "Show Quota" from the status bar, with a row for each window', async () => {
    await workbench.pointAway();
    await workbench.statusItem('quota').click();
    const rows = await workbench.quickPickRows(/Copy as Text/);
    assert.match(rows[0] ?? '', /^5-hour quota · 84% left, █{8}░░ resets in \d h(?: \d+ min)? \(/);
    assert.match(rows[1] ?? '', /^Weekly quota · 67% left/);
    assert.match(rows[2] ?? '', /^Monthly quota · 81% left/);
    assert.ok(rows.some(row => row.includes('Where it went')));
    assert.ok(rows.some(row => row.includes('Copy as Text')));
    await workbench.screenshot('check');
    await workbench.page.keyboard.press('Escape');
  });

  it('checks again on command, at most once in ten seconds', async () => {
    kimi.account.windows.fiveHour.usedPercent = 55;
    const changed = workbench.statusItem('quota').getByText('5h 45%');
    const firstAt = kimi.requests[0]?.at ?? 0;
    for (const until = Date.now() + 60_000; !(await changed.isVisible()) && Date.now() < until;) {
      await workbench.palette('Kimi Quota: Show Quota');
      await workbench.quickPickRows(/Copy as Text/);
      await workbench.page.keyboard.press('Escape');
    }
    const times = kimi.requests.map(({ at }) => at);
    assert.equal(times.length, 2);
    // Half a second of tolerance for the latency of the two requests.
    assert.ok(times[1]! - firstAt >= 9_500, `${times[1]! - firstAt} ms`);
  });

  it('supports the keyboard: down to a row, Enter, and its action runs', async () => {
    await workbench.palette('Kimi Quota: Show Quota');
    await workbench.quickPickRows(/Connect Account/);
    await (await workbench.inputBox()).pressSequentially('Connect');
    const row = workbench.page.locator('.quick-input-list .monaco-list-row.focused');
    await row.filter({ hasText: 'Connect Account...' }).waitFor();
    await workbench.page.keyboard.press('Enter');
    await row.filter({ hasText: 'Paste an API key' }).waitFor();
    await workbench.page.keyboard.press('Enter');
    await workbench.page.locator('.quick-input-widget input[type="password"]').waitFor();
    await workbench.screenshot('set-api-key');
    await workbench.page.keyboard.press('Escape');
  });

  it('shows used instead of remaining quota, and less, by the settings', async () => {
    const item = workbench.statusItem('quota');
    await workbench.reload({ 'kimiQuota.statusBar.show': 'used' });
    await item.getByText('5h 55% · wk 33% · mo 19%').waitFor();
    await workbench.reload({
      'kimiQuota.statusBar.show': 'remaining',
      'kimiQuota.statusBar.density': 'compact',
    });
    await item.getByText('5h 45%', { exact: true }).waitFor();
    await workbench.reload({ 'kimiQuota.statusBar.density': 'icon' });
    await item.locator('.codicon-dashboard').waitFor();
    assert.equal((await item.innerText()).trim(), '');
  });

  it('sends no more requests for three reloads within five minutes', () => {
    assert.equal(kimi.requests.length, 2);
  });

  it('keeps old numbers with their age while Kimi cannot be reached', async () => {
    await workbench.reload({ 'kimiQuota.statusBar.density': 'full' });
    const item = workbench.statusItem('quota');
    await item.getByText('5h 45%').waitFor();
    kimi.setUsages({ fault: 'reset' });
    const old = item.getByText(/5h 45% · wk 67% · mo 81% · (?:just now|\d+ min ago)/);
    for (const until = Date.now() + 60_000; !(await old.isVisible()) && Date.now() < until;)
      await workbench.palette('Kimi Quota: Refresh');
    const text = await workbench.tooltip(item, /The connection was interrupted/);
    assert.match(text, /These are the last known numbers \((?:just now|\d+ min ago)\)\./);
    await workbench.screenshot('state-offline');
  });
});
