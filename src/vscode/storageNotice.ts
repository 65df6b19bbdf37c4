import { commands, window } from 'vscode';
import type { Disposable } from '../core/event.ts';
import type { CommandContext } from './commandContext.ts';
import { commandIds } from './commandIds.ts';

/** Says once in a window that nothing can be stored, what that means and what to do. */
export function registerStorageNotice({ archive, locale: { t } }: CommandContext): Disposable {
  let isTold = false;
  const tell = async (): Promise<void> => {
    const { health } = archive;
    if (isTold || health.kind === 'disk' || health.reason === 'disposed') return;
    isTold = true;
    const { memoryWords } = await import('../core/memoryWords.ts');
    const means = t('Nothing can be stored: the history ends with this window.');
    const showLog = t('Show Log');
    const words = `${means} ${memoryWords(health.reason, t)}`;
    const choice = await window.showWarningMessage(words, showLog);
    if (choice === showLog) await commands.executeCommand(commandIds.showLog);
  };
  return archive.onDidChangeHealth(() => void tell());
}
