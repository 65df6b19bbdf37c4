import { window } from 'vscode';
import { accountName } from '../core/account.ts';
import { keyOwners, type KeyOwner } from '../core/keys/keyOwners.ts';
import type { CommandContext } from './commandContext.ts';

/** Removes the key of an account from the secret storage, after asking once. */
export async function removeApiKey(context: CommandContext): Promise<void> {
  const { t } = context.locale;
  const stored = await accountsWithKey(context);
  if (!stored) {
    void window.showErrorMessage(t('The secret storage of this system did not answer.'));
    return;
  }
  if (stored.length === 0) {
    void window.showInformationMessage(t('No key is stored.'));
    return;
  }
  const account = stored.length === 1 ? stored[0] : await pick(stored, context);
  if (!account) return;
  const remove = t('Remove');
  const question = t('Remove the key of {0}?', account.origin);
  const isLink = (await context.vault.kindOf(account.origin)) === 'link';
  const detail = isLink
    ? t('It is the log-in of another program, which stays logged in.')
    : t('It stays valid at Kimi; delete it in the console if it should not.');
  const answer = await window.showWarningMessage(question, { modal: true, detail }, remove);
  if (answer !== remove) return;
  if (!(await context.vault.remove(account.origin))) {
    const why = t('The secret storage of this system did not answer.');
    void window.showErrorMessage(t('The key was not removed. {0}', why));
    return;
  }
  await context.accounts.current.keyChanged(account.origin);
  void window.showInformationMessage(t('The key of {0} was removed.', account.origin));
}

/** Undefined: the key ring did not answer, so that nobody knows. */
async function accountsWithKey(context: CommandContext): Promise<KeyOwner[] | undefined> {
  const { vault } = context;
  const origins = await vault.origins();
  if (!origins) return undefined;
  const owners = keyOwners(context.accounts.current.usable(), origins);
  const kinds = await Promise.all(owners.map(({ origin }) => vault.kindOf(origin)));
  if (kinds.includes('unanswered')) return undefined;
  return owners.filter((_, index) => kinds[index] !== 'none');
}

async function pick(
  accounts: readonly KeyOwner[],
  { locale: { t } }: CommandContext,
): Promise<KeyOwner | undefined> {
  const rows = accounts.map(account => ({
    label: account.id ? accountName(account.id, t) : t('A host of earlier settings'),
    description: account.origin,
    account,
  }));
  return (await window.showQuickPick(rows, { title: t('Kimi Quota: Remove API Key') }))?.account;
}
