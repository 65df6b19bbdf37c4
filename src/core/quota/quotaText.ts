import { accountName } from '../account.ts';
import type { Locale } from '../ports.ts';
import { explainState } from './explainState.ts';
import type { AccountView } from './quotaAccounts.ts';
import { quotaFacts } from './quotaFacts.ts';
import { windowLine, type Side } from './windowWords.ts';

/** How the text is written, and when it is read. */
export interface QuotaTextOptions {
  readonly locale: Locale;
  readonly side: Side;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Everything about the accounts as plain lines: for the clipboard and the terminal. */
export function quotaText(accounts: readonly AccountView[], options: QuotaTextOptions): string {
  const { locale, now } = options;
  const blocks = accounts.map(({ account, view }) => {
    const { happened, stillTrue, toDo } = explainState(view, locale);
    const sentences = [happened, stillTrue, toDo].filter(sentence => sentence !== '');
    const plan = view.plan === undefined ? '' : `, ${view.plan}`;
    return [
      `${accountName(account.id, locale.t)}${plan}`,
      ...view.windows.map(window => `  ${windowLine(window, now, options)}`),
      ...quotaFacts(view, now, locale).map(fact => `  ${fact}`),
      ...(sentences.length > 0 ? [`  ${sentences.join(' ')}`] : []),
    ].join('\n');
  });
  return blocks.join('\n\n');
}
