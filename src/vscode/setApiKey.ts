import { ProgressLocation, window } from 'vscode';
import { accountName } from '../core/account.ts';
import { readKeyText, type KeyProblem, type KeyText } from '../core/keyText.ts';
import type { Translate } from '../core/ports.ts';
import { explainState } from '../core/quota/explainState.ts';
import type { QuotaOutcome } from '../core/quota/outcome.ts';
import { viewQuota } from '../core/quota/quotaView.ts';
import { statusText } from '../core/quota/statusText.ts';
import type { UsableAccount } from '../core/quota/quotaAccounts.ts';
import type { CommandContext } from './commandContext.ts';

/**
 * Asks for a key, tries it once on the host it is for, and stores it bound to that host. Nothing is
 * stored that the host refused; what could not be tried is stored only if the user says so.
 */
export async function setApiKey(context: CommandContext): Promise<void> {
  const typed = await askForKey(context.locale.t);
  if (!typed) return;
  const account = await chooseAccount(typed, context);
  if (!account) return;
  const { locale, clock } = context;
  const { t } = locale;
  const outcome = await tryKey(typed.key, account, context);
  if (outcome.kind === 'fresh') return storeKey(typed.key, account, outcome, context);
  const view = viewQuota({ hasKey: true, outcome }, clock.now());
  const { happened, toDo } = explainState(view, locale);
  if (outcome.kind === 'unauthorized') {
    const again = t('Try Again');
    const message = t('The key was not stored. {0} {1}', happened, toDo);
    if ((await window.showErrorMessage(message, again)) === again) await setApiKey(context);
    return;
  }
  const anyway = t('Store Anyway');
  const message = t('The key could not be checked. {0}', happened);
  if ((await window.showWarningMessage(message, anyway)) === anyway) {
    await storeKey(typed.key, account, outcome, context);
  }
}

type TypedKey = Extract<KeyText, { kind: 'key' }>;

async function askForKey(t: Translate): Promise<TypedKey | undefined> {
  const text = await window.showInputBox({
    title: t('Kimi Quota: Set API Key'),
    prompt: t(
      'Make one at kimi.com/code/console. It is kept in the secret storage of VS Code and sent to Kimi alone.',
    ),
    placeHolder: 'sk-kimi-…',
    password: true,
    ignoreFocusOut: true,
    validateInput: value => {
      const typed = readKeyText(value);
      return typed.kind === 'refused' && typed.problem !== 'empty'
        ? keyProblemWords(typed.problem, t)
        : undefined;
    },
  });
  const typed = text === undefined ? undefined : readKeyText(text);
  return typed?.kind === 'key' ? typed : undefined;
}

function keyProblemWords(problem: KeyProblem, t: Translate): string {
  switch (problem) {
    case 'empty':
      return t('Paste the key here.');
    case 'hasSpace':
      return t('A key has no space or line break in it. Copy it again.');
    case 'hasStrangeCharacter':
      return t('A key has only plain letters, digits and signs. Copy it again.');
    case 'tooLong':
      return t('This is too long for a key.');
    case 'token':
      return t('This is a log-in token, which ends after 15 minutes. Make a key in the console.');
  }
}

/** A key says by its first letters which product it is of; the open platform has two regions. */
async function chooseAccount(
  { product }: TypedKey,
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
  const chosen = await window.showQuickPick(
    usable
      .filter(({ id }) => id !== 'kimiCode')
      .map(account => ({
        label: accountName(account.id, t),
        description: account.endpoint.origin,
        account,
      })),
    {
      title: t('A key of the open platform'),
      placeHolder: t('Where was it made? A key works in its own region only.'),
      ignoreFocusOut: true,
    },
  );
  return chosen?.account;
}

function tryKey(
  key: string,
  { endpoint }: UsableAccount,
  { createClient, locale }: CommandContext,
): Thenable<QuotaOutcome> {
  const title = locale.t('Trying the key at {0}…', endpoint.origin);
  return window.withProgress({ location: ProgressLocation.Window, title }, () =>
    createClient(endpoint).readQuota(key),
  );
}

async function storeKey(
  key: string,
  { endpoint, id }: UsableAccount,
  outcome: QuotaOutcome,
  context: CommandContext,
): Promise<void> {
  const { accounts, clock, locale, settings, vault } = context;
  const { t } = locale;
  const result = await vault.store(endpoint.origin, key);
  if (result !== 'stored') {
    const why =
      result === 'timedOut'
        ? t('The secret storage of this system did not answer.')
        : t('The secret storage of this system did not keep it.');
    void window.showErrorMessage(
      t('The key was not stored. {0} On Linux a key ring such as gnome-keyring is needed.', why),
    );
    return;
  }
  await accounts.current.keyChanged(endpoint.origin, outcome);
  const now = clock.now();
  const { view } = accounts.current.primary(id, now);
  const side = settings()['statusBar.show'];
  const { text } = statusText(view, { side, density: 'full', locale });
  void window.showInformationMessage(
    outcome.kind === 'fresh'
      ? t('Key stored for {0}. {1}', endpoint.origin, text)
      : t('Key stored for {0}, unchecked.', endpoint.origin),
  );
}
