import assert from 'node:assert/strict';
import { commands, ConfigurationTarget, extensions, workspace } from 'vscode';
import type { QuotaApi } from '../../src/vscode/quotaApi.ts';

/** Waits for a state of the accounts by their event, without a timer. */
function until(api: QuotaApi, condition: () => boolean): Promise<void> {
  return new Promise(resolve => {
    if (condition()) return resolve();
    const listening = api.onDidChange(() => {
      if (!condition()) return;
      listening.dispose();
      resolve();
    });
  });
}

describe('the quota in a real extension host', () => {
  let api: QuotaApi;

  before(async () => {
    const extension = extensions.getExtension<QuotaApi>('kimi-quota.kimi-quota');
    assert.ok(extension);
    api = await extension.activate();
  });

  it("is read with the editor's fetch, with three windows", async () => {
    await until(api, () => api.views()[0]?.view.state === 'ok');
    const { view } = api.views()[0]!;
    assert.deepEqual(
      view.windows.map(({ id, remainingPercent }) => [id, remainingPercent]),
      [
        ['5h', 84],
        ['week', 67],
        ['month', 81],
      ],
    );
    assert.equal(view.binding?.id, '5h');
  });

  it('exposes no key through commands or the API', async () => {
    const answers = [
      await commands.executeCommand('kimiQuota.refresh', 'http://127.0.0.1:1', { key: 'x' }),
      api.views(),
    ];
    assert.ok(!JSON.stringify(answers).includes(process.env['KIMI_API_KEY'] ?? 'no key'));
  });

  for (const name of ['baseUrl', 'region', 'openPlatformBaseUrl']) {
    it(`cannot be redirected by a workspace that sets ${name}`, async () => {
      const section = workspace.getConfiguration('kimiQuota');
      for (const target of [ConfigurationTarget.Workspace, ConfigurationTarget.WorkspaceFolder]) {
        await assert.rejects(async () => section.update(name, 'kimi.ai', target));
      }
    });
  }

  it('is not checked again when a display setting changes', async () => {
    const at = api.views()[0]?.view.snapshot?.at;
    const section = workspace.getConfiguration('kimiQuota');
    await section.update('statusBar.show', 'used', ConfigurationTarget.Global);
    assert.equal(api.views()[0]?.view.snapshot?.at, at);
    await section.update('statusBar.show', undefined, ConfigurationTarget.Global);
    assert.equal(api.views()[0]?.view.snapshot?.at, at);
  });
});
