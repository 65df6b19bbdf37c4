import { env, window } from 'vscode';
import { type HeadlineWords, headlineWords } from '../core/status/headlineWords.ts';
import type { CommandContext } from './commandContext.ts';
import { openLogAt } from './panelPage.ts';

/** The headline of the primary account, as the status bar shows it. */
export function currentHeadline(context: CommandContext): HeadlineWords {
  const { accounts, agents, clock, incidents, locale, settings } = context;
  const now = clock.now();
  const { region, 'statusBar.account': choice } = settings();
  const account = accounts.current.primary(choice, now);
  const { activity } = agents;
  return headlineWords(
    { account, activity, incidents: incidents.incidents, now },
    { locale, region },
  );
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
