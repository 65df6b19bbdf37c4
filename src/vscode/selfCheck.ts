import {
  commands,
  env,
  extensions,
  type QuickPick,
  type QuickPickItem,
  QuickPickItemKind,
  version,
  window,
  workspace,
} from 'vscode';
import { inBackground } from '../core/base/background.ts';
import { type Account, type AccountId, accountName } from '../core/accounts/endpoint.ts';
import type { KeyLookup } from '../core/accounts/foundKey.ts';
import { loadWatchedLogs } from '../core/agents/watchedLogs.ts';
import { DisposableStore } from '../core/base/event.ts';
import type { Translate } from '../core/base/ports.ts';
import { canChat, chatQuestion, modelForChat } from '../core/selfCheck/answers.ts';
import type {
  AccountFacts,
  CheckId,
  CheckState,
  MachineFacts,
  SelfCheckFacts,
  WordsContext,
} from '../core/selfCheck/facts.ts';
import { clockFacts, lookAtAccount } from '../core/selfCheck/lookAtAccount.ts';
import {
  type CheckRow,
  checkStateWords,
  judgeFacts,
  selfCheckText,
  verdictWords,
} from '../core/selfCheck/selfCheckReport.ts';
import { commandIds } from '../core/commands.ts';
import type { CommandContext } from './commandContext.ts';

/** The action of a row. */
export type RowAction =
  | { readonly kind: 'chat'; readonly account: AccountId }
  | { readonly kind: 'statusPage' | 'again' | 'copy' }
  | { readonly kind: 'open'; readonly open: () => Thenable<unknown> };

/** A row of the list; rows without `action` only inform. */
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

/** The immediate action for a row with a problem. */
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

/** Findings that the settings cause or may cause: the accounts of both regions look the same. */
const isOfSettings = ({ check, finding, account }: CheckRow): boolean =>
  check === 'host' &&
  (['badBaseUrl', 'redirected'].includes(finding) ||
    (finding === 'perhapsOfAnotherRegion' && account === 'kimiCode'));

