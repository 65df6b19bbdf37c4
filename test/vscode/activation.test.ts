import assert from 'node:assert/strict';
import { commands, extensions, version } from 'vscode';

interface Manifest {
  readonly engines: { readonly vscode: string };
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}

function ownExtension() {
  const extension = extensions.getExtension<void>('kimi-quota.kimi-quota');
  assert.ok(extension, 'the editor knows the extension');
  return extension;
}

describe('the extension in a real extension host', () => {
  it(`activates in VS Code ${version}`, async () => {
    const extension = ownExtension();
    await extension.activate();
    assert.equal(extension.isActive, true);
  });

  it('registers every command of its manifest', async () => {
    const { contributes } = ownExtension().packageJSON as Manifest;
    const registered = new Set(await commands.getCommands(true));
    const missing = contributes.commands.filter(({ command }) => !registered.has(command));
    assert.deepEqual(missing, []);
  });
});
