import { commands, window } from 'vscode';
import { inBackground } from '../core/base/background.ts';
import { type Disposable, DisposableStore } from '../core/base/event.ts';
import type { Notice } from '../core/notices/notice.ts';
import { NoticeWatch, snooze } from '../core/notices/noticePolicy.ts';
import { kindName, noticeWords } from '../core/notices/noticeWords.ts';
import { momentWords } from '../core/base/format.ts';
import type { CommandContext } from './commandContext.ts';
import { writeSettings } from './vscodeSettings.ts';
import { HOUR_MS } from '../core/base/time.ts';

/** Decides and shows notifications. */
export function showNotices(context: CommandContext): Disposable {
  const { accounts, incidents, log } = context;
  const own = new DisposableStore();
  const watch = own.add(
    new NoticeWatch({
      ...context,
      accounts: now => accounts.current.views(now),
      incidents: () => incidents.incidents,
      show: notice => inBackground(show(context, notice), log),
    }),
  );
  for (const { onDidChange } of [accounts, incidents])
    own.add(onDidChange(() => inBackground(watch.look(), log)));
  inBackground(watch.look(), log);
  return own;
}

async function show(context: CommandContext, notice: Notice): Promise<void> {
  const { clock, locale, settings } = context;
  const { t } = locale;
  const words = noticeWords(notice, { locale, now: clock.now(), region: settings().region });
  const choices = new Map<string, () => Promise<unknown>>([
    ...(notice.kind === 'runaway'
      ? [[t('Open Session Log'), () => openLog(context, notice.incidentId)] as const]
      : []),
    [t('Explain'), () => openOn(context, notice.incidentId)],
    [t('Snooze'), () => askToSnooze(context, notice)],
    [t("Don't Show Again"), () => mute(context, notice)],
  ]);
  const isGood = notice.kind === 'low' || notice.kind === 'worksAgain';
  // Both respect Do Not Disturb.
  const showMessage = isGood ? window.showInformationMessage : window.showWarningMessage;
  const choice = await showMessage(words, ...choices.keys());
  await choices.get(choice ?? '')?.();
}

async function openLog(context: CommandContext, incidentId: string): Promise<void> {
  const { openLogAt } = await import('./panelPage.ts');
  await openLogAt(context, incidentId);
}

async function openOn(context: CommandContext, incidentId: string | undefined): Promise<void> {
  const { openPanel } = await import('./quotaPanel.ts');
  openPanel(context, incidentId);
}

async function askToSnooze(context: CommandContext, notice: Notice): Promise<void> {
  const { archive, clock, locale } = context;
  const { t } = locale;
  const now = clock.now();
  const hour = { label: t('For 1 Hour'), until: now + HOUR_MS };
  const { resetsAt = 0 } = notice;
  const until = { label: t('Until {0}', momentWords(resetsAt, now, locale)), until: resetsAt };
  const chosen =
    resetsAt > now ? await window.showQuickPick([hour, until], { title: t('Snooze') }) : hour;
  if (!chosen) return;
  await snooze(archive, notice.subject, { until: chosen.until, now });
  const moment = momentWords(chosen.until, now, locale);
  window.setStatusBarMessage(t('Snoozed until {0}.', moment), 5000);
}

/** Stored in the user's settings, where the user can remove it from the list. */
async function mute({ locale: { t }, settings }: CommandContext, { kind }: Notice): Promise<void> {
  const muted = new Set([...settings()['notifications.muted'], kind]);
  await writeSettings({ 'notifications.muted': [...muted] });
  const open = t('Open Settings');
  const choice = await window.showInformationMessage(
    t(
      'Muted: {0}. To turn these notifications on again, remove "{1}" from the kimiQuota.notifications.muted setting.',
      kindName(kind, t),
      kind,
    ),
    open,
  );
  if (choice === open)
    await commands.executeCommand(
      'workbench.action.openSettings',
      '@id:kimiQuota.notifications.muted',
    );
}
