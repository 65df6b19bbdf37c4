import { commands, ProgressLocation, window } from 'vscode';
import { commandIds } from '../core/commands.ts';
import { inBackground } from '../core/base/background.ts';
import { accountName, type Endpoint, type Product } from '../core/accounts/endpoint.ts';
import { type KeyProblem, type KeyText, parseKeyText } from '../core/accounts/key.ts';
import type { Translate } from '../core/base/ports.ts';
import {
  accountsForKey,
  type KeyOwner,
  keyOwners,
  type UsableAccount,
} from '../core/quota/quotaAccounts.ts';
import type { QuotaOutcome } from '../core/quota/outcome.ts';
import { viewQuota } from '../core/quota/quotaView.ts';
import { explainState } from '../core/status/explainState.ts';
import { statusText } from '../core/status/statusText.ts';
import type { CommandContext } from './commandContext.ts';
import type { Storable } from './keyVault.ts';

/**
 * The account for a key without a host; asks the user if several are possible. Undefined: none, and
 * an error was shown.
 */
export async function chooseAccount(
  product: Product | undefined,
  context: CommandContext,
): Promise<UsableAccount | undefined> {
  const { accounts, locale } = context;
  const { t } = locale;
  const found = accountsForKey(product, accounts.current.usable());
  if (product === 'kimiCode' && found.length === 0) {
    inBackground(
      window.showErrorMessage(t('Fix the kimiQuota.baseUrl setting first.')),
      context.log,
    );
    return undefined;
  }
  if (found.length === 0) {
    inBackground(
      window.showErrorMessage(
        t('Key not saved. Kimi Code keys start with sk-kimi-, other Kimi keys with sk-.'),
      ),
      context.log,
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
    title: t('Open platform key'),
    placeHolder: t('Where did you create this key? It only works in that region.'),
    ignoreFocusOut: true,
  };
  return (await window.showQuickPick(rows, options))?.account;
}

/** Removes the key of an account from the secret storage after one confirmation. */
export async function removeApiKey(context: CommandContext): Promise<void> {
  const { t } = context.locale;
  const stored = await accountsWithKey(context);
  if (!stored) {
    inBackground(
      window.showErrorMessage(t("The system's secret storage did not respond.")),
      context.log,
    );
    return;
  }
  if (stored.length === 0) {
    inBackground(window.showInformationMessage(t('No key is stored.')), context.log);
    return;
  }
  const account = stored.length === 1 ? stored[0] : await pick(stored, context);
  if (!account) return;
  const remove = t('Remove');
  const question = t('Remove the key of {0}?', account.origin);
  const isLink = (await context.vault.kindOf(account.origin)) === 'link';
  const detail = isLink
    ? t("It is another program's sign-in; that program stays signed in.")
    : t('It stays valid at Kimi; delete it in the console to revoke it.');
  const answer = await window.showWarningMessage(question, { modal: true, detail }, remove);
  if (answer !== remove) return;
  if (!(await context.vault.remove(account.origin))) {
    const why = t("The system's secret storage did not respond.");
    inBackground(window.showErrorMessage(t('The key was not removed. {0}', why)), context.log);
    return;
  }
  await context.accounts.current.keyChanged(account.origin);
  inBackground(
    window.showInformationMessage(t('The key of {0} was removed.', account.origin)),
    context.log,
  );
}

/** Undefined: the key ring did not respond. */
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
    label: account.id ? accountName(account.id, t) : t('A host from earlier settings'),
    description: account.origin,
    account,
  }));
  return (await window.showQuickPick(rows, { title: t('Kimi Quota: Remove API Key') }))?.account;
}

/** A typed or imported key, and its only host. */
export interface NewKey {
  readonly endpoint: Endpoint;
  readonly storable: Storable;
  /** The key to test; absent for a sign-in whose token has expired. */
  readonly key?: string;
  /** Asks for another key after this one was rejected. */
  readonly again?: () => Promise<void>;
  /** Changes the settings so that the endpoint becomes an account. Runs after the key is saved. */
  readonly prepare?: () => Promise<void>;
}

/**
 * Tests a key once on its host, and saves it for that host. A rejected key isn't saved; a key that
 * could not be tested is saved only if the user confirms.
 */
export async function tryAndStore(newKey: NewKey, context: CommandContext): Promise<void> {
  const { locale, clock } = context;
  const { t } = locale;
  if (newKey.key === undefined) return store(newKey, undefined, context);
  const outcome = await tryKey(newKey.key, newKey.endpoint, context);
  if (outcome.kind === 'fresh') return store(newKey, outcome, context);
  const view = viewQuota({ access: 'key', outcome }, clock.now());
  const { happened, toDo } = explainState(view, locale);
  if (outcome.kind === 'unauthorized') {
    const again = newKey.again ? [t('Try Again')] : [];
    const message = t('Key not saved. {0} {1}', happened, toDo);
    if (await window.showErrorMessage(message, ...again)) await newKey.again?.();
    return;
  }
  const choices = [t('Try Again'), t('Save Without Checking'), t('Troubleshoot')] as const;
  const message = t('The key could not be checked. {0}', happened);
  const choice = await window.showWarningMessage(message, ...choices);
  if (choice === choices[0]) return tryAndStore(newKey, context);
  if (choice === choices[1]) return store(newKey, outcome, context);
  if (choice === choices[2]) await commands.executeCommand(commandIds.selfCheck);
}

