import { DisposableStore } from '../core/disposables.ts';
import type { Disposable } from '../core/event.ts';
import type { CommandContext } from './commandContext.ts';
import { registerCommands } from './commands.ts';
import { followHasKey } from './contextKeys.ts';
import { registerInline } from './inline.ts';
import { registerNotices } from './notices.ts';
import { registerQuotaTool } from './registerQuotaTool.ts';
import { ShownSurfaces, type OwnData } from './shownSurfaces.ts';
import { StatusBar } from './statusBar.ts';
import { registerStorageNotice } from './storageNotice.ts';
import { registerTerminalReading } from './terminalSetting.ts';

/** Everything that a person sees or can ask for. */
export function registerSurfaces(data: OwnData): Disposable {
  const own = new DisposableStore();
  const { real } = own.add(new ShownSurfaces(data, registerShown));
  // Files, failures and agents are the user's own, whatever numbers are shown.
  own.add(registerInline(real));
  own.add(registerNotices(real));
  own.add(registerQuotaTool(real));
  own.add(registerTerminalReading(real));
  own.add(registerStorageNotice(real));
  own.add(followHasKey(real.accounts, real.clock));
  return own;
}

function registerShown(context: CommandContext): Disposable {
  const own = new DisposableStore();
  own.add(new StatusBar(context));
  own.add(registerCommands(context));
  return own;
}
