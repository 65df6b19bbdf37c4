import { window, workspace } from 'vscode';
import type { Account, AccountId } from '../core/account.ts';
import { loadWatchedLogs } from '../core/agents/watchedLogs.ts';
import { chatQuestion, modelForChat } from '../core/selfCheck/chat.ts';
import type { AccountFacts, MachineFacts, SelfCheckFacts } from '../core/selfCheck/facts.ts';
import { clockFacts, lookAtAccount } from '../core/selfCheck/lookAtAccount.ts';
import type { KeyLookup } from '../core/keys/keyLookup.ts';
import type { CommandContext } from './commandContext.ts';

/** Asks the host of every account that matters once, and looks at what this window has. */
export async function findOut(context: CommandContext): Promise<SelfCheckFacts> {
  const { accounts, clock } = context;
  // A window that was just opened does not know yet which accounts have a key.
  await accounts.current.follow();
  const used = accounts.current.views(clock.now()).map(({ account }) => account);
  const [found, machine] = await Promise.all([
    Promise.all(used.map(account => factsOf(account, context))),
    machineFacts(context),
  ]);
  return { accounts: found, machine: { ...machine, ...clockFacts(found) } };
}

async function factsOf(account: Account, context: CommandContext): Promise<AccountFacts> {
  const { accounts, createClient, vault } = context;
  const { endpoint } = account;
  const origin = 'problem' in endpoint ? undefined : endpoint.origin;
  if (origin !== undefined) await accounts.current.claimTry(origin);
  const key: KeyLookup = origin === undefined ? { kind: 'none' } : await vault.read(origin);
  const facts = await lookAtAccount(account, {
    key,
    probe: known => createClient(known).createProbe(),
    hasProxySetting: workspace.getConfiguration('http').get('proxy', '') !== '',
  });
  const { answers, isMismatched } = facts;
  // The status bar need not wait for its next read.
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

/** Asks whether one chat request may be sent, and what comes of it. */
export async function withChat(
  facts: SelfCheckFacts,
  account: AccountId,
  { createClient, locale: { t }, vault }: CommandContext,
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
  const chat = await (await createClient(endpoint).createProbe()).chat(held.key, model);
  const accounts = facts.accounts.map(each => (each === found ? { ...each, chat } : each));
  return { ...facts, accounts };
}

/** Asks Kimi's status page. */
export async function withStatusPage(
  facts: SelfCheckFacts,
  { createClient, accounts }: CommandContext,
): Promise<SelfCheckFacts> {
  const [first] = accounts.current.usable();
  if (!first) return facts;
  const statusPage = await (await createClient(first.endpoint).createProbe()).readStatusPage();
  return { ...facts, machine: { ...facts.machine, statusPage } };
}
