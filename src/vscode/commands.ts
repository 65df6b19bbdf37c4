import { commands, env, Uri, type LogOutputChannel } from 'vscode';
import { DisposableStore } from '../core/disposables.ts';
import type { Disposable } from '../core/event.ts';
import { consoleUrl } from '../core/links.ts';
import { checkQuota } from './checkQuota.ts';
import type { CommandContext } from './commandContext.ts';
import { commandIds } from './commandIds.ts';
import { importKey } from './importKey.ts';
import { removeApiKey } from './removeApiKey.ts';
import { setApiKey } from './setApiKey.ts';

/**
 * Registers every command. Arguments are not looked at, whoever calls: nothing can be set, read or
 * sent to another place through one.
 */
export function registerCommands(context: CommandContext, log: LogOutputChannel): Disposable {
  const handlers: Record<keyof typeof commandIds, () => unknown> = {
    check: () => checkQuota(context),
    refresh: () => context.accounts.current.ask(),
    setApiKey: () => setApiKey(context),
    importKey: () => importKey(context),
    removeApiKey: () => removeApiKey(context),
    openConsole: () => openConsole(context),
    showLog: () => log.show(),
  };
  const own = new DisposableStore();
  for (const name of Object.keys(commandIds) as (keyof typeof commandIds)[]) {
    own.add(commands.registerCommand(commandIds[name], () => handlers[name]()));
  }
  return own;
}

function openConsole({ accounts, clock, settings }: CommandContext): Thenable<boolean> {
  const { region, 'statusBar.account': choice } = settings();
  const { account } = accounts.current.primary(choice, clock.now());
  return env.openExternal(Uri.parse(consoleUrl(account.id, region)));
}
