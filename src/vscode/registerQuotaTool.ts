import { lm, type Disposable } from 'vscode';
import type { Locale } from '../core/base/ports.ts';
import type { QuotaApiOptions } from './quotaApi.ts';

/** The name of the tool in the manifest. */
const QUOTA_TOOL = 'get_kimi_quota';

/**
 * Lets the editor's agents see the quota left, so that they can pace themselves. Takes no input and
 * sends no request. Its result is a lazy chunk: most windows have no such agent.
 */
export function registerQuotaTool(options: QuotaApiOptions & { locale: Locale }): Disposable {
  return lm.registerTool(QUOTA_TOOL, {
    prepareInvocation: () => ({ invocationMessage: options.locale.t('Checking Kimi quota') }),
    invoke: async () => (await import('./quotaTool.ts')).quotaToolResult(options),
  });
}
