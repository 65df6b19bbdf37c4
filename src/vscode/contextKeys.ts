import { commands } from 'vscode';
import type { Disposable } from '../core/event.ts';
import type { QuotaState } from '../core/quota/quotaView.ts';
import type { AccountSwitch } from './accountSwitch.ts';
import type { Clock } from '../core/ports.ts';

/** In these there is no key, or nobody knows of one. */
const KEYLESS: ReadonlySet<QuotaState> = new Set([
  'loading',
  'signedOut',
  'badBaseUrl',
  'noKeyRing',
]);

/** Tells the editor whether there is a key: for the walkthrough and the language-model tool. */
export function followHasKey(accounts: AccountSwitch, clock: Pick<Clock, 'now'>): Disposable {
  let told = false;
  return accounts.onDidChange(() => {
    const hasKey = accounts.current.views(clock.now()).some(({ view }) => !KEYLESS.has(view.state));
    if (hasKey === told) return;
    told = hasKey;
    void commands.executeCommand('setContext', 'kimiQuota.hasKey', hasKey);
  });
}
