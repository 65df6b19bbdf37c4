import { window } from 'vscode';
import { accountName } from '../core/account.ts';
import type { Product } from '../core/endpoint.ts';
import type { UsableAccount } from '../core/quota/quotaAccounts.ts';
import type { CommandContext } from './commandContext.ts';

/**
 * The account that a key without a host is for. Its first letters say of which product it is; the
 * open platform has two regions, which only its owner can tell. Undefined: none, and it was said.
 */
export async function chooseAccount(
  product: Product | undefined,
  { accounts, locale }: CommandContext,
): Promise<UsableAccount | undefined> {
  const { t } = locale;
  const usable = accounts.current.usable();
  const code = usable.find(({ id }) => id === 'kimiCode');
  if (product === 'kimiCode' || (product === undefined && code && !code.endpoint.isMoonshot)) {
    if (!code) void window.showErrorMessage(t('Mend the setting kimiQuota.baseUrl first.'));
    return code;
  }
  if (product === undefined) {
    void window.showErrorMessage(
      t('The key was not stored. Keys of Kimi Code begin with sk-kimi-, other Kimi keys with sk-.'),
    );
    return undefined;
  }
  const rows = usable
    .filter(({ id }) => id !== 'kimiCode')
    .map(account => ({
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
