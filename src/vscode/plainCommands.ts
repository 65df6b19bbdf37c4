import { commands, env, Uri, window } from 'vscode';
import { consoleUrl } from '../core/accounts/links.ts';
import { ageWords } from '../core/base/format.ts';
import { MINUTE_MS, SECOND_MS } from '../core/base/time.ts';
import { inBackground } from '../core/base/background.ts';
import type { CommandContext } from './commandContext.ts';

// Commands of a few lines each, loaded on first use.

/** Replaces a ticket for sample data. */
export function nothingToReport({ locale: { t } }: CommandContext): unknown {
  return window.showInformationMessage(t("This is sample data: there's nothing to report."));
}

/** The command palette shows the applicable command by this context key. */
export function setPaused({ locale: { t }, log, logs }: CommandContext, isPaused: boolean): void {
  logs.isPaused = isPaused;
  inBackground(commands.executeCommand('setContext', 'kimiQuota.logsArePaused', isPaused), log);
  window.setStatusBarMessage(
    isPaused ? t('Agent logs are paused in this window.') : t('Agent logs are being read again.'),
    5000,
  );
}

/** "Refresh" always answers: another check may have been too recent to repeat. */
export async function refresh({ accounts, clock, locale, settings }: CommandContext) {
  const { t } = locale;
  const asking = accounts.current.ask();
  window.setStatusBarMessage(t('$(sync~spin) Checking Kimi quota…'), asking);
  await asking;
  const { view } = accounts.current.primary(settings()['statusBar.account'], clock.now());
  const { ageMs } = view;
  const words =
    ageMs === undefined || view.isOld
      ? t('No new numbers from Kimi.')
      : ageMs < MINUTE_MS
        ? t('Updated {0} s ago.', Math.floor(ageMs / SECOND_MS))
        : t('Updated {0}.', ageWords(ageMs, t));
  window.setStatusBarMessage(words, 5000);
}

/** Opens the console of the primary account. */
export function openConsole({ accounts, clock, settings }: CommandContext): Thenable<boolean> {
  const { region, 'statusBar.account': choice } = settings();
  const { account } = accounts.current.primary(choice, clock.now());
  return env.openExternal(Uri.parse(consoleUrl(account, region)));
}

/** Opens the setting to fix, if any, otherwise all settings. */
export function openSettings({ accounts, clock }: CommandContext): Thenable<unknown> {
  const bad = accounts.current.views(clock.now()).find(({ view }) => view.state === 'badBaseUrl');
  const one = bad?.account.id === 'kimiCode' ? 'baseUrl' : 'openPlatformBaseUrl';
  const query = bad ? `@id:kimiQuota.${one}` : '@ext:kimi-quota.kimi-quota';
  return commands.executeCommand('workbench.action.openSettings', query);
}
