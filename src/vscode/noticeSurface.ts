import { commands, window, workspace } from 'vscode';
import { inBackground } from '../core/base/background.ts';
import { type Disposable, DisposableStore } from '../core/base/event.ts';
import type { Notice } from '../core/notices/notice.ts';
import { NoticeWatch, remind, snooze } from '../core/notices/noticePolicy.ts';
import { kindName, noticeWords } from '../core/notices/noticeWords.ts';
import { LEDGER_TARGET } from '../core/panel/panelExchange.ts';
import { guardOf, saveGuard } from '../core/status/guard.ts';
import { shortMoment } from '../core/base/format.ts';
import type { CommandContext } from './commandContext.ts';
import { writeSettings } from './vscodeSettings.ts';
import { HOUR_MS } from '../core/base/time.ts';

/** Decides and shows notifications, and keeps the guard of the settings where hooks read it. */
export function showNotices(context: CommandContext): Disposable {
  const { accounts, archive, incidents, log, settings } = context;
  const own = new DisposableStore();
  const watch = own.add(
    new NoticeWatch({
      ...context,
      accounts: now => accounts.current.views(now),
      incidents: () => incidents.incidents,
      show: notice => inBackground(show(context, notice), log),
      refresh: () => accounts.current.ask(),
    }),
  );
  for (const { onDidChange } of [accounts, incidents])
    own.add(onDidChange(() => inBackground(watch.look(), log)));
  inBackground(watch.look(), log);
  const shareGuard = () => inBackground(saveGuard(archive, guardOf(settings())), log);
  own.add(
    workspace.onDidChangeConfiguration(event => {
      if (event.affectsConfiguration('kimiQuota.guard')) shareGuard();
    }),
  );
  shareGuard();
  return own;
}

async function show(context: CommandContext, notice: Notice): Promise<void> {
  const { accounts, agents, clock, locale, settings } = context;
  const now = clock.now();
  const words = noticeWords(notice, {
    locale,
    now,
    region: settings().region,
    accounts: accounts.current.views(now),
    activity: agents.activity,
  });
  const choices = choicesOf(context, notice, now);
  const isGood = notice.kind === 'low' || notice.kind === 'worksAgain';
  // Both respect Do Not Disturb.
  const showMessage = isGood ? window.showInformationMessage : window.showWarningMessage;
  const choice = await showMessage(words, ...choices.keys());
  await choices.get(choice ?? '')?.();
}

type Choices = ReadonlyMap<string, () => Promise<unknown>>;

function choicesOf(context: CommandContext, notice: Notice, now: number): Choices {
  const { t } = context.locale;
  const { kind, subject, resetsAt = 0 } = notice;
  const isOfQuota = subject.startsWith('quota ') && kind !== 'worksAgain';
  return new Map<string, () => Promise<unknown>>([
    ...(kind === 'runaway'
      ? [[t('Open Session Log'), () => openLog(context, notice.incidentId)] as const]
      : []),
    [t('Details'), () => openOn(context, notice)],
    ...(isOfQuota && resetsAt > now
      ? [[t('Remind Me at Reset'), () => remindAt(context, subject, resetsAt)] as const]
      : kind === 'worksAgain'
        ? []
        : [[t('Snooze'), () => snoozeHour(context, subject)] as const]),
    [t('Mute'), () => mute(context, notice)],
  ]);
}

async function openLog(context: CommandContext, incidentId: string): Promise<void> {
  const { openLogAt } = await import('./panelPage.ts');
  await openLogAt(context, incidentId);
}

async function openOn(context: CommandContext, { kind, incidentId }: Notice): Promise<void> {
  const { openPanel } = await import('./quotaPanel.ts');
  openPanel(context, kind === 'session' ? LEDGER_TARGET : incidentId);
}

async function remindAt(context: CommandContext, subject: string, until: number): Promise<void> {
  const { archive, clock, locale } = context;
  const now = clock.now();
  await remind(archive, subject, { until, now });
  const moment = shortMoment(until, now, locale);
  window.setStatusBarMessage(locale.t('Reminder set: {0}.', moment), 5000);
}

async function snoozeHour(context: CommandContext, subject: string): Promise<void> {
  const { archive, clock, locale } = context;
  const now = clock.now();
  await snooze(archive, subject, { until: now + HOUR_MS, now });
  window.setStatusBarMessage(locale.t('Snoozed for 1 hour.'), 5000);
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
