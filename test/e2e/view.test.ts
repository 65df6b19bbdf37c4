import assert from 'node:assert/strict';
import { openWorkbench, type Workbench } from '../editor/workbench.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

describe('the view in the Activity Bar', () => {
  let kimi: KimiService;
  let workbench: Workbench;

  before(async () => {
    kimi = await startKimiService();
    workbench = await openWorkbench({ account: kimi, colorTheme: 'Default Dark Modern' });
    await workbench.statusItem('quota').getByText('5h 84%').waitFor();
  });
  after(async () => {
    await workbench.close();
    await kimi.close();
  });

  it('shows the quota, and follows sample data with a badge for the ongoing incident', async () => {
    const { page } = workbench;
    await page.locator('.activitybar .action-label[aria-label^="Kimi Quota"]').click();
    const view = workbench.webviewFrame();
    await view.locator('[data-card="5h"]', { hasText: '84% left' }).waitFor();
    assert.equal(await view.locator('body').getAttribute('data-place'), 'view');
    await workbench.screenshot('view');
    await workbench.palette('Kimi Quota: Try with Sample Data');
    await page
      .locator('.activitybar .action-item', { has: page.locator('[aria-label^="Kimi Quota"]') })
      .locator('.badge-content', { hasText: '1' })
      .waitFor();
    await workbench.screenshot('view-and-dashboard');
  });
});
