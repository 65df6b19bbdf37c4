import assert from 'node:assert/strict';
import { openWorkbench, type Workbench } from '../editor/workbench.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';

describe('in Simplified Chinese', () => {
  let kimi: KimiService;
  let workbench: Workbench;

  before(async () => {
    kimi = await startKimiService();
    workbench = await openWorkbench({
      extension: 'source',
      locale: 'zh-cn',
      colorTheme: 'Default High Contrast',
      env: { KIMI_API_KEY: kimi.key, KIMI_CODE_BASE_URL: kimi.baseUrl },
    });
  });
  after(async () => {
    await workbench.close();
    await kimi.close();
  });

  it('the glance, the tooltip and the check speak it', async () => {
    const item = workbench.statusItem('quota');
    await item.getByText('5h 84% · 周 67% · 月 81%').waitFor();
    const tooltip = await workbench.hoverTooltip(item);
    const text = await tooltip.innerText();
    assert.match(text, /5 小时窗口[^]*剩余 84%[^]*（2 小时 \d+ 分钟后）/);
    assert.match(text, /最多可同时进行 20 个请求。/);
    await workbench.screenshot('chinese-tooltip');
    await workbench.page.mouse.move(640, 300);
    await item.click();
    const rows = await workbench.quickPickRows();
    assert.match(rows[0] ?? '', /^5 小时窗口, 剩余 84%, 重置：/);
    await workbench.screenshot('chinese-check');
  });
});
