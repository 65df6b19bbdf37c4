import { ExtensionMode } from 'vscode';
import type { ParseBaseUrl } from '../core/account.ts';
import { baseUrlOf } from '../core/endpoint.ts';
import type { Settings } from '../core/settings.ts';

/** An account that comes from the environment of an Extension Development Host, or of a test's. */
export interface DevelopmentAccount {
  /** The host that the key is for, and no other. */
  readonly origin: string;
  readonly key: string;
  /** What stands in for the user's settings. */
  readonly settings: Pick<Settings, 'baseUrl'>;
}

/**
 * `npm start` gives the editor it opens a key and a host, so that a newcomer needs neither an
 * account nor a setting. An installed extension looks at the environment only when the user runs
 * Import Key: a key that was set for another program is not ours to use.
 */
export function developmentAccount(
  mode: ExtensionMode,
  environment: Readonly<Record<string, string | undefined>>,
  parseBaseUrl: ParseBaseUrl,
): DevelopmentAccount | undefined {
  const { KIMI_API_KEY: key = '', KIMI_CODE_BASE_URL = '' } = environment;
  if (mode === ExtensionMode.Production || key === '') return undefined;
  const baseUrl = KIMI_CODE_BASE_URL || baseUrlOf('kimi.com');
  const endpoint = parseBaseUrl(baseUrl, 'kimiCode');
  return 'problem' in endpoint
    ? undefined
    : { origin: endpoint.origin, key, settings: { baseUrl } };
}
