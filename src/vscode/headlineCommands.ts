import { env, window } from 'vscode';
import type { Situation } from '../core/status/headline.ts';
import { type HeadlineWords, headlineWords } from '../core/status/headlineWords.ts';
import type { CommandContext } from './commandContext.ts';
import { openLogAt } from './panelPage.ts';

/** What every surface draws: the primary account with everything else at this time. */
export function situationOf(context: CommandContext): Situation {
  const { accounts, agents, clock, incidents, settings } = context;
  const now = clock.now();
  const account = accounts.current.primary(settings()['statusBar.account'], now);
  return { account, activity: agents.activity, incidents: incidents.incidents, now };
}

/** The headline of the primary account, as the status bar shows it. */
export function currentHeadline(context: CommandContext): HeadlineWords {
  const { locale, settings } = context;
  return headlineWords(situationOf(context), { locale, region: settings().region });
}

/** Copies the setting or command that prevents the current failure. */
export async function copyFix(context: CommandContext): Promise<void> {
  const { t } = context.locale;
  const { code } = currentHeadline(context);
  if (code === undefined) {
    window.setStatusBarMessage(t('There is nothing to copy now.'), 5000);
    return;
  }
  await env.clipboard.writeText(code);
  window.setStatusBarMessage(t('Copied: {0}', code), 5000);
}

/** Opens the log of the current failure at its line. */
export async function openFailureLog(context: CommandContext): Promise<void> {
  const { incident } = currentHeadline(context).headline;
  if (incident) return openLogAt(context, incident.id);
  window.setStatusBarMessage(context.locale.t('No request is failing now.'), 5000);
}
