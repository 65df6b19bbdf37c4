import { window } from 'vscode';
import { STATUS_HOST } from '../core/base/kimiHosts.ts';
import { saveStatus, STATUS_EVERY_MS, wantsStatus } from '../core/diagnosis/liveStatus.ts';
import type { CommandContext } from './commandContext.ts';
import { writeSettings } from './vscodeSettings.ts';

/** Checks the status page because the user pressed a button; asks once for the future. */
export async function askForStatus(context: CommandContext): Promise<void> {
  const { locale, settings } = context;
  const { t } = locale;
  if (settings().statusPage !== 'allow') {
    const [allow, once] = [t('Allow'), t('Only Now')];
    const question = t('Check {0}?', STATUS_HOST);
    const detail = t(
      'No key is sent. If you allow it, the page is also checked while requests fail because of overload, a server error or an unclear cause, at most every 5 minutes.',
    );
    const options = { modal: true, detail };
    const choice = await window.showInformationMessage(question, options, allow, once);
    if (choice === undefined) return;
    if (choice === allow) await writeSettings({ statusPage: 'allow' });
  }
  if (await readStatus(context)) return;
  window.setStatusBarMessage(t('The status page is checked at most every 5 minutes.'), 5000);
}

/** Checks the status page if an open incident needs it, and no window did within five minutes. */
export async function readStatusIfWanted(context: CommandContext): Promise<void> {
  const { clock, incidents, settings } = context;
  if (settings().statusPage !== 'allow' || !wantsStatus(incidents.incidents, clock.now())) return;
  await readStatus(context);
}

/** Resolves to whether the page may be checked now: once in five minutes, in any window. */
async function readStatus({ accounts, archive, clock, createProbe }: CommandContext) {
  const [first] = accounts.current.usable();
  const claim = { subject: STATUS_HOST, now: clock.now(), minGapMs: STATUS_EVERY_MS };
  if (!first || !(await archive.claimRead(claim))) return false;
  const outcome = await (await createProbe(first.endpoint)).readStatusPage();
  const isRead = outcome.kind === 'read';
  const level = isRead ? outcome.level : 'unknown';
  const incident = isRead && outcome.incident !== undefined ? { incident: outcome.incident } : {};
  await saveStatus(archive, { at: clock.now(), level, ...incident });
  return true;
}
