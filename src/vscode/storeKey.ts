import { ProgressLocation, window } from 'vscode';
import type { Endpoint } from '../core/endpoint.ts';
import type { Translate } from '../core/ports.ts';
import { explainState } from '../core/quota/explainState.ts';
import type { QuotaOutcome } from '../core/quota/outcome.ts';
import { viewQuota } from '../core/quota/quotaView.ts';
import { statusText } from '../core/quota/statusText.ts';
import type { CommandContext } from './commandContext.ts';
import type { Storable } from './keyVault.ts';

/** A key that a person has given, or has chosen among those found, and the one host it is for. */
export interface NewKey {
  readonly endpoint: Endpoint;
  readonly storable: Storable;
  /** What to try it with; absent for a log-in whose token has ended. */
  readonly key?: string;
  /** Asks for another one when this one was refused. */
  readonly again?: () => Promise<void>;
  /** Makes the endpoint one of the accounts, if it is none yet. Runs once the key is stored. */
  readonly prepare?: () => Promise<void>;
}

/**
 * Tries a key once on the host it is for, and stores it bound to that host. Nothing is stored that
 * the host refused; what could not be tried is stored only if the user says so.
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
    const message = t('The key was not stored. {0} {1}', happened, toDo);
    if (await window.showErrorMessage(message, ...again)) await newKey.again?.();
    return;
  }
  const anyway = t('Store Anyway');
  const message = t('The key could not be checked. {0}', happened);
  if ((await window.showWarningMessage(message, anyway)) === anyway) {
    await store(newKey, outcome, context);
  }
}

function tryKey(
  key: string,
  endpoint: Endpoint,
  { accounts, createClient, locale }: CommandContext,
): Thenable<QuotaOutcome> {
  const { origin } = endpoint;
  const title = locale.t('Trying the key at {0}…', origin);
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
        ? t('The secret storage of this system did not answer.')
        : t('The secret storage of this system did not keep it.');
    void window.showErrorMessage(
      t('The key was not stored. {0} On Linux a key ring such as gnome-keyring is needed.', why),
    );
    return;
  }
  try {
    await prepare?.();
  } catch {
    // Such as a settings.json with an error in it; the words may quote the file.
    const message = t(
      'The key is stored for {0}, but the settings could not be changed. Mend settings.json, then import it again.',
      endpoint.origin,
    );
    void window.showErrorMessage(message);
    return;
  }
  await accounts.current.keyChanged(endpoint.origin, outcome);
  const numbers = outcome?.kind === 'fresh' ? glance(endpoint, context) : undefined;
  void window.showInformationMessage(storedWords(newKey, numbers, t));
}

/** `numbers`: what the key's first answer was; undefined where it could not be tried. */
function storedWords({ endpoint, storable }: NewKey, numbers: string | undefined, t: Translate) {
  const { origin } = endpoint;
  if ('key' in storable) {
    return numbers === undefined
      ? t('Key stored for {0}, unchecked.', origin)
      : t('Key stored for {0}. {1}', origin, numbers);
  }
  return numbers === undefined
    ? t('The log-in is used for {0} as soon as it is valid.', origin)
    : t('The log-in is used for {0}. {1}', origin, numbers);
}

function glance({ origin }: Endpoint, { accounts, clock, locale, settings }: CommandContext) {
  const views = accounts.current.views(clock.now());
  const found = views.find(
    ({ account: { endpoint } }) => !('problem' in endpoint) && endpoint.origin === origin,
  );
  const options = { side: settings()['statusBar.show'], density: 'full', locale } as const;
  return found ? statusText(found.view, options) : '';
}
