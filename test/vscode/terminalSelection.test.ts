import assert from 'node:assert/strict';
import { commands, env, window, type Terminal } from 'vscode';

describe('a selection in a terminal of a real editor', () => {
  let terminal: Terminal;
  before(() => {
    terminal = window.createTerminal({ name: 'selection', shellPath: '/bin/sh' });
    terminal.show();
  });
  after(() => terminal.dispose());

  it('is available without copying', async () => {
    const clipboard = await env.clipboard.readText();
    terminal.sendText('echo "429 too many requests"');
    let selection: unknown;
    for (
      const until = Date.now() + 100_000;
      !String(selection).includes('429') && Date.now() < until;
    ) {
      await new Promise(resolve => setTimeout(resolve, 100));
      await commands.executeCommand('workbench.action.terminal.selectAll');
      selection = (window.activeTerminal as { readonly selection?: unknown } | undefined)
        ?.selection;
    }
    assert.match(String(selection), /429 too many requests/);
    assert.equal(await env.clipboard.readText(), clipboard);
  });
});
