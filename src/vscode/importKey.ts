import { commands, type QuickPickItem, QuickPickItemKind, window } from 'vscode';
import { inBackground } from '../core/base/background.ts';
import type { Endpoint } from '../core/accounts/endpoint.ts';
import {
  type FileProblem,
  type FoundKey,
  type FoundKeys,
  isTokenValid,
  lastFour,
  settingsForHost,
} from '../core/accounts/foundKey.ts';
import { programName } from '../core/accounts/programName.ts';
import { parseKeyText } from '../core/accounts/key.ts';
import { clockWords } from '../core/base/format.ts';
import type { Locale, Translate } from '../core/base/ports.ts';
import { baseUrlProblem } from '../core/status/explainState.ts';
import { chooseAccount, type NewKey, tryAndStore } from './apiKey.ts';
import { commandIds } from '../core/commands.ts';
import type { CommandContext } from './commandContext.ts';
import { writeSettings } from './vscodeSettings.ts';

/** A row for a key: program, last four characters, host and file. */
export function foundKeyWords(found: FoundKey, now: number, locale: Locale): QuickPickItem {
  const { entry, program, secret, source } = found;
  const { t } = locale;
  const name = programName(program, t);
  const isKey = secret.kind === 'key';
  const until = isKey
    ? []
    : isTokenValid(secret, now)
      ? [t('valid until {0}', clockWords(secret.expiresAt, now, locale))]
      : [t('expired; renews when you next use it')];
  const last = lastFour(isKey ? secret.key : secret.token);
  return {
    label: isKey ? `$(key) ${name}` : `$(account) ${t('{0}: sign-in', name)}`,
    description: [last, hostWords(found, t)].join(' · '),
    detail: [source, ...(entry ? [entry] : []), ...until].join(' · '),
  };
}

