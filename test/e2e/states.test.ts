import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { openWorkbench, type Workbench } from '../editor/workbench.ts';
import { startKimiService, type KimiService } from '../support/kimiService/kimiService.ts';
import { THREE_WINDOWS } from '../support/kimiService/usagesScenario.ts';

interface StateCase {
  readonly name: string;
  readonly given: (kimi: KimiService) => void;
  readonly text: string;
  readonly icon: string;
  readonly tooltip: RegExp;
}

/** A legacy response with this use and reset of the 5-hour quota. */
const usagesOf = (used: string, resetTime: string): object => ({
  limits: [
    {
      window: { duration: 300, timeUnit: 'TIME_UNIT_MINUTE' },
      detail: { limit: '100', used, resetTime },
    },
  ],
  usage: { limit: '100', used: '33', resetTime: '2099-01-01T00:00:00Z' },
});

/** Possible responses of Kimi. */
const answers: readonly StateCase[] = [
  {
    name: 'low',
    given: ({ account }) => (account.windows.fiveHour.usedPercent = 88),
    text: '5h 12% · wk 67%',
    icon: 'warning',
    tooltip: /5-hour quota is running low[^]*12% left, resets in/,
  },
  {
    name: 'exhausted-week',
    given: ({ account }) => (account.windows.week.usedPercent = 100),
    text: 'Week used up · resets',
    icon: 'error',
    tooltip: /Weekly quota used up[^]*Resets in 4 d[^]*Extra Usage works right away\./,
  },
  {
    name: 'extra-usage',
    given: ({ account }) => {
      account.windows.fiveHour.usedPercent = 100;
      account.wallet = {
        totalCents: 2000,
        leftCents: 1250,
        currency: 'USD',
        monthlyCapCents: 5000,
        monthlyUsedCents: 750,
      };
    },
    text: '5h 0% · wk 67% · mo 81% · extra usage',
    icon: 'credit-card',
    tooltip: /Requests continue on paid Extra Usage[^]*\$12\.50 of Extra Usage left\./,
  },
  {
    name: 'contradiction',
    given: kimi => kimi.setUsages('C'),
    text: '5h 84% · wk 67%',
    icon: 'dashboard',
    tooltip: /5-hour quota\s+84% left/,
  },
  {
    name: 'resetting',
    given: kimi => kimi.setUsages({ raw: usagesOf('16', '2026-01-01T00:00:00Z') }),
    text: 'wk 67% · 5h …',
    icon: 'history',
    tooltip: /A quota has just reset; the new value isn't known yet/,
  },
  {
    name: 'unknown',
    given: kimi => kimi.setUsages({ raw: { usage: { limit: '100' } } }),
    text: 'wk ?',
    icon: 'question',
    tooltip: /Kimi returned no percentages/,
  },
  {
    name: 'new-plan',
    given: kimi => kimi.setUsages('B'),
    text: '5h 84% · mo 81%',
    icon: 'dashboard',
    tooltip: /Monthly quota[^]*81% left/,
  },
];

/** Possible failures of a key that worked before. */
const faults: readonly StateCase[] = [
  {
    name: 'key-refused-later',
    given: kimi => kimi.setUsages({ status: 401 }),
    text: 'Kimi: key rejected',
    icon: 'lock',
    tooltip: /Kimi rejected the key/,
  },
  {
    name: 'membership',
    given: kimi => kimi.setUsages({ status: 402 }),
    text: 'Kimi: rejected',
    icon: 'circle-slash',
    tooltip: /Kimi could not verify your membership/,
  },
  {
    name: 'gone',
    given: kimi => kimi.setUsages({ status: 404 }),
    text: 'Kimi: endpoint changed',
    icon: 'unverified',
    tooltip: /The usage endpoint was not found \(HTTP 404\)/,
  },
  {
    name: 'limited',
    given: kimi => kimi.setUsages({ status: 429, retryAfter: '600' }),
    text: 'Kimi: checks paused',
    icon: 'watch',
    tooltip:
      /Kimi is rate limiting quota checks\. Your quota isn't affected[^]*Kimi asks clients to wait at least 10 min/,
  },
  {
    name: 'web-page',
    given: kimi => kimi.setUsages({ fault: 'html' }),
    text: 'Kimi: offline',
    icon: 'debug-disconnect',
    tooltip: /A web page responded instead of Kimi/,
  },
  {
    name: 'malformed',
    given: kimi => kimi.setUsages({ raw: { hello: 'world' } }),
    text: 'Kimi: endpoint changed',
    icon: 'unverified',
    tooltip: /Kimi's usage API returned an unknown format/,
  },
];

describe('each state in the status bar and tooltip', () => {
  let kimi: KimiService;
  let workbench: Workbench;
  let fresh: KimiService['account'];

  before(async () => {
    kimi = await startKimiService();
    fresh = structuredClone(kimi.account);
    workbench = await openWorkbench({ account: kimi });
    await workbench.statusItem('quota').getByText('5h 84%').waitFor();
  });
  afterEach(() => {
    Object.assign(kimi.account, structuredClone(fresh));
    kimi.setUsages(THREE_WINDOWS);
  });
  after(async () => {
    await workbench.close();
    await kimi.close();
  });

  async function see({ name, text, icon, tooltip }: StateCase): Promise<void> {
    const item = workbench.statusItem('quota');
    await item.getByText(text).waitFor();
    await item.locator(`.codicon-${icon}`).waitFor();
    await workbench.tooltip(item, tooltip);
    await workbench.screenshot(`state-${name}`);
  }

  for (const state of answers)
    it(`${state.name}: ${state.text}`, async () => {
      state.given(kimi);
      // Setting a key checks immediately; any other check would wait.
      await workbench.setKey(kimi.key);
      await workbench.toast(kimi.url);
      await workbench.clearToasts();
      await see(state);
    });

  for (const state of faults)
    it(`${state.name}: ${state.text}`, async () => {
      state.given(kimi);
      await forgetAll(workbench);
      await workbench.reload();
      await see(state);
    });

  it('an invalid base URL is explained, and fixed in the settings', async () => {
    await workbench.reload({ 'kimiQuota.baseUrl': 'http://relay.example/v1' });
    const item = workbench.statusItem('quota');
    await item.getByText('Kimi: check base URL').waitFor();
    await workbench.tooltip(item, /must start with https:\/\/[^]*Change or clear the setting/);
    await workbench.screenshot('state-base-url');
    await workbench.pointAway();
    await item.click();
    await workbench.page.getByText('Open Settings', { exact: true }).click();
    const setting = workbench.page.locator('.settings-editor [data-key="kimiQuota.baseUrl"] input');
    await setting.waitFor();
    assert.equal(await setting.inputValue(), 'http://relay.example/v1');
  });
});

/** Removes the database, so that the next start has no data and checks immediately. */
async function forgetAll(workbench: Workbench): Promise<void> {
  const storage = path.join(workbench.userDataDir, 'User/globalStorage/kimi-quota.kimi-quota');
  await rm(storage, { recursive: true, force: true, maxRetries: 5 });
}
