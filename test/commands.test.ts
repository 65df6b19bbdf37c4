import assert from 'node:assert/strict';
import { COMMANDS, type Command } from '../scripts/commandTable.ts';

const commands: readonly (readonly [name: string, Command])[] = Object.entries(COMMANDS);
const named = (isWanted: (command: Command) => boolean): string[] =>
  commands.filter(([, command]) => isWanted(command)).map(([name]) => name);

describe('commands', () => {
  it('the palette always has eight', () => {
    const always = named(({ palette, enablement }) => !palette && !enablement);
    assert.deepEqual(always, [
      'check',
      'openPanel',
      'explainLastError',
      'selfCheck',
      'connect',
      'showWatchedLogs',
      'explainText',
      'copySupportTicket',
    ]);
  });

  it('those that other surfaces run are not in the palette', () =>
    assert.deepEqual(
      named(({ palette }) => palette === 'false'),
      [
        'openConsole',
        'openSettings',
        'showLog',
        'explainClipboard',
        'testAccount',
        'copyFix',
        'openFailureLog',
      ],
    ));
});
