import {
  commands,
  env,
  QuickPickItemKind,
  window,
  type QuickPick,
  type QuickPickItem,
} from 'vscode';
import { inBackground } from '../core/base/background.ts';
import { accountName } from '../core/accounts/endpoint.ts';
import { DisposableStore } from '../core/base/event.ts';
import type { AccountView } from '../core/quota/quotaAccounts.ts';
import { LEDGER_TARGET } from '../core/panel/panelExchange.ts';
import { largestUserLine } from '../core/status/largestUser.ts';
import { quotaText, sampleNotice } from '../core/status/quotaFacts.ts';
import { shareWords, windowName } from '../core/status/windowWords.ts';
import { commandIds } from '../core/commands.ts';
import { durationWords, shareBar, shortMoment } from '../core/base/format.ts';
import type { CommandContext } from './commandContext.ts';
import { currentHeadline, situationOf } from './headlineCommands.ts';

/** A row of the list; rows without `run` only inform. */
interface Row extends QuickPickItem {
  readonly run?: () => unknown;
}

/**
 * "Show Quota": checks the quota and shows a row per window and the actions. Known data
 * appears immediately and is replaced by the response.
 */
export function checkQuota(context: CommandContext): void {
  const { t } = context.locale;
  if (currentHeadline(context).action === 'connect')
    return inBackground(commands.executeCommand(commandIds.connect), context.log);
  const own = new DisposableStore();
  const list = own.add(window.createQuickPick<Row>());
  list.title = t('Kimi Quota');
  list.placeholder = t('Search actions');
  list.matchOnDescription = true;
  let isOpen = true;
  own.add({ dispose: () => (isOpen = false) });
  const draw = (): void => {
    // The response may arrive after the list is closed.
    if (!isOpen) return;
    // The first row has the focus, so that Enter works.
    const active = list.activeItems[0]?.label;
    list.items = rows(context);
    const kept = list.items.find(row => row.label === active);
    const first = kept ?? list.items.find(row => row.run);
    list.activeItems = first ? [first] : [];
  };
  own.add(context.accounts.onDidChange(draw));
  own.add(context.incidents.onDidChange(draw));
  own.add(list.onDidAccept(() => inBackground(accept(list), context.log)));
  own.add(list.onDidHide(() => own.dispose()));
  draw();
  list.show();
  inBackground(ask(list, context, draw), context.log);
}

async function ask(list: QuickPick<Row>, { accounts }: CommandContext, draw: () => void) {
  list.busy = true;
  try {
    await accounts.current.ask();
  } finally {
    list.busy = false;
    draw();
  }
}

async function accept(list: QuickPick<Row>): Promise<void> {
  const run = list.activeItems[0]?.run;
  if (!run) return;
  list.hide();
  await run();
}

function rows(context: CommandContext): Row[] {
  const { accounts, clock, locale } = context;
  const views = accounts.current.views(clock.now());
  return [
    ...sampleRows(context),
    ...headlineRows(context),
    ...views.flatMap(view => accountRows(view, views.length > 1, context)),
    { label: locale.t('Actions'), kind: QuickPickItemKind.Separator },
    ...actions(context),
  ];
}

function sampleRows({ isSample, locale: { t } }: CommandContext): Row[] {
  if (!isSample) return [];
  const run = (): unknown => commands.executeCommand(commandIds.endSampleData);
  return [
    { label: `$(beaker) ${sampleNotice(t)}` },
    { label: `$(close) ${t('End Sample Data')}`, run },
  ];
}

/** What matters now comes first, as in the tooltip. */
function headlineRows(context: CommandContext): Row[] {
  const { t } = context.locale;
  const { title, numbers, now, next, headline, action, code } = currentHeadline(context);
  const run = (id: string) => (): unknown => commands.executeCommand(id);
  if (title === '') return [];
  const isFault = headline.kind === 'state' && action !== undefined && action !== 'connect';
  return [
    {
      label: `$(${headline.kind === 'state' ? 'info' : 'bell-dot'}) ${title}`,
      description: now,
      detail: [numbers, next].filter(part => part !== '').join(' '),
      run: run(headline.incident ? commandIds.explainLastError : commandIds.openPanel),
    },
    ...(isFault
      ? [{ label: `$(tools) ${t('Troubleshoot')}`, run: run(commandIds.selfCheck) }]
      : []),
    ...(code === undefined
      ? []
      : [
          {
            label: `$(copy) ${t('Copy Setting')}`,
            description: code,
            run: run(commandIds.copyFix),
          },
        ]),
  ];
}

