import { DisposableStore } from '../core/disposables.ts';
import type { Disposable } from '../core/event.ts';
import type { CommandContext } from './commandContext.ts';
import { registerCommands } from './commands.ts';
import { registerInline } from './inline.ts';
import { registerNotices } from './notices.ts';
import { StatusBar } from './statusBar.ts';

/** Everything that a person sees or can ask for. */
export function registerSurfaces(context: CommandContext): Disposable {
  const own = new DisposableStore();
  own.add(new StatusBar(context));
  own.add(registerCommands(context));
  own.add(registerInline(context));
  own.add(registerNotices(context));
  return own;
}
