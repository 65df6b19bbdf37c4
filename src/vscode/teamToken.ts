import { window } from 'vscode';
import { inBackground } from '../core/base/background.ts';
import type { CommandContext } from './commandContext.ts';

/** Stores the token of the team's metrics store, for its origin only. */
export async function setTeamToken({
  locale,
  log,
  settings,
  vault,
}: CommandContext): Promise<void> {
  const { t } = locale;
  const typed = [settings()['team.pushUrl'], settings()['team.queryUrl']];
  const origins = [...new Set(typed.flatMap(url => URL.parse(url)?.origin ?? []))];
  if (origins.length === 0) {
    const words = t('Set kimiQuota.team.pushUrl or kimiQuota.team.queryUrl first.');
    inBackground(window.showInformationMessage(words), log);
    return;
  }
  const title = t('Kimi Quota: Set Team Token');
  const origin = origins.length === 1 ? origins[0] : await window.showQuickPick(origins, { title });
  if (origin === undefined) return;
  const token = await window.showInputBox({
    title,
    prompt: t('The bearer token of {0}. It stays in the secret storage.', origin),
    password: true,
    ignoreFocusOut: true,
    validateInput: text =>
      /^[\x21-\x7e]{1,4096}$/.test(text.trim()) ? undefined : t('A token has no spaces.'),
  });
  if (token === undefined) return;
  const result = await vault.store(origin, { key: token.trim() });
  const words =
    result === 'stored'
      ? t('The token of {0} is saved.', origin)
      : t("The system's secret storage did not save it.");
  inBackground(window.showInformationMessage(words), log);
}
