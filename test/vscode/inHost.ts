import assert from 'node:assert/strict';
import { ConfigurationTarget, extensions, workspace } from 'vscode';
import type { QuotaApi } from '../../src/vscode/quotaApi.ts';

/** Waits for a condition that has no event. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  for (let tries = 0; tries < 5000; tries++) {
    if (await condition()) return;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  assert.fail(what);
}

/** The API of the extension, once it has numbers. */
export async function activated(): Promise<QuotaApi> {
  const extension = extensions.getExtension<QuotaApi>('kimi-quota.kimi-quota');
  assert.ok(extension);
  const api = await extension.activate();
  await until(() => api.views()[0]?.view.state === 'ok', 'no numbers');
  return api;
}

/** Changes a setting of the editor for the tests of a suite. */
export function useSetting(name: string, value: unknown): void {
  const change = async (to: unknown): Promise<void> =>
    workspace.getConfiguration().update(name, to, ConfigurationTarget.Global);
  let original: unknown;
  before(async () => {
    original = workspace.getConfiguration().inspect(name)?.globalValue;
    await change(value);
  });
  after(() => change(original));
}
