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
import { explain } from '../core/explain/explain.ts';
import { isCurrent } from '../core/incidents/incident.ts';
import { explainState } from '../core/status/explainState.ts';
import type { AccountView } from '../core/quota/quotaAccounts.ts';
import { quotaFacts, quotaText, sampleNotice } from '../core/status/quotaFacts.ts';
import { LEDGER_TARGET } from '../core/panel/panelExchange.ts';
import { largestUserLine } from '../core/status/largestUser.ts';
import { startAdvice, startWords } from '../core/status/startAdvice.ts';
import { resetWords, shareWords, windowName } from '../core/status/windowWords.ts';
import { commandIds } from '../core/commands.ts';
import type { CommandContext } from './commandContext.ts';

/** A row of the list; rows without `run` only inform. */
interface Row extends QuickPickItem {
  readonly run?: () => unknown;
}

/**
 * "Check Kimi Quota": checks the quota and shows a row per window and the actions. Known data
 * appears immediately and is replaced by the response.
 */
export function checkQuota(context: CommandContext): void {
  const { t } = context.locale;
  const own = new DisposableStore();
  const list = own.add(window.createQuickPick<Row>());
  list.title = t('Kimi Quota');
  list.placeholder = t('Kimi quota');
  list.matchOnDescription = true;
  let isOpen = true;
  own.add({ dispose: () => (isOpen = false) });
  const draw = (): void => {
    // The response may arrive after the list is closed.
    if (!isOpen) return;
    const active = list.activeItems[0]?.label;
    list.items = rows(context);
    list.activeItems = list.items.filter(row => row.label === active);
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
    ...incidentRows(context),
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

/** A current incident comes first, as in the tooltip. */
function incidentRows({ clock, incidents, locale, settings }: CommandContext): Row[] {
  const now = clock.now();
  const current = incidents.incidents.find(incident => isCurrent(incident, now));
  if (!current) return [];
  const { title, retry } = explain(current, { locale, now, region: settings().region });
  const run = (): unknown => commands.executeCommand(commandIds.explainLastError);
  return [
    {
      label: `$(bell-dot) ${title}`,
      description: retry,
      detail: locale.t('Explain Last Error'),
      run,
    },
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
  const { happened, stillTrue, toDo } = explainState(view, locale);
  const heading = [accountName(account.id, t), view.plan].filter(Boolean).join(' · ');
  const windows = view.windows.map((window): Row => {
    const reset = resetWords(window, now, locale);
    // No bar: a screen reader would read out every block.
    return {
      label: windowName(window, t),
      description: shareWords(window, side, t),
      ...(reset === '' ? {} : { detail: t('Resets {0}', reset) }),
    };
  });
  return [
    ...(isOneOfSeveral || view.plan ? [{ label: heading, kind: QuickPickItemKind.Separator }] : []),
    ...(happened === '' ? [] : [{ label: `$(info) ${happened}`, detail: toDo }]),
    // A separate row: in one row the second sentence would be cut off.
    ...(stillTrue === '' ? [] : [{ label: stillTrue }]),
    ...windows,
    ...quotaFacts(view, now, locale).map((fact): Row => ({ label: fact })),
    ...ledgerRows(view, context),
    ...startRows({ account, view }, context),
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

/** Empty without current data; a row above explains the problem. */
function startRows(
  account: AccountView,
  { agents: { activity }, clock, incidents: { incidents }, locale }: CommandContext,
): Row[] {
  const now = clock.now();
  const advice = startAdvice(account, { activity, incidents, now });
  return advice.kind === 'unknown' ? [] : [{ label: startWords(advice, now, locale) }];
}

function actions(context: CommandContext): Row[] {
  const { accounts, clock, incidents, isSample, locale, settings } = context;
  const { t } = locale;
  const run = (id: string) => (): unknown => commands.executeCommand(id);
  return [
    ...(accounts.current.views(clock.now()).some(({ view }) => view.state === 'badBaseUrl')
      ? [{ label: `$(settings-gear) ${t('Open Settings')}`, run: run(commandIds.openSettings) }]
      : []),
    { label: `$(refresh) ${t('Refresh')}`, run: run(commandIds.check) },
    { label: `$(graph-line) ${t('Open Dashboard')}`, run: run(commandIds.openPanel) },
    ...(incidents.incidents.length > 0
      ? [{ label: `$(info) ${t('Explain Last Error')}`, run: run(commandIds.explainLastError) }]
      : []),
    {
      label: `$(copy) ${t('Copy as Text')}`,
      run: () => {
        const options = { locale, side: settings()['statusBar.show'], now: clock.now() };
        const text = quotaText(accounts.current.views(clock.now()), options);
        return env.clipboard.writeText(isSample ? `${sampleNotice(t)}\n${text}` : text);
      },
    },
    { label: `$(link-external) ${t('Open Console in Browser')}`, run: run(commandIds.openConsole) },
    { label: `$(key) ${t('Set API Key')}`, run: run(commandIds.setApiKey) },
    { label: `$(search) ${t('Import Key...')}`, run: run(commandIds.importKey) },
    { label: `$(output) ${t('Show Log')}`, run: run(commandIds.showLog) },
  ];
}
