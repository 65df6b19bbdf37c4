import { window } from 'vscode';
import { accountName } from '../core/account.ts';
import type { Product } from '../core/endpoint.ts';
import { accountsForKey } from '../core/keys/accountsForKey.ts';
import type { UsableAccount } from '../core/quota/quotaAccounts.ts';
import type { CommandContext } from './commandContext.ts';

/**
 * The account that a key without a host is for; where it may be for several, only its owner can
 * tell. Undefined: none, and it was said.
 */
export async function chooseAccount(
  product: Product | undefined,
  { accounts, locale }: CommandContext,
): Promise<UsableAccount | undefined> {
  const { t } = locale;
  const found = accountsForKey(product, accounts.current.usable());
  if (product === 'kimiCode' && found.length === 0) {
    void window.showErrorMessage(t('Mend the setting kimiQuota.baseUrl first.'));
    return undefined;
  }
  if (found.length === 0) {
    void window.showErrorMessage(
      t('The key was not stored. Keys of Kimi Code begin with sk-kimi-, other Kimi keys with sk-.'),
    );
    return undefined;
  }
  if (product !== 'openPlatform') return found[0];
  const rows = found.map(account => ({
    label: accountName(account.id, t),
    description: account.endpoint.origin,
    account,
  }));
  const options = {
    title: t('A key of the open platform'),
    placeHolder: t('Where was it made? A key works in its own region only.'),
    ignoreFocusOut: true,
  };
  return (await window.showQuickPick(rows, options))?.account;
}