function accountRows(
  { account, view }: AccountView,
  isOneOfSeveral: boolean,
  context: CommandContext,
): Row[] {
  const { clock, locale, settings } = context;
  const { t } = locale;
  const now = clock.now();
  const side = settings()['statusBar.show'];
  const heading = [accountName(account.id, t), view.plan].filter(Boolean).join(' · ');
  const openPanel = (): unknown => commands.executeCommand(commandIds.openPanel);
  const windows = view.windows.map((window): Row => {
    const { isResetting, remainingPercent, resetsInMs } = window;
    const share = shareWords(window, side, t);
    const reset =
      resetsInMs === undefined || isResetting
        ? ''
        : t(
            'resets in {0} ({1})',
            durationWords(resetsInMs, t),
            shortMoment(now + resetsInMs, now, locale),
          );
    return {
      label: `${windowName(window, t)} · ${share}`,
      description: [shareBar(remainingPercent, side), reset].filter(Boolean).join(' '),
      run: openPanel,
    };
  });
  return [
    ...(isOneOfSeveral || view.plan ? [{ label: heading, kind: QuickPickItemKind.Separator }] : []),
    ...windows,
    ...ledgerRows(view, context),
  ];
}

/** Opens the section "Where it went"; its detail is the largest user. */
function ledgerRows({ snapshot, binding }: AccountView['view'], context: CommandContext): Row[] {
  const { agents, locale } = context;
  if (!snapshot || snapshot.windows.length === 0) return [];
  const use = { origin: snapshot.origin, windowId: binding?.id ?? '' };
  const detail = largestUserLine(agents.activity, use, locale);
  return [
    {
      label: `$(graph) ${locale.t('Where it went')}`,
      ...(detail ? { detail } : {}),
      run: async () => (await import('./quotaPanel.ts')).openPanel(context, LEDGER_TARGET),
    },
  ];
}

function actions(context: CommandContext): Row[] {
  const { accounts, clock, incidents, isSample, locale, settings } = context;
  const { t } = locale;
  const run = (id: string) => (): unknown => commands.executeCommand(id);
  return [
    ...(accounts.current.views(clock.now()).some(({ view }) => view.state === 'badBaseUrl')
      ? [{ label: `$(settings-gear) ${t('Open Settings')}`, run: run(commandIds.openSettings) }]
      : []),
    { label: `$(refresh) ${t('Refresh')}`, run: run(commandIds.refresh) },
    { label: `$(graph-line) ${t('Open Dashboard')}`, run: run(commandIds.openPanel) },
    ...(incidents.incidents.length > 0
      ? [{ label: `$(info) ${t('Explain Last Error')}`, run: run(commandIds.explainLastError) }]
      : []),
    {
      label: `$(copy) ${t('Copy as Text')}`,
      run: () => {
        const { activity, now } = situationOf(context);
        const options = {
          locale,
          side: settings()['statusBar.show'],
          now,
          activity,
          incidents: incidents.incidents,
        };
        const text = quotaText(accounts.current.views(clock.now()), options);
        return env.clipboard.writeText(isSample ? `${sampleNotice(t)}\n${text}` : text);
      },
    },
    { label: `$(link-external) ${t('Open Console in Browser')}`, run: run(commandIds.openConsole) },
    { label: `$(plug) ${t('Connect Account...')}`, run: run(commandIds.connect) },
    { label: `$(tools) ${t('Troubleshoot...')}`, run: run(commandIds.selfCheck) },
    { label: `$(output) ${t('Show Log')}`, run: run(commandIds.showLog) },
  ];
}
