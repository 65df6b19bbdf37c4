import assert from 'node:assert/strict';
import { openWorkbench, type Workbench } from '../editor/workbench.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

describe('the panel', () => {
  let kimi: KimiService;
  let workbench: Workbench;

  before(async () => {
    kimi = await startKimiService();
    workbench = await openWorkbench({
      extension: 'source',
      env: { KIMI_API_KEY: kimi.key, KIMI_CODE_BASE_URL: kimi.baseUrl },
    });
    await workbench.statusItem('quota').getByText('5h 84%').waitFor();
  });
  after(async () => {
    await workbench.close();
    await kimi.close();
  });

  it('shows what is left, says that nothing happened, and lives through a reload', async () => {
    await workbench.palette('Kimi Quota: Open Panel');
    const panel = workbench.webviewFrame();
    await panel.getByText('84% left').waitFor();
    await workbench.screenshot('panel');
    assert.equal(await panel.getByRole('heading', { name: 'Kimi Code Allegretto' }).count(), 1);
  });
});
