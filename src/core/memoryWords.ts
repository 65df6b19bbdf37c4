import type { MemoryReason } from './archive.ts';
import type { Translate } from './base/ports.ts';

/** What to do when nothing can be stored on the disk: a sentence. */
export function memoryWords(reason: MemoryReason, t: Translate): string {
  switch (reason) {
    case 'full':
      return t('The disk is full: make room on it.');
    case 'readOnly':
    case 'cannotOpen':
      return t(
        'The folder of the extension cannot be written: check its owner and its permissions.',
      );
    case 'io':
    case 'damaged':
    case 'disposed':
      return t(
        'The file is damaged, or its disk has a fault. Reload the window; the log tells more.',
      );
    case 'busy':
      return t('Another program holds the file. Reload the window when it has ended.');
    case 'newerSchema':
      return t('A newer version of this extension wrote the file: update this one.');
    case 'noSqlite':
      return t('This Node.js has no SQLite: update the editor, or Node.js.');
  }
}