/** The host of a key, or why there is none. */
export function hostWords({ endpoint, secret }: FoundKey, t: Translate): string {
  if (!endpoint) {
    return secret.kind === 'key'
      ? t('no host is given')
      : t('Host unknown: no provider in the configuration names it.');
  }
  if ('problem' in endpoint) {
    // The URL itself may contain a password.
    return baseUrlProblem(endpoint.problem, t);
  }
  const host = endpoint.origin.replace(/^https:\/\//, '');
  return endpoint.isMoonshot ? host : t('for another host: {0}', host);
}

/** Why a file was not read. */
export function problemWords(problem: FileProblem, t: Translate): string {
  switch (problem) {
    case 'notAFile':
      return t('Not a regular file. Links are not followed.');
    case 'tooLarge':
      return t('It is larger than 256 KB.');
    case 'unreadable':
      return t('It could not be opened.');
    case 'garbage':
      return t("Can't be parsed: the file format is invalid.");
  }
}

interface Row extends QuickPickItem {
  readonly found?: FoundKey;
}

/**
 * "Import Key...": lists the keys of other programs on this machine, and after one confirmation
 * saves the selected one, only for the host that it was found with.
 */
export async function importKey(context: CommandContext): Promise<void> {
  const found = await context.finder.find();
  const picked = await pick(found, context);
  if (!picked) return;
  const endpoint = await hostOf(picked, context);
  if (!endpoint || !(await confirm(picked, endpoint, context))) return;
  await tryAndStore(newKeyOf(picked, endpoint, context), context);
}

/**
 * Uses the sign-in of Kimi Code, which the user has just selected: only a change of the settings asks
 * again. Without a readable sign-in: "Import Key...".
 */
export async function importSignIn(context: CommandContext): Promise<void> {
  const { keys } = await context.finder.find();
  const found = keys.find(
    ({ endpoint, program, secret }) =>
      program === 'kimiCode' && secret.kind === 'login' && endpoint && !('problem' in endpoint),
  );
  if (!found?.endpoint || 'problem' in found.endpoint) return importKey(context);
  const { endpoint } = found;
  const asks = !endpoint.isMoonshot || replacedBy(endpoint, context) !== undefined;
  if (asks && !(await confirm(found, endpoint, context))) return;
  await tryAndStore(newKeyOf(found, endpoint, context), context);
}

async function pick(
  { keys, problems }: FoundKeys,
  { clock, locale }: CommandContext,
): Promise<FoundKey | undefined> {
  const { t } = locale;
  if (keys.length === 0 && problems.length === 0) {
    const set = t('Set API Key');
    const message = t('No key found in Kimi CLI, Claude Code, OpenCode or the environment.');
    const answer = await window.showInformationMessage(message, set);
    if (answer === set) await commands.executeCommand(commandIds.setApiKey);
    return undefined;
  }
  const rows: Row[] = [
    ...keys.map(found => ({ ...foundKeyWords(found, clock.now(), locale), found })),
    ...(problems.length > 0 ? [{ label: t('Not read'), kind: QuickPickItemKind.Separator }] : []),
    ...problems.map(({ source, problem }) => ({
      label: `$(circle-slash) ${source}`,
      detail: problemWords(problem, t),
    })),
  ];
  const options = {
    title: t('Kimi Quota: Import Key'),
    placeHolder: t('Select a key. You confirm before anything is saved.'),
    matchOnDescription: true,
    matchOnDetail: true,
    ignoreFocusOut: true,
  };
  return (await window.showQuickPick(rows, options))?.found;
}

/** The host that the key was found with. A key without a host is treated like a typed one. */
async function hostOf(found: FoundKey, context: CommandContext): Promise<Endpoint | undefined> {
  const { endpoint, secret } = found;
  const { t } = context.locale;
  if (!endpoint && secret.kind === 'key') {
    const typed = parseKeyText(secret.key);
    const product = typed.kind === 'key' ? typed.product : undefined;
    return (await chooseAccount(product, context))?.endpoint;
  }
  if (!endpoint || 'problem' in endpoint) {
    const why = hostWords(found, t);
    inBackground(window.showErrorMessage(t('The key cannot be imported. {0}', why)), context.log);
    return undefined;
  }
  return endpoint;
}

async function confirm(
  { program, secret, source }: FoundKey,
  endpoint: Endpoint,
  context: CommandContext,
): Promise<boolean> {
  const { t } = context.locale;
  const { origin } = endpoint;
  const name = programName(program, t);
  const isKey = secret.kind === 'key';
  const question = isKey
    ? t('Import the key {0} for {1}?', lastFour(secret.key), origin)
    : t("Use {0}'s sign-in for {1}?", name, origin);
  const detail = isKey
    ? t(
        "It is copied from {0} to VS Code's secret storage after one test request to {1}.",
        source,
        origin,
      )
    : t(
        'Its token is read from {0} for each check and sent only to {1}. It expires after 15 minutes and renews when you use {2}; this extension never renews it and changes no file.',
        source,
        origin,
        name,
      );
  const replaced = replacedBy(endpoint, context);
  const change = replaced
    ? [t("This changes the extension's settings: it checks {0} instead of {1}.", origin, replaced)]
    : [];
  const ok = isKey ? t('Import') : t('Use This Sign-In');
  const options = { modal: true, detail: [detail, ...change].join('\n\n') };
  return (await window.showInformationMessage(question, options, ok)) === ok;
}

/** The host that this one replaces in the settings; undefined if no change is needed. */
function replacedBy(
  { origin, product }: Endpoint,
  { accounts, locale }: CommandContext,
): string | undefined {
  const asked = accounts.current.usable().filter(({ endpoint }) => endpoint.product === product);
  if (asked.some(({ endpoint }) => endpoint.origin === origin)) return undefined;
  return asked[0]?.endpoint.origin ?? locale.t('none');
}

function newKeyOf(found: FoundKey, endpoint: Endpoint, context: CommandContext): NewKey {
  const { baseUrl, secret } = found;
  const { product } = endpoint;
  const prepare =
    baseUrl !== undefined && replacedBy(endpoint, context)
      ? { prepare: () => writeSettings(settingsForHost(baseUrl, product)) }
      : {};
  if (secret.kind === 'key') {
    return { endpoint, storable: { key: secret.key }, key: secret.key, ...prepare };
  }
  const isValid = isTokenValid(secret, context.clock.now());
  const key = isValid ? { key: secret.token } : {};
  return { endpoint, storable: { link: secret.link }, ...key, ...prepare };
}
