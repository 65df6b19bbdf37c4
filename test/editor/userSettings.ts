import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Nothing that moves, asks, offers or reaches for the network. */
const quietSettings = {
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'json.schemaDownload.enable': false,
  'npm.fetchOnlinePackageInfo': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'typescript.disableAutomaticTypeAcquisition': true,
  'update.mode': 'none',
  'update.showReleaseNotes': false,
  'workbench.editor.useModal': 'off',
  'workbench.enableExperiments': false,
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.settings.enableNaturalLanguageSearch': false,
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/** With these the editor asks at the start whether to trust the folder. */
export const trustSettings = {
  'security.workspace.trust.enabled': true,
  'security.workspace.trust.startupPrompt': 'always',
};

/**
 * Writes the settings of an editor that shall not distract: the quiet ones, then what is in the
 * folder from an earlier run, then `settings`.
 */
export async function writeUserSettings(
  userDataDir: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<void> {
  const file = path.join(userDataDir, 'User/settings.json');
  await mkdir(path.dirname(file), { recursive: true });
  const existing = JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as object;
  const all = { ...quietSettings, ...existing, ...settings };
  await writeFile(file, `${JSON.stringify(all, undefined, 2)}\n`);
}