function tryKey(
  key: string,
  endpoint: Endpoint,
  { accounts, createClient, locale }: CommandContext,
): Thenable<QuotaOutcome> {
  const { origin } = endpoint;
  const title = locale.t('Testing the key at {0}…', origin);
  return window.withProgress({ location: ProgressLocation.Window, title }, async () => {
    await accounts.current.claimTry(origin);
    return createClient(endpoint).readQuota(key);
  });
}

async function store(
  newKey: NewKey,
  outcome: QuotaOutcome | undefined,
  context: CommandContext,
): Promise<void> {
  const { accounts, locale, vault } = context;
  const { t } = locale;
  const { endpoint, storable, prepare } = newKey;
  const result = await vault.store(endpoint.origin, storable);
  if (result !== 'stored') {
    const why =
      result === 'timedOut'
        ? t("The system's secret storage did not respond.")
        : t("The system's secret storage did not save it.");
    inBackground(
      window.showErrorMessage(
        t('Key not saved. {0} Linux needs a key ring such as gnome-keyring.', why),
      ),
      context.log,
    );
    return;
  }
  try {
    await prepare?.();
  } catch {
    // For example, settings.json has a syntax error; the message may quote the file.
    const message = t(
      'The key is saved for {0}, but the settings could not be changed. Fix settings.json, then import it again.',
      endpoint.origin,
    );
    inBackground(window.showErrorMessage(message), context.log);
    return;
  }
  await accounts.current.keyChanged(endpoint.origin, outcome);
  const numbers = outcome?.kind === 'fresh' ? glance(endpoint, context) : undefined;
  inBackground(window.showInformationMessage(storedWords(newKey, numbers, t)), context.log);
}

/** `numbers`: the result of the test; undefined if it was not possible. */
function storedWords({ endpoint, storable }: NewKey, numbers: string | undefined, t: Translate) {
  const { origin } = endpoint;
  if ('key' in storable) {
    return numbers === undefined
      ? t('Key saved for {0} (not verified).', origin)
      : t('Key saved for {0}. {1}', origin, numbers);
  }
  return numbers === undefined
    ? t('The sign-in is used for {0} as soon as it is valid.', origin)
    : t('Connected to {0} with this sign-in. {1}', origin, numbers);
}

function glance({ origin }: Endpoint, { accounts, clock, locale, settings }: CommandContext) {
  const views = accounts.current.views(clock.now());
  const found = views.find(
    ({ account: { endpoint } }) => !('problem' in endpoint) && endpoint.origin === origin,
  );
  const options = { side: settings()['statusBar.show'], density: 'full', locale } as const;
  return found ? statusText(found.view, options) : '';
}

/** Asks for a key, and for its region if needed, then tests and saves it. */
export async function setApiKey(context: CommandContext): Promise<void> {
  const typed = await askForKey(context.locale.t);
  if (!typed) return;
  const { key, product } = typed;
  const account = await chooseAccount(product, context);
  if (!account) return;
  const again = (): Promise<void> => setApiKey(context);
  await tryAndStore({ endpoint: account.endpoint, storable: { key }, key, again }, context);
}

type TypedKey = Extract<KeyText, { kind: 'key' }>;

async function askForKey(t: Translate): Promise<TypedKey | undefined> {
  const text = await window.showInputBox({
    title: t('Kimi Quota: Set API Key'),
    prompt: t(
      "Create a key at kimi.com/code/console. It is stored in VS Code's secret storage and sent only to Kimi.",
    ),
    placeHolder: 'sk-kimi-…',
    password: true,
    ignoreFocusOut: true,
    validateInput: value => {
      const typed = parseKeyText(value);
      return typed.kind === 'refused' && typed.problem !== 'empty'
        ? keyProblemWords(typed.problem, t)
        : undefined;
    },
  });
  const typed = text === undefined ? undefined : parseKeyText(text);
  return typed?.kind === 'key' ? typed : undefined;
}

function keyProblemWords(problem: KeyProblem, t: Translate): string {
  switch (problem) {
    case 'empty':
      return t('Paste the key here.');
    case 'hasSpace':
      return t('An API key has no spaces or line breaks. Copy it again.');
    case 'hasStrangeCharacter':
      return t('An API key has only plain letters, digits and punctuation. Copy it again.');
    case 'tooLong':
      return t('This is too long for an API key.');
    case 'token':
      return t(
        'This is a sign-in token, which expires after 15 minutes. Create a key in the console.',
      );
  }
}