/** Problems first, then what works, then what is unknown; actions last. */
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
    ...group(t('Needs attention'), 'broken', 'attention'),
    ...group(t('Works'), 'ok'),
    ...group(t('Unknown or not tested'), 'unknown', 'notTried'),
    { label: t('Actions'), kind: QuickPickItemKind.Separator },
    {
      label: `$(copy) ${t('Copy Report')}`,
      description: t('without keys, paths and machine names'),
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

/** Working checks have one line; problems have a second line for what to do. */
function itemsOf(row: CheckRow, { facts, isOneOfSeveral, t }: Drawing): Row[] {
  const { account, title, state, means, toDo } = row;
  const whose = account && isOneOfSeveral ? ` · ${accountName(account, t)}` : '';
  const label = `$(${ICONS[state]}) ${title}${whose}`;
  const found = actionOf(row, facts);
  const action = found ? { action: found } : {};
  if (state !== 'broken' && state !== 'attention') {
    return [{ label, description: means, ...(toDo === '' ? {} : { detail: toDo }), ...action }];
  }
  const first = { label, description: checkStateWords(state, t), detail: means, ...action };
  return toDo === '' ? [first] : [first, { label: `$(arrow-right) ${toDo}`, ...action }];
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

/** Checks the host of each relevant account once, and the state of this window. */
export async function findOut(context: CommandContext): Promise<SelfCheckFacts> {
  const { accounts, clock } = context;
  // A new window doesn't know yet which accounts have a key.
  await accounts.current.lookAtKeys();
  const used = accounts.current.views(clock.now()).map(({ account }) => account);
  const [found, machine] = await Promise.all([
    Promise.all(used.map(account => factsOf(account, context))),
    machineFacts(context),
  ]);
  return { accounts: found, machine: { ...machine, ...clockFacts(found) } };
}

async function factsOf(account: Account, context: CommandContext): Promise<AccountFacts> {
  const { accounts, createProbe, vault } = context;
  const { endpoint } = account;
  const origin = 'problem' in endpoint ? undefined : endpoint.origin;
  if (origin !== undefined) await accounts.current.claimTry(origin);
  const key: KeyLookup = origin === undefined ? { kind: 'none' } : await vault.read(origin);
  const facts = await lookAtAccount(account, {
    key,
    probe: createProbe,
    hasProxySetting: workspace.getConfiguration('http').get('proxy', '') !== '',
  });
  const { answers, isMismatched } = facts;
  // Updates the status bar before its next check.
  if (origin !== undefined && key.kind === 'key' && answers && !isMismatched)
    await accounts.current.learn(origin, key.key, answers.quota);
  return facts;
}

async function machineFacts(
  context: CommandContext,
): Promise<Omit<MachineFacts, 'isAnswered' | 'clockSkewMs'>> {
  const { archive, lease, logs, vault } = context;
  const [secrets, watched] = await Promise.all([vault.tryOut(), loadWatchedLogs(archive)]);
  return {
    secrets,
    logs: { isPaused: logs.isPaused, folders: watched?.folders },
    database: archive.health,
    lease: lease.isHeld ? 'here' : 'elsewhere',
  };
}

/** Sends one chat request after confirmation. */
export async function withChat(
  facts: SelfCheckFacts,
  account: AccountId,
  { createProbe, locale: { t }, vault }: CommandContext,
): Promise<SelfCheckFacts> {
  const found = facts.accounts.find(each => each.account.id === account);
  const endpoint = found?.account.endpoint;
  if (!endpoint || 'problem' in endpoint) return facts;
  const model = modelForChat(endpoint.product, found.answers?.models);
  const [question, detail] = chatQuestion(endpoint, model, t);
  const send = t('Send');
  const answer = await window.showInformationMessage(question, { modal: true, detail }, send);
  const held = await vault.read(endpoint.origin);
  if (answer !== send || held.kind !== 'key') return facts;
  const chat = await (await createProbe(endpoint)).chat(held.key, model);
  const accounts = facts.accounts.map(each => (each === found ? { ...each, chat } : each));
  return { ...facts, accounts };
}

/** Checks Kimi's status page. */
export async function withStatusPage(
  facts: SelfCheckFacts,
  { createProbe, accounts }: CommandContext,
): Promise<SelfCheckFacts> {
  const [first] = accounts.current.usable();
  if (!first) return facts;
  const statusPage = await (await createProbe(first.endpoint)).readStatusPage();
  return { ...facts, machine: { ...facts.machine, statusPage } };
}

/**
 * "Troubleshoot...": everything between this window and Kimi, row by row, with actions. A check that
 * costs something or contacts another host runs only when its row is selected.
 */
export function selfCheck(context: CommandContext): void {
  const own = new DisposableStore();
  const list = own.add(window.createQuickPick<Row>());
  list.title = context.locale.t('Kimi Quota: Self-Check');
  list.matchOnDescription = true;
  list.matchOnDetail = true;
  // A confirmation must not close the list.
  list.ignoreFocusOut = true;
  let facts: SelfCheckFacts | undefined;
  const fill = async (find: () => Promise<SelfCheckFacts>): Promise<void> => {
    list.busy = true;
    list.placeholder = context.locale.t('Checking Kimi and this machine…');
    try {
      facts = await find();
      show(facts, list, context);
    } finally {
      list.busy = false;
    }
  };
  own.add(list.onDidHide(() => own.dispose()));
  own.add(
    list.onDidAccept(() => {
      const action = list.activeItems[0]?.action;
      if (action && facts && !list.busy)
        inBackground(run(action, { facts, fill, list, context }), context.log);
    }),
  );
  list.show();
  inBackground(
    fill(() => findOut(context)),
    context.log,
  );
}

function show(facts: SelfCheckFacts, list: QuickPick<Row>, context: CommandContext): void {
  const rows = judgeFacts(facts, wordsContext(context));
  list.items = selfCheckRows(rows, facts, context.locale.t);
  list.placeholder = verdictWords(rows, context.locale.t);
}

const wordsContext = ({ clock, locale }: CommandContext): WordsContext => ({
  locale,
  surface: 'editor',
  now: clock.now(),
});

interface Running {
  readonly facts: SelfCheckFacts;
  readonly fill: (find: () => Promise<SelfCheckFacts>) => Promise<void>;
  readonly list: QuickPick<Row>;
  readonly context: CommandContext;
}

async function run(action: RowAction, { facts, fill, list, context }: Running): Promise<void> {
  switch (action.kind) {
    case 'chat':
      return fill(() => withChat(facts, action.account, context));
    case 'statusPage':
      return fill(() => withStatusPage(facts, context));
    case 'again':
      return fill(() => findOut(context));
    case 'copy':
      list.hide();
      return copyReport(facts, context);
    case 'open':
      list.hide();
      await action.open();
  }
}

async function copyReport(facts: SelfCheckFacts, context: CommandContext): Promise<void> {
  const words = wordsContext(context);
  const own = extensions.getExtension('kimi-quota.kimi-quota')?.packageJSON as
    { readonly version: string } | undefined;
  const place = `${own?.version ?? ''}, ${env.appName} ${version}`;
  await env.clipboard.writeText(selfCheckText(judgeFacts(facts, words), place, words));
  window.setStatusBarMessage(context.locale.t('The report was copied.'), 5000);
}
