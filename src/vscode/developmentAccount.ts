import { ExtensionMode } from 'vscode';

/** An account that comes from the environment of an Extension Development Host. */
export interface DevelopmentAccount {
  /** Empty: the settings decide. */
  readonly baseUrl: string;
  readonly key: string;
}

/**
 * `npm start` gives the editor it opens a key and a host, so that a newcomer needs neither an
 * account nor a setting. In an installed extension the environment is never looked at: a key that
 * was set for another program is not ours to use.
 */
export function developmentAccount(
  mode: ExtensionMode,
  environment: Readonly<Record<string, string | undefined>>,
): DevelopmentAccount | undefined {
  const { KIMI_API_KEY: key = '', KIMI_CODE_BASE_URL: baseUrl = '' } = environment;
  return mode === ExtensionMode.Development && key !== '' ? { key, baseUrl } : undefined;
}
