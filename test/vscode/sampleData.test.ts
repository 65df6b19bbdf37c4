import assert from 'node:assert/strict';
import { commands, extensions, l10n, window } from 'vscode';
import { SystemClock } from '../../src/node/systemClock.ts';
import { openMemoryArchive } from '../support/memoryArchive.ts';
import type { CommandContext } from '../../src/vscode/commandContext.ts';
import type { QuotaApi } from '../../src/vscode/quotaApi.ts';
import { createSampleContext, type SampleContext } from '../../src/vscode/sampleContext.ts';

const SAMPLE_PANEL = 'mainThreadWebview-kimiQuota.samplePanel';

/** The tabs that show sample data. */
const samplePanels = (): unknown[] =>
  window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(({ input }) => (input as { viewType?: string }).viewType === SAMPLE_PANEL);

/** Waits for this number of tabs by their event. */
function untilPanels(count: number): Promise<void> {
  return new Promise(resolve => {
    const look = (): void => {
      if (samplePanels().length !== count) return;
      listening.dispose();
      resolve();
    };
    const listening = window.tabGroups.onDidChangeTabs(look);
    look();
  });
}

describe('sample data in a real extension host', () => {
  let api: QuotaApi;

  before(async () => {
    const extension = extensions.getExtension<QuotaApi>('kimi-quota.kimi-quota');
    assert.ok(extension);
    api = await extension.activate();
  });

  it('open in a separate dashboard, and disappear when ended, repeatedly', async () => {
    for (let round = 0; round < 3; round++) {
      // Two parallel calls open it once.
      await Promise.all([1, 2].map(() => commands.executeCommand('kimiQuota.trySampleData')));
      await untilPanels(1);
      await commands.executeCommand('kimiQuota.endSampleData');
      await untilPanels(0);
    }
    await commands.executeCommand('kimiQuota.endSampleData');
  });

  it('never reach other extensions: the API keeps the real account', async () => {
    const before = await api.snapshot();
    await commands.executeCommand('kimiQuota.trySampleData');
    const [during, incidents] = [await api.snapshot(), await api.incidents()];
    await commands.executeCommand('kimiQuota.endSampleData');
    assert.deepEqual(
      during.accounts.map(({ windows }) => windows),
      before.accounts.map(({ windows }) => windows),
    );
    assert.deepEqual(incidents, []);
  });

  describe('as surfaces get them', () => {
    let sample: SampleContext;

    before(async () => {
      const clock = new SystemClock();
      const openMemory = () => openMemoryArchive(clock);
      const own = { clock, locale: { language: 'en', t: l10n.t }, openMemory, isSample: false };
      sample = await createSampleContext(own as unknown as CommandContext);
    });
    after(() => sample.dispose());

    it('are one account with numbers, an ongoing incident, and a notice', () => {
      const { accounts, agents, clock, incidents, isSample } = sample.context;
      const [account, ...others] = accounts.current.views(clock.now());
      assert.equal(account?.view.state, 'ok');
      assert.deepEqual(others, []);
      assert.equal(agents.activity.inFlight?.total, 10);
      assert.equal(incidents.incidents[0]?.verdict.cause, 'own_concurrency');
      assert.equal(isSample, true);
    });

    it('have no log', async () => {
      const { incidents, placeOf } = sample.context;
      assert.equal(await placeOf(incidents.incidents[0]!.example), undefined);
    });
  });
});
