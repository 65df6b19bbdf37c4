import { workspace } from 'vscode';
import { DisposableStore, MutableDisposable } from '../core/disposables.ts';
import type { Disposable } from '../core/event.ts';
import { faultName } from '../core/faultName.ts';
import type { CommandContext } from './commandContext.ts';

/** Reads terminals while `kimiQuota.readTerminals` is on; nothing of it is loaded before. */
export function registerTerminalReading(context: CommandContext): Disposable {
  const { log, settings } = context;
  const own = new DisposableStore();
  const reading = own.add(new MutableDisposable());
  const follow = (): void => {
    reading.value = undefined;
    if (!settings().readTerminals) return;
    import('./onDemand.ts').then(
      ({ readTerminals }) => {
        if (settings().readTerminals) reading.value = readTerminals(context);
      },
      (error: unknown) => log.error(`The reader of terminals did not load: ${faultName(error)}`),
    );
  };
  own.add(
    workspace.onDidChangeConfiguration(event => {
      if (event.affectsConfiguration('kimiQuota.readTerminals')) follow();
    }),
  );
  follow();
  return own;
}
