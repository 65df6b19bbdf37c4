import { window } from 'vscode';
import { readKeyText, type KeyProblem, type KeyText } from '../core/keyText.ts';
import type { Translate } from '../core/ports.ts';
import { chooseAccount } from './chooseAccount.ts';
import type { CommandContext } from './commandContext.ts';
import { tryAndStore } from './storeKey.ts';

/** Asks for a key, and for its region if need be; then it is tried and stored. */
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
