import { commands, QuickPickItemKind, type QuickPickItem } from 'vscode';
import { accountName, type AccountId } from '../core/account.ts';
import type { Translate } from '../core/ports.ts';
import { canChat } from '../core/selfCheck/chat.ts';
import type { SelfCheckFacts } from '../core/selfCheck/facts.ts';
import type { CheckRow } from '../core/selfCheck/judgeFacts.ts';
import type { CheckId, CheckState } from '../core/selfCheck/rule.ts';
import { checkStateWords } from '../core/selfCheck/selfCheckReport.ts';
import { commandIds } from './commandIds.ts';

/** What choosing a row does. */
export type RowAction =
  | { readonly kind: 'chat'; readonly account: AccountId }
  | { readonly kind: 'statusPage' | 'again' | 'copy' }
  | { readonly kind: 'open'; readonly open: () => Thenable<unknown> };

/** A row of the list. Rows without `action` only tell. */
export interface Row extends QuickPickItem {
  readonly action?: RowAction;
}

const ICONS: Readonly<Record<CheckState, string>> = {
  ok: 'pass',
  attention: 'warning',
  broken: 'error',
  unknown: 'question',
  notTried: 'circle-slash',
};

/** What can be done at once about a row that is not well. */
const HELP: Partial<Record<CheckId, readonly [command: string, ...args: string[]]>> = {
  key: [commandIds.setApiKey],
  host: [commandIds.setApiKey],
  proxy: ['workbench.action.openSettings', 'http.proxy'],
  certificate: ['workbench.action.openSettings', 'http.systemCertificates'],
  quota: [commandIds.openConsole],
  models: [commandIds.openConsole],
  logs: [commandIds.showWatchedLogs],
  database: [commandIds.showLog],
};

const SETTINGS = ['workbench.action.openSettings', '@ext:kimi-quota.kimi-quota'] as const;

/** What the settings name is wrong, or may be: both regions of Kimi Code have the same accounts. */
const isOfSettings = ({ check, finding, account }: CheckRow): boolean =>
  check === 'host' &&
  (['badBaseUrl', 'redirected'].includes(finding) ||
    (finding === 'perhapsOfAnotherRegion' && account === 'kimiCode'));

/** What needs somebody first, then what works, then what is not known; actions last. */
export function selfCheckRows(
  rows: readonly CheckRow[],
  facts: SelfCheckFacts,
  t: Translate,
): Row[] {
  const isOneOfSeveral = facts.accounts.length > 1;
  const group = (label: string, ...states: readonly CheckState[]): Row[] => {
    const found = states.flatMap(state => rows.filter(row => row.state === state));
    const items = found.flatMap(row => itemsOf(row, { facts, isOneOfSeveral, t }));
    return items.length === 0 ? [] : [{ label, kind: QuickPickItemKind.Separator }, ...items];
  };
  return [
    ...group(t('To look at'), 'broken', 'attention'),
    ...group(t('Works'), 'ok'),
    ...group(t('Not known, or not tried'), 'unknown', 'notTried'),
    { label: t('Actions'), kind: QuickPickItemKind.Separator },
    {
      label: `$(copy) ${t('Copy Report')}`,
      description: t('without key, paths and names of machines'),
      action: { kind: 'copy' },
    },
    { label: `$(refresh) ${t('Check Again')}`, action: { kind: 'again' } },
  ];
}

interface Drawing {
  readonly facts: SelfCheckFacts;
  readonly isOneOfSeveral: boolean;
  readonly t: Translate;
}

/** One line says what works. What does not has a line of its own for what to do. */
function itemsOf(row: CheckRow, { facts, isOneOfSeveral, t }: Drawing): Row[] {
  const { account, title, state, means, toDo } = row;
  const whose = account && isOneOfSeveral ? ` · ${accountName(account, t)}` : '';
  const label = `$(${ICONS[state]}) ${title}${whose}`;
  const found = actionOf(row, facts);
  const action = found ? { action: found } : {};
  if (state !== 'broken' && state !== 'attention') {
    return [{ label, description: means, ...(toDo === '' ? {} : { detail: toDo }), ...action }];
  }
  const said = { label, description: checkStateWords(state, t), detail: means, ...action };
  return toDo === '' ? [said] : [said, { label: `$(arrow-right) ${toDo}`, ...action }];
}

function actionOf(row: CheckRow, facts: SelfCheckFacts): RowAction | undefined {
  const { check, state, account } = row;
  if (check === 'statusPage') return { kind: 'statusPage' };
  if (check === 'chat') {
    const found = facts.accounts.find(each => each.account.id === account);
    return account && found && canChat(found) ? { kind: 'chat', account } : undefined;
  }
  const [command, ...args] = isOfSettings(row) ? SETTINGS : (HELP[check] ?? []);
  if (state === 'ok' || state === 'notTried' || command === undefined) return undefined;
  return { kind: 'open', open: () => commands.executeCommand(command, ...args) };
}
