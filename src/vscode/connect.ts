import { commands, type QuickPickItem, window } from 'vscode';
import { commandIds } from '../core/commands.ts';
import type { CommandContext } from './commandContext.ts';
import { importSignIn } from './importKey.ts';

interface Row extends QuickPickItem {
  readonly run: () => unknown;
}

/**
 * "Connect Account...": the ways to numbers, the shortest first. Of a sign-in on this machine, only
 * its presence is looked at; it is read after the user has selected it.
 */
export async function connect({
  finder,
  isSample,
  locale,
  sample: { real },
}: CommandContext): Promise<void> {
  const { t } = locale;
  const signIn: Row[] = (await finder.hasSignIn())
    ? [
        {
          label: `$(account) ${t("Use Kimi Code's sign-in")}`,
          description: t('found on this machine'),
          run: async () => importSignIn(real),
        },
      ]
    : [];
  const rows: Row[] = [
    ...signIn,
    {
      label: `$(key) ${t('Paste an API key')}`,
      description: t('kept in the secret storage of VS Code'),
      run: () => commands.executeCommand(commandIds.setApiKey),
    },
    {
      label: `$(search) ${t('Import a key')}`,
      description: t('from Claude Code, OpenCode and others'),
      run: () => commands.executeCommand(commandIds.importKey),
    },
    ...(isSample
      ? []
      : [
          {
            label: `$(beaker) ${t('Try with sample data')}`,
            description: t('no account needed'),
            run: () => commands.executeCommand(commandIds.trySampleData),
          },
        ]),
    {
      label: `$(link-external) ${t('Create a key')}`,
      description: t('in the Kimi Code console'),
      run: () => commands.executeCommand(commandIds.openConsole),
    },
  ];
  const picked = await window.showQuickPick(rows, { title: t('Connect Kimi') });
  await picked?.run();
}
