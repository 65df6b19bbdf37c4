import { lm, type Disposable } from 'vscode';
import type { Locale } from '../core/base/ports.ts';
import type { QuotaApiOptions } from './quotaApi.ts';

/** The tool's name in the manifest. */
const QUOTA_TOOL = 'get_kimi_quota';

/**
 * Lets agents of the editor see how much is left, so that they can pace themselves. It takes no
 * input and asks nobody. What it answers is a file of its own: most windows have no such agent.
 */
export function registerQuotaTool(options: QuotaApiOptions & { locale: Locale }): Disposable {
  return lm.registerTool(QUOTA_TOOL, {
    prepareInvocation: () => ({ invocationMessage: options.locale.t('Checking Kimi quota') }),
    invoke: async () => (await import('./quotaTool.ts')).quotaToolResult(options),
  });
}
